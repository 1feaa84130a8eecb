"""One fault under load, and what is true afterwards. Django is set up before this is imported."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import connection, connections

from jobs.away import patiently
from syslogd.models import SyslogMessage
from syslogd.totals import ON_THE_WAY, Totals, totals
from tests.storm.faults import FAULTS, Storm, wait_for_receivers
from tests.storm.house import House
from tests.storm.stream import Stream, number_of

LOSING = ("spool_full", "receiver_killed", "everything")  # what is dropped there must be counted
BOUND = 240  # seconds within which everything must have arrived


@dataclass(slots=True)
class Report:
    """What one fault came to, in messages."""

    fault: str
    sent: int
    received: int
    stored: int
    dropped: dict[str, int]
    twice: int
    missing: int
    seconds: float
    sentences: list[str] = field(default_factory=list)

    def line(self) -> str:
        """For people."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.dropped.items()) if count) or "none"
        return (
            f"{self.fault}: {self.sent} sent, {self.received} received = {self.stored} stored + "
            f"{sum(self.dropped.values())} dropped ({reasons}); {self.missing} missing in the table, "
            f"{self.twice} twice, {self.seconds:.0f} s"
        )


def run(house: House, fault: str, rate: int, long: float) -> Report:
    """Send, break, wait until nothing is on its way, compare number by number."""
    name, began = uuid4().hex[:12], time.monotonic()
    before = patiently(totals)
    with Stream(name, house.port, rate) as stream:
        storm = Storm(house, stream, long)
        wait_for_receivers(house)
        with watched() as wrong:
            FAULTS[fault](storm)
            storm.wait(1)
            stream.stop()
            after = settled(house, began + BOUND)
    found = Counter(number_of(text, name) for text in patiently(lambda: texts(name)))
    report = Report(
        fault,
        stream.sent,
        after.received - before.received,
        after.stored - before.stored,
        {reason: count - before.dropped[reason] for reason, count in after.dropped.items()},
        sum(count - 1 for count in found.values()),
        stream.sent - len(found),
        time.monotonic() - began,
        [*wrong],
    )
    report.sentences += judged(report, after, found, stream.sent)
    return report


def judged(report: Report, after: Totals, found: Counter[int], sent: int) -> list[str]:
    """What is not as it must be."""
    dropped, waiting = sum(report.dropped.values()), {place: after.in_flight[place] for place in ON_THE_WAY}
    checks = [
        (not any(waiting.values()), f"Messages are still on their way: {waiting}."),
        (not after.in_flight["aside"], f"{after.in_flight['aside']} messages were set aside."),
        (not report.twice, f"{report.twice} messages are stored twice."),
        (not set(found) - set(range(sent)), "Numbers were stored that nobody sent."),
        (report.received == sent, f"{sent} were sent, {report.received} counted as received."),
        (report.stored == len(found), f"{report.stored} are counted as stored, {len(found)} are there."),
        (report.missing == dropped, f"{report.missing} are missing, {dropped} are counted as dropped."),
        (report.fault == "spool_full" or not dropped or set_of(report) <= {"lost"}, f"Dropped: {report.dropped}."),
        (report.fault in LOSING or not dropped, f"Lost without need: {report.dropped}."),
        (report.fault != "spool_full" or report.dropped["spool"] > 0, "The spool never was full."),
    ]
    return [sentence for true, sentence in checks if not true]


def set_of(report: Report) -> set[str]:
    """The reasons that occurred."""
    return {reason for reason, count in report.dropped.items() if count}


def texts(name: str) -> list[str]:
    """Every stored message of a stream."""
    return list(SyslogMessage.objects.filter(message__contains=f"storm={name} ").values_list("message", flat=True))


def settled(house: House, end: float) -> Totals:
    """The counts when nothing is on its way any more, or when the time is over."""
    last: Totals | None = None
    while True:
        house.supervise()
        now = patiently(totals)
        quiet = not any(now.in_flight[place] for place in ON_THE_WAY) and not now.silent
        if (quiet and last == now) or time.monotonic() > end:
            return now
        last = now if quiet else None
        threading.Event().wait(2.5)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Look all the time whether the counts add up: no place may ever hold less than nothing."""
    wrong: list[str] = []
    end = threading.Event()

    def look() -> None:
        while not end.wait(0.2):
            now = patiently(totals)
            waiting = sum(now.in_flight.values())
            if min(now.in_flight.values()) < 0 or now.received != now.stored + sum(now.dropped.values()) + waiting:
                wrong[:] = [*wrong[:4], f"The counts did not add up: {now}."]
        connections.close_all()

    watcher = threading.Thread(target=look, name="watch", daemon=True)
    watcher.start()
    try:
        yield wrong
    finally:
        end.set()
        watcher.join()
        connection.close_if_unusable_or_obsolete()
