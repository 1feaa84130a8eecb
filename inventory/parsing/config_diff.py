"""Two configurations side by side, bounded in time at any size. Pure.

Unique common lines anchor the comparison (patience diff), Myers' greedy algorithm (1986) fills the gaps; lines that
only one side has are out of it from the start. The work is counted, not timed: beyond the bound a stretch is shown as
replaced, which is correct, only less fine.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

STEPS = 1_500_000  # inner steps all gaps together may take
EDITS = 128  # edits searched at once in a gap; work grows with their square
DEPTH = 24  # how often a gap is anchored anew


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One row of the page. Line numbers start at 1; None and empty text where that side has no line."""

    left_number: int | None
    left: str
    right_number: int | None
    right: str
    kind: str  # same, changed, added, removed


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every line of both texts, in order, each once; `approximate`: fewer lines may have changed than it says."""

    rows: tuple[DiffRow, ...]
    approximate: bool


def lines_of(text: str) -> list[str]:
    """The lines by their newlines alone, as rules and evidence count them; a carriage return is part of its line."""
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def side_by_side(left: str, right: str) -> tuple[DiffRow, ...]:
    """The rows of the comparison."""
    return compare(left, right).rows


def compare(left: str, right: str) -> Comparison:
    """Two texts line by line; any text is accepted."""
    a, b = lines_of(left), lines_of(right)
    runs, approximate = _runs(a, b)
    rows: list[DiffRow] = []
    i = j = 0
    for start_a, start_b, length in (*runs, (len(a), len(b), 0)):
        rows += _replaced(a, i, start_a, b, j, start_b)
        rows += [
            DiffRow(start_a + k + 1, a[start_a + k], start_b + k + 1, b[start_b + k], "same") for k in range(length)
        ]
        i, j = start_a + length, start_b + length
    return Comparison(tuple(rows), approximate)


def unified(left: str, right: str, context: int = 3) -> str:
    """The changed lines with `context` unchanged ones around them, in the unified format; empty when equal."""
    return unified_of(side_by_side(left, right), context)


def unified_of(rows: Sequence[DiffRow], context: int = 3) -> str:
    """The same of a comparison's rows."""
    lines: list[str] = []
    old_before = new_before = seen = 0
    for start, stop in hunks(rows, context):
        # Between two hunks all is unchanged, one line a side.
        old_before, new_before = old_before + start - seen, new_before + start - seen
        old = sum(row.left_number is not None for row in rows[start:stop])
        new = sum(row.right_number is not None for row in rows[start:stop])
        lines.append(f"@@ -{old_before + (old > 0)},{old} +{new_before + (new > 0)},{new} @@")
        lines += _unified_lines(rows[start:stop])
        old_before, new_before, seen = old_before + old, new_before + new, stop
    return "\n".join(lines)


def _unified_lines(rows: Sequence[DiffRow]) -> Iterator[str]:
    added: list[str] = []
    for row in rows:
        if row.kind == "same":
            yield from added
            added = []
            yield f" {row.left}"
        if row.kind in ("changed", "removed"):
            yield f"-{row.left}"
        if row.kind in ("changed", "added"):
            added.append(f"+{row.right}")
    yield from added


def hunks(rows: Sequence[DiffRow], context: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of the stretches that hold the changed rows and `context` rows around each."""
    start = stop = -1
    for number, row in enumerate(rows):
        if row.kind == "same":
            continue
        if stop >= 0 and number - context <= stop:
            stop = min(number + context + 1, len(rows))
            continue
        if stop >= 0:
            yield start, stop
        start, stop = max(number - context, 0), min(number + context + 1, len(rows))
    if stop >= 0:
        yield start, stop


def _replaced(a: Sequence[str], i: int, i_end: int, b: Sequence[str], j: int, j_end: int) -> Iterator[DiffRow]:
    while i < i_end and j < j_end:
        yield DiffRow(i + 1, a[i], j + 1, b[j], "same" if a[i] == b[j] else "changed")
        i, j = i + 1, j + 1
    for k in range(i, i_end):
        yield DiffRow(k + 1, a[k], None, "", "removed")
    for k in range(j, j_end):
        yield DiffRow(None, "", k + 1, b[k], "added")


def _runs(a: Sequence[str], b: Sequence[str]) -> tuple[list[tuple[int, int, int]], bool]:
    """Equal stretches (start in a, start in b, length), ascending in both; whether some may have been missed."""
    numbers: dict[str, int] = {}
    codes_a = [numbers.setdefault(line, len(numbers)) for line in a]
    codes_b = [numbers.setdefault(line, len(numbers)) for line in b]
    pairs: list[tuple[int, int]] = []
    budget = STEPS
    gaps = [(0, len(a), 0, len(b), 0)]
    while gaps:
        low_a, high_a, low_b, high_b, depth = gaps.pop()
        while low_a < high_a and low_b < high_b and codes_a[low_a] == codes_b[low_b]:
            pairs.append((low_a, low_b))
            low_a, low_b = low_a + 1, low_b + 1
        while low_a < high_a and low_b < high_b and codes_a[high_a - 1] == codes_b[high_b - 1]:
            high_a, high_b = high_a - 1, high_b - 1
            pairs.append((high_a, high_b))
        if low_a == high_a or low_b == high_b:
            continue
        part_a, part_b = codes_a[low_a:high_a], codes_b[low_b:high_b]
        anchors = _anchors(part_a, part_b) if depth < DEPTH else []
        if not anchors:
            found, steps = _common(part_a, part_b, budget)
            budget -= steps
            pairs += [(low_a + x, low_b + y) for x, y in found]
            continue
        before_a, before_b = low_a, low_b
        for x, y in anchors:
            pairs.append((low_a + x, low_b + y))
            gaps.append((before_a, low_a + x, before_b, low_b + y, depth + 1))
            before_a, before_b = low_a + x + 1, low_b + y + 1
        gaps.append((before_a, high_a, before_b, high_b, depth + 1))
    return _joined(sorted(pairs)), budget <= 0


def _joined(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    for x, y in pairs:
        if runs and runs[-1][0] + runs[-1][2] == x and runs[-1][1] + runs[-1][2] == y:
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((x, y, 1))
    return runs


def _anchors(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    """The longest ascending sequence of lines that stand once in a and once in b (patience sorting)."""
    times_a, times_b = Counter(a), Counter(b)
    place = {code: y for y, code in enumerate(b) if times_b[code] == 1}
    common = [(x, place[code]) for x, code in enumerate(a) if times_a[code] == 1 and code in place]
    ends: list[int] = []  # smallest last place in b of a sequence of each length
    members: list[int] = []  # index into `common` of those last members
    previous: list[int] = []
    for number, (_, y) in enumerate(common):
        length = bisect_left(ends, y)
        previous.append(members[length - 1] if length else -1)
        ends[length : length + 1] = [y]
        members[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = members[-1] if members else -1
    while number >= 0:
        chain.append(common[number])
        number = previous[number]
    return chain[::-1]


def _common(a: Sequence[int], b: Sequence[int], budget: int) -> tuple[list[tuple[int, int]], int]:
    """Matching places, and the steps it took; lines that only one side has cannot match and cost nothing."""
    both = set(a) & set(b)
    at_a, at_b = [x for x, code in enumerate(a) if code in both], [y for y, code in enumerate(b) if code in both]
    found, steps = _myers([a[x] for x in at_a], [b[y] for y in at_b], budget)
    return [(at_a[x], at_b[y]) for x, y in found], steps


def _myers(a: Sequence[int], b: Sequence[int], budget: int) -> tuple[list[tuple[int, int]], int]:
    """Matching places by few edits, found EDITS at a time, and the steps it took; stops when the budget is spent."""
    pairs: list[tuple[int, int]] = []
    steps = x = y = 0
    while x < len(a) and y < len(b) and steps < budget:
        found, length_a, length_b, taken = _stretch(a[x:], b[y:])
        pairs += [(x + i, y + j) for i, j in found]
        x, y, steps = x + length_a, y + length_b, steps + taken
    return pairs, steps


def _stretch(a: Sequence[int], b: Sequence[int]) -> tuple[list[tuple[int, int]], int, int, int]:
    """Matching places, how far they reach in a and in b, steps: the whole way, or the furthest EDITS edits lead."""
    steps = 0
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(EDITS + 1):
        history.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            x = _advance(furthest, edits, diagonal)
            start = x
            while x < len(a) and x - diagonal < len(b) and a[x] == b[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            steps += 2 + x - start
            if x >= len(a) and x - diagonal >= len(b):
                return _backtrack(history, len(a), len(b)), len(a), len(b), steps
    within = {d: x for d, x in furthest.items() if x <= len(a) and 0 <= x - d <= len(b) and (d - EDITS) % 2 == 0}
    diagonal = max(within, key=lambda d: 2 * within[d] - d)
    x, y = within[diagonal], within[diagonal] - diagonal
    return _backtrack(history, x, y), x, y, steps


def _advance(furthest: dict[int, int], edits: int, diagonal: int) -> int:
    """Where the furthest path on this diagonal stands after one more edit: a line of b added, or one of a removed."""
    if _is_down(furthest, edits, diagonal):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _is_down(furthest: dict[int, int], edits: int, diagonal: int) -> bool:
    return diagonal == -edits or (diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1))


def _backtrack(history: Sequence[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(history) - 1, -1, -1):
        furthest, diagonal = history[edits], x - y
        before = diagonal + 1 if _is_down(furthest, edits, diagonal) else diagonal - 1
        before_x = furthest[before] if edits else 0
        before_y = before_x - before if edits else 0
        while x > before_x and y > before_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = before_x, before_y
    return pairs
