"""Terminal output to plain lines, and small readers over them. Pure."""

import re
from collections.abc import Iterator
from re import Match, Pattern

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_ERASED = re.compile(r"[^\n\x08]\x08")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_UNITS = {"year": 31_536_000, "week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_UPTIME = re.compile(r"(\d{1,9}) (year|week|day|hour|minute|second)")


def clean(raw: str) -> str:
    """Text as a person would see it: no escape sequences, backspaces, carriage returns or control characters.

    >>> clean("ab\\x08c\\r\\n\\x1b[1mbold\\x1b[0m\\x00")
    'ac\\nbold'
    """
    text = _ESCAPES.sub("", raw) if "\x1b" in raw else raw
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    while "\x08" in text:
        shorter = _ERASED.sub("", text)
        if shorter == text:
            break
        text = shorter
    return _CONTROLS.sub("", text)


def blocks(header: Pattern[str], text: str) -> Iterator[tuple[Match[str], str]]:
    """Each match of `header` with the text from its end to the next match."""
    matches = list(header.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)]
    for match, end in zip(matches, ends, strict=False):
        yield match, text[match.end() : end]


def first(pattern: Pattern[str], text: str) -> str:
    """Group 1 of the first match, stripped; empty when there is none."""
    match = pattern.search(text)
    return (match.group(1) or "").strip() if match else ""


def number(pattern: Pattern[str], text: str) -> int | None:
    """Group 1 of the first match as an integer; None when there is none."""
    found = first(pattern, text)
    return int(found) if found.isascii() and found.isdigit() and len(found) <= 18 else None


def uptime_seconds(text: str) -> int | None:
    """Seconds in "1 week, 2 days, 3 hours", singular or plural; None when no unit is named.

    >>> uptime_seconds("2 days, 1 hour, 5 minutes")
    176700
    """
    parts = _UPTIME.findall(text.replace("(s)", ""))
    return sum(int(count) * _UNITS[unit] for count, unit in parts) if parts else None
