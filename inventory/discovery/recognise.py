"""Asks the inventory: which known device is this? The rule itself is in `identity.py`."""

from dataclasses import dataclass

from django.db.models import Q

from inventory.discovery.identity import Known, Seen, match
from inventory.facts import SystemFacts
from inventory.models import Device, Tombstone
from inventory.record import host_name


@dataclass(frozen=True, slots=True)
class Recognised:
    """The device that answered. None: leave it alone, for the reasons in `problems` or because it was deleted."""

    device: Device | None
    created: bool = False
    deleted: bool = False  # an operator deleted it: it stays so
    problems: tuple[str, ...] = ()  # sentences an operator should read


def recognise(address: str, system: SystemFacts) -> Recognised:
    """Which device answered on this address: a known one, a new one (not saved yet), or none to be touched."""
    seen = Seen(
        address=address,
        serial=system.serial,
        snmp_engine_id=system.snmp_engine_id,
        chassis_mac=system.chassis_mac,
        name=system.hostname,
        vendor=system.vendor,
    )
    answer = match(seen, [*_living(seen), *_deleted(seen)])
    if answer.device_id is not None and not answer.deleted:
        return Recognised(Device.objects.get(pk=answer.device_id), problems=answer.conflicts)
    holder = Device.objects.filter(primary_address=address).first()
    contradiction = _contradiction(holder, seen) if holder else ""
    if holder is not None and not contradiction:
        # Also a device that was deleted and then entered again by hand: the human has said otherwise.
        return Recognised(holder, problems=answer.conflicts)
    if answer.deleted:
        return Recognised(None, deleted=True)
    if holder is None:
        device = Device(primary_address=address, name=host_name(system.hostname) or address)
        return Recognised(device, created=True, problems=answer.conflicts)
    sentence = (
        f"{address} belongs to {holder.name}, but what answers there now has another {contradiction}. "
        f"If the hardware was replaced, clear that field of {holder.name} and discover again."
    )
    return Recognised(None, problems=(sentence,))


def _contradiction(holder: Device, seen: Seen) -> str:
    """The first identifying fact in which the known device and the seen one differ, in words."""
    pairs = {
        "serial number": (holder.serial, seen.serial),
        "SNMP engine ID": (holder.snmp_engine_id, seen.snmp_engine_id),
        "chassis MAC": (holder.chassis_mac, seen.chassis_mac),
    }
    return next((name for name, (old, new) in pairs.items() if old and new and old.lower() != new.lower()), "")


def _living(seen: Seen) -> list[Known]:
    """Devices that share some evidence with what was seen."""
    names = {seen.name, seen.name.partition(".")[0]} - {""}
    evidence = {"serial__iexact": seen.serial, "snmp_engine_id": seen.snmp_engine_id, "chassis_mac": seen.chassis_mac}
    where = Q(pk=None)
    for lookup, value in evidence.items():
        where |= Q(**{lookup: value}) if value else Q(pk=None)
    for name in names:
        where |= Q(name__iexact=name) | Q(sys_name__iexact=name)
    return [
        Known(
            id=device.pk,
            serial=device.serial,
            snmp_engine_id=device.snmp_engine_id,
            chassis_mac=device.chassis_mac,
            name=device.sys_name or device.name,
            vendor=device.vendor,
        )
        for device in Device.objects.filter(where)[:200]
    ]


def _deleted(seen: Seen) -> list[Known]:
    """Tombstones that share some evidence; negative ids keep them apart from devices."""
    where = Q(pk=None)
    for name in ("serial", "snmp_engine_id", "chassis_mac", "name"):
        where |= Q(**{f"{name}__iexact": getattr(seen, name)}) if getattr(seen, name) else Q(pk=None)
    return [
        Known(
            id=-stone.pk,
            serial=stone.serial,
            snmp_engine_id=stone.snmp_engine_id,
            chassis_mac=stone.chassis_mac,
            name=stone.name,
            vendor=stone.vendor,
            deleted=True,
        )
        for stone in Tombstone.objects.filter(where)[:200]
    ]
