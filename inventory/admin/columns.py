"""Columns shared by the lists: text that devices told, links to devices, read-only pages."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from inventory.admin.scoped import ScopedAdmin
from inventory.display import age, field_text, label_of, visible
from inventory.models import Device


def told(model: type[models.Model], name: str) -> Callable[[models.Model], str | None]:
    """A column of a field that devices fill, with invisible characters spelt out."""

    @display(description=label_of(model, name), ordering=name)
    def column(row: models.Model) -> str | None:
        return field_text(row, name) or None

    column.__name__ = name
    return column


def aged(model: type[models.Model], name: str) -> Callable[[models.Model], SafeString]:
    """A column of a time as a human age, the exact time on hover."""

    @display(description=label_of(model, name), ordering=name)
    def column(row: models.Model) -> SafeString:
        return age(getattr(row, name))

    column.__name__ = name
    return column


def device_link(device: Device | None) -> SafeString:
    """The device's name, leading to its page."""
    if device is None:
        return format_html('<span class="nm-muted">{}</span>', "-")
    url = reverse("admin:inventory_device_change", args=[device.pk])
    return format_html('<a class="nm-link" href="{}">{}</a>', url, visible(device.name))


@display(description=_("device"), ordering="device__name")
def of_device(row: models.Model) -> SafeString:
    """A column with the row's device."""
    return device_link(row.device)  # type: ignore[attr-defined]


class WholeAdmin(ScopedAdmin):
    """Who may delete one of these may delete the read-only rows that go with it."""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        to_delete, counts, _permissions_needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, self.beyond(objs, request), protected


class ReadOnlyAdmin(ScopedAdmin):
    """What devices told is shown, not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
