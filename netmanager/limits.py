"""How large a request may be. gunicorn bounds the line and the headers; this the body, before anybody reads it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

UPLOADS = ("/api/v1/firmware-images", "/admin/inventory/firmwareimage/")
FORM_AROUND = 2**20  # bytes of a multipart form beside its file


class BodyLimitMiddleware:
    """413 for a body over DATA_UPLOAD_MAX_MEMORY_SIZE, where firmware is uploaded over FIRMWARE_MAX_SIZE.

    Django itself counts forms only, and an API reads JSON from the stream. Without a Content-Length there is no body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = largest(request)
        if length(request) > limit:
            return JsonResponse(
                {"detail": _("The request is larger than %(limit)d bytes.") % {"limit": limit}}, status=413
            )
        return self.get_response(request)


def largest(request: HttpRequest) -> int:
    """Bytes this request's body may have."""
    if request.path.startswith(UPLOADS) and (request.content_type or "") == "multipart/form-data":
        return settings.FIRMWARE_MAX_SIZE + FORM_AROUND
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def length(request: HttpRequest) -> int:
    """Content-Length; 0 when there is none."""
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0
