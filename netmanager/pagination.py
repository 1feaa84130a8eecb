"""Lists come in pages with a maximum."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

HIGHEST_OFFSET = 2**31


class LimitPagination(LimitOffsetPagination):
    """`limit` (50 by default, 1000 at most) and `offset`."""

    default_limit = 50
    max_limit = 1000

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """A page; raises ValidationError for a limit or offset that is no number, instead of ignoring it."""
        self._check(request, self.limit_query_param, 1, f"from 1 to {self.max_limit}")
        self._check(request, self.offset_query_param, 0, f"from 0 to {HIGHEST_OFFSET}")
        return super().paginate_queryset(queryset, request, view)

    def _check(self, request: Request, name: str, low: int, accepted: str) -> None:
        text = request.query_params.get(name)
        if text is None:
            return
        if not (text.isascii() and text.isdecimal() and low <= int(text[:20]) <= HIGHEST_OFFSET):
            raise ValidationError({name: [f"{text[:20]!r} is not a whole number {accepted}."]})
