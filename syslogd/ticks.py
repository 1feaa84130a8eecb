"""The time stamps of one receiver: microseconds since 2020, each given once, ascending."""

import threading
import time

from syslogd.batch import EPOCH_US

FOLLOWED = 60_000_000  # microseconds


class Ticks:
    """A clock that stands or steps back a little gives the next microsecond.

    A step back of more than a minute is followed (a machine that started nine hours ahead would else date a working
    day to one instant); ids from before the step could then come again, as after a start on a wrong clock.
    """

    def __init__(self) -> None:
        self._next = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> int:
        """The tick of the first of `count` messages that came now; each further one has the next."""
        now = time.time_ns() // 1000 - EPOCH_US
        with self._lock:
            first = now if now > self._next or now < self._next - FOLLOWED else self._next
            first = max(first, 0)
            self._next = first + count
        return first
