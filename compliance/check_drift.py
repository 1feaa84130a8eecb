"""Holds a device's newest stored configuration against its golden one; the device itself is not touched."""

from django.utils import timezone

from compliance.drift import Difference, compare
from compliance.models import Drift
from inventory.backup import latest
from inventory.models import ConfigBackup, Device
from inventory.platforms import get_platform

NO_GOLDEN = "No golden configuration: approve a backup as golden first."
NO_BACKUP = "No configuration is stored: back the device up first."


def check_drift(device: Device) -> tuple[Drift, bool]:
    """Compare and store; returns the comparison and whether its state is another than before.

    What is compared and kept are the redacted texts; that a secret changed is told by the hash of the full ones.
    """
    kept = ConfigBackup.objects.select_related("text").defer("text__full")
    golden = kept.filter(device=device, kind=ConfigBackup.Kind.RUNNING, is_golden=True).first()
    backup = latest(device)
    found = Difference()
    if golden is None or backup is None:
        state, message = Drift.State.UNKNOWN, NO_BACKUP if backup is None else NO_GOLDEN
    elif golden.text_id == backup.text_id:
        state, message = Drift.State.IN_SYNC, "As golden."
    else:
        found = compare(golden.text.redacted, backup.text.redacted, get_platform(device.platform))
        state, message = Drift.State.DRIFTED, _sentence(found)
        if not found and golden.text.redacted == backup.text.redacted:
            message = "Only secrets differ."
        elif not found:
            state, message = Drift.State.IN_SYNC, "As golden, in another order that means nothing."
    return _stored(device, state, message, found, golden, backup)


def _sentence(found: Difference) -> str:
    parts = (("missing", found.missing), ("extra", found.extra), ("in another order", found.reordered))
    return ", ".join(f"{len(lines)} {word}" for word, lines in parts if lines) + "."


def _stored(
    device: Device,
    state: Drift.State,
    message: str,
    found: Difference,
    golden: ConfigBackup | None,
    backup: ConfigBackup | None,
) -> tuple[Drift, bool]:
    now = timezone.now()
    before = Drift.objects.filter(device=device).first()
    same = before is not None and before.state == state
    fields = {
        "state": state,
        "message": message,
        "golden": golden,
        "backup": backup,
        "missing": list(found.missing),
        "extra": list(found.extra),
        "reordered": list(found.reordered),
        "checked_at": now,
        "changed_at": before.changed_at if before is not None and same else now,
    }
    drift, _created = Drift.objects.update_or_create(device=device, defaults=fields)
    return drift, not same
