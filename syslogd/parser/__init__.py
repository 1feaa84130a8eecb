"""A syslog message, in whatever form its device wrote it, as fields. (pure)

RFC 3164, RFC 5424, and the forms that devices really send. Nothing is refused: what cannot be read is kept as it came.
"""

import re
from datetime import tzinfo

from syslogd.parser import fast, forms
from syslogd.parser.parsed import NO_TIME, Data, Parsed
from syslogd.parser.text import text_of

__all__ = ["Data", "Parsed", "parse"]

_PRI = re.compile(r"<(\d{1,3})>")
_NEXT = re.compile(r"[\r\n]+(?=<\d{1,3}>)")  # several messages in one datagram
_INNER = frozenset("<JFMASOND*.:0123456789")  # what a further header begins with
RELAYS = 3  # headers that relays may have put in front


def parse(data: bytes, received_at: int, zone: tzinfo) -> tuple[Parsed, ...]:
    """The lines of one message, at least one; never raises. `received_at` in microseconds since 1970.

    `zone` is where a time stamp that names none is taken to be.
    """
    text = text_of(data)
    if "\n" in text and _NEXT.search(text):
        return tuple([_line(line, received_at, zone) for line in _NEXT.split(text)])
    return (_line(text, received_at, zone),)


def _line(text: str, received_at: int, zone: tzinfo) -> Parsed:
    return fast.read(text, received_at, zone) or thoroughly(text, received_at, zone)


def thoroughly(text: str, received_at: int, zone: tzinfo) -> Parsed:
    """One line, whatever its form; what `fast` reads is read by this to the same fields."""
    at, facility, severity = 0, None, None
    if text.startswith("<") and (match := _PRI.match(text)) and int(match[1]) <= forms.HIGHEST:
        facility, severity = divmod(int(match[1]), 8)
        at = match.end()
        if text[at : at + 2].isdigit() or text[at + 1 : at + 2] == " ":
            found = _structured(text, at, facility, severity, received_at, zone)
            if found is not None:
                return found
    found = forms.read(text, at, facility, severity, received_at, zone)
    if found is None:
        return Parsed(None, NO_TIME, facility, severity, "", "", "", "", "", None, text[at:], "" if at else text)
    return _through_relays(found, received_at, zone) if found.message[:1] in _INNER else found


def _structured(text: str, at: int, facility: int, severity: int, received_at: int, zone: tzinfo) -> Parsed | None:
    found = forms.structured(text, at, facility, severity, received_at, zone)
    if found is None or found.app_name or found.mnemonic or found.message[:1] not in _INNER:
        return found
    return forms.special(found) or _through_relays(found, received_at, zone)


def _through_relays(found: Parsed, received_at: int, zone: tzinfo) -> Parsed:
    """A relay put its own header in front: the inner one tells who spoke, the outer host name is the relay's."""
    for _relay in range(RELAYS):
        inner = forms.inner(found, received_at, zone)
        if inner is None:
            break
        found = inner
    return found
