"""RFC 5424: header, structured data with its escapes, byte order mark. (pure)"""

import re
from datetime import tzinfo

from syslogd.parser.parsed import NO_TIME, Data
from syslogd.parser.times import moment

_HEADER = re.compile(
    r"[1-9]\d{0,2} "
    r"(?:-|(?P<when>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)) "
    r"(?P<host>\S{1,255}) (?P<app>\S{1,255}) (?P<procid>\S{1,255}) (?P<msgid>\S{1,255}) ?"
)
_ELEMENT = re.compile(r'\[([^\s=\]"]{1,64})((?: +[^\s=\]"]{1,64}="[^"\\]*+(?:\\.[^"\\]*+)*+")*+) ?\]', re.DOTALL)
_PARAMETER = re.compile(r'([^\s=\]"]+)="([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
BOM = "\ufeff"


Header = tuple[int | None, int, str, str, str, str, int]


def header(text: str, at: int, received_at: int, zone: tzinfo) -> Header | None:
    """sent_at, clock, host, app, procid, msgid, and where the structured data begins; None when this is no header."""
    match = _HEADER.match(text, at)
    if match is None:
        return None
    when, fraction, offset, host, app, procid, msgid = match.groups()
    sent, clock = moment(when, fraction, offset, None, received_at, zone) if when else (None, NO_TIME)
    return sent, clock, _nil(host), _nil(app), _nil(procid), _nil(msgid), match.end()


def structured(text: str, at: int) -> tuple[Data | None, int]:
    """Structured data that begins at `at`, and where the message begins. What is cut off is left to the message."""
    if text.startswith("-", at):
        return None, _past_space(text, at + 1)
    data: Data = {}
    while match := _ELEMENT.match(text, at):
        name, parameters = match.groups()
        values = dict(_PARAMETER.findall(parameters))
        if "\\" in parameters:
            values = {key: _unescaped(value) for key, value in values.items()}
        data[name] = {**data[name], **values} if name in data else values
        at = match.end()
    return data or None, _past_space(text, at)


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return "\\".join([part.replace('\\"', '"').replace("\\]", "]") for part in value.split("\\\\")])


def _past_space(text: str, at: int) -> int:
    at += text.startswith(" ", at)
    return at + text.startswith(BOM, at)


def _nil(value: str) -> str:
    return "" if value == "-" else value
