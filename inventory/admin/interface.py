"""Interfaces and VLANs of all devices."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from inventory import verdicts
from inventory.admin.columns import ReadOnlyAdmin, of_device, told
from inventory.display import state
from inventory.models import Interface, Vlan


@admin.register(Interface)
class InterfaceAdmin(ReadOnlyAdmin):
    list_display = (
        told(Interface, "name"),
        of_device,
        "light",
        told(Interface, "description"),
        "mode",
        "vlans",
        "speed",
        told(Interface, "mac_address"),
    )
    list_select_related = ("device",)
    list_filter = ("enabled", "up", ("mode", ChoicesDropdownFilter))
    search_fields = ("name", "description", "mac_address", "device__name")
    ordering = ("device__name", "name")

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
