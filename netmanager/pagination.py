"""Lists come in pages with a maximum."""

from rest_framework.pagination import LimitOffsetPagination


class LimitPagination(LimitOffsetPagination):
    """`limit` (50 by default, 1000 at most) and `offset`."""

    default_limit = 50
    max_limit = 1000
