"""Which words of a changed line differ. Pure."""

import re

LONGEST = 1000  # characters; of longer lines nobody looks for the word
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Part = tuple[int, int]  # from, up to


def changed_parts(left: str, right: str) -> tuple[Part, Part] | None:
    """The part of each line between the words that both begin and end with; None when they have little in common."""
    if max(len(left), len(right)) > LONGEST:
        return None
    a, b = _WORDS.findall(left), _WORDS.findall(right)
    first = _same(a, b, 0)
    last = _same(a[::-1], b[::-1], first)
    begin, end = sum(map(len, a[:first])), sum(map(len, a[len(a) - last :]))
    common = len("".join((left[:begin] + left[len(left) - end :]).split()))
    if 3 * common < len("".join(min(left, right, key=len).split())):
        return None
    return (begin, len(left) - end), (begin, len(right) - end)


def _same(a: list[str], b: list[str], taken: int) -> int:
    """How many words at the beginning are the same, at most so many that `taken` others are left."""
    most = min(len(a), len(b)) - taken
    return next((n for n in range(most) if a[n] != b[n]), max(most, 0))
