"""Holds a device's newest stored configuration against its golden one; the device itself is not touched."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from compliance.drift import Difference, compare
from compliance.models import Drift, DriftEvent
from compliance.models.drift import acknowledged
from compliance.scan import MAX_AGE
from inventory.backup import latest
from inventory.models import ConfigBackup, Device
from inventory.platforms import Platform, platform_or_generic

NO_GOLDEN = "No golden configuration: approve a backup as golden first."
NO_BACKUP = "No configuration is stored: back the device up first."
KEPT = 500  # differing lines of each kind that are stored
LINE = 500  # characters of each


@dataclass(frozen=True, slots=True)
class Checked:
    """What a comparison came to. The numbers are of all lines and blocks that differ; `changed`: the state is new."""

    state: str
    message: str
    changed: bool = False
    missing: int = 0
    extra: int = 0
    changed_lines: int = 0
    reordered: int = 0


def check_drift(device: Device, now: datetime | None = None) -> Checked:
    """Compare and store.

    What is compared and kept are the redacted texts; that a secret changed is told without it. Raises SecretUnreadable
    in the rare case that only secrets and the order of lines may differ and the full texts cannot be read.
    """
    now = now or timezone.now()
    golden, backup = _golden(device), latest(device)
    found = Difference()
    if (problem := _undecided(golden, backup, now)) or golden is None or backup is None:
        state, message = Drift.State.UNKNOWN, problem
    else:
        found, message = _compared(golden, backup, platform_or_generic(device.platform))
        state = Drift.State.DRIFTED if message else Drift.State.IN_SYNC
    return _stored(device, state, message or "As golden.", found, golden, backup, now)


def needs_somebody() -> QuerySet[Drift]:
    """Differences on active devices that nobody answers for."""
    drifted = Drift.objects.filter(device__status=Device.Status.ACTIVE, state=Drift.State.DRIFTED)
    return drifted.exclude(acknowledged())


def _golden(device: Device) -> ConfigBackup | None:
    running = ConfigBackup.objects.filter(device=device, kind=ConfigBackup.Kind.RUNNING, is_golden=True)
    return running.select_related("text").defer("text__full").first()


def _undecided(golden: ConfigBackup | None, backup: ConfigBackup | None, now: datetime) -> str:
    if backup is None:
        return NO_BACKUP
    if golden is None:
        return NO_GOLDEN
    if now - backup.last_seen_at > MAX_AGE:
        seen = f"{timezone.localtime(backup.last_seen_at):%Y-%m-%d}"
        return f"The configuration was last confirmed on {seen}, more than {MAX_AGE.days} days ago."
    return ""


def _compared(golden: ConfigBackup, backup: ConfigBackup, platform: Platform) -> tuple[Difference, str]:
    """The difference, and the sentence that tells it; empty where there is none."""
    if golden.text_id == backup.text_id:
        return Difference(), ""
    found = compare(golden.text.redacted, backup.text.redacted, platform)
    if found:
        parts = (
            ("lines missing", found.lost),
            ("lines extra", found.added),
            ("lines changed", found.changed),
            ("blocks in another order", found.reordered),
        )
        return found, ", ".join(f"{words}: {len(lines)}" for words, lines in parts if lines) + "."
    # The texts differ in secrets, or in an order and comments that mean nothing; only the full texts say which.
    if compare(golden.text.full.reveal(), backup.text.full.reveal(), platform):
        return found, "Only secrets differ."
    return found, ""


def _stored(
    device: Device,
    state: Drift.State,
    message: str,
    found: Difference,
    golden: ConfigBackup | None,
    backup: ConfigBackup | None,
    now: datetime,
) -> Checked:
    counts = len(found.lost), len(found.added), len(found.changed), len(found.reordered)
    digest = _digest(found, backup) if state == Drift.State.DRIFTED else ""
    fields = {
        "state": state,
        "message": message,
        "golden": golden,
        "backup": backup,
        "missing": _kept(found.lost),
        "extra": _kept(found.added),
        "changed": [_kept((one.golden, one.actual)) for one in found.changed[:KEPT]],
        "reordered": _kept(found.reordered),
        "digest": digest,
        "checked_at": now,
    }
    with transaction.atomic():  # two checks of a device at once would both tell of the same step
        before = Drift.objects.select_for_update().filter(device=device).only("state", "digest", "changed_at").first()
        changed = before is None or before.state != state
        since = now if before is None or changed else before.changed_at
        Drift.objects.update_or_create(device=device, defaults={**fields, "changed_at": since})
        if before is None or changed or before.digest != digest:
            _told(device, before.state if before else "", Checked(state.value, message, changed, *counts), now)
    return Checked(state.value, message, changed, *counts)


def _told(device: Device, was: str, found: Checked, now: datetime) -> None:
    DriftEvent.objects.create(
        device=device,
        was=was,
        state=found.state,
        message=found.message,
        missing=found.missing,
        extra=found.extra,
        changed=found.changed_lines,
        reordered=found.reordered,
        at=now,
    )


def _digest(found: Difference, backup: ConfigBackup | None) -> str:
    """The same for the same difference. Which secrets differ is not told: there the whole text has to be equal."""
    told: object = (found.missing, found.extra, found.reordered) if found else ("text", backup and backup.text_id)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _kept(lines: tuple[str, ...]) -> list[str]:
    return [line if len(line) <= LINE else f"{line[: LINE - 1]}…" for line in lines[:KEPT]]
