"""Takes a device's configuration and keeps it: one stored text per content, one row per period of validity."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from inventory.drivers import open_driver
from inventory.drivers.base import never
from inventory.errors import DeviceError, Stopped
from inventory.events import configuration_read, tell
from inventory.models import ConfigBackup, ConfigText, Device
from inventory.parsing import config_text
from inventory.platforms import get_platform
from inventory.reach import ssh_target
from inventory.secrets import Secret, SecretUnreadable
from inventory.startup import check_saved


@dataclass(frozen=True, slots=True)
class Stored:
    """What a capture came to. `diff` is of the redacted texts."""

    backup: ConfigBackup
    changed: bool
    first: bool
    diff: str = ""

    @property
    def sentence(self) -> str:
        """For the operator."""
        if self.first:
            return f"First configuration stored, {self.backup.text.lines} lines."
        return "The configuration changed and was stored." if self.changed else "The configuration is unchanged."


def backup(device: Device, stopped: Callable[[], bool] = never) -> Stored:
    """Read the running configuration over SSH and store it; raises DeviceError and notes it on the device."""
    try:
        driver = open_driver(ssh_target(device, stopped=stopped))
        try:
            stored = store(device, driver.running_config())
            check_saved(device, driver)
            return stored
        finally:
            driver.close()
    except Stopped:
        raise
    except (DeviceError, SecretUnreadable) as error:
        note_failure(device, str(error))
        raise


def note_failure(device: Device, sentence: str) -> None:
    """Keep the reason on the device; the last good configuration stays as it is."""
    Device.objects.filter(pk=device.pk).update(last_backup_error=sentence)


def latest(device: Device) -> ConfigBackup | None:
    """The newest running configuration."""
    found = device.config_backups.filter(kind=ConfigBackup.Kind.RUNNING).select_related("text").defer("text__full")
    return found.order_by("-captured_at", "-id").first()


def store(device: Device, text: str) -> Stored:
    """Store a captured text after checking that it is complete; raises IncompleteConfig and keeps the old one."""
    platform = get_platform(device.platform)
    normal = config_text.normalise(text, platform)
    digest = config_text.fingerprint(normal)
    now = timezone.now()
    with transaction.atomic():
        # Two captures of one device at once must not both open a period.
        Device.objects.select_for_update().only("pk").get(pk=device.pk)
        before = latest(device)
        if before is None or before.text.sha256 != digest:
            config_text.check_complete(text, platform, before.text.lines if before else None)
            stored = _opened(device, before, _content(digest, normal, config_text.redact(normal, platform)), now)
        else:
            ConfigBackup.objects.filter(pk=before.pk).update(last_seen_at=now)
            stored = Stored(before, changed=False, first=False)
        Device.objects.filter(pk=device.pk).update(last_backup_at=now, last_backup_error="")
        tell(configuration_read, device, changed=stored.changed)
    device.last_backup_at, device.last_backup_error = now, ""
    return stored


def _opened(device: Device, before: ConfigBackup | None, content: ConfigText, now: datetime) -> Stored:
    """A new period of validity, and what differs from the one before."""
    row = ConfigBackup.objects.create(device=device, text=content, captured_at=now, last_seen_at=now)
    diff = config_text.unified(before.text.redacted, content.redacted)[: config_text.MAX_DIFF] if before else ""
    return Stored(row, changed=True, first=before is None, diff=diff)


def _content(digest: str, normal: str, redacted: str) -> ConfigText:
    text, _created = ConfigText.objects.get_or_create(
        sha256=digest,
        defaults={
            "redacted": redacted,
            "full": Secret(normal),
            "lines": normal.count("\n") + (not normal.endswith("\n")),
            "size": len(normal.encode()),
        },
    )
    return text
