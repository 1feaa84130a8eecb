"""HTML to PDF by WeasyPrint, without any access to network or files, and parts bound to one document by pypdf."""

import gc
import io
import threading
from collections.abc import Iterable
from typing import cast

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, PdfObject, StreamObject

# WeasyPrint needs some hundred MB for a long table and does not promise to be thread-safe.
ONE_AT_A_TIME = threading.Lock()
NUMBER_SIZE = 8  # points
NUMBER_PLACE = (34, 22)  # points from the right edge and from the bottom, in the page's margin
DIGIT = 0.556  # of Helvetica, in parts of its size; a blank and a slash are half as wide


class PdfUnavailable(Exception):
    """This machine lacks what PDF needs; the message says what to install."""


def render_pdf(html: str) -> bytes:
    """The document as PDF. Raises PdfUnavailable where Pango is missing."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError:
        raise PdfUnavailable(
            "PDF needs the Pango library, which is missing here. On Debian: "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk. XLSX works without."
        ) from None
    with ONE_AT_A_TIME:
        # A document is a net of objects that hold each other: to look for garbage while it grows costs a tenth of the
        # time, and without looking for it at the end three documents are in memory at once.
        gc.disable()
        try:
            return bytes(HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf())
        finally:
            gc.enable()
            gc.collect()


def bind(parts: Iterable[bytes]) -> tuple[bytes, int]:
    """The parts as one PDF with its pages numbered through, and how many pages it has.

    A part does not know how many pages are before it or how many there are in all, so the numbers come in here.
    """
    writer = PdfWriter()
    for number, part in enumerate(parts):
        reader = PdfReader(io.BytesIO(part))
        if not number and reader.metadata:
            writer.add_metadata({name: str(value) for name, value in reader.metadata.items()})
        writer.append(reader)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    shared = writer._add_object(font)
    total = len(writer.pages)
    for number, page in enumerate(writer.pages, 1):
        _number(writer, page, f"{number} / {total}", shared)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue(), total


def _number(writer: PdfWriter, page: PageObject, text: str, font: object) -> None:
    """Write the text into the lower right corner: a stream of its own behind those of the page (PDF 32000-1, 7.8.2)."""
    resources = cast("DictionaryObject", page["/Resources"].get_object())
    fonts = cast("DictionaryObject", resources.setdefault(NameObject("/Font"), DictionaryObject()).get_object())
    fonts[NameObject("/PageNumber")] = font
    wide = sum(DIGIT if char.isdigit() else DIGIT / 2 for char in text) * NUMBER_SIZE
    left, bottom = float(page.mediabox.right) - NUMBER_PLACE[0] - wide, NUMBER_PLACE[1]
    before = page["/Contents"].get_object()
    streams = list(before) if isinstance(before, ArrayObject) else [page.raw_get("/Contents")]
    # What the page does to the axes ends with it: between q and Q.
    written = f"Q 0.4 g BT /PageNumber {NUMBER_SIZE} Tf 1 0 0 1 {left:.1f} {bottom} Tm ({text}) Tj ET"
    page[NameObject("/Contents")] = ArrayObject([_stream(writer, "q"), *streams, _stream(writer, written)])


def _stream(writer: PdfWriter, operators: str) -> PdfObject:
    stream = StreamObject()
    stream.set_data(operators.encode())
    return writer._add_object(stream)
