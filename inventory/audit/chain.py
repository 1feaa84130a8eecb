"""Seals entries of the audit trail into a chain of hashes. Writers never wait for it: it comes after their commit."""

import hashlib
import json
import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from auditlog.models import LogEntry
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from inventory.models.audit import AuditSeal

log = logging.getLogger(__name__)
LOCK = 0x4E4D5345414C  # "NMSEAL": the advisory lock that one sealer at a time holds
BATCH = 1000
# What is found without a seal later than this was not left by a busy moment: it is reported, not sealed.
WAITS = timedelta(days=1)
GENESIS = "0" * 64  # stands before the first seal
# All that an entry says. `actor` becomes NULL when the user is deleted; `additional_data` keeps id and name for good.
FIELDS = tuple(field.attname for field in LogEntry._meta.concrete_fields if field.attname != "actor_id")
_written = threading.local()
_logged = 0  # the last head that this process has put into the log


def digest(previous: str, values: Sequence[Any]) -> str:
    """SHA-256, hexadecimal, of the seal before and of an entry's FIELDS as canonical JSON."""
    told = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def after_commit(entries: Collection[int]) -> None:
    """Have entries sealed once their transaction is committed; what is in the way then is left to `seal`."""
    if not hasattr(_written, "ids"):
        _written.ids = []
    _written.ids += entries
    transaction.on_commit(_seal_written, robust=True)


def seal(late: bool = False) -> int:
    """Seal what was left unsealed; returns how many entries, 0 while another process seals.

    Entries older than WAITS are sealed only when somebody has looked at them and asks for it (`late`).
    """
    waiting = unsealed()
    if not late:
        waiting = waiting.filter(timestamp__gt=timezone.now() - WAITS)
    total = 0
    while done := _seal(waiting):
        total += len(done)
        waiting = waiting.filter(pk__gt=done[-1])
    _log_head()
    return total


def _log_head() -> None:
    """An anchor outside the database: who rewrites the chain must rewrite the collected logs, too."""
    global _logged
    head = AuditSeal.objects.order_by("-sequence").values("sequence", "digest").first()
    if head and head["sequence"] != _logged:
        _logged = head["sequence"]
        log.info("audit trail sealed", extra=head)


def unsealed() -> QuerySet[LogEntry]:
    """Entries without a seal, oldest id first."""
    return LogEntry.objects.filter(~Exists(AuditSeal.objects.filter(entry=OuterRef("pk")))).order_by("pk")


def _seal_written() -> None:
    """The first of a transaction's callbacks does it for all of them."""
    entries, _written.ids = _written.ids, []
    for start in range(0, len(entries), BATCH):
        _seal(unsealed().filter(pk__in=entries[start : start + BATCH]))


@transaction.atomic
def _seal(waiting: QuerySet[LogEntry]) -> list[int]:
    """Add one batch to the chain and name its entries; none when nothing waits or another process holds the lock."""
    if not _locked():
        return []
    seals = list(_chained(waiting.values_list("pk", *FIELDS)[:BATCH]))
    AuditSeal.objects.bulk_create(seals)
    return [one.entry for one in seals]


def _chained(rows: Any) -> Iterator[AuditSeal]:
    head = AuditSeal.objects.order_by("-sequence").values_list("sequence", "digest").first()
    sequence, previous = head or (0, GENESIS)
    now = timezone.now()
    for entry, *values in rows:
        sequence, previous = sequence + 1, digest(previous, values)
        yield AuditSeal(sequence=sequence, entry=entry, digest=previous, sealed_at=now)


def _locked() -> bool:
    """Take the lock until the end of the transaction. SQLite's write transaction is one already."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
