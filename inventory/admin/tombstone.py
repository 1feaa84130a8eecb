"""Deleted devices. Removing a tombstone lets discovery find the device again."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from inventory.admin.columns import aged, told
from inventory.admin.scoped import ScopedAdmin
from inventory.models import Tombstone


@admin.register(Tombstone)
class TombstoneAdmin(ScopedAdmin):
    list_display = (
        told(Tombstone, "name"),
        told(Tombstone, "vendor"),
        told(Tombstone, "serial"),
        "known_addresses",
        aged(Tombstone, "deleted_at"),
    )
    search_fields = ("name", "serial", "chassis_mac", "addresses")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Tombstone | None = None) -> bool:
        return False

    @display(description=_("addresses"))
    def known_addresses(self, stone: Tombstone) -> str:
        return ", ".join(str(address) for address in stone.addresses)
