"""The device page: four answers at the top, tabs below. Only the chosen tab's rows are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import verdicts
from inventory.admin.interface import speed_words, vlan_words
from inventory.display import exact, label_of
from inventory.models import ConfigBackup, Device, Interface, Link, Neighbour
from inventory.natural import neighbour_order, part_order, port_order
from inventory.scope import Somebody, scoped
from inventory.verdicts import Verdict

ROWS = 500  # of one tab; the lists in the sidebar show the rest, page by page


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. It is hidden without the permission, and when it counts no rows; None: a number would say nothing.

    Rows and their count are asked for with the device and the user, who may not see all that is connected to it.
    """

    key: str
    title: str | Promise
    template: str
    rows: Callable[[Device, Somebody], Any]
    permission: str = "inventory.view_device"
    count: Callable[[Device, Somebody], int | None] | None = None


@dataclass(frozen=True, slots=True)
class ShownTab:
    """A tab as this user sees it; `count` is None where a number says nothing."""

    key: str
    title: str
    count: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the cards at the top; `tab` is where the rest stands."""

    question: str
    verdict: Verdict | None
    tab: str = ""
    number: int = 0  # shown where there is nothing to judge


@dataclass(frozen=True, slots=True)
class Port:
    """An interface with its words."""

    row: Interface
    light: Verdict
    vlans: str
    speed: str
    addresses: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """A backup and the one before it."""

    row: ConfigBackup
    previous: ConfigBackup | None


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What a device is connected to."""

    links: list[Link]
    reports: list[Neighbour]


def page_context(request: HttpRequest, tabs: Sequence[Tab], device: Device, wanted: str) -> dict[str, Any]:
    """What the page's template needs; an unknown or forbidden tab gives the first one."""
    user = request.user
    counted = [(tab, tab.count(device, user) if tab.count else None) for tab in tabs if user.has_perm(tab.permission)]
    offered = [(tab, count) for tab, count in counted if count != 0]
    chosen = next((tab for tab, _count in offered if tab.key == wanted), offered[0][0])
    return {
        "answers": answers(device, {tab.key: count for tab, count in offered}),
        "device_tabs": [ShownTab(tab.key, str(tab.title), count, tab is chosen) for tab, count in offered],
        "tab": chosen,
        "rows": chosen.rows(device, user),
        "row_limit": ROWS,
    }


def answers(device: Device, counts: dict[str, int | None]) -> list[Answer]:
    """How is it? State, last reading, backup, compliance, neighbours."""
    neighbours = counts.get("neighbours") or 0
    return [
        Answer(_("State"), verdicts.status(device)),
        Answer(_("Last sync"), verdicts.sync(device)),
        Answer(_("Backup"), verdicts.backup(device), "configurations"),
        Answer(_("Compliance"), verdicts.compliance(device), "compliance"),
        Answer(_("Neighbours"), None, "neighbours", neighbours),
    ]


def facts(device: Device, _user: Somebody) -> list[tuple[str, str]]:
    """Labels and values, the empty ones left out."""
    names = (
        "primary_address", "site", "role", "vendor", "model", "os_version", "serial", "platform", "sys_name",
        "sys_location", "chassis_mac", "snmp_engine_id", "sys_object_id", "sys_descr", "comments",
    )  # fmt: skip
    rows = [(_label(name), str(getattr(device, name) or "")) for name in names]
    if device.uptime_seconds is not None:
        days, rest = divmod(device.uptime_seconds, 86_400)
        rows.append((capfirst(_("uptime")), _("%(days)d days %(hours)d h") % {"days": days, "hours": rest // 3600}))
    rows += [
        (_label(name), exact(when)) for name in ("discovered_at", "last_seen_at") if (when := getattr(device, name))
    ]
    rows += [(_label(name), str(getattr(device, name) or "")) for name in ("ssh_credential", "snmp_credential")]
    return [(label, value) for label, value in rows if value]


def _label(name: str) -> str:
    """As a heading; sysName keeps the MIB's spelling."""
    label = str(label_of(Device, name))
    return label if any(char.isupper() for char in label.split()[0]) else capfirst(label)


def ports(device: Device, _user: Somebody) -> list[Port]:
    """Interfaces in the device's own order, each with its light."""
    found = sorted(device.interfaces.order_by(), key=port_order)[:ROWS]
    prefetch_related_objects(found, "addresses")
    return [
        Port(
            row,
            verdicts.interface(row),
            vlan_words(row),
            speed_words(row.speed_kbps),
            ", ".join(str(address) for address in row.addresses.all()),
        )
        for row in found
    ]


def links_of(device: Device, user: Somebody) -> QuerySet[Link]:
    """Cables with this device at either end, and one at the other end that the user may see."""
    found = Link.objects.filter(Q(a_device=device) | Q(b_device=device)).select_related("a_device", "b_device")
    return scoped(found, user)


def neighbourhood(device: Device, user: Somebody) -> Neighbourhood:
    """The device's cables, and what it reported itself."""
    told = sorted(device.neighbours.order_by(), key=neighbour_order)[:ROWS]
    return Neighbourhood(list(links_of(device, user)[:ROWS]), told)


def configurations(device: Device, _user: Somebody) -> list[Configuration]:
    """Newest first, each with the one before it for the comparison."""
    found = list(device.config_backups.select_related("text").defer("text__redacted", "text__full")[: ROWS + 1])
    return [Configuration(row, previous) for row, previous in pairwise([*found, None]) if row][:ROWS]


EDIT = Tab(
    "edit", gettext_lazy("Settings"), "admin/inventory/device/tab_edit.html", lambda device, _user: None,
    "inventory.change_device",
)  # fmt: skip
FOLDER = "admin/inventory/device"
INVENTORY_TABS = (
    Tab("overview", gettext_lazy("Overview"), f"{FOLDER}/tab_overview.html", facts),
    Tab(
        "interfaces", gettext_lazy("Interfaces"), f"{FOLDER}/tab_interfaces.html", ports,
        "inventory.view_interface", lambda device, _user: device.interfaces.count(),
    ),
    Tab(
        "vlans", "VLANs", f"{FOLDER}/tab_vlans.html", lambda device, _user: device.vlans.all()[:ROWS],
        "inventory.view_vlan", lambda device, _user: device.vlans.count(),
    ),
    Tab(
        "neighbours", gettext_lazy("Neighbours"), f"{FOLDER}/tab_neighbours.html", neighbourhood,
        "inventory.view_neighbour", lambda device, user: device.neighbours.count() or links_of(device, user).count(),
    ),
    Tab(
        "addresses", gettext_lazy("Addresses"), f"{FOLDER}/tab_addresses.html",
        lambda device, _user: device.addresses.select_related("interface")[:ROWS],
        "inventory.view_device", lambda device, _user: device.addresses.count(),
    ),
    Tab(
        "components", gettext_lazy("Components"), f"{FOLDER}/tab_components.html",
        lambda device, _user: sorted(device.components.order_by(), key=part_order)[:ROWS],
        "inventory.view_component", lambda device, _user: device.components.count(),
    ),
    Tab(
        "configurations", gettext_lazy("Configs"), f"{FOLDER}/tab_configurations.html", configurations,
        "inventory.view_configbackup", lambda device, _user: device.config_backups.count(),
    ),
    EDIT,
)  # fmt: skip
