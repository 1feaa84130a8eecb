"""What became of every message so far, over all runs: for metrics, the home page and the doctor."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Max, Sum, When
from django.utils import timezone

from syslogd.attention import SILENT_AFTER
from syslogd.models import SyslogRun
from syslogd.models.run import REASONS

PLACES = ("queue", "spool", "broker", "aside")
ON_THE_WAY = ("queue", "spool", "broker")


@dataclass(frozen=True, slots=True)
class Totals:
    """Messages but for `rows`; `received = stored + dropped + in flight`."""

    received: int
    stored: int
    rows: int
    dropped: dict[str, int]  # by reason
    in_flight: dict[str, int]  # by place
    spool_bytes: int
    corrupt_files: int
    lag_seconds: float  # from reception to storage, now
    receivers: int  # that were heard of lately
    silent: int  # that did not say goodbye and are not heard of


SUMMED = (
    "received",
    "handed",
    "given_up",
    "spooled",
    "stored",
    "aside",
    "rows",
    "spool_bytes",
    "corrupt_files",
    *REASONS,
)
LATEST = ("lag_ms", "stored_at", "started_at", "seen_at", "ended_at")


def totals(now: datetime | None = None) -> Totals:
    """One question, so that all counts are of one moment: the open runs, and one sum of all that are closed."""
    now = now or timezone.now()
    rows = [SyslogRun(closed_at=now if key is None else None, **counts) for key, counts in _counts()]
    waiting = Counter(dict.fromkeys(PLACES, 0))
    for row in rows:
        waiting.update(row.in_flight)
    running = [row for row in rows if row.closed_at is None]
    alive = [row for row in running if row.ended_at is None and now - row.seen_at < SILENT_AFTER]
    return Totals(
        received=sum(row.received for row in rows),
        stored=sum(row.stored for row in rows),
        rows=sum(row.rows for row in rows),
        dropped={reason: sum(getattr(row, reason) for row in rows) for reason in REASONS},
        in_flight=dict(waiting),
        spool_bytes=sum(row.spool_bytes for row in running),
        corrupt_files=sum(row.corrupt_files for row in rows),
        lag_seconds=max((_lag(row, now) for row in running), default=0.0),
        receivers=len(alive),
        silent=sum(row.ended_at is None for row in running) - len(alive),
    )


def _counts() -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Key and counts of each open run, and under the key None those of all closed ones together."""
    each = Case(When(closed_at=None, then=F("pk")))
    sums = {f"{name}_": Sum(name, default=0) for name in SUMMED} | {f"{name}_": Max(name) for name in LATEST}
    for row in SyslogRun.objects.order_by().values(key=each).annotate(**sums):
        yield row["key"], {name.removesuffix("_"): value for name, value in row.items() if name != "key"}


def _lag(run: SyslogRun, now: datetime) -> float:
    """Of the batch stored last; while something waits, at least since anything of the run was stored."""
    stored = run.stored_at or run.started_at
    if any(run.in_flight[place] for place in ON_THE_WAY):
        return max(run.lag_ms / 1000, (now - stored).total_seconds())
    return run.lag_ms / 1000 if now - stored < SILENT_AFTER else 0.0
