"""Sites and the prefixes that may be touched."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from inventory.admin.scoped import ScopedAdmin
from inventory.display import Tone, state
from inventory.models import Prefix, Site
from inventory.scope import own_devices


@admin.register(Site)
class SiteAdmin(ScopedAdmin):
    list_display = ("name", "devices", "description")
    search_fields = ("name", "slug", "description")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        own = own_devices(request.user, "devices__")
        return super().get_queryset(request).annotate(device_count=Count("devices", filter=own))

    @display(description=_("devices"), ordering="device_count")
    def devices(self, site: Site) -> int:
        return site.device_count  # type: ignore[attr-defined]


@admin.register(Prefix)
class PrefixAdmin(ScopedAdmin):
    list_display = ("prefix", "allowed", "site", "auto_approve", "ssh_credential", "description")
    list_select_related = ("site", "ssh_credential")
    list_filter = ("excluded", "auto_approve")
    search_fields = ("prefix", "description")
    autocomplete_fields = ("site",)
    conditional_fields = {"auto_approve": "excluded == false", "ssh_credential": "excluded == false"}

    @display(description=_("use"), ordering="excluded")
    def allowed(self, prefix: Prefix) -> str:
        return state(Tone.BAD, _("never touch")) if prefix.excluded else state(Tone.GOOD, _("may be touched"))
