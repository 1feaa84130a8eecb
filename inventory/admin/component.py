"""Physical parts."""

from django.contrib import admin

from inventory.admin.columns import ReadOnlyAdmin, of_device, told
from inventory.models import Component


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
