"""Deleting a device leaves a tombstone, so that discovery does not bring it back by itself."""

from collections.abc import Iterable

from django.db import transaction

from inventory.models import Device, Tombstone


def delete_device(device: Device) -> Tombstone:
    """Delete a device with everything it has and keep what it can be recognised by."""
    addresses = [device.primary_address, *device.addresses.values_list("address", flat=True)]
    with transaction.atomic():
        tombstone = Tombstone.objects.create(
            name=device.name,
            vendor=device.vendor,
            serial=device.serial,
            snmp_engine_id=device.snmp_engine_id,
            chassis_mac=device.chassis_mac,
            addresses=sorted({str(address) for address in addresses}),
        )
        device.delete()
    return tombstone


def delete_devices(devices: Iterable[Device]) -> int:
    """Delete several devices, all or none; returns how many."""
    with transaction.atomic():
        return len([delete_device(device) for device in devices])
