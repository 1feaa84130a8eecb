"""Writes down what the runs of this host count, and closes those that are over."""

import logging
import socket
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db.models import F, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest
from django.utils import timezone

from syslogd import counters
from syslogd.counters import Counters, Snapshot
from syslogd.hand_over import Broker, BrokerAway
from syslogd.models import SyslogRun
from syslogd.models.run import REASONS
from syslogd.spool import Spool, runs_in

QUIET = (
    4.0  # seconds that nothing of an ended run waits anywhere before it is closed: a worker may still write the last
)
LATE = 10.0  # seconds after which tasks of payloads that wait are sent again
FORGOTTEN = timedelta(minutes=10)  # a run without its file that nobody has heard of: its folder is gone
MENDED = timedelta(hours=1)
GROWING = ("received", "handed", *(reason for reason in REASONS if reason != "lost"))

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Ended:
    """A run that is over, as long as it is not closed; monotonic seconds."""

    quiet_since: float | None = None
    stored: int = -1  # and set aside, when it became quiet
    sent_again: float = 0.0


class Bookkeeper:
    """Of all runs whose counters are in this folder, whoever started them."""

    def __init__(self, folder: Path, spool: Path) -> None:
        self._folder, self._spool = folder, Spool(spool, 0)
        self._host = socket.gethostname()[:100]
        self._broker = Broker()
        self._ended: dict[UUID, Ended] = {}
        self._dropped: dict[UUID, int] = {}

    def write_down(self) -> None:
        """The counts of every run. Raises DatabaseError."""
        for path in counters.runs(self._folder):
            running = counters.alive(path)  # asked first: of an ended one the numbers are the last ones
            opened = Counters.open(path)
            if opened is None:
                continue
            try:
                self._write(opened.snapshot(), running)
            finally:
                opened.close()
            if not running:
                self._ended.setdefault(UUID(hex=path.name), Ended())

    def close_ended(self) -> None:
        """Close every run that is over and of which nothing is on its way. Raises DatabaseError."""
        self._mend_closed()
        self._find_forgotten()
        if not self._ended:
            return
        in_spool = runs_in(self._spool.look())
        try:
            for run, ended in list(self._ended.items()):
                if self._is_quiet(run, ended, in_spool):
                    self._close(run)
        except BrokerAway:  # what waits there is not known
            for ended in self._ended.values():
                ended.quiet_since = None

    def _write(self, told: Snapshot, running: bool) -> None:
        row, _made = SyslogRun.objects.get_or_create(uuid=told.run, defaults=self._beginning(told))
        counts = asdict(told.counts)
        values: dict[str, object] = {name: Greatest(F(name), Value(counts[name])) for name in GROWING}
        values |= {"host": self._host, "receiver": told.receiver, "started_at": _moment(told.started)}
        values |= {"spooled": told.counts.spooled, "lost": F("given_up") + told.lost}
        values |= {"spool_bytes": told.spool_bytes, "corrupt_files": told.corrupt_files}
        values |= {"seen_at": _moment(told.heartbeat or told.started)}
        values |= {"ended_at": None if running else row.ended_at or timezone.now()}
        dropped = told.lost + sum(counts[name] for name in GROWING[2:])
        if dropped > self._dropped.get(told.run, 0):
            values["dropped_at"] = timezone.now()
        SyslogRun.objects.filter(pk=row.pk, closed_at=None).update(**values)
        self._dropped[told.run] = dropped

    def _beginning(self, told: Snapshot) -> dict[str, object]:
        started = _moment(told.started)
        return {"host": self._host, "receiver": told.receiver, "started_at": started, "seen_at": started}

    def _is_quiet(self, run: UUID, ended: Ended, in_spool: Iterable[UUID]) -> bool:
        """Raises BrokerAway."""
        now = time.monotonic()
        keys = self._broker.of_run(run)
        if keys or run in in_spool:
            ended.quiet_since = None
            self._remind(keys, ended, now)
            return False
        row = SyslogRun.objects.filter(uuid=run).first()
        if row and not any(count for place, count in row.in_flight.items() if place != "aside"):
            return True
        stored = row.stored + row.aside if row else 0
        if ended.quiet_since is None or ended.stored != stored:
            ended.quiet_since, ended.stored = now, stored
        return now - ended.quiet_since >= QUIET

    def _remind(self, keys: list[str], ended: Ended, now: float) -> None:
        """Their tasks may be gone: with the receiver before it sent them, or with a worker that was killed."""
        if not keys or now - (ended.sent_again or now) < LATE:
            ended.sent_again = ended.sent_again or now
            return
        ended.sent_again = now
        if not self._broker.depth():
            for key in keys:
                self._broker.send(key)

    def _close(self, run: UUID) -> None:
        rows = SyslogRun.objects.filter(uuid=run, closed_at=None)
        before = rows.first()
        rows.update(lost=_unaccounted(), spooled=0, spool_bytes=0, closed_at=timezone.now())
        closed = SyslogRun.objects.filter(uuid=run).first()
        if before and closed and closed.lost > before.lost:
            SyslogRun.objects.filter(pk=closed.pk).update(dropped_at=closed.closed_at)
            logger.warning(
                "Receiver %d lost %d messages: it was killed, or Redis forgot them.", closed.receiver, closed.lost
            )
        if opened := Counters.open(self._folder / run.hex):
            opened.remove()
        del self._ended[run]
        self._dropped.pop(run, None)

    def _mend_closed(self) -> None:
        """A worker that had taken a payload before Redis forgot it may store it after its run was closed."""
        lately = SyslogRun.objects.filter(host=self._host, closed_at__gt=timezone.now() - MENDED)
        lately.annotate(now=_unaccounted()).exclude(lost=F("now")).update(lost=_unaccounted())

    def _find_forgotten(self) -> None:
        known = {UUID(hex=path.name) for path in counters.runs(self._folder)}
        lately = timezone.now() - FORGOTTEN
        for row in SyslogRun.objects.filter(host=self._host, closed_at=None, seen_at__lt=lately):
            if row.uuid not in known:
                SyslogRun.objects.filter(pk=row.pk, ended_at=None).update(ended_at=row.seen_at)
                self._ended.setdefault(row.uuid, Ended())


def _unaccounted() -> Greatest:
    """What of a run that is over is neither stored nor set aside nor dropped for a reason that was counted."""
    rest: CombinedExpression | F = F("received") - F("stored") - F("aside")
    for reason in GROWING[2:]:
        rest -= F(reason)
    return Greatest(rest, Value(0))


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
