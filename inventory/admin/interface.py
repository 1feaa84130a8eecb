"""Interfaces and VLANs of all devices."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from inventory import audit, verdicts
from inventory.admin.columns import ReadOnlyAdmin, of_device, told
from inventory.admin.scoped import ScopedAdmin
from inventory.display import shield, state
from inventory.models import Interface, Vlan


@admin.register(Interface)
class InterfaceAdmin(ScopedAdmin):
    """What devices told is shown; only the protection of a port is the operator's to decide."""

    list_display = (
        told(Interface, "name"),
        of_device,
        "light",
        "shielded",
        told(Interface, "description"),
        "mode",
        "vlans",
        "speed",
        told(Interface, "mac_address"),
    )
    list_select_related = ("device",)
    list_filter = ("protected", "enabled", "up", ("mode", ChoicesDropdownFilter))
    search_fields = ("name", "description", "mac_address", "device__name")
    ordering = ("device__name", "name")
    actions = ("protect", "unprotect")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Interface | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Interface | None = None) -> list[str]:
        return [field.name for field in Interface._meta.fields if field.name not in ("id", "protected")]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.protect_view))
        return [path("<int:pk>/protect/", view, name="inventory_interface_protect"), *super().get_urls()]

    def protect_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The shield of the device's page: protect the port, or take that back."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        port = self.get_queryset(request).filter(pk=pk).first()
        if port is None:
            raise Http404
        set_protected(request, Interface.objects.filter(pk=pk), not port.protected)
        return HttpResponseRedirect(reverse("admin:inventory_device_change", args=[port.device_id]) + "?tab=interfaces")

    @action(description=_("Protect: no deployment changes these ports"), permissions=["change"])
    def protect(self, request: HttpRequest, queryset: QuerySet[Interface]) -> None:
        set_protected(request, queryset, True)

    @action(description=_("Unprotect"), permissions=["change"])
    def unprotect(self, request: HttpRequest, queryset: QuerySet[Interface]) -> None:
        set_protected(request, queryset, False)

    @display(description=_("protected"), ordering="protected")
    def shielded(self, port: Interface) -> SafeString | str:
        return shield() if port.protected else ""

    @display(description=_("state"), ordering="up")
    def light(self, port: Interface) -> SafeString:
        verdict = verdicts.interface(port)
        return state(verdict.tone, verdict.text)

    @display(description=_("VLANs"))
    def vlans(self, port: Interface) -> str:
        return vlan_words(port)

    @display(description=_("speed"), ordering="speed_kbps")
    def speed(self, port: Interface) -> str:
        return speed_words(port.speed_kbps)


@admin.register(Vlan)
class VlanAdmin(ReadOnlyAdmin):
    list_display = ("vid", told(Vlan, "name"), of_device, "active")
    list_select_related = ("device",)
    list_filter = ("active",)
    search_fields = ("=vid", "name", "device__name")
    ordering = ("vid", "device__name")


def set_protected(request: HttpRequest, ports: QuerySet[Interface], protected: bool) -> None:
    """Protect the ports or no longer, and say so."""
    count = audit.update(ports, protected=protected)
    if protected:
        text = ngettext("%(count)d port is protected.", "%(count)d ports are protected.", count)
    else:
        text = ngettext("%(count)d port is no longer protected.", "%(count)d ports are no longer protected.", count)
    messages.success(request, text % {"count": count})


def vlan_words(port: Interface) -> str:
    """Untagged VLAN first, then the tagged ones: "10 (untagged), 20-22"."""
    parts = [_("%(vid)s untagged") % {"vid": port.untagged_vlan}] if port.untagged_vlan else []
    if port.mode == Interface.Mode.TAGGED_ALL:
        parts.append(str(_("all tagged")))
    elif port.tagged_vlans:
        parts.append(ranges(port.tagged_vlans))
    return ", ".join(parts)


def ranges(numbers: list[int]) -> str:
    """Sorted numbers in short: 1, 2, 3, 7 -> "1-3, 7"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{low}-{high}" if low != high else str(low) for low, high in runs)


def speed_words(kbps: int | None) -> str:
    """A speed in its largest round unit: 1000000 -> "1 Gbit/s"."""
    if not kbps:
        return ""
    for unit, size in (("Gbit/s", 1_000_000), ("Mbit/s", 1_000)):
        if kbps >= size:
            return f"{kbps / size:g} {unit}"
    return f"{kbps} kbit/s"
