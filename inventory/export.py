"""What is known about devices as files: a list of many, or everything about one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import IO, Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext

from inventory.display import visible
from inventory.models import Component, Device, DeviceAddress, Interface, Neighbour, Vlan
from inventory.natural import neighbour_order, part_order, port_order
from inventory.report import Document, Figure, Table, printed, xlsx_of
from inventory.spreadsheet import Cell, Sheet, csv_lines

LIST_COLUMNS = (
    "name", "status", "site__name", "role", "platform", "vendor", "model", "os_version", "serial", "primary_address",
    "sys_name", "sys_location", "last_seen_at", "last_sync_at", "last_sync_error", "last_backup_at",
    "last_backup_error", "compliance_score", "comments",
)  # fmt: skip
DEVICE_FACTS = (
    "name", "status", "site", "role", "platform", "vendor", "model", "os_version", "serial", "primary_address",
    "sys_name", "sys_descr", "sys_location", "chassis_mac", "uptime_seconds", "discovered_at", "last_seen_at",
    "last_sync_at", "last_sync_error", "last_backup_at", "last_backup_error", "unsaved_since", "compliance_score",
    "comments",
)  # fmt: skip
PARTS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (
        Interface,
        ("name", "description", "enabled", "up", "type", "speed_kbps", "mtu", "mac_address", "mode", "untagged_vlan",
         "tagged_vlans", "vrf"),
    ),
    (DeviceAddress, ("address", "prefix_length", "interface", "vrf")),
    (Vlan, ("vid", "name", "active")),
    (
        Neighbour,
        ("local_interface", "protocol", "remote_name", "remote_port", "remote_address", "remote_chassis_id",
         "remote_description"),
    ),
    (Component, ("name", "kind", "model", "serial", "hardware_revision", "description")),
)  # fmt: skip

# Widths on paper, in percent.
SHARES: dict[type[Model], tuple[float, ...]] = {
    Interface: (15, 15, 5, 4, 12, 8, 5, 13, 6, 5, 7, 5),
    DeviceAddress: (35, 15, 30, 20),
    Vlan: (10, 75, 15),
    Neighbour: (13, 8, 18, 13, 12, 14, 22),
    Component: (20, 12, 20, 15, 13, 20),
}


def device_list(devices: QuerySet[Device]) -> Sheet:
    """A row per device, read in pieces."""
    rows = devices.values_list(*LIST_COLUMNS).iterator(chunk_size=2000)
    return Sheet("devices", [column.replace("__name", "") for column in LIST_COLUMNS], rows)


def devices_xlsx(devices: QuerySet[Device]) -> IO[bytes]:
    """The list as a workbook of one sheet, in a temporary file at its start."""
    return xlsx_of([device_list(devices)])


def devices_csv(devices: QuerySet[Device]) -> Iterator[bytes]:
    """The list as CSV, read while it is sent."""
    return csv_lines(device_list(devices))


# Where names have numbers in them; the others as the database has them.
ORDERS: dict[type[Model], Callable[[Any], Any]] = {
    Interface: port_order,
    Neighbour: neighbour_order,
    Component: part_order,
}


@dataclass(frozen=True, slots=True)
class InventoryReport:
    """Everything known about a device; one query per kind of part."""

    device: Device

    @property
    def name(self) -> str:
        return self.device.name

    def size(self, form: str) -> int:
        return sum(model._default_manager.filter(device=self.device).count() for model, _columns in PARTS)

    def workbook(self) -> Iterator[Sheet]:
        """One sheet per noun, the device first."""
        yield Sheet(title(Device), [gettext("field"), gettext("value")], self._facts())
        yield from self._parts()

    def document(self) -> Document:
        parts = list(self._parts())
        facts = [(name, printed(value)) for name, value in self._facts() if value not in (None, "")]
        return Document(
            title=visible(self.device.name),
            subtitle=gettext("Inventory"),
            facts=facts,
            figures=[Figure(f"{len(list(part.rows)):,}", part.name) for part in parts],
            tables=parts,
        )

    def _facts(self) -> list[tuple[str, Cell]]:
        return [(heading(Device, name), plain(self.device, name)) for name in DEVICE_FACTS]

    def _parts(self) -> Iterator[Table]:
        return (_table(self.device, model, columns) for model, columns in PARTS)


def plain(row: Model, field: str) -> Cell:
    """A field's value as a cell: choices and relations by their name, lists as one text."""
    display = getattr(row, f"get_{field}_display", None)
    value = display() if display else attrgetter(field)(row)
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return str(value) if isinstance(value, Model) else value


def heading(model: type[Model], field: str) -> str:
    """The field's name in the language of the reader."""
    return str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def title(model: type[Model]) -> str:
    """The noun in the language of the reader."""
    return str(model._meta.verbose_name)


def _table(device: Device, model: type[Model], columns: Sequence[str]) -> Table:
    rows: Iterable[Model] = model._default_manager.filter(device=device)
    if model is DeviceAddress:
        rows = rows.select_related("interface")  # type: ignore[attr-defined]
    if model in ORDERS:
        rows = sorted(rows, key=ORDERS[model])
    cells = [[plain(row, column) for column in columns] for row in rows]
    headings = [heading(model, column) for column in columns]
    return Table(str(model._meta.verbose_name_plural), headings, cells, shares=SHARES.get(model, ()))
