"""The device of a target, with what an operation needs to reach it."""

from inventory.errors import DeviceError
from inventory.models import Device
from jobs.models import JobTarget


class DeviceGone(DeviceError):
    """The device was deleted while the job waited."""


def device_of(target: JobTarget) -> Device:
    """The device with its site and credentials; raises DeviceGone."""
    found = Device.objects.select_related("site", "ssh_credential", "snmp_credential")
    try:
        return found.get(pk=target.device_id or 0)
    except Device.DoesNotExist:
        raise DeviceGone(f"{target.label} was deleted before its turn came.") from None
