"""What follows from messages: marks on a device's timeline, a backup after a change. Never a writing operation."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from inventory.audit import Source, Who, acting
from inventory.models import ConfigBackup, Device
from jobs import system_settings
from jobs.launch import launch
from syslogd.events import event_of
from syslogd.models import ChangeNotice, SyslogEvent

LONGEST_WAIT = timedelta(minutes=5)  # a device that goes on telling of changes is backed up in between
RECENT = timedelta(hours=1)  # captures younger than this are looked at
ATTRIBUTED = timedelta(days=1)  # how far back a change is looked for that a capture shows
REASON = "The device's log told of a configuration change."
MARKS = 10  # of a device, a mnemonic and a minute (in each worker process); all messages are kept all the same
MINUTE = 60_000_000  # microseconds
MOST_USERS = 5


class Noted(NamedTuple):
    """A stored row whose mnemonic is interesting and whose device is known."""

    row: int
    received_at: datetime
    device_id: int
    mnemonic: str
    message: str
    structured_data: dict[str, dict[str, str]] | None


class Limit:
    """How often a device has said the same kind of thing within a minute, of those that this process stored."""

    def __init__(self) -> None:
        self._minute, self._said = 0, Counter[tuple[int, str]]()

    def allows(self, row: int, device: int, mnemonic: str) -> bool:
        """Whether it is one of the first of its minute."""
        minute = (row >> 12) // MINUTE
        if minute != self._minute:
            self._minute = minute
            self._said.clear()
        self._said[device, mnemonic] += 1
        return self._said[device, mnemonic] <= MARKS


LIMIT = Limit()


def wanted(row: int, device: int, mnemonic: str) -> bool:
    """Whether an interesting row is to be noted: a flapping port must neither fill a timeline nor slow down storing."""
    return LIMIT.allows(row, device, mnemonic)


def note(found: Sequence[Noted]) -> None:
    """Mark what happened on the timelines of the devices, in the transaction of the rows; `wanted` chose them."""
    platforms = dict(Device.objects.filter(pk__in={one.device_id for one in found}).values_list("pk", "platform"))
    events = [event for one in found if one.device_id in platforms for event in _events(one, platforms[one.device_id])]
    SyslogEvent.objects.bulk_create(events)
    _announce([event for event in events if event.kind == SyslogEvent.Kind.CONFIG])


def _events(one: Noted, platform: str) -> Iterable[SyslogEvent]:
    event = event_of(platform, one.mnemonic, one.message)
    if event is None:
        return
    user = event.user or (one.structured_data or {}).get("kv", {}).get("user", "")[:200]
    yield SyslogEvent(
        device_id=one.device_id,
        at=one.received_at,
        kind=event.kind,
        user=user,
        interface=event.interface,
        message_id=one.row,
        text=one.message[:500],
    )


def _announce(changes: Sequence[SyslogEvent]) -> None:
    """Note that these devices are to be backed up; a change after the backup began opens a new notice."""
    if not changes:
        return
    times: dict[int, list[datetime]] = {}
    for change in changes:
        times.setdefault(change.device_id, []).append(change.at)
    # In the order of the devices: two workers that store at once must not wait for each other in a circle.
    ordered = sorted(times)
    new = [ChangeNotice(device_id=pk, first_at=min(times[pk]), last_at=min(times[pk])) for pk in ordered]
    ChangeNotice.objects.bulk_create(new, ignore_conflicts=True)
    for notice in ChangeNotice.objects.select_for_update().filter(device__in=ordered).order_by("device_id"):
        first, last = min(times[notice.device_id]), max(times[notice.device_id])
        answered = notice.started_at is not None and notice.last_at <= notice.started_at
        notice.first_at = first if answered else min(first, notice.first_at)
        notice.last_at = max(last, notice.last_at)
        notice.save(update_fields=("first_at", "last_at"))


def react() -> str:
    """Back up the devices whose announced change has been quiet for a while; says what was started."""
    now = timezone.now()
    named = attribute(now)
    with transaction.atomic():
        devices = _due(now) if system_settings.enabled("syslog_backup_enabled") else []
        if not devices:
            return f"No backup is due; changes attributed: {named}."
        with acting(Who(Source.SCHEDULE)):
            job = launch("backup", devices=Device.objects.filter(pk__in=devices), reason=REASON)
    return f"Backup of {len(devices)} devices: job {job.uuid}; changes attributed: {named}."


def _due(now: datetime) -> list[int]:
    """Devices to back up now, noted as such in the caller's transaction."""
    quiet = timedelta(seconds=system_settings.number("syslog_backup_quiet_seconds"))
    apart = timedelta(minutes=system_settings.number("syslog_backup_interval_minutes"))
    ripe = Q(last_at__lte=now - quiet) | Q(first_at__lte=now - LONGEST_WAIT)
    rested = Q(started_at=None) | Q(started_at__lte=now - apart)
    open_ = Q(started_at=None) | Q(last_at__gt=F("started_at"))
    rows = ChangeNotice.objects.select_for_update(skip_locked=True, of=("self",)).filter(open_, ripe, rested)
    due = list(rows.values_list("device_id", "last_at", "device__status", "device__last_backup_at"))
    ChangeNotice.objects.filter(device__in=[pk for pk, *_rest in due]).update(started_at=now)
    # A deployment of ours is backed up by itself, after the device told of the change.
    return [
        pk
        for pk, told, status, backed_up in due
        if status == Device.Status.ACTIVE and (backed_up is None or backed_up <= told)
    ]


def attribute(now: datetime) -> int:
    """Put the users whom devices named on the configurations that came of their changes; returns how many."""
    told = SyslogEvent.objects.filter(kind=SyslogEvent.Kind.CONFIG, at__gt=now - ATTRIBUTED).exclude(user="")
    nameless = ConfigBackup.objects.filter(
        device__in=told.values("device"), kind=ConfigBackup.Kind.RUNNING, captured_at__gt=now - RECENT
    )
    named = 0
    for backup in nameless.filter(changed_by="").order_by("pk").only("device_id", "captured_at"):
        before = _before(backup)
        if before is None:
            continue
        changes = told.filter(device=backup.device_id, at__gt=before, at__lte=backup.captured_at)
        users = list(changes.order_by("user").values_list("user", flat=True).distinct()[:MOST_USERS])
        named += ConfigBackup.objects.filter(pk=backup.pk).update(changed_by=", ".join(users)[:200]) if users else 0
    return named


def _before(backup: ConfigBackup) -> datetime | None:
    """When the configuration before was seen last; a first one was changed by nobody we know."""
    rows = ConfigBackup.objects.filter(device=backup.device_id, kind=backup.Kind.RUNNING)
    return (
        rows.filter(captured_at__lt=backup.captured_at)
        .order_by("-captured_at")
        .values_list("last_seen_at", flat=True)
        .first()
    )
