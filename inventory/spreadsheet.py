"""Tables as XLSX and CSV. What devices say never becomes a formula."""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

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
WIDTHS = (12, 40)  # characters, at least and at most


@dataclass(frozen=True, slots=True)
class Sheet:
    """One noun's table. `rows` may be read once only."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


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


def write_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark: Excel takes it for something else without one."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(sheet.headings)
    writer.writerows([safe_cell(value) for value in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(sheets: Iterable[Sheet]) -> bytes:
    """A workbook. Rows go to a temporary file one by one, so memory does not grow with them."""
    with tempfile.TemporaryFile() as file:
        _write_workbook(sheets, file)
        file.seek(0)
        return file.read()


def _write_workbook(sheets: Iterable[Sheet], file: BinaryIO) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as workbook:
        bold = workbook.add_format({"bold": True})
        for sheet in sheets:
            rows = iter(sheet.rows)
            number = 1
            while True:
                name = sheet.name if number == 1 else f"{sheet.name} {number}"
                page = workbook.add_worksheet(name[:NAME_LENGTH])
                _write_heading(page, sheet.headings, bold)
                if not _write_rows(page, rows):
                    break
                number += 1


def _write_heading(page: Worksheet, headings: Sequence[str], bold: object) -> None:
    page.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        page.set_column(column, column, min(max(len(heading) + 2, WIDTHS[0]), WIDTHS[1]))
        page.write_string(0, column, heading, bold)


def _write_rows(page: Worksheet, rows: Iterable[Sequence[Cell]]) -> bool:
    """Write until the page is full; whether rows may be left."""
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
            return True
    return False
