"""The forms that devices write instead of RFC 5424: RFC 3164 and what vendors made of it. (pure)"""

import re
from datetime import tzinfo

from syslogd.parser import rfc5424
from syslogd.parser.parsed import NO_TIME, Data, Parsed
from syslogd.parser.times import STAMP, UPTIME, moment
from syslogd.parser.vendors import comma_separated, key_values, topics

# Sequence number, origin and node come in front of the stamp on IOS and IOS-XR, a colon on NX-OS and ASA.
_HEAD = re.compile(
    r"(?:(?P<sequence>\d{1,12}): )?(?:(?P<origin>[\w.\-]{1,255})(?:: | (?=[A-Z]{2,3}/\d)))?"
    r"(?P<node>[A-Z]{2,3}/\d[\w/]{1,30}:)?:? ?" + STAMP + r"(?P<colon> ?:)? {0,2}"
)
_UPTIME = re.compile(rf"(?:(?P<sequence>\d{{1,12}}): )?(?:(?P<origin>[\w.\-]{{1,255}}): )?{UPTIME}: ?(?=%)")
_SEQUENCE = re.compile(r"(?:\d{1,12}: )?(?:([\w.\-]{1,255}): )?(?=%)")
# %FAC-SEV-MNEMONIC and %FAC-SUBFAC-SEV-MNEMONIC (Cisco, System Message Guides); also those of Arista.
_PERCENT = re.compile(r":? ?%(?P<name>[A-Z][A-Za-z0-9_]*(?:[-/][A-Za-z0-9_/]+)*?-(?P<severity>[0-7])-[\w\-]+) ?:\s?")
# %%01MODULE/4/BRIEF(l)[7]: and %%10MODULE/4/BRIEF: (Huawei VRP and H3C Comware, log references).
_DOUBLE = re.compile(
    r"%%\d\d(?P<module>[\w\-]{1,40})/(?P<severity>[0-7])/(?P<brief>[\w\-]{1,80})"
    r"(?:\(\w{1,3}\))?(?:\[(?P<count>\d{1,12})\])?(?:;[^:]{0,60})?: ?"
)
_HOST = re.compile(r"(?P<host>[\w.:/\-]{1,255}) ?(?=%%)|(?P<spaced>[^\s:\[\]<>%=,\"]{1,255}|[0-9a-fA-F:.]{3,45}) ")
_TAG = re.compile(
    r"(?P<app>[^\W\d][^\s:\[\]<>=\"]{0,63}|[/.(][^\s:\[\]<>=\"]{1,63})(?:\[(?P<procid>[^\]\s]{1,64})\])?: ?"
)
# Event tags of Junos: UI_COMMIT, SNMP_TRAP_LINK_DOWN (System Log Explorer).
_EVENT = re.compile(r"(?P<name>[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+): ?")
_EVENT_NAME = re.compile(r"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+")
_PRI = re.compile(r"<(\d{1,3})>")
HIGHEST = 191  # facility 23, severity 7
_BOUNDARY = re.compile(r"<\d{1,3}>|" + STAMP)


def read(
    text: str, at: int, facility: int | None, severity: int | None, received_at: int, zone: tzinfo
) -> Parsed | None:
    """A message behind its PRI; None when nothing of it can be told apart."""
    match = _HEAD.match(text, at)
    if match is None:
        return _without_time(text, at, facility, severity, received_at, zone)
    _sequence, origin, node, mark, when, fraction, year, zone_name, colon = match.groups()
    sent, clock = moment(f"{when} {year}" if year else when, fraction, zone_name, mark, received_at, zone)
    at = match.end()
    if colon or origin or node or text.startswith("%", at):
        found = _behind_colon(text, at, sent, clock, facility, severity, origin or "")
        return found._replace(structured_data={"origin": {"node": node.rstrip(":")}}) if node else found
    return _behind_space(text, at, sent, clock, facility, severity)


def structured(text: str, at: int, facility: int, severity: int, received_at: int, zone: tzinfo) -> Parsed | None:
    """A message of RFC 5424 behind its PRI; None when it is none."""
    header = rfc5424.header(text, at, received_at, zone)
    if header is None:
        return None
    sent, clock, host, app, procid, msgid, at = header
    data, at = rfc5424.structured(text, at)
    mnemonic, message = mnemonic_of(text[at:], msgid)
    return Parsed(sent, clock, facility, severity, host, app, procid, msgid, mnemonic, data, message, "")


def mnemonic_of(message: str, msgid: str = "") -> tuple[str, str]:
    """The mnemonic that a message begins with, or that its MSGID is, and the message without it."""
    if message.startswith("%") and (match := _PERCENT.match(message)):
        return match["name"], message[match.end() :]
    if _EVENT_NAME.fullmatch(msgid):
        return msgid, message.removeprefix(f"{msgid}: ")
    return "", message


def special(head: Parsed) -> Parsed | None:
    """A message that is no text but values or topics."""
    return comma_separated(head) or topics(head)


def inner(found: Parsed, received_at: int, zone: tzinfo) -> Parsed | None:
    """What stood behind a relay's header, with the relay's name in its structured data; None when nothing did."""
    text = found.message
    if found.mnemonic or "kv" in (found.structured_data or ()):
        return None
    spoken = None
    if match := _PRI.match(text):
        if int(match[1]) > HIGHEST:
            return None
        facility, severity = divmod(int(match[1]), 8)
        spoken = structured(text, match.end(), facility, severity, received_at, zone) or read(
            text, match.end(), facility, severity, received_at, zone
        )
    elif _HEAD.match(text):
        spoken = read(text, 0, found.facility, found.severity, received_at, zone)
    if spoken is None:
        return None
    before = (found.structured_data or {}).get("relay", {}).get("hostname", "")
    relays = " ".join(name for name in (before, found.hostname) if name)
    data: Data = {**(spoken.structured_data or {}), **({"relay": {"hostname": relays}} if relays else {})}
    return spoken._replace(structured_data=data or None, hostname=spoken.hostname or found.hostname)


def _behind_colon(
    text: str, at: int, sent: int | None, clock: int, facility: int | None, severity: int | None, host: str
) -> Parsed:
    """Cisco: what follows is the mnemonic, on IOS-XR behind the name of the process."""
    app = procid = ""
    match = _PERCENT.match(text, at)
    if match is None and (tag := _TAG.match(text, at)):
        app, procid, at = tag[1], tag[2] or "", tag.end()
        match = _PERCENT.match(text, at)
    if match is None:
        return Parsed(sent, clock, facility, severity, host, app, procid, "", "", None, text[at:], "")
    name, told = match.groups()
    if severity is None:
        severity = int(told)
    return Parsed(sent, clock, facility, severity, host, app, procid, "", name, None, text[match.end() :], "")


def _behind_space(
    text: str, at: int, sent: int | None, clock: int, facility: int | None, severity: int | None
) -> Parsed:
    """RFC 3164: host name, tag, text; and the vendors that put their own forms behind the host name."""
    host = ""
    if match := _HOST.match(text, at):
        host, at = match[1] or match[2], match.end()
    return _content(text, at, sent, clock, facility, severity, host)


def _content(
    text: str, at: int, sent: int | None, clock: int, facility: int | None, severity: int | None, host: str
) -> Parsed:
    """What stands behind the host name. Made in one go: `_replace` takes as long as two of these matches."""
    app = procid = name = ""
    if text.startswith(": %", at):  # ASA
        at += 2
    if text.startswith("%", at):
        if match := _DOUBLE.match(text, at):
            app, told, name, count = match.groups()
            severity = int(told) if severity is None else severity
            message = text[match.end() :]
            return Parsed(sent, clock, facility, severity, host, app, "", count or "", name, None, message, "")
    elif (text[at : at + 1].isdigit() and _BOUNDARY.match(text, at)) or not (tag := _TAG.match(text, at)):
        head = Parsed(sent, clock, facility, severity, host, "", "", "", "", None, text[at:], "")
        return special(head) or head
    else:
        app, procid, at = tag[1], tag[2] or "", tag.end()
    if text.startswith("%", at):
        if match := _PERCENT.match(text, at):
            name, told = match.groups()
            severity = int(told) if severity is None else severity
            at = match.end()
    elif match := _EVENT.match(text, at):
        name, at = match[1], match.end()
    return Parsed(sent, clock, facility, severity, host, app, procid, "", name, None, text[at:], "")


def _without_time(
    text: str, at: int, facility: int | None, severity: int | None, received_at: int, zone: tzinfo
) -> Parsed | None:
    head = Parsed(None, NO_TIME, facility, severity, "", "", "", "", "", None, text[at:], "")
    if "=" in text and (found := key_values(text, at, facility, severity, received_at, zone)):
        return found
    for form in (_UPTIME, _SEQUENCE):
        if match := form.match(text, at):
            host = match["origin"] if form is _UPTIME else match[1]
            return _behind_colon(text, match.end(), None, NO_TIME, facility, severity, host or "")
    if found := special(head):
        return found
    if "%%" in text[at : at + 300]:
        match = _HOST.match(text, at)
        start = match.end() if match and match["host"] else at
        if text.startswith("%%", start) and _DOUBLE.match(text, start):
            host = match["host"] if match and match["host"] else ""
            return _content(text, start, None, NO_TIME, facility, severity, host)
    if facility is None:
        return None
    return _content(text, at, None, NO_TIME, facility, severity, "")
