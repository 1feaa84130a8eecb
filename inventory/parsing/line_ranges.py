"""Numbers of lines as people and addresses write them: "12,15-18". Pure."""

import re

MOST = 1000  # ranges in one text
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


def parse_ranges(text: str) -> tuple[range, ...]:
    """The ranges of line numbers, ascending, none touching another; '' is none. Raises ValueError with a sentence."""
    parts = text.split(",") if text.strip() else []
    if len(parts) > MOST:
        raise ValueError(f"lines has {len(parts)} parts; accepted are at most {MOST}.")
    found = [_range(part.strip()) for part in parts]
    return _merged(found)


def around(ranges: tuple[range, ...], context: int, last: int) -> tuple[range, ...]:
    """The ranges with `context` lines before and after each, within 1 to `last`."""
    return _merged(
        [wide for one in ranges if (wide := range(max(one.start - context, 1), min(one.stop + context, last + 1)))]
    )


def as_text(numbers: list[int]) -> str:
    """The numbers the way `parse_ranges` reads them."""
    ranges = _merged([range(number, number + 1) for number in numbers if number > 0])
    return ",".join(f"{one.start}-{one.stop - 1}" if len(one) > 1 else str(one.start) for one in ranges)


def _range(part: str) -> range:
    match = _RANGE.fullmatch(part)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise ValueError(f"lines has {part[:20]!r}; accepted are numbers from 1 and ranges of them, as in 12,15-18.")
    return range(first, last + 1)


def _merged(ranges: list[range]) -> tuple[range, ...]:
    merged: list[range] = []
    for one in sorted(ranges, key=lambda found: (found.start, found.stop)):
        if merged and one.start <= merged[-1].stop:
            merged[-1] = range(merged[-1].start, max(merged[-1].stop, one.stop))
        else:
            merged.append(one)
    return tuple(merged)
