"""Physical parts and software images."""

from django.contrib import admin

from inventory.admin.columns import ReadOnlyAdmin, aged, of_device, told
from inventory.admin.scoped import ScopedAdmin
from inventory.models import Component, FirmwareImage


@admin.register(Component)
class ComponentAdmin(ReadOnlyAdmin):
    list_display = (
        told(Component, "name"),
        of_device,
        told(Component, "kind"),
        told(Component, "model"),
        told(Component, "serial"),
        told(Component, "description"),
    )
    list_select_related = ("device",)
    list_filter = ("kind",)
    search_fields = ("name", "model", "serial", "description", "device__name")
    ordering = ("device__name", "name")


@admin.register(FirmwareImage)
class FirmwareImageAdmin(ScopedAdmin):
    list_display = ("name", "platform", "version", "sha256", aged(FirmwareImage, "uploaded_at"))
    list_filter = ("platform",)
    search_fields = ("name", "platform", "version", "sha256")
