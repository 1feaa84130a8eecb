"""What follows by itself from a configuration that was read, and from one that was approved: drift and results.

The two settings that switch the nightly checks off hold here, too.
"""

from typing import Any

from compliance.check_drift import check_drift
from compliance.models import Drift, Standard
from compliance.scan import scan_device
from inventory.events import configuration_read, golden_changed
from inventory.models import Device
from jobs import system_settings


def connect() -> None:
    """Listen from now on."""
    configuration_read.connect(follow_configuration, dispatch_uid="jobs.follow.configuration")
    golden_changed.connect(follow_golden, dispatch_uid="jobs.follow.golden")


def follow_configuration(device: Device, changed: bool, **_: Any) -> None:
    """Hold the device against its golden configuration and the standards; of an unchanged one most is known."""
    if system_settings.enabled("config_drift_enabled") and (changed or not _compared(device)):
        check_drift(device)
    if system_settings.enabled("compliance_scan_enabled"):
        _scan(device)


def follow_golden(device: Device, **_: Any) -> None:
    """What was approved is what the device is held against from now on."""
    if system_settings.enabled("config_drift_enabled"):
        check_drift(device)


def _compared(device: Device) -> bool:
    return Drift.objects.filter(device=device).exclude(state=Drift.State.UNKNOWN).exists()


def _scan(device: Device) -> None:
    wanted = system_settings.get("compliance_scan_standard_id")
    if wanted is None:
        scan_device(device)
    elif (standard := Standard.objects.filter(pk=wanted)).exists():  # one that is gone is told by the nightly job
        scan_device(device, standard)
