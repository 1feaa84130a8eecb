"""What Django's own report of an exception may tell. Nobody should ever see one: DEBUG is off and nothing mails it."""

from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class WhereOnly(SafeExceptionReporterFilter):
    """Where it happened, never with what: a frame holds what was revealed, a URL among the settings its password."""

    def get_safe_settings(self) -> dict[str, Any]:
        """None of them."""
        return {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        """None of them."""
        return dict[str, Any]().items()
