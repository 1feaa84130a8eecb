"""Forms of their own: pairs (Fortinet and others), comma-separated values (PAN-OS), topics (RouterOS). (pure)"""

import re
from datetime import tzinfo

from syslogd.parser.parsed import NO_TIME, Parsed
from syslogd.parser.times import moment

_PAIRS = re.compile(r"[A-Za-z_][\w.\-]*=\S")
_PAIR = re.compile(r'([A-Za-z_][\w.\-]{0,63})=(?:"((?:[^"\\]|\\.)*+)(?:"|\Z)|([^\s"]*))')
MOST_PAIRS = 200
# PAN-OS, "Syslog Field Descriptions": a reserved field, receive time, serial number, type, subtype, ...
_CSV = re.compile(r"(?:\d+)?,(\d{4}/\d\d/\d\d) (\d\d:\d\d:\d\d),([^,]{0,40}),([A-Z][A-Z\-]{2,20}),([^,]{0,40}),")
# RouterOS: topics joined by commas, then a space.
_TOPICS = re.compile(r"((?:[a-z][a-z0-9\-]{1,20},)+[a-z][a-z0-9\-]{1,20})[: ] ?")
_TOPIC_SEVERITY = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}


def key_values(head: Parsed, received_at: int, zone: tzinfo) -> Parsed | None:
    """`date=2026-11-23 time=08:00:00 devname="FGT" logid="0100032001" ... msg="..."` (FortiOS, Log Reference)."""
    if not _PAIRS.match(head.message):
        return None
    pairs: dict[str, str] = {}
    for name, quoted, bare in _PAIR.findall(head.message)[:MOST_PAIRS]:
        pairs.setdefault(name, quoted.replace('\\"', '"') if quoted else bare)
    if len(pairs) < 3:
        return None
    sent, clock = _told(pairs, received_at, zone)
    message = pairs.get("msg") or pairs.get("message") or pairs.get("logdesc") or head.message
    return head._replace(
        sent_at=sent,
        clock=clock,
        hostname=pairs.get("devname") or pairs.get("device_name") or pairs.get("dvchost") or "",
        app_name=pairs.get("type") or pairs.get("log_type") or "",
        msgid=pairs.get("subtype", ""),
        mnemonic=pairs.get("logid") or pairs.get("log_id") or "",
        structured_data={"kv": pairs},
        message=message,
    )


def _told(pairs: dict[str, str], received_at: int, zone: tzinfo) -> tuple[int | None, int]:
    when = f"{pairs.get('date', '')} {pairs.get('time', '')}".strip()
    match = re.match(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: ([A-Z]{3,4}))?$", when)
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
