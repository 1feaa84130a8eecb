"""What is known about devices as files: a list of many, or everything about one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, gettext

from inventory.display import exact, visible
from inventory.models import Component, Device, DeviceAddress, Interface, Neighbour, Vlan
from inventory.pdf import render_pdf
from inventory.spreadsheet import Cell, Sheet, write_csv, write_xlsx

PDF_ROWS = 1000  # of one noun; some 7 ms each
PDF_TEXT = 2000  # characters of one value; a device that says 300 kB without a blank takes minutes to break into lines
LIST_COLUMNS = (
    "name", "status", "site__name", "role", "platform", "vendor", "model", "os_version", "serial", "primary_address",
    "sys_name", "sys_location", "last_seen_at", "last_sync_at", "last_sync_error", "last_backup_at",
    "last_backup_error", "compliance_score", "comments",
)  # fmt: skip
DEVICE_FACTS = (
    "name", "status", "site", "role", "platform", "vendor", "model", "os_version", "serial", "primary_address",
    "sys_name", "sys_descr", "sys_location", "chassis_mac", "uptime_seconds", "discovered_at", "last_seen_at",
    "last_sync_at", "last_sync_error", "last_backup_at", "last_backup_error", "compliance_score", "comments",
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


@dataclass(frozen=True, slots=True)
class Inventory:
    """One device and the tables of its parts."""

    device: Device
    facts: tuple[tuple[str, Cell], ...]
    parts: tuple[Sheet, ...]


def device_list(devices: QuerySet[Device]) -> Sheet:
    """A row per device, read in pieces."""
    rows = devices.values_list(*LIST_COLUMNS).iterator(chunk_size=2000)
    return Sheet("devices", [column.replace("__name", "") for column in LIST_COLUMNS], rows)


def devices_xlsx(devices: QuerySet[Device]) -> bytes:
    """The list as a workbook of one sheet."""
    return write_xlsx([device_list(devices)])


def devices_csv(devices: QuerySet[Device]) -> bytes:
    """The list as CSV."""
    return write_csv(device_list(devices))


def read_inventory(device: Device) -> Inventory:
    """Everything known about a device, ready to be written; one query per kind of part."""
    facts = tuple((heading(Device, name), plain(device, name)) for name in DEVICE_FACTS)
    return Inventory(device, facts, tuple(_sheet(device, model, columns) for model, columns in PARTS))


def inventory_xlsx(inventory: Inventory) -> bytes:
    """A workbook with one sheet per noun, the device first."""
    facts = Sheet(title(Device), [gettext("field"), gettext("value")], inventory.facts)
    return write_xlsx([facts, *inventory.parts])


def inventory_pdf(inventory: Inventory) -> bytes:
    """A printed report; raises PdfUnavailable."""
    facts = [(name, printed(value)) for name, value in inventory.facts if value not in (None, "")]
    context = {
        "title": visible(inventory.device.name),
        "facts": facts,
        "tables": [printed_table(sheet) for sheet in inventory.parts],
    }
    return report_pdf("inventory/device_report.html", context)


def report_pdf(template: str, context: dict[str, Any]) -> bytes:
    """A template that extends inventory/report.html as PDF; raises PdfUnavailable."""
    about = {"language": get_language() or "en", "made_at": exact(timezone.now())}
    return render_pdf(render_to_string(template, {**about, **context}))


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as a report shows it: texts only, cut after PDF_ROWS; `left_out` says how many rows are missing."""

    name: str
    headings: Sequence[str]
    rows: list[list[str]]
    left_out: int
    sums: bool = False  # counts behind one name: the name gets the room


def printed_table(sheet: Sheet) -> PrintedTable:
    """The table's first PDF_ROWS rows as texts."""
    rows = iter(sheet.rows)
    shown = [[printed(value) for value in row] for row in islice(rows, PDF_ROWS)]
    return PrintedTable(sheet.name, sheet.headings, shown, sum(1 for _ in rows), sheet.bars is not None)


def printed(value: Cell) -> str:
    """A value as text for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return exact(value)
    text = visible(value)
    return text if len(text) <= PDF_TEXT else f"{text[: PDF_TEXT - 1]}…"


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


def _sheet(device: Device, model: type[Model], columns: Sequence[str]) -> Sheet:
    rows: Iterable[Model] = model._default_manager.filter(device=device)
    if model is DeviceAddress:
        rows = rows.select_related("interface")  # type: ignore[attr-defined]
    cells = [[plain(row, column) for column in columns] for row in rows]
    return Sheet(str(model._meta.verbose_name_plural), [heading(model, column) for column in columns], cells)
