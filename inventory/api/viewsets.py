"""What every viewset of ours has in common: strict filters on lists, pages in a steady order."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework import mixins
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from inventory.api.filters import BACKENDS
from inventory.models.guarded import Guarded
from inventory.scope import may_touch, scoped


class NamedFormats:
    """A format nobody offers is refused by name, not with "not found"."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request, force)  # type: ignore[misc]
        except Http404:
            offered = ", ".join(str(renderer.format) for renderer in self.get_renderers())  # type: ignore[attr-defined]
            wanted = request.query_params.get("format")
            raise ValidationError({"format": [f"{wanted!r} is not offered; accepted are {offered}."]}) from None


class Listed(NamedFormats, GenericViewSet):
    """Rows with an integer id. `required_permission` of an action replaces the model's own."""

    filter_backends = BACKENDS
    lookup_value_regex = "[0-9]+"
    ordering: Sequence[str] = ("id",)
    ordering_fields: Sequence[str] = ("id",)
    required_permission = ""

    def get_queryset(self) -> QuerySet:
        """What the user's access scopes show: any other row is not there."""
        return scoped(super().get_queryset(), self.request.user)

    def check_object_permissions(self, request: Request, obj: Model) -> None:
        """A row may be seen and still be about more than the user has."""
        super().check_object_permissions(request, obj)
        if request.method not in SAFE_METHODS and not may_touch(obj, request.user):
            raise PermissionDenied("This is also about what lies outside of your access scopes.")
        if request.method == "DELETE" and isinstance(obj, Guarded) and (sentence := obj.refusal()):
            raise PermissionDenied(sentence)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Filters choose rows of a list; one row is chosen by its id alone."""
        return queryset if self.detail else self.filter_rows(queryset)

    def filter_rows(self, queryset: QuerySet) -> QuerySet:
        """The rows that the query parameters choose, in their order."""
        return super().filter_queryset(queryset)


class Editable(Listed, ModelViewSet):
    """Listed, created, changed and deleted by people; with its entry in the audit trail, or not at all."""

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().create(request, *args, **kwargs)

    @transaction.atomic
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().update(request, *args, **kwargs)

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().destroy(request, *args, **kwargs)


class ReadOnly(Listed, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """What devices told us: it is changed on the device."""
