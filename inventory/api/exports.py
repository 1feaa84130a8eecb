"""Files over REST: `?format=` chooses among renderers, as DRF negotiates content."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiTypes
from rest_framework.exceptions import APIException
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.download import MEDIA_TYPES, attachment
from inventory.pdf import PdfUnavailable
from inventory.report import FORMATS, Report, pdf_of, xlsx_of


class Unavailable(APIException):
    """Something this machine lacks."""

    status_code = 503
    default_code = "unavailable"


class FileRenderer(BaseRenderer):
    """Says which format was chosen. The view answers with the file itself, which may be read while it is sent."""

    charset = None


class XlsxRenderer(FileRenderer):
    format = "xlsx"
    media_type = MEDIA_TYPES[format]


class CsvRenderer(FileRenderer):
    format = "csv"
    media_type = MEDIA_TYPES[format]


class PdfRenderer(FileRenderer):
    format = "pdf"
    media_type = MEDIA_TYPES[format]


# What the API's description says of an answer that is a report.
REPORT_FILES = {(200, MEDIA_TYPES[form]): OpenApiTypes.BINARY for form in FORMATS}


class Exports:
    """For views that give files: what is no file (a refusal, OPTIONS, a job) is JSON, whatever was asked for."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        renderer = getattr(request, "accepted_renderer", None)
        if isinstance(response, Response) and (renderer is None or isinstance(renderer, FileRenderer)):
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]


def chosen_format(request: Request) -> str:
    """The negotiated one."""
    return str(request.accepted_renderer.format)


def report_file(report: Report, form: str) -> HttpResponseBase:
    """The report in the format; raises Unavailable where it cannot be made here."""
    try:
        content = pdf_of(report) if form == "pdf" else xlsx_of(report.workbook())
    except PdfUnavailable as error:
        raise Unavailable(str(error)) from None
    return attachment(f"{report.name}.{form}", content)
