"""Batches that were handed over and are not known to be stored: kept, within bounds, as Redis may forget them."""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

from syslogd.batch import Packed
from syslogd.claims import key_of
from syslogd.models import SyslogBatch, SyslogPoison

MOST = 16 * 2**20  # bytes of payloads; beyond it batches go to the spool
LATE = 10.0  # seconds after which a task that nobody took is sent again


@dataclass(slots=True)
class Handed:
    """One of them; `due` is when its task is looked for, which is asked less and less often."""

    packed: Packed
    due: float  # monotonic seconds
    pause: float = LATE


class Unconfirmed:
    """Filled by the one who hands over, emptied by the one who looks after it."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._bytes = most, 0
        self._handed: dict[str, Handed] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._handed)

    def fits(self, packed: Packed) -> bool:
        """Whether there is room. One alone always fits."""
        return not self._handed or self._bytes + len(packed.payload) <= self._most

    def add(self, packed: Packed) -> None:
        """It was handed over now."""
        key = key_of(packed.run, packed.uuid)
        self.forget(key)  # a spool file may have come twice
        with self._lock:
            self._handed[key] = Handed(packed, time.monotonic() + LATE)
            self._bytes += len(packed.payload)

    def forget(self, key: str) -> None:
        """It is stored, or set aside where people can see it."""
        with self._lock:
            gone = self._handed.pop(key, None)
            self._bytes -= len(gone.packed.payload) if gone else 0

    def all(self) -> dict[str, Packed]:
        """By key."""
        with self._lock:
            return {key: handed.packed for key, handed in self._handed.items()}

    def late(self) -> list[str]:
        """Keys that have waited for long since they were handed over or their task was sent again."""
        now = time.monotonic()
        with self._lock:
            return [key for key, handed in self._handed.items() if handed.due <= now]

    def sent_again(self, key: str) -> None:
        """Its task: the next time it is asked for later."""
        with self._lock:
            if handed := self._handed.get(key):
                handed.due = time.monotonic() + handed.pause
                handed.pause *= 2


def settled(packed: dict[str, Packed]) -> set[str]:
    """Keys of those that the database has, stored or set aside. Raises DatabaseError."""
    if not packed:
        return set()
    uuids = [one.uuid for one in packed.values()]
    found: set[UUID] = set()
    for model in (SyslogBatch, SyslogPoison):
        found |= set(model.objects.filter(uuid__in=uuids).values_list("uuid", flat=True))
    return {key for key, one in packed.items() if one.uuid in found}
