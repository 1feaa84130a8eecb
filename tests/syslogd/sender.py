"""Numbered messages of a mixed network, as fast as the kernel takes them; and what of them a table lacks.

python -m tests.syslogd.sender --port 5514 --rate 40000 --seconds 60 --sources 1000
"""

import argparse
import json
import socket
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address
from threading import Event
from typing import Any

from tests.syslogd.sendmmsg import SLOTS, Sheet, sheet
from tests.syslogd.vendors_mixed import MARK, Moment, message

TICK = 0.005  # seconds: a paced sender rests so long when it is ahead
FIRST_SOURCE = IPv4Address("127.8.0.1")
NUMBER = r"seq=(\d{10})"


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out: the numbers from `first` on, `count` of them."""

    first: int
    count: int
    octets: int
    seconds: float
    cpu_seconds: float

    @property
    def numbers(self) -> range:
        """All that was sent."""
        return range(self.first, self.first + self.count)


@dataclass(frozen=True, slots=True)
class Compared:
    """How what is stored differs from what was sent; counts of numbers."""

    missing: int
    twice: int
    strange: int


class Sender:
    """`sources` addresses of 127.0.0.0/8 (of ::1 there is one) that talk to one port."""

    def __init__(self, port: int, sources: int = 1, host: str = "127.0.0.1") -> None:
        self._sources, six = sources, ":" in host
        self._socket = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        self._sheets: list[Sheet] = []
        for start in range(0, max(sources, SLOTS), SLOTS):
            slots = range(start, start + SLOTS)
            froms = [b"" if six else address_of(slot % sources).packed for slot in slots]
            self._sheets.append(sheet(froms, (host, port)))

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def send(self, count: int, rate: int = 0, first: int = 0) -> Sent:
        """Send `count` messages numbered from `first`, `rate` a second (0: flat out)."""
        rest, done, octets, second = Event(), 0, 0, 0
        began, cpu = time.monotonic(), time.process_time()
        while done < count:
            if second != int(time.time()):
                second = int(time.time())
                self._spell(Moment.of(time.time()))
            due = min(count, int((time.monotonic() - began) * rate) + 1) if rate else count
            if done >= due:
                rest.wait(TICK)
                continue
            start = done % SLOTS
            slots = slice(start, min(SLOTS, start + due - done))
            octets += self._sheets[done // SLOTS % len(self._sheets)].send(self._socket, slots, first + done)
            done += slots.stop - slots.start
        return Sent(first, done, octets, time.monotonic() - began, time.process_time() - cpu)

    def _spell(self, moment: Moment) -> None:
        for number, one in enumerate(self._sheets):
            slots = range(number * SLOTS, (number + 1) * SLOTS)
            one.write([message(slot % self._sources, moment) for slot in slots], MARK)


def address_of(source: int) -> IPv4Address:
    """The address of the n-th source."""
    return FIRST_SOURCE + source


def compare(numbers: Iterable[int], sent: range) -> Compared:
    """Number by number: not there, there again, there and never sent."""
    found = Counter(numbers)
    strange = sum(count for number, count in found.items() if number not in sent)
    known = [count for number, count in found.items() if number in sent]
    return Compared(len(sent) - len(known), sum(known) - len(known), strange)


def compare_table(cursor: Any, sent: range, table: str = "syslogd_syslogmessage") -> Compared:
    """The same for a table with a column `message` in PostgreSQL, which counts for us."""
    cursor.execute(
        f"""
        SELECT count(*) FILTER (WHERE number BETWEEN %(first)s AND %(last)s),
               coalesce(sum(times - 1) FILTER (WHERE number BETWEEN %(first)s AND %(last)s), 0),
               coalesce(sum(times) FILTER (WHERE number IS NULL OR number NOT BETWEEN %(first)s AND %(last)s), 0)
        FROM (SELECT substring(message FROM %(pattern)s)::bigint AS number, count(*) AS times
              FROM {table} GROUP BY number) AS found
        """,
        {"first": sent.start, "last": sent.stop - 1, "pattern": NUMBER},
    )
    there, twice, strange = cursor.fetchone()
    return Compared(len(sent) - there, int(twice), int(strange))


def main(words: list[str] | None = None) -> None:
    """Send as asked and print what was sent as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5514)
    parser.add_argument("--sources", type=int, default=64)
    parser.add_argument("--rate", type=int, default=0, help="messages a second; 0 is flat out")
    parser.add_argument("--count", type=int, default=0, help="messages; 0 is rate x seconds")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first number")
    given = parser.parse_args(words)
    with Sender(given.port, given.sources, given.host) as sender:
        sent = sender.send(given.count or given.rate * given.seconds, given.rate, given.first)
    print(json.dumps(asdict(sent)))


if __name__ == "__main__":
    main()
