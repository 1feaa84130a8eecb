"""Whether what a device does now survives a restart: its running configuration against what it would start with."""

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from inventory.drivers.base import Driver
from inventory.errors import DeviceError, Stopped
from inventory.models import Device, UnsavedChange
from inventory.parsing import config_text
from inventory.platforms import Platform, get_platform


def check_saved(device: Device, driver: Driver) -> None:
    """Ask the device what it would start with and note whether that is what it runs; raises Stopped only.

    What cannot be read or is not whole says nothing: then stays what was known before, with its time.
    """
    if get_platform(device.platform).startup_config is None:
        return
    try:
        running, startup = driver.running_config(), driver.startup_config()
    except Stopped:
        raise
    except DeviceError:
        return
    note_saved(device, running, startup)


def note_saved(device: Device, running: str, startup: str) -> None:
    """Store whether the two texts, as the device printed them at one time, say the same."""
    platform = get_platform(device.platform)
    ours, kept = comparable(running, platform), comparable(startup, platform)
    if ours == kept:
        _note(device, None)
    else:
        diff = config_text.unified(config_text.redact(kept, platform), config_text.redact(ours, platform))
        _note(device, diff[: config_text.MAX_DIFF])


def note_all_saved(device: Device) -> None:
    """The device has just said that it saved everything."""
    if get_platform(device.platform).startup_config is not None:
        _note(device, None)


def comparable(text: str, platform: Platform) -> str:
    """The configuration without what is written otherwise in the two, though nothing is unsaved."""
    record = platform.startup_config
    lines = config_text.normalise(text, platform).split("\n")
    differs = record.differs if record else ()
    return "\n".join(line for line in lines if not any(pattern.search(line) for pattern in differs))


def _note(device: Device, diff: str | None) -> None:
    """What is not saved, None: nothing; the time of the first look that found something stays."""
    now = timezone.now()
    row = Device.objects.filter(pk=device.pk)
    with transaction.atomic():
        if diff is None:
            UnsavedChange.objects.filter(device=device).delete()
            row.update(startup_checked_at=now, unsaved_since=None)
        else:
            row.update(startup_checked_at=now, unsaved_since=Coalesce("unsaved_since", Value(now)))
            UnsavedChange.objects.update_or_create(device=device, defaults={"diff": diff})
