"""Tables as XLSX and CSV. What devices say never becomes a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import xlsxwriter
from django.utils import timezone
from xlsxwriter.worksheet import Worksheet

from inventory.display import visible

Cell = str | int | float | bool | datetime | None

# Spreadsheets calculate text that starts like this, the full-width forms in East Asian editions.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
CELL_LENGTH = 32_767  # characters Excel keeps in a cell
SHEET_ROWS = 1_048_576  # rows Excel keeps in a sheet, with the heading
NAME_LENGTH = 31
CSV_ROWS = 100  # sent together
MOST_BARS = 20  # rows that a chart shows
WIDTHS = (12, 40)  # characters, at least and at most


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart beside a table: a bar for each row, named by its first column, of the counts in these columns."""

    title: str
    columns: Sequence[int]
    colours: Sequence[str]  # #rrggbb, one a column


@dataclass(frozen=True, slots=True)
class Sheet:
    """One noun's table. `rows` may be read once only."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    bars: Bars | None = None


def safe_text(value: object) -> str:
    """Text that a spreadsheet shows as it stands: no formula, no invisible character, not too long."""
    text = visible(value)
    if text.startswith(FORMULA_STARTS):
        text = f"'{text}"
    return text if len(text) <= CELL_LENGTH else f"{text[: CELL_LENGTH - 1]}…"


def safe_cell(value: Cell) -> str | int | float | bool | None:
    """A cell as a file can hold it. Times are ISO 8601 in the server's zone, with the offset."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    if value is None or isinstance(value, bool | int | float):
        return value
    return safe_text(value)


def csv_lines(sheet: Sheet) -> Iterator[bytes]:
    """The table in pieces of 100 lines. UTF-8 with a byte order mark: Excel takes it for something else without."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(sheet.headings)
    yield "\ufeff".encode()
    for number, row in enumerate(sheet.rows, 1):
        writer.writerow([safe_cell(value) for value in row])
        if not number % CSV_ROWS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def write_workbook(sheets: Iterable[Sheet], file: IO[bytes]) -> None:
    """A workbook. Rows go to temporary files one by one, so memory does not grow with them."""
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as workbook:
        bold = workbook.add_format({"bold": True})
        for sheet in sheets:
            rows = iter(sheet.rows)
            number = 1
            while True:
                name = sheet.name if number == 1 else f"{sheet.name} {number}"
                page = workbook.add_worksheet(name[:NAME_LENGTH])
                _write_heading(page, sheet.headings, bold)
                written, more = _write_rows(page, rows)
                page.autofilter(0, 0, written, max(len(sheet.headings) - 1, 0))
                if sheet.bars and written:
                    _draw(workbook, page, sheet, sheet.bars, written)
                if not more:
                    break
                number += 1


def _write_heading(page: Worksheet, headings: Sequence[str], bold: object) -> None:
    page.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        page.set_column(column, column, min(max(len(heading) + 2, WIDTHS[0]), WIDTHS[1]))
        page.write_string(0, column, heading, bold)


def _draw(workbook: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet, bars: Bars, rows: int) -> None:
    """The first rows as bars, to the right of the table."""
    last = min(rows, MOST_BARS)
    chart = workbook.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for column, colour in zip(bars.columns, bars.colours, strict=True):
        chart.add_series(
            {
                "name": [page.name, 0, column],
                "categories": [page.name, 1, 0, last, 0],
                "values": [page.name, 1, column, last, column],
                "fill": {"color": colour},
                "gap": 40,
            }
        )
    chart.set_title({"name": bars.title})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 640, "height": 140 + 26 * last})
    page.insert_chart(0, len(sheet.headings) + 1, chart)


def _write_rows(page: Worksheet, rows: Iterable[Sequence[Cell]]) -> tuple[int, bool]:
    """Write until the page is full; how many rows it has, and whether some may be left."""
    number = 0
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            cell = safe_cell(value)
            if isinstance(cell, str):
                page.write_string(number, column, cell)
            elif isinstance(cell, bool):
                page.write_boolean(number, column, cell)
            elif cell is not None:
                page.write_number(number, column, cell)
        if number == SHEET_ROWS - 1:
            return number, True
    return number, False
