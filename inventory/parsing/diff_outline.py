"""What a long comparison is made of: how much changed, in which blocks, and which rows its pages show. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inventory.parsing.config_blocks import blocks, place
from inventory.parsing.config_diff import DiffRow, hunks

CONTEXT = 3  # unchanged rows around a changed one
PAGE = 2000  # rows of one page


@dataclass(frozen=True, slots=True)
class Section:
    """A block, or lines that stand alone and are about the same, with changes; `row` is where to begin reading."""

    name: str
    row: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Fold:
    """Unchanged rows, from `start` up to `stop`, that are not shown."""

    start: int
    stop: int

    @property
    def hidden(self) -> int:
        """How many."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of the block in which the rows below it stand, where its own first line is not among them."""

    name: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A comparison with its sections, and the rows that are shown on all its pages together, ascending."""

    rows: Sequence[DiffRow]
    sections: tuple[Section, ...]
    shown: Sequence[int]
    headings: dict[int, str]  # row -> what to say above it
    added: int
    removed: int

    @property
    def pages(self) -> int:
        """At least one."""
        return max(-(-len(self.shown) // PAGE), 1)

    def page_of(self, row: int) -> int:
        """The page, from 1, that shows a row or the one after it."""
        return min(bisect_left(self.shown, row) // PAGE + 1, self.pages)

    def sections_on(self, page: int) -> list[Section]:
        """Those that begin on a page."""
        return [section for section in self.sections if self.page_of(section.row) == page]

    def items(self, page: int) -> Iterator[tuple[int, DiffRow] | Fold | Heading]:
        """What a page shows, from top to bottom; the unchanged rows before and after it count as folded."""
        first, last = (page - 1) * PAGE, min(page * PAGE, len(self.shown))
        before = self.shown[first - 1] + 1 if first else 0
        for row in self.shown[first:last]:
            if row > before:
                yield Fold(before, row)
            if row in self.headings:
                yield Heading(self.headings[row])
            yield row, self.rows[row]
            before = row + 1
        if last == len(self.shown) and before < len(self.rows):
            yield Fold(before, len(self.rows))

    def find(self, wanted: str) -> int | None:
        """The row to begin with for a block, or a line, that is called so; None without one among the changes.

        Also a line of a difference is understood, "interface Vlan10 / mtu 9000" or "set system services ssh".
        """
        plain = _plain(wanted)
        if not plain:
            return None
        names = [(_plain(section.name), section.row) for section in self.sections]
        exact = [row for name, row in names if name == plain]
        around = [(len(name), -row) for name, row in names if f"{plain} ".startswith(f"{name} ")]
        if exact or around:
            return exact[0] if exact else -max(around)[1]
        for name, row in names:
            if plain in name:
                return row
        changed = ((number, row) for number, row in enumerate(self.rows) if row.kind != "same")
        return next((number for number, row in changed if plain in f"{row.left}\n{row.right}".lower()), None)


def outline(rows: Sequence[DiffRow], whole: bool = False) -> Outline:
    """The outline of a comparison's rows; `whole`: unchanged stretches are shown, too."""
    places = _Places(rows)
    shown: list[int] = []
    found: dict[str, list[int]] = {}  # name -> row to begin with, added, removed
    headings: dict[int, str] = {}
    for start, stop in _wide(hunks(rows, CONTEXT), len(rows)):
        shown += range(start, stop)
        changed = [number for number in range(start, stop) if rows[number].kind != "same"]
        if (name := places.heading(changed[0], start)) and not whole:
            headings[start] = name
        for number in changed:
            counts = found.setdefault(places.name(number), [places.begin(number, start), 0, 0])
            counts[1] += rows[number].kind != "removed"
            counts[2] += rows[number].kind != "added"
    sections = tuple(Section(name, *counts) for name, counts in found.items())
    added, removed = sum(one.added for one in sections), sum(one.removed for one in sections)
    return Outline(rows, sections, range(len(rows)) if whole else shown, headings, added, removed)


class _Places:
    """Where rows stand: in the newer text, and what was removed in the older one."""

    def __init__(self, rows: Sequence[DiffRow]) -> None:
        self.rows = rows
        numbered = list(enumerate(rows))
        self.row_of = (
            [number for number, row in numbered if row.left_number is not None],
            [number for number, row in numbered if row.right_number is not None],
        )
        self.lines = ([rows[n].left for n in self.row_of[0]], [rows[n].right for n in self.row_of[1]])
        self.blocks = (blocks(self.lines[0]), blocks(self.lines[1]))

    def name(self, number: int) -> str:
        """Of the place of a row."""
        side, index = self._line(number)
        return place(self.lines[side], self.blocks[side], index)

    def begin(self, number: int, start: int) -> int:
        """The row of the header of the place, or itself when it stands alone; none before `start`."""
        return max((self._headers(number) or [number])[-1], start)

    def heading(self, number: int, start: int) -> str:
        """The name of the place where its outermost header is above `start`, '' elsewhere."""
        headers = self._headers(number)
        return self.name(number) if headers and headers[0] < start else ""

    def _headers(self, number: int) -> list[int]:
        side, index = self._line(number)
        return [self.row_of[side][one] for one in self.blocks[side].path(index)]

    def _line(self, number: int) -> tuple[int, int]:
        row = self.rows[number]
        return (1, row.right_number - 1) if row.right_number else (0, (row.left_number or 1) - 1)


def _wide(found: Iterator[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Hunks without a gap of one row: the line that tells of it takes as much room."""
    before: tuple[int, int] | None = None
    for start, stop in found:
        if before is None:
            before = (0 if start == 1 else start, stop)
        elif start - before[1] == 1:
            before = (before[0], stop)
        else:
            yield before
            before = (start, stop)
    if before is not None:
        yield before[0], length if before[1] == length - 1 else before[1]


def _plain(name: str) -> str:
    return " ".join(name.replace(" / ", " ").lower().removeprefix("set ").split())
