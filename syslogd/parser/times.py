"""Time stamps of syslog headers: RFC 3164's and its vendors' variants, and RFC 3339's. (pure)"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from syslogd.parser.parsed import NO_TIME, NOT_SYNCHRONISED, YEAR_GUESSED, ZONE_GUESSED

MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
# Hours; a name that stands for several zones of the world is left out, and so counts as guessed.
HOURS = {
    "Z": 0.0, "UTC": 0.0, "GMT": 0.0, "WET": 0.0, "WEST": 1.0, "CET": 1.0, "MET": 1.0, "CEST": 2.0, "MEST": 2.0,
    "EET": 2.0, "EEST": 3.0, "MSK": 3.0, "GST": 4.0, "PKT": 5.0, "ICT": 7.0, "WIB": 7.0, "HKT": 8.0, "SGT": 8.0,
    "MYT": 8.0, "PHT": 8.0, "AWST": 8.0, "KST": 9.0, "JST": 9.0, "ACST": 9.5, "ACDT": 10.5, "AEST": 10.0, "AEDT": 11.0,
    "NZST": 12.0, "NZDT": 13.0, "EST": -5.0, "EDT": -4.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0,
    "PDT": -7.0, "AKST": -9.0, "AKDT": -8.0, "HST": -10.0, "BRT": -3.0, "ART": -3.0, "CLT": -4.0,
}  # fmt: skip
ZONES = frozenset({*HOURS, "BST", "CST", "IST", "AST", "ADT"})
_NAMES = "|".join(sorted(ZONES, key=lambda name: (-len(name), name)))
# RFC 3164, 4.1.2, with what vendors put around it: marks, a year in front or behind, fractions, a zone.
STAMP = (
    r"(?P<mark>[*.])?(?P<when>(?:\d{4} )?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2}(?:,? \d{4},?)? \d\d:\d\d:\d\d"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)"
    r"(?:[.,:](?P<fraction>\d{1,9}))?(?: (?P<year>20\d\d)(?= ))?"
    rf"(?: ?(?P<zone>(?:UTC|GMT)?[+-]\d\d:?\d\d|(?:{_NAMES}))(?![A-Za-z0-9_.-]))?"
)
# What Cisco devices print that have no clock: time since their start.
UPTIME = r"[*.]?(?:\d+[ywdh](?:\d+[ywdh]){0,3}|\d{1,3}:\d\d:\d\d(?:\.\d+)?)"
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d):?(\d\d)")
_WHEN = re.compile(r"(?:(\d{4}) )?([A-Z][a-z]{2}) {1,2}(\d{1,2})(?:,? (\d{4}),?)? (\d\d):(\d\d):(\d\d)(?: (\d{4}))?")
Parts = tuple[int, int, int, int, int]  # month, day, hour, minute, second
SECOND, DAY = 1_000_000, 86_400
LATEST = 7_258_118_400  # 2200, in seconds


def moment(
    when: str, fraction: str | None, zone_name: str | None, mark: str | None, received_at: int, zone: tzinfo
) -> tuple[int | None, int]:
    """Microseconds since 1970 and the bits of `clock`; None and NO_TIME for what is no time (30 February)."""
    seconds, clock = _seconds(when, zone_name or "", received_at // (DAY * SECOND), zone)
    if seconds is None:
        return None, NO_TIME
    if mark:
        clock |= NOT_SYNCHRONISED
    return seconds * SECOND + (int(fraction[:6].ljust(6, "0")) if fraction else 0), clock


@lru_cache(8192)
def _seconds(when: str, zone_name: str, day: int, zone: tzinfo) -> tuple[int | None, int]:
    """Cached: in a storm the messages of a second share it. `day` since 1970, the one of reception."""
    named = _zone(zone_name)
    clock = 0 if named else ZONE_GUESSED
    try:
        if when[4] == "-":
            return _valid(datetime.fromisoformat(when).replace(tzinfo=named or zone)), clock
        match = _WHEN.fullmatch(when)
        if match is None:
            return None, NO_TIME
        year, month, date, behind, hour, minute, second, last = match.groups()
        told = year or behind or last
        parts = (MONTHS[month], int(date), int(hour), int(minute), int(second))
        if told:
            return _valid(_at(int(told), parts, named or zone)), clock
        return _nearest(parts, day, named or zone), clock | YEAR_GUESSED
    except (ValueError, OverflowError, KeyError):
        return None, NO_TIME


def _at(year: int, parts: Parts, zone: tzinfo) -> datetime:
    month, day, hour, minute, second = parts
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def _nearest(parts: Parts, day: int, zone: tzinfo) -> int:
    """The year in which the stamp lies nearest to its reception; raises ValueError for no date of any year."""
    middle = day * DAY + DAY // 2
    this = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).year
    found = []
    for year in (this - 1, this, this + 1):
        try:
            found.append(int(_at(year, parts, zone).timestamp()))
        except ValueError:  # 29 February
            continue
    if not found:
        raise ValueError("no such day")
    return min(found, key=lambda seconds: abs(seconds - middle))


def _valid(moment: datetime) -> int:
    seconds = int(moment.timestamp())
    if not 0 <= seconds < LATEST:
        raise ValueError("not within 1970 and 2200")
    return seconds


@lru_cache(256)
def _zone(name: str) -> tzinfo | None:
    if name in HOURS:
        return timezone(timedelta(hours=HOURS[name]))
    match = _OFFSET.fullmatch(name)
    if not match:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(offset if match[1] == "+" else -offset) if offset < timedelta(hours=24) else None
