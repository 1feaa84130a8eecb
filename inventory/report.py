"""Reports: what one tells, as a workbook or on paper, in parts that a machine of any size can make one by one."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby, islice
from typing import IO, Protocol

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, gettext

from inventory.display import exact, visible
from inventory.moment import one_moment
from inventory.pdf import bind, render_pdf
from inventory.spreadsheet import Cell, Sheet, write_workbook

# WeasyPrint's time and memory grow with the rows of a document: 7 ms and 0.14 MB each.
PART_ROWS = 300
TABLE_ROWS = 10_000  # of one table on paper: 300 pages, which nobody reads to the end; a workbook has all
TEXT = 2000  # characters of one value; a device that says 300 kB without a blank takes minutes to break into lines
AT_ONCE = {"xlsx": 5_000, "pdf": PART_ROWS}  # rows, by format, that are made while somebody waits: 2 to 3 s
FORMATS = tuple(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Table(Sheet):
    """A sheet that is printed, too. `shares` are the widths of its columns in percent, `colour_of` marks a row.

    `left_out` counts rows that were not given; numbers stand to the right where `counts` is true.
    """

    shares: Sequence[float] = ()
    colour_of: Callable[[Sequence[Cell]], str] | None = None
    left_out: int = 0
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the first page, in large type, with what it counts."""

    value: str
    words: str
    colour: str = "#1a1a1a"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of sums as a report draws it: parts of 1000 with their colours, and the counts in words."""

    name: str
    score: Cell
    parts: tuple[tuple[float, float, str], ...]  # start, width, colour
    counts: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through time from 0 to `high`, as points of an SVG, with its first and last day in words."""

    title: str
    wide: float
    high: float
    line: str
    area: str
    words: str
    ends: Sequence[str]


@dataclass(frozen=True, slots=True)
class Document:
    """What a report says on paper: a first page of facts, figures and pictures, then tables."""

    title: str
    subtitle: str = ""
    facts: Sequence[tuple[str, str]] = ()
    figures: Sequence[Figure] = ()
    bars_title: str = ""
    legend: Sequence[tuple[str, str]] = ()  # colour and words of the bars' parts
    bars: Sequence[Bar] = ()
    curve: Curve | None = None
    tables: Iterable[Table] = ()


class Report(Protocol):
    """What can be asked for as a file."""

    @property
    def name(self) -> str:
        """Of the file, without its ending."""

    def size(self, form: str) -> int:
        """About how many rows the file will have: what is large is made as a job."""

    def workbook(self) -> Iterable[Sheet]:
        """The sheets, what sums up first."""

    def document(self) -> Document:
        """What is printed."""


def xlsx_of(sheets: Iterable[Sheet]) -> IO[bytes]:
    """The workbook as a temporary file, at its start; memory does not grow with it."""
    file = tempfile.TemporaryFile()
    with one_moment():
        write_workbook(sheets, file)
    file.seek(0)
    return file


def pdf_of(report: Report) -> bytes:
    """The printed report; raises PdfUnavailable."""
    with one_moment():
        parts = list(parts_of(report.document()))
    return bind(render_pdf(part) for part in parts)[0]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table as texts; `cells` of an empty table are None. `left_out` rows follow that are not printed."""

    table: Table
    number: int
    cells: list[str] | None = None
    colour: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one table that stand together. `begins`: the table's first are among them. `marked`: some in colour."""

    table: Table
    lines: list[Line]
    begins: bool
    marked: bool
    left_out: int


def parts_of(document: Document) -> Iterator[str]:
    """The document as HTML, a part with PART_ROWS rows of tables at most after the other; the first has the cover."""
    about = {"language": get_language() or "en", "made_at": exact(timezone.now()), "document": document}
    about["facts"] = [(begun(name), value) for name, value in document.facts]
    lines = chain.from_iterable(_lines(table) for table in document.tables)
    cover = True
    while (part := list(islice(lines, PART_ROWS))) or cover:
        pieces = [_piece(list(same)) for _table, same in groupby(part, key=lambda line: id(line.table))]
        yield render_to_string("inventory/report.html", {**about, "pieces": pieces, "cover": cover})
        cover = False


def _lines(table: Table) -> Iterator[Line]:
    rows, number = iter(table.rows), -1
    for number, row in enumerate(islice(rows, TABLE_ROWS)):
        colour = table.colour_of(row) if table.colour_of else ""
        yield Line(table, number, [_text(table, value) for value in row], colour)
    left_out = table.left_out + sum(1 for _ in rows)
    if number < 0 or left_out:
        yield Line(table, number + 1, left_out=left_out)


def _text(table: Table, value: Cell) -> str:
    return f"{value:,}" if table.counts and isinstance(value, int) else printed(value)


def _piece(lines: list[Line]) -> Piece:
    first, shown = lines[0], [line for line in lines if line.cells]
    return Piece(first.table, shown, not first.number, any(line.colour for line in shown), lines[-1].left_out)


def begun(name: str) -> str:
    """A name as a line begins with it; one that has a capital inside, as sysName, stays as it is."""
    return name if name != name.lower() else name[:1].upper() + name[1:]


def printed(value: Cell) -> str:
    """A value as text for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return exact(value)
    text = visible(value)
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"
