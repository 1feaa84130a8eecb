"""Filters of the device list."""

from collections.abc import Iterable

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from inventory.attention import REASONS
from inventory.display import visible
from inventory.models import Device
from inventory.platforms import platforms
from inventory.scope import scoped


class AttentionFilter(DropdownFilter):
    """The reasons of the home page."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, str]]:
        return [(reason.key, capfirst(str(reason.title))) for reason in REASONS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> QuerySet[Device]:
        reason = REASONS.get(self.value() or "")
        return queryset.filter(reason.where()) if reason else queryset


class StoredValueFilter(DropdownFilter):
    """The values that devices have in one text field."""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, str]]:
        name = self.parameter_name
        own = scoped(Device.objects.all(), request.user)
        stored = own.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
        return [(value, visible(value)) for value in stored[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> QuerySet[Device]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class RoleFilter(StoredValueFilter):
    title = _("role")
    parameter_name = "role"


class VendorFilter(StoredValueFilter):
    title = _("vendor")
    parameter_name = "vendor"


class PlatformFilter(DropdownFilter):
    title = _("platform")
    parameter_name = "platform"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, str]]:
        return [(one.slug, one.name) for one in platforms().values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> QuerySet[Device]:
        return queryset.filter(platform=self.value()) if self.value() else queryset
