"""Query parameters are meant: one that nobody knows is refused, not ignored."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.request import Request

PAGING = ("limit", "offset", "ordering", "search", "format")


class NumberIn(filters.BaseInFilter, filters.NumberFilter):
    """One number, or several separated by commas."""


class TextIn(filters.BaseInFilter, filters.CharFilter):
    """One text, or several separated by commas; any of them."""


class AddressFilter(filters.CharFilter):
    """One IPv4 or IPv6 address."""

    field_class = forms.GenericIPAddressField


class AddressIn(filters.BaseInFilter, AddressFilter):
    """One address, or several separated by commas."""


def equal(*fields: str) -> dict[str, list[str]]:
    """Filters that compare with these fields as they are."""
    return {field: ["exact"] for field in fields}


class StrictFilters(filters.DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        filterset = self.get_filterset(request, queryset, view)
        known = [*(filterset.filters if filterset else ()), *PAGING]
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            sentence = f"This is not a filter here; accepted are {', '.join(known)}."
            raise ValidationError({name: [sentence] for name in unknown})
        return super().filter_queryset(request, queryset, view)


class StrictOrdering(OrderingFilter):
    """`ordering` from the view's allow list; equal rows are ordered by id, so that pages do not overlap."""

    def remove_invalid_fields(
        self, queryset: QuerySet, fields: Iterable[str], view: Any, request: Request
    ) -> list[str]:
        allowed = [name for name, _ in self.get_valid_fields(queryset, view)]
        unknown = [field for field in fields if field.removeprefix("-") not in allowed]
        if unknown:
            accepted = f"accepted are {', '.join(allowed)}, each also with a minus before it"
            raise ValidationError({"ordering": [f"{unknown[0]!r} is not accepted; {accepted}."]})
        return list(fields)

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> tuple[str, ...]:
        ordering = tuple(super().get_ordering(request, queryset, view) or ())
        return ordering if {"id", "-id"} & set(ordering) else (*ordering, "id")


BACKENDS = (StrictFilters, SearchFilter, StrictOrdering)


class MomentField(IsoDateTimeField):
    """ISO 8601 with any zone, turned to UTC: the database takes no offset beyond 15:59 hours."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:  # the first or the last day of the calendar, seen from another zone
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(filters.IsoDateTimeFilter):
    """A moment in time."""

    field_class = MomentField
