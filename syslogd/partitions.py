"""The days of syslog as partitions: made ahead, indexed when they are closed, dropped whole."""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import NotSupportedError, OperationalError, ProgrammingError, connection, transaction
from django.utils import timezone

from syslogd.models import SyslogBatch, SyslogEvent, SyslogMessage

TABLE = "syslogd_syslogmessage"
AHEAD = 7  # days
LOCK = 0x5359_534C  # advisory: two workers must not make a day at once
PATIENCE = "5s"  # a reader that holds a day longer keeps it until tomorrow
BATCHES_KEPT = timedelta(days=2)  # after a day a payload in Redis has expired, and nothing comes twice
DELETED = 5000  # rows of a statement, where there are no partitions
# What the questions about closed days need, and storing must not pay for: see ARCHITECTURE.md.
CLOSED = {
    "severity": "(severity, received_at)",
    "mnemonic": "(mnemonic, received_at) WHERE mnemonic <> ''",
    "words": "USING gin (message gin_trgm_ops)",
}
_made: set[date] = set()


def ensure(days: Collection[date]) -> None:
    """Make the partitions of these (UTC) days, unless they are there; remembered by this process."""
    missing = set(days) - _made
    if not missing or connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for day in sorted(missing):
            first, last = (f"{one:%Y-%m-%d} 00:00+00" for one in (day, day + timedelta(days=1)))
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {name_of(day)} PARTITION OF {TABLE} FOR VALUES FROM (%s) TO (%s)",
                [first, last],
            )
    transaction.on_commit(lambda: _made.update(missing))


def name_of(day: date) -> str:
    """The partition of a day."""
    return f"{TABLE}_{day:%Y%m%d}"


def existing() -> list[date]:
    """The days that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [TABLE])
        names = [name for (name,) in cursor.fetchall()]
    found = [re.fullmatch(rf"(?:\w+\.)?{TABLE}_(\d{{8}})", name) for name in names]
    return sorted(datetime.strptime(match[1], "%Y%m%d").date() for match in found if match)


def keep(now: datetime | None = None) -> str:
    """Partitions ahead, indexes of closed days, days beyond SYSLOG_RETENTION_DAYS dropped; says what was done."""
    now = now or timezone.now()
    oldest = now - timedelta(days=settings.SYSLOG_RETENTION_DAYS)
    said = [*(_keep_partitions(now, oldest) if connection.vendor == "postgresql" else _delete_rows(oldest))]
    batches, _ = SyslogBatch.objects.filter(stored_at__lt=now - BATCHES_KEPT).delete()
    events, _ = SyslogEvent.objects.filter(at__lt=oldest).delete()
    return " ".join([*said, f"Batches forgotten: {batches}, events deleted: {events}."])


def _keep_partitions(now: datetime, oldest: datetime) -> Iterator[str]:
    today = now.astimezone(UTC).date()
    ensure([today + timedelta(days=number) for number in range(AHEAD)])
    days = existing()
    gone = [day for day in days if datetime.combine(day + timedelta(days=1), time(), UTC) <= oldest]
    dropped = [day for day in gone if _dropped(day)]
    _made.difference_update(dropped)
    yield f"Days dropped: {len(dropped)}, busy and left for tomorrow: {len(gone) - len(dropped)}."
    words = _words_can_be_indexed()
    made = sum(_index(day, words) for day in days if day < today and day not in gone)
    yield f"Indexes made: {made}" + ("." if words else "; words are not indexed: pg_trgm cannot be had.")


def _dropped(day: date) -> bool:
    """A day goes with its file. Whoever reads it right now is waited for a moment only: storing waits behind us."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            cursor.execute(f"DROP TABLE {name_of(day)}")
    except OperationalError:
        return False
    return True


def _words_can_be_indexed() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except (OperationalError, ProgrammingError, NotSupportedError):
        return False
    return True


def _index(day: date, words: bool) -> int:
    """The indexes a closed day lacks, made beside readers and writers; one that was broken off is made again."""
    made = 0
    for kind, columns in CLOSED.items():
        name = f"{name_of(day)}_{kind}"
        valid = _valid(name)
        if valid or (kind == "words" and not words):
            continue
        with connection.cursor() as cursor:
            if valid is False:
                cursor.execute(f"DROP INDEX CONCURRENTLY {name}")
            cursor.execute(f"CREATE INDEX CONCURRENTLY {name} ON {name_of(day)} {columns}")
        made += 1
    return made


def _valid(index: str) -> bool | None:
    """Whether the index can be used; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [index])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def _delete_rows(oldest: datetime) -> Iterator[str]:
    deleted = 0
    while True:
        old = SyslogMessage.objects.filter(received_at__lt=oldest).order_by("received_at").values_list("pk", flat=True)
        count, _ = SyslogMessage.objects.filter(pk__in=list(old[:DELETED])).delete()
        deleted += count
        if count < DELETED:
            break
    yield f"Messages deleted: {deleted}."
