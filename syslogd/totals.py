"""What became of every message so far, over all runs: for metrics, the home page and the doctor."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from syslogd.models import SyslogRun
from syslogd.models.run import REASONS

SILENT = timedelta(seconds=30)  # receivers write their counts every second
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


def totals(now: datetime | None = None) -> Totals:
    """Two questions, whatever the number of messages."""
    now = now or timezone.now()
    sums = SyslogRun.objects.aggregate(
        **{name: Sum(name, default=0) for name in ("received", "stored", "rows", "corrupt_files", *REASONS)}
    )
    unfinished = list(SyslogRun.objects.filter(closed_at=None))
    waiting = Counter(dict.fromkeys(PLACES, 0))
    for run in unfinished:
        waiting.update(run.in_flight)
    waiting["aside"] += SyslogRun.objects.exclude(closed_at=None).aggregate(n=Sum("aside", default=0))["n"]
    alive = [run for run in unfinished if run.ended_at is None and now - run.seen_at < SILENT]
    return Totals(
        received=sums["received"],
        stored=sums["stored"],
        rows=sums["rows"],
        dropped={reason: sums[reason] for reason in REASONS},
        in_flight=dict(waiting),
        spool_bytes=sum(run.spool_bytes for run in unfinished),
        corrupt_files=sums["corrupt_files"],
        lag_seconds=max((_lag(run, now) for run in unfinished), default=0.0),
        receivers=len(alive),
        silent=sum(run.ended_at is None for run in unfinished) - len(alive),
    )


def _lag(run: SyslogRun, now: datetime) -> float:
    """Of the batch stored last; while something waits, at least since anything of the run was stored."""
    stored = run.stored_at or run.started_at
    if any(run.in_flight[place] for place in ON_THE_WAY):
        return max(run.lag_ms / 1000, (now - stored).total_seconds())
    return run.lag_ms / 1000 if now - stored < SILENT else 0.0
