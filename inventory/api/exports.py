"""Files over REST: `?format=` chooses among renderers, as DRF negotiates content."""

from typing import Any

from django.utils.http import content_disposition_header
from rest_framework.exceptions import APIException
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from inventory import export
from inventory.pdf import PdfUnavailable


class Unavailable(APIException):
    """Something this machine lacks."""

    status_code = 503
    default_code = "unavailable"


class FileRenderer(BaseRenderer):
    """Passes a finished file on. `make` writes the file from what the view read."""

    charset = None
    render_style = "binary"

    def make(self, content: Any) -> bytes:
        """The file; subclasses name the writer."""
        raise NotImplementedError

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return bytes(data)


class XlsxRenderer(FileRenderer):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"


class CsvRenderer(FileRenderer):
    media_type = "text/csv"
    format = "csv"


class PdfRenderer(FileRenderer):
    media_type = "application/pdf"
    format = "pdf"


class DevicesXlsx(XlsxRenderer):
    def make(self, content: Any) -> bytes:
        return export.devices_xlsx(content)


class DevicesCsv(CsvRenderer):
    def make(self, content: Any) -> bytes:
        return export.devices_csv(content)


class InventoryXlsx(XlsxRenderer):
    def make(self, content: Any) -> bytes:
        return export.inventory_xlsx(content)


class InventoryPdf(PdfRenderer):
    def make(self, content: Any) -> bytes:
        return export.inventory_pdf(content)


DEVICE_RENDERERS = [DevicesXlsx, DevicesCsv]
INVENTORY_RENDERERS = [InventoryXlsx, InventoryPdf]


class Exports:
    """For views that give files: what is no file (a refusal, OPTIONS) is JSON, whatever format was asked for."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Any:
        renderer = getattr(request, "accepted_renderer", None)
        is_file = isinstance(getattr(response, "data", None), bytes)
        if not is_file and (renderer is None or isinstance(renderer, FileRenderer)):
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]


def attachment(request: Request, name: str, content: Any) -> Response:
    """The content as a file of the negotiated format. Raises Unavailable where the format cannot be made here."""
    renderer = request.accepted_renderer
    assert isinstance(renderer, FileRenderer)  # noqa: S101, the view lists no others
    try:
        file = renderer.make(content)
    except PdfUnavailable as error:
        raise Unavailable(str(error)) from None
    return Response(file, headers={"Content-Disposition": content_disposition_header(True, file_name(name, renderer))})


def file_name(name: str, renderer: FileRenderer) -> str:
    """A name that is safe in a header and on a disk: device names are hostile text."""
    kept = "".join(char if char.isalnum() or char in "-_." else "_" for char in name)[:100]
    return f"{kept.strip('.') or 'export'}.{renderer.format}"
