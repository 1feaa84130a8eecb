"""The device of a target, with what an operation needs to reach it."""

from collections.abc import Sequence

from inventory.errors import DeviceError
from inventory.models import Device
from jobs.models import JobTarget

JUDGED = ("name", "site", "role", "platform", "os_version", "compliance_score")


class DeviceGone(DeviceError):
    """The device was deleted while the job waited."""


def device_of(target: JobTarget) -> Device:
    """The device with its site and credentials; raises DeviceGone."""
    found = Device.objects.select_related("site", "ssh_credential", "snmp_credential")
    try:
        return found.get(pk=target.device_id or 0)
    except Device.DoesNotExist:
        raise _gone(target) from None


def devices_of(targets: Sequence[JobTarget]) -> list[Device]:
    """The device of each, as far as what is stored of it is judged by; raises DeviceGone when one is not there."""
    found = Device.objects.only(*JUDGED).in_bulk([target.device_id for target in targets if target.device_id])
    for target in targets:
        if target.device_id not in found:
            raise _gone(target)
    return [found[target.device_id] for target in targets if target.device_id]


def _gone(target: JobTarget) -> DeviceGone:
    return DeviceGone(f"{target.label} was deleted before its turn came.")
