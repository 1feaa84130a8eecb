"""The forms that most of a stream has, each read by one expression. (pure)

`forms` reads the same to the same fields (a test holds the two together), and all the others.
"""

import re
from datetime import tzinfo

from syslogd.parser.forms import mnemonic_of
from syslogd.parser.parsed import Data, Parsed
from syslogd.parser.rfc5424 import structured
from syslogd.parser.times import ZONES, moment
from syslogd.parser.vendors import key_values

_PRI = r"<(0|[1-9]\d{0,2})>"
_MNEMONIC = r"%([A-Z][A-Za-z0-9_]*(?:-[A-Za-z][A-Za-z0-9_]*)*-[0-7]-[\w\-]+) ?:\s?+"
_MESSAGE = re.compile(
    _PRI + r"(?:\d{1,12}: )?(?:([\w.\-]{1,255}): |: ?)?([*.])?"
    r"((?:\d{4} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)"
    r"(?:[.,:](\d{1,9}))?(Z|[+-]\d\d:\d\d)?"
    rf"(?:(?: ([A-Z]{{1,5}}))?: {_MNEMONIC}"
    r"|(?: (20\d\d))? ([A-Za-z][A-Za-z0-9_.\-]{0,254}|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})"
    r"(?: (/?[A-Za-z][\w./\-]{0,62})(?:\[(\w{1,64})\])?: "
    rf"(?:{_MNEMONIC}|([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+): ?+)?+(?![<*.:\d%]|[JFMASOND][a-z]{{2}} )"
    r"| ?%%\d\d([\w\-]{1,40})/[0-7]/([\w\-]{1,80})(?:\(\w{1,3}\))?(?:\[(\d{1,12})\])?: ?"
    rf"| : {_MNEMONIC}"
    r"| (?=\d*,\d{4}/\d\d/\d\d \d\d:\d\d:\d\d,([^,]{0,40}),([A-Z][A-Z\-]{2,20}),([^,]{0,40}),)"
    r"| ((?:[a-z][a-z0-9\-]{1,20},)+[a-z][a-z0-9\-]{1,20})  ?"
    r"))"
)
_STRUCTURED = re.compile(
    _PRI + r"1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) "
    r"(\S{1,255}) (?!- )(\S{1,255}) (\S{1,255}) (\S{1,255}) ?"
)
_PAIRS = re.compile(_PRI + r"(?=[A-Za-z_][\w.\-]*=\S)")
_PRIORITIES = {str(number): divmod(number, 8) for number in range(192)}
_new = tuple.__new__  # half the time of Parsed(...)


def read(text: str, received_at: int, zone: tzinfo) -> Parsed | None:
    """A message of a common form; None for every other."""
    if match := _MESSAGE.match(text):
        return _message(match, text, received_at, zone)
    if match := _STRUCTURED.match(text):
        return _structured(match, text, received_at, zone)
    if match := _PAIRS.match(text):
        return _pairs(match, text, received_at, zone)
    return None


def _message(match: re.Match[str], text: str, received_at: int, zone: tzinfo) -> Parsed | None:
    (
        pri, origin, mark, when, fraction, offset, zone_name, bare,
        year, host, app, procid, tagged, event, module, brief, count, spaced, serial, kind, subtype, topics,
    ) = match.groups("")  # fmt: skip
    if pri not in _PRIORITIES or (zone_name and (offset or zone_name not in ZONES)) or host in ZONES:
        return None
    if (host and (origin or mark)) or (year and (offset or when[4] == "-")):
        return None
    facility, severity = _PRIORITIES[pri]
    sent, clock = moment(f"{when} {year}" if year else when, fraction, offset or zone_name, mark, received_at, zone)
    data: Data | None = None
    if topics:
        names = topics.split(",")
        app, data = names[0], {"topics": dict.fromkeys(names, "")}
    elif kind:
        data = {"csv": {"serial": serial, "subtype": subtype}}
    return _new(
        Parsed,
        (
            sent, clock, facility, severity, host or origin, app or module or kind, procid, count or subtype,
            bare or tagged or event or brief or spaced or kind or topics, data, text[match.end() :], "",
        ),
    )  # fmt: skip


def _structured(match: re.Match[str], text: str, received_at: int, zone: tzinfo) -> Parsed | None:
    pri, when, fraction, offset, host, app, procid, msgid = match.groups()
    if pri not in _PRIORITIES:
        return None
    facility, severity = _PRIORITIES[pri]
    sent, clock = moment(when, fraction, offset, None, received_at, zone)
    data, at = structured(text, match.end())
    mnemonic, message = mnemonic_of(text[at:], msgid)
    return _new(
        Parsed,
        (
            sent, clock, facility, severity, "" if host == "-" else host, app, "" if procid == "-" else procid,
            "" if msgid == "-" else msgid, mnemonic, data, message, "",
        ),
    )  # fmt: skip


def _pairs(match: re.Match[str], text: str, received_at: int, zone: tzinfo) -> Parsed | None:
    if match[1] not in _PRIORITIES:
        return None
    facility, severity = _PRIORITIES[match[1]]
    return key_values(text, match.end(), facility, severity, received_at, zone)
