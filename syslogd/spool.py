"""Batches on disk, one a file, while the broker is away or the workers do not follow."""

import logging
import os
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from syslogd.batch import Packed

# The oldest first when sorted; `again`: was handed over before and is counted so.
NAME = re.compile(
    r"(?P<tick>\d{17})-(?P<count>\d+)-(?P<run>[0-9a-f]{32})-(?P<batch>[0-9a-f]{32})\.(?P<kind>batch|again)"
)
DRAFT, CORRUPT = ".draft", "corrupt"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class SpoolFile:
    """What a file's name tells."""

    name: str
    count: int  # messages
    run: UUID
    batch: UUID
    again: bool


class SpoolFull(Exception):
    """The batch found no room; what is there stays."""


class Spool:
    """The folder as one receiver sees it; `share` of the bound is in bytes what it may add between two looks."""

    def __init__(self, folder: Path, limit: int, sharers: int = 1) -> None:
        self._folder, self._limit, self._sharers = folder, limit, sharers
        self._room = 0
        self._lock = threading.Lock()
        self.look()

    def look(self) -> list[SpoolFile]:
        """What is there, oldest first; measures the room left. A folder that cannot be read is empty and full."""
        found, used = [], 0
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if told := NAME.fullmatch(entry.name):
                        found.append(_file(told))
                    if entry.is_file():
                        used += _size(entry)
        except OSError as error:
            logger.warning("The spool %s cannot be read: %s", self._folder, error.strerror)
            used = self._limit
        with self._lock:
            self._room = max(self._limit - used, 0) // self._sharers
        return sorted(found)

    def write(self, packed: Packed, again: bool = False) -> None:
        """Keep a batch: on the disk when this returns. Raises SpoolFull when it cannot, and leaves no rest."""
        self._take_room(len(packed.payload))
        kind = "again" if again else "batch"
        path = self._folder / f"{packed.tick:017}-{packed.size}-{packed.run.hex}-{packed.uuid.hex}.{kind}"
        draft = path.with_name(f"{path.name}{DRAFT}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_down(draft, packed.payload)
            draft.rename(path)
            _sync(self._folder)
        except OSError as error:
            for rest in (draft, path):
                with suppress(OSError):
                    rest.unlink()
            raise SpoolFull(f"The spool {self._folder} cannot be written to: {error.strerror}.") from None

    def _take_room(self, size: int) -> None:
        with self._lock:
            if size > self._room:
                raise SpoolFull(f"The spool {self._folder} is full.")
            self._room -= size

    def read(self, file: SpoolFile) -> bytes:
        """A batch as it was packed. Raises OSError."""
        return (self._folder / file.name).read_bytes()

    def remove(self, file: SpoolFile) -> None:
        """The batch is elsewhere now. Raises OSError."""
        (self._folder / file.name).unlink(missing_ok=True)

    def set_aside(self, file: SpoolFile) -> None:
        """Nobody can read it; somebody may look into it. Raises OSError."""
        (self._folder / CORRUPT).mkdir(mode=0o700, exist_ok=True)
        (self._folder / file.name).rename(self._folder / CORRUPT / file.name)

    def clear_drafts(self, living: Callable[[UUID], bool]) -> None:
        """Remove what runs that are over had only begun to write: its messages count as lost with the run."""
        for path in self._folder.glob(f"*{DRAFT}"):
            told = NAME.fullmatch(path.name.removesuffix(DRAFT))
            if told and not living(UUID(hex=told["run"])):
                with suppress(OSError):
                    path.unlink()


def runs_in(files: Iterable[SpoolFile]) -> set[UUID]:
    """Whose batches these are."""
    return {file.run for file in files}


def _file(told: re.Match[str]) -> SpoolFile:
    run, batch = UUID(hex=told["run"]), UUID(hex=told["batch"])
    return SpoolFile(told.string, int(told["count"]), run, batch, told["kind"] == "again")


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except FileNotFoundError:  # replayed meanwhile
        return 0


def _write_down(path: Path, payload: bytes) -> None:
    with path.open("wb", buffering=0) as file:
        written = 0
        while written < len(payload):
            written += file.write(payload[written:])
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
