"""What goes wrong while messages come in. Each fault leaves everything running again."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.process import ended_within
from tests.storm.house import House
from tests.storm.stream import Stream

FILLING = 8000  # messages a second that fill a small spool soon
QUIT = 30  # seconds a receiver may take to end cleanly


@dataclass(frozen=True, slots=True)
class Storm:
    """What a fault works on; `long` is how long something stays away, in seconds."""

    house: House
    stream: Stream
    long: float

    def wait(self, seconds: float) -> None:
        """Let messages come."""
        threading.Event().wait(seconds)


def nothing(storm: Storm) -> None:
    """No fault: everything is stored."""
    storm.wait(storm.long)


def broker_away(storm: Storm) -> None:
    """Redis is killed, forgets everything, and comes back after a while."""
    storm.wait(1)
    storm.house.broker.stop(signal.SIGKILL)
    storm.wait(storm.long)
    storm.house.broker.start()


def worker_killed(storm: Storm) -> None:
    """The worker and its children are killed in the middle of batches, again and again."""
    for _time in range(3):
        storm.wait(storm.long / 4)
        storm.house.worker.kill()
        storm.house.worker.start()
        storm.house.worker.ready()


def child_of_worker_killed(storm: Storm) -> None:
    """One process of the worker is killed at a time; the others go on."""
    worker = storm.house.worker.process
    assert worker is not None
    for _time in range(4):
        storm.wait(storm.long / 4)
        for pid in list(children(worker.pid))[:1]:
            os.kill(pid, signal.SIGKILL)


def database_restarted(storm: Storm) -> None:
    """PostgreSQL is ended without waiting for anybody, and comes back after a while."""
    storm.wait(1)
    storm.house.database.stop(signal.SIGQUIT)
    storm.wait(storm.long / 2)
    storm.house.database.start()


def receiver_restarted(storm: Storm) -> None:
    """The receiver is stopped and started; while it is away nothing is sent, for nobody could count that."""
    for _time in range(2):
        storm.wait(storm.long / 4)
        receiver = storm.house.receiver
        assert receiver.process is not None
        storm.stream.pause()
        os.kill(receiver.process.pid, signal.SIGTERM)
        assert ended_within(receiver.process, QUIT), "syslogd did not end"
        assert receiver.process.returncode == 0, f"syslogd ended with {receiver.process.returncode}"
        receiver.start()
        wait_for_receivers(storm.house)
        storm.stream.go()


def receiver_killed(storm: Storm) -> None:
    """One receiving process is killed while messages come; its sockets belong to its parent and stay open."""
    receiver = storm.house.receiver.process
    assert receiver is not None
    storm.wait(storm.long / 4)
    for pid in list(children(receiver.pid))[:1]:
        os.kill(pid, signal.SIGKILL)
    storm.wait(storm.long / 4)
    wait_for_receivers(storm.house)


def spool_full(storm: Storm) -> None:
    """Redis stays away until the spool holds no more."""
    storm.stream.pause()
    storm.stream.rate = max(storm.stream.rate, FILLING)
    storm.stream.go()
    storm.house.broker.stop(signal.SIGKILL)
    storm.wait(storm.long * 2)
    storm.house.broker.start()


def everything(storm: Storm) -> None:
    """All of them but the full spool, one after another, in one stream."""
    for fault in (broker_away, database_restarted, worker_killed, receiver_killed, receiver_restarted):
        fault(storm)


FAULTS: dict[str, Callable[[Storm], None]] = {
    fault.__name__: fault
    for fault in (
        nothing,
        broker_away,
        worker_killed,
        child_of_worker_killed,
        database_restarted,
        receiver_restarted,
        receiver_killed,
        spool_full,
        everything,
    )
}


def children(pid: int) -> Iterator[int]:
    """The processes whose parent this is, through launchers that replace themselves."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            yield int(path.parent.name)


def wait_for_receivers(house: House) -> None:
    """Until every receiver of the command listens and has written its first counts."""
    from django.conf import settings
    from django.utils import timezone

    from jobs.away import patiently
    from syslogd.models import SyslogRun

    began = timezone.now()
    while True:
        live = SyslogRun.objects.filter(ended_at=None, closed_at=None, seen_at__gt=began)
        if patiently(live.count) >= settings.SYSLOG_WORKERS:
            return
        house.supervise()
        threading.Event().wait(0.1)
