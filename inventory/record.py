"""Stores what a reading found. Parts that were not read, and facts the device did not tell, keep what is known."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, models, transaction

from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, Snapshot, SystemFacts, VlanFact
from inventory.models import Component, Device, DeviceAddress, Interface, Neighbour, Vlan
from inventory.parsing.names import canonical_interface
from inventory.topology import interface_key

SYSTEM_FIELDS = {
    "vendor": "vendor",
    "model": "model",
    "os_version": "os_version",
    "serial": "serial",
    "uptime_seconds": "uptime_seconds",
    "sys_descr": "sys_descr",
    "sys_object_id": "sys_object_id",
    "sys_location": "sys_location",
    "snmp_engine_id": "snmp_engine_id",
    "chassis_mac": "chassis_mac",
}
VOLATILE = {"uptime_seconds"}
PORT_FIELDS = ("if_index", "type", "enabled", "up", "mac_address", "mtu", "speed_kbps", "vrf")


@dataclass(slots=True)
class Changes:
    """What became different, by noun."""

    system: int = 0
    interfaces: int = 0
    addresses: int = 0
    vlans: int = 0
    neighbours: int = 0
    components: int = 0

    def __bool__(self) -> bool:
        return any((self.system, self.interfaces, self.addresses, self.vlans, self.neighbours, self.components))


def record(device: Device, snapshot: Snapshot) -> Changes:
    """Store a snapshot in one transaction. The device is saved with its new facts."""
    changes = Changes()
    with transaction.atomic():
        if snapshot.system is not None:
            changes.system = _system(device, snapshot.system)
        if snapshot.interfaces is not None:
            changes.interfaces = _interfaces(device, snapshot.interfaces)
            changes.addresses = _addresses(device, snapshot.interfaces)
        if snapshot.vlans is not None:
            changes.vlans = _vlans(device, snapshot.vlans)
        if snapshot.neighbours is not None:
            changes.neighbours = _neighbours(device, snapshot.neighbours)
        if snapshot.components is not None:
            changes.components = _components(device, snapshot.components)
    return changes


def _system(device: Device, facts: SystemFacts) -> int:
    new: dict[str, Any] = {}
    for fact, field in SYSTEM_FIELDS.items():
        value = getattr(facts, fact)
        if value not in (None, ""):
            new[field] = fitted(Device, field, value)
    told = fitted(Device, "sys_name", facts.hostname)
    # SNMP tells the name with its domain, the command line without: the longer form stays.
    if told and told.lower() not in (device.sys_name.lower(), device.sys_name.partition(".")[0].lower()):
        new["sys_name"] = told
        # A name an engineer typed stays; one that came from the device follows the device.
        if device.name in ("", host_name(device.sys_name), device.primary_address):
            new["name"] = host_name(told)
    new = {field: value for field, value in new.items() if getattr(device, field) != value}
    for field, value in new.items():
        setattr(device, field, value)
    # Only these columns: what an operator edited while the device was being read must not be written over.
    device.save(update_fields=list(new))
    return len(new.keys() - VOLATILE)


def host_name(sys_name: str) -> str:
    """The name without its domain; an address or an odd text stays as it is."""
    first, _, _domain = sys_name.partition(".")
    return sys_name[:200] if not first or first.isdecimal() else first[:200]


def fitted(model: type[models.Model], field: str, value: Any) -> Any:
    """The value as the column can hold it: a device may send any text, number or nonsense."""
    column = model._meta.get_field(field)
    if isinstance(value, str):
        return value.replace("\x00", "")[: getattr(column, "max_length", None)]
    if isinstance(value, int) and isinstance(column, models.IntegerField):
        low, high = connection.ops.integer_field_range(column.get_internal_type())
        return value if (low or 0) <= value <= (high or 2**63 - 1) else None
    return value


def ip_or_none(text: str) -> str | None:
    """A valid address in its usual spelling, or None."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _interfaces(device: Device, facts: Sequence[InterfaceFact]) -> int:
    known = {interface_key(row.name): row for row in device.interfaces.order_by()}
    seen = _distinct(facts)
    # Only a reading that looked at switching may say that a port is not switched any more.
    switching = any(fact.mode for fact in facts)
    new, different = [], []
    for key, fact in seen.items():
        row = known.get(key)
        if row is None:
            row = Interface(device=device, name=fitted(Interface, "name", canonical_interface(fact.name)))
            _fill(row, fact, switching)
            new.append(row)
        elif _fill(row, fact, switching):
            different.append(row)
    gone = [row.pk for key, row in known.items() if key not in seen]
    Interface.objects.bulk_create(new)
    fields = ["name", "description", "mode", "untagged_vlan", "tagged_vlans", *PORT_FIELDS]
    Interface.objects.bulk_update(different, fields, batch_size=200)
    if gone:
        Interface.objects.filter(pk__in=gone).delete()
    return len(new) + len(different) + len(gone)


def _distinct(facts: Sequence[InterfaceFact]) -> dict[str, InterfaceFact]:
    """Facts by the name's key. A port and its logical unit 0 are one: the port, with what only the unit tells."""
    found: dict[str, InterfaceFact] = {}
    for fact in facts:
        if fact.name:
            key = interface_key(fitted(Interface, "name", fact.name))
            found[key] = _joined(found[key], fact) if key in found else fact
    return found


def _joined(one: InterfaceFact, other: InterfaceFact) -> InterfaceFact:
    port, unit = (one, other) if f"{one.name}.0" == other.name else (other, one)
    switched = port if port.mode else unit
    return replace(
        port,
        description=port.description or unit.description,
        addresses=tuple(dict.fromkeys(port.addresses + unit.addresses)),
        vrf=port.vrf or unit.vrf,
        mode=switched.mode,
        untagged_vlan=switched.untagged_vlan,
        tagged_vlans=switched.tagged_vlans,
    )


def _fill(row: Interface, fact: InterfaceFact, switching: bool) -> bool:
    """Put the facts into the row; True when something is different."""
    values: dict[str, Any] = {"description": fact.description}
    if row.name == f"{fact.name}.0":
        values["name"] = fact.name
    values |= {field: getattr(fact, field) for field in PORT_FIELDS if getattr(fact, field) not in (None, "")}
    if switching:
        values |= {"mode": fact.mode, "untagged_vlan": fact.untagged_vlan, "tagged_vlans": list(fact.tagged_vlans)}
    changed = False
    for field, value in values.items():
        value = fitted(Interface, field, value)
        if getattr(row, field) != value:
            setattr(row, field, value)
            changed = True
    return changed


def _addresses(device: Device, facts: Sequence[InterfaceFact]) -> int:
    ports = {interface_key(row.name): row for row in device.interfaces.order_by()}
    seen: dict[tuple[str, str], tuple[int | None, Interface | None]] = {}
    for fact in facts:
        for text in fact.addresses:
            told, _, length = text.partition("/")
            address = ip_or_none(told)
            if address is None:
                continue
            port = ports.get(interface_key(fact.name))
            vrf = fitted(DeviceAddress, "vrf", fact.vrf)
            seen[(address, vrf)] = (int(length) if length.isdecimal() and int(length) <= 128 else None, port)
    known = {(row.address, row.vrf): row for row in device.addresses.order_by()}
    new, different = [], []
    for key, (prefix_length, port) in seen.items():
        row = known.get(key)
        if row is None:
            new.append(
                DeviceAddress(device=device, address=key[0], vrf=key[1], prefix_length=prefix_length, interface=port)
            )
        elif (row.prefix_length, row.interface_id) != (prefix_length, port.pk if port else None):
            row.prefix_length, row.interface = prefix_length, port
            different.append(row)
    DeviceAddress.objects.bulk_create(new)
    DeviceAddress.objects.bulk_update(different, ["prefix_length", "interface"], batch_size=200)
    # An address it answers on stays even where the device does not list it (NAT, a virtual address, management VRF).
    gone = [row.pk for key, row in known.items() if key not in seen and _was_told(row, device)]
    if gone:
        DeviceAddress.objects.filter(pk__in=gone).delete()
    return len(new) + len(different) + len(gone)


def _was_told(row: DeviceAddress, device: Device) -> bool:
    """The device itself named the address: what discovery noted has neither interface nor prefix length."""
    return row.address != device.primary_address and not (row.interface_id is None and row.prefix_length is None)


def _vlans(device: Device, facts: Sequence[VlanFact]) -> int:
    wanted = {fact.vid: (fitted(Vlan, "name", fact.name), fact.active) for fact in facts if 1 <= fact.vid <= 4094}
    known = {row.vid: row for row in device.vlans.order_by()}
    new = [Vlan(device=device, vid=vid, name=name, active=on) for vid, (name, on) in wanted.items() if vid not in known]
    different = []
    for vid, row in known.items():
        if vid in wanted and (row.name, row.active) != wanted[vid]:
            row.name, row.active = wanted[vid]
            different.append(row)
    gone = [row.pk for vid, row in known.items() if vid not in wanted]
    Vlan.objects.bulk_create(new)
    Vlan.objects.bulk_update(different, ["name", "active"], batch_size=500)
    if gone:
        Vlan.objects.filter(pk__in=gone).delete()
    return len(new) + len(different) + len(gone)


def _neighbours(device: Device, facts: Sequence[NeighbourFact]) -> int:
    fields = (
        "protocol", "local_interface", "remote_name", "remote_chassis_id", "remote_port", "remote_port_description",
        "remote_address", "remote_description", "capabilities",
    )  # fmt: skip
    rows = [
        Neighbour(
            device=device,
            protocol=fact.protocol,
            local_interface=fitted(Neighbour, "local_interface", canonical_interface(fact.local_interface)),
            remote_name=fitted(Neighbour, "remote_name", fact.remote_name),
            remote_chassis_id=fitted(Neighbour, "remote_chassis_id", fact.remote_chassis_id),
            remote_port=fitted(Neighbour, "remote_port", fact.remote_port),
            remote_port_description=fitted(Neighbour, "remote_port_description", fact.remote_port_description),
            remote_address=ip_or_none(fact.remote_address),
            remote_description=fitted(Neighbour, "remote_description", fact.remote_description),
            capabilities=list(fact.capabilities),
        )
        for fact in facts
    ]
    return _replace(device.neighbours.order_by(), rows, fields)


def _components(device: Device, facts: Sequence[ComponentFact]) -> int:
    fields = ("name", "kind", "model", "serial", "description", "hardware_revision")
    rows = [
        Component(device=device, **{field: fitted(Component, field, getattr(fact, field)) for field in fields})
        for fact in facts
    ]
    return _replace(device.components.order_by(), rows, fields)


def _replace(stored: "models.QuerySet[Any]", rows: Iterable[Any], fields: tuple[str, ...]) -> int:
    """Make the stored rows equal the new ones; nothing is written when they already are."""

    def key(row: Any) -> str:
        return repr([getattr(row, field) for field in fields])

    old, new = {key(row): row.pk for row in stored}, {key(row): row for row in rows}
    missing = [row for text, row in new.items() if text not in old]
    gone = [pk for text, pk in old.items() if text not in new]
    if gone:
        stored.filter(pk__in=gone).delete()
    stored.model.objects.bulk_create(missing)
    return len(missing) + len(gone)
