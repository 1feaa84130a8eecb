"""Answers that are files, for every door of the web."""

from collections.abc import Iterable
from io import IOBase
from typing import IO

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

MEDIA_TYPES = {
    "csv": "text/csv",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/yaml",
}
NAME_LENGTH = 100


def attachment(name: str, content: bytes | IO[bytes] | Iterable[bytes]) -> HttpResponseBase:
    """A file whose kind its name's ending tells; what is no bytes is read while it is sent."""
    name = safe_name(name)
    media_type = MEDIA_TYPES[name.rpartition(".")[2]]
    file: HttpResponseBase
    if isinstance(content, bytes):
        file = HttpResponse(content, content_type=media_type)
    elif isinstance(content, IOBase):
        file = FileResponse(content, content_type=media_type)  # closes it at the end
    else:
        file = StreamingHttpResponse(content, content_type=media_type)
    file["Content-Disposition"] = content_disposition_header(True, name)
    return file


def safe_name(name: str) -> str:
    """A name that is safe in a header and on a disk: device names are hostile text. Its ending stays."""
    stem, _dot, ending = name.rpartition(".")
    kept = "".join(char if char.isalnum() or char in "-_." else "_" for char in stem)[:NAME_LENGTH]
    return f"{kept.strip('.') or 'export'}.{ending}"
