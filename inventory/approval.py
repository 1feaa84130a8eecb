"""Letting devices in that discovery has found."""

from django.db.models import QuerySet

from inventory.models import Device


def approve(devices: QuerySet[Device]) -> int:
    """Make devices that wait in quarantine active; returns how many waited."""
    return devices.filter(status=Device.Status.QUARANTINE).update(status=Device.Status.ACTIVE)
