"""What a run has counted, in a file that the receiver and its supervisor map into memory.

A receiver that is killed takes no count along.
"""

import fcntl
import mmap
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from syslogd import batch
from syslogd.batch import Counts

# Of the run: its receiver's number and start (microseconds since 1970); then what is told of it beside the counts.
EXTRAS = ("lost", "spool_bytes", "corrupt_files", "heartbeat")  # heartbeat: microseconds since 1970
HEAD = ("receiver", "started")
SLOTS = {name: place for place, name in enumerate((*HEAD, *batch.NAMES, *EXTRAS))}
SIZE = 8 * len(SLOTS)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run's numbers at one moment."""

    run: UUID
    receiver: int
    started: int  # microseconds since 1970
    counts: Counts
    lost: int
    spool_bytes: int
    corrupt_files: int
    heartbeat: int


class Counters:
    """One run's file. Whoever holds its lock is the run's process; everybody may read, and count when it is over."""

    def __init__(self, path: Path, fd: int) -> None:
        self.run, self._path = UUID(hex=path.name), path
        self._map = mmap.mmap(fd, SIZE)
        self._slots = memoryview(self._map).cast("q")
        self._lock = threading.Lock()

    @classmethod
    def create(cls, folder: Path, receiver: int, started: int) -> "Counters":
        """A new run, alive as long as this object or a forked copy of it is open. Raises OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / uuid4().hex
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # All of it at once: a store into a hole of a full disk would end the process.
            os.posix_fallocate(fd, 0, SIZE)
            fcntl.flock(fd, fcntl.LOCK_EX)
            made = cls(path, fd)  # the map keeps the file open, and with it the lock
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(fd)
        made.set("receiver", receiver)
        made.set("started", started)
        return made

    @classmethod
    def open(cls, path: Path) -> "Counters | None":
        """The run of this file; None when it is gone or not one of ours."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return cls(path, fd) if os.fstat(fd).st_size == SIZE else None
        finally:
            os.close(fd)

    def add(self, name: str, n: int) -> None:
        """Count `n` more."""
        with self._lock:
            self._slots[SLOTS[name]] += n

    def set(self, name: str, value: int) -> None:
        """It is now so much."""
        with self._lock:
            self._slots[SLOTS[name]] = value

    def move(self, n: int, source: str, target: str) -> None:
        """`n` messages leave one place for another, at one moment."""
        with self._lock:
            self._slots[SLOTS[source]] -= n
            self._slots[SLOTS[target]] += n

    def get(self, name: str) -> int:
        """One number."""
        return int(self._slots[SLOTS[name]])

    def counts(self) -> Counts:
        """What goes with a batch. From what comes last to what comes first: nothing is handed before it is received."""
        with self._lock:
            read = {name: int(self._slots[SLOTS[name]]) for name in reversed(batch.NAMES)}
        return Counts(**read)

    def snapshot(self) -> Snapshot:
        """All of it."""
        receiver, started, *extras = (self.get(name) for name in (*HEAD, *EXTRAS))
        return Snapshot(self.run, receiver, started, self.counts(), *extras)

    def close(self) -> None:
        """Let go of the file; in the run's process this ends the run."""
        self._slots.release()
        self._map.close()

    def remove(self) -> None:
        """The run is closed: nobody asks for its numbers any more."""
        self.close()
        self._path.unlink(missing_ok=True)


def alive(path: Path) -> bool:
    """Whether the process of the run of this file lives."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


def runs(folder: Path) -> Iterator[Path]:
    """The files of all runs that are not closed yet."""
    for path in sorted(folder.glob("[0-9a-f]*")):
        if len(path.name) == 32:
            yield path
