"""Physical parts from ENTITY-MIB columns. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.facts import ComponentFact
from inventory.snmp.values import Value, number, text

Column = Mapping[tuple[int, ...], Value]

# PhysicalClass (IANA-ENTITY-MIB). A port with a serial number of its own is a transceiver in a cage.
KINDS = {3: "chassis", 6: "power-supply", 7: "fan", 9: "module", 10: "transceiver", 11: "stack"}
ALWAYS = ("chassis", "power-supply", "fan", "stack")  # kept without serial and model; the rest is slots and sensors


@dataclass(frozen=True, slots=True)
class ComponentColumns:
    """The columns as walked, by entPhysicalIndex."""

    descr: Column = field(default_factory=dict)
    kind: Column = field(default_factory=dict)
    name: Column = field(default_factory=dict)
    hardware_revision: Column = field(default_factory=dict)
    serial: Column = field(default_factory=dict)
    model: Column = field(default_factory=dict)


def components(columns: ComponentColumns) -> tuple[ComponentFact, ...] | None:
    """What can be bought and carried, in the order of the table; None where the device has no such table."""
    if not columns.kind:
        return None
    found = (_component(columns, key, value) for key, value in columns.kind.items())
    return tuple(part for part in found if part.serial or part.kind in ALWAYS or (part.model and part.kind != "other"))


def chassis(parts: tuple[ComponentFact, ...] | None) -> ComponentFact | None:
    """The chassis that has a serial number, else the first chassis."""
    cases = [part for part in parts or () if part.kind == "chassis"]
    return next((part for part in cases if part.serial), cases[0] if cases else None)


def _component(columns: ComponentColumns, key: tuple[int, ...], kind: Value) -> ComponentFact:
    description = text(columns.descr.get(key))
    return ComponentFact(
        name=text(columns.name.get(key)) or description or f"part {key[-1]}",
        kind=KINDS.get(number(kind) or 0, "other"),
        model=text(columns.model.get(key)),
        serial=text(columns.serial.get(key)),
        description=description,
        hardware_revision=text(columns.hardware_revision.get(key)),
    )
