"""Forms of their own: pairs (Fortinet and others), comma-separated values (PAN-OS), topics (RouterOS). (pure)"""

import re
from datetime import tzinfo

from syslogd.parser.parsed import NO_TIME, Parsed
from syslogd.parser.times import moment

_PAIRS = re.compile(r"[A-Za-z_][\w.\-]*=\S")
# A name begins where a word begins: to look at each letter of a long word would take seconds for one datagram.
_PAIR = re.compile(r'(?<![\w.\-])([A-Za-z_][\w.\-]{0,63})=(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)(?:"|\Z)|([^\s"]*))')
_WHEN = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: ([A-Z]{3,4}))?$")
MOST_PAIRS = 200
# PAN-OS, "Syslog Field Descriptions": a reserved field, receive time, serial number, type, subtype, ...
_CSV = re.compile(r"(?:\d+)?,(\d{4}/\d\d/\d\d) (\d\d:\d\d:\d\d),([^,]{0,40}),([A-Z][A-Z\-]{2,20}),([^,]{0,40}),")
# RouterOS: topics joined by commas, then a space.
_TOPICS = re.compile(r"((?:[a-z][a-z0-9\-]{1,20},)+[a-z][a-z0-9\-]{1,20})[: ] ?")
_TOPIC_SEVERITY = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}


def key_values(
    text: str, at: int, facility: int | None, severity: int | None, received_at: int, zone: tzinfo
) -> Parsed | None:
    """`date=2026-11-23 time=08:00:00 devname="FGT" logid="0100032001" ... msg="..."` (FortiOS, Log Reference)."""
    if not _PAIRS.match(text, at):
        return None
    found = _PAIR.findall(text, at)[:MOST_PAIRS]
    pairs: dict[str, str] = {name: quoted or bare for name, quoted, bare in reversed(found)}  # the first of a name
    if len(pairs) < 3:
        return None
    if '\\"' in text:
        pairs = {name: value.replace('\\"', '"') for name, value in pairs.items()}
    sent, clock = _told(pairs, received_at, zone)
    get = pairs.get
    return Parsed(
        sent,
        clock,
        facility,
        severity,
        get("devname") or get("device_name") or get("dvchost") or "",
        get("type") or get("log_type") or "",
        "",
        get("subtype", ""),
        get("logid") or get("log_id") or "",
        {"kv": pairs},
        get("msg") or get("message") or get("logdesc") or text[at:],
        "",
    )


def _told(pairs: dict[str, str], received_at: int, zone: tzinfo) -> tuple[int | None, int]:
    when = f"{pairs.get('date', '')} {pairs.get('time', '')}".strip()
    match = _WHEN.match(when)
    if not match:
        return None, NO_TIME
    return moment(match[1], match[2], pairs.get("tz") or match[3], None, received_at, zone)


def comma_separated(head: Parsed) -> Parsed | None:
    """`1,2026/11/23 08:00:00,001801000001,TRAFFIC,end,...`"""
    if head.message[:2].lstrip("0123456789")[:1] not in (",", ""):
        return None
    match = _CSV.match(head.message)
    if match is None:
        return None
    _day, _time, serial, kind, subtype = match.groups()
    return head._replace(
        app_name=kind, msgid=subtype, mnemonic=kind, structured_data={"csv": {"serial": serial, "subtype": subtype}}
    )


def topics(head: Parsed) -> Parsed | None:
    """`system,info,account user admin logged in from 10.0.0.9 via ssh`"""
    match = _TOPICS.match(head.message)
    if match is None:
        return None
    names = match[1].split(",")
    severity = next((_TOPIC_SEVERITY[name] for name in names if name in _TOPIC_SEVERITY), None)
    return head._replace(
        severity=severity if head.severity is None else head.severity,
        app_name=names[0],
        mnemonic=match[1],
        structured_data={"topics": dict.fromkeys(names, "")},
        message=head.message[match.end() :],
    )
