"""Letting devices in that discovery has found."""

from django.db.models import QuerySet

from inventory import audit
from inventory.models import Device


def approve(devices: QuerySet[Device]) -> int:
    """Make devices that wait in quarantine active; returns how many waited."""
    return audit.update(devices.filter(status=Device.Status.QUARANTINE), status=Device.Status.ACTIVE)
