"""Looks after what a receiver handed over or put into the spool, until it is stored."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from uuid import UUID

from django.db import DatabaseError, connection

from syslogd.batch import Damaged, Packed, unpack
from syslogd.counters import Counters, alive
from syslogd.hand_over import Broker, BrokerAway
from syslogd.spool import Spool, SpoolFile, SpoolFull, runs_in
from syslogd.unconfirmed import Unconfirmed, settled

PACE = 0.25  # seconds between two rounds
SHALLOW = 12  # batches on their way beyond which nothing is replayed: live messages come first
LOOKED = 1.0  # seconds between two looks into the spool

LOOK_UP = 30.0  # seconds

logger = logging.getLogger(__name__)


class _Nowhere:
    """Counters of a run that nobody knows any more."""

    def add(self, name: str, n: int) -> None:
        """Forgotten."""

    def move(self, n: int, source: str, target: str) -> None:
        """Forgotten."""


class Keeper:
    """Of one receiver. That of receiver 0 replays what runs left behind that are over."""

    def __init__(self, counters: Counters, folder: Path, spool: Spool, unconfirmed: Unconfirmed, away: Event) -> None:
        self._counters, self._folder, self._spool = counters, folder, spool
        self._unconfirmed, self._away = unconfirmed, away
        self._broker = Broker()
        self._heir = counters.get("receiver") == 0
        self._files: list[SpoolFile] = []  # the oldest last
        self._looked = 0.0
        self._stuck: set[str] = set()  # files that are done with and cannot be removed

    def run(self, end: Event, look_up: Callable[[], None]) -> None:
        """Rounds until the end. `look_up` reads settings from the database, now and every half minute."""
        if self._heir:
            self._spool.clear_drafts(lambda run: alive(self._folder / run.hex))
        due = 0.0
        while not end.wait(PACE):
            if time.monotonic() >= due:
                look_up()
                due = time.monotonic() + LOOK_UP
            self.round()

    def round(self) -> None:
        """Ask what was stored, hand over again what Redis forgot, and replay some of the spool."""
        self._look()
        try:
            self._confirm()
            if self._away.is_set():
                self._away.clear()
                logger.warning("The broker is there again.")
            self._replay()
        except BrokerAway:
            self._away.set()
        except DatabaseError:  # away: what is stored is asked for in the next round
            connection.close()

    def finish(self, ask: bool) -> None:
        """The receiver ends: what neither Redis nor the database has goes to the spool. `ask`: the database, too."""
        left = self._unconfirmed.all()
        try:
            missing = self._broker.missing(left)
        except BrokerAway:
            missing = set(left)
        left = {key: left[key] for key in missing}
        try:
            stored = settled(left) if ask else set()
        except DatabaseError:
            stored = set()
        for key in missing - stored:
            try:
                self._spool.write(left[key], again=True)
                self._counters.add("spool_bytes", len(left[key].payload))
            except SpoolFull as error:
                logger.error("%d messages may be lost: %s", left[key].size, error)

    def _confirm(self) -> None:
        """Raises BrokerAway, DatabaseError."""
        handed = self._unconfirmed.all()
        missing = self._broker.missing(handed) if handed else set()
        gone = {key: handed[key] for key in missing}
        stored = settled(gone)
        for key in stored:
            self._unconfirmed.forget(key)
        for key in missing - stored:
            self._broker.hand(handed[key])
        late = self._unconfirmed.late()
        if (late or not handed) and not self._broker.depth():  # with nothing handed over: whether it is there at all
            for key in late:
                self._broker.send(key)
                self._unconfirmed.sent_again(key)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOKED:
            return
        self._looked = now
        found = [file for file in self._spool.look() if file.name not in self._stuck]
        if self._files:
            return
        mine = {run for run in runs_in(found) if self._is_mine(run)}
        self._files = [file for file in reversed(found) if file.run in mine]

    def _is_mine(self, run: UUID) -> bool:
        return run == self._counters.run or (self._heir and not alive(self._folder / run.hex))

    def _replay(self) -> None:
        """At least one a round. Raises BrokerAway."""
        first = True
        while self._files and (first or len(self._unconfirmed) < SHALLOW):
            first = False
            file = self._files[-1]
            packed = self._packed(file)
            if packed and not self._unconfirmed.fits(packed):
                return
            if packed:
                self._broker.hand(packed)
                self._unconfirmed.add(packed)
                self._moved(file, packed)
            self._files.pop()

    def _packed(self, file: SpoolFile) -> Packed | None:
        payload = b""
        try:
            payload = self._spool.read(file)
            batch = unpack(payload)
            return Packed(batch.uuid, batch.run, batch.chunks[0].tick, file.count, payload)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._corrupt(file, 0, str(error.strerror))
        except (Damaged, IndexError) as error:
            self._corrupt(file, len(payload), str(error))
        return None

    def _corrupt(self, file: SpoolFile, size: int, why: str) -> None:
        logger.error("The spool file %s with %d messages is set aside in corrupt/: %s", file.name, file.count, why)
        try:
            self._spool.set_aside(file)
        except OSError as error:
            self._stuck.add(file.name)
            logger.error("It cannot be moved: %s", error.strerror)
        with self._counters_of(file.run) as counters:
            counters.add("corrupt_files", 1)
            counters.add("spool_bytes", -size)
            if file.again:
                counters.add("lost", file.count)
            else:
                counters.move(file.count, "spooled", "lost")

    def _moved(self, file: SpoolFile, packed: Packed) -> None:
        try:
            self._spool.remove(file)
        except OSError as error:
            self._stuck.add(file.name)
            logger.error("The spool file %s cannot be removed: %s", file.name, error.strerror)
        with self._counters_of(file.run) as counters:
            counters.add("spool_bytes", -len(packed.payload))
            if not file.again:
                counters.move(file.count, "spooled", "handed")

    @contextmanager
    def _counters_of(self, run: UUID) -> Iterator[Counters | _Nowhere]:
        """Ours, or those of the run that left the file behind; its numbers may be gone."""
        if run == self._counters.run:
            yield self._counters
        elif counters := Counters.open(self._folder / run.hex):
            yield counters
            counters.close()
        else:
            yield _Nowhere()
