"""Syslog from the datagram to the row: our receiver, Redis and a worker beside rsyslog with ompgsql, tuned.

Everything shares the machine with the sender: PostgreSQL (durable: fsync and synchronous_commit on), Redis, receivers,
worker. Processor time is what to compare; rates swing with whatever else runs. Each phase counts number by number.
SYSLOG_BENCH_SECONDS (60) is how long the steady phase sends; SYSLOG_BENCH_WORKER replaces the worker's options.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import django

from tests.bench import _rsyslog
from tests.bench._processes import cpu_seconds, peak_mib
from tests.chaos.house import CELERY, Member, servers
from tests.run import environment_of
from tests.services import Server, free_port
from tests.syslogd.sender import Compared, Sender, Sent, address_of, compare_table

RATE, SECONDS = 40_000, int(os.environ.get("SYSLOG_BENCH_SECONDS", "60"))
DEVICES = 1000
BURST, BURST_RATE = 400_000, 100_000  # more than anybody stores: what is left is the rate of storing
OVERLOAD_SECONDS = 5
ALONE_RATE, ALONE_SECONDS = 150_000, 5
QUIET = 3.0  # seconds without a new page: all that will be stored is
WORKER = os.environ.get("SYSLOG_BENCH_WORKER", "-c 2").split()


@dataclass(frozen=True, slots=True)
class Phase:
    """What one stream came to; microseconds of processor time a stored message by part."""

    sent: Sent
    compared: Compared
    seconds: float
    cpu: dict[str, float]

    @property
    def stored(self) -> int:
        """Rows of this stream."""
        return self.sent.count - self.compared.missing

    @property
    def cpu_us(self) -> dict[str, float]:
        """Of all parts and their sum."""
        parts = {name: round(seconds / max(1, self.stored) * 1e6, 2) for name, seconds in self.cpu.items()}
        return {**parts, "all": round(sum(parts.values()), 2)}

    def figures(self) -> dict[str, Any]:
        """For the table of figures."""
        return {
            "sent": self.sent.count,
            "sent_per_s": round(self.sent.count / self.sent.seconds),
            "stored_per_s": round(self.stored / self.seconds),
            "seconds": round(self.seconds, 1),
            "lost_percent": round(100 * self.compared.missing / self.sent.count, 3),
            **asdict(self.compared),
            "cpu_us": self.cpu_us,
            "sender_us": round(self.sent.cpu_seconds / self.sent.count * 1e6, 2),
        }


@dataclass(frozen=True, slots=True)
class Bench:
    """The servers, and where messages go."""

    directory: Path
    database: Server
    broker: Server
    port: int

    def phase(self, parts: dict[str, int], count: int, rate: int, during: Callable[[], None] = lambda: None) -> Phase:
        """Send, wait until nothing more is stored, compare; `parts`: process ids by name; `during` after the last."""
        from django.db import connection

        empty()
        before = {name: cpu_seconds(pid) for name, pid in parts.items()}
        began = time.monotonic()
        with Sender(self.port, DEVICES) as sender:
            sent = sender.send(count, rate)
        during()
        end = until_quiet()
        cpu = {name: cpu_seconds(pid) - before[name] for name, pid in parts.items()}
        with connection.cursor() as cursor:
            return Phase(sent, compare_table(cursor, sent.numbers), end - began, cpu)


def main() -> None:
    """Peer first, then ours on the same servers; a line of JSON a phase."""
    _rsyslog.install()
    with servers() as (services, database, broker):
        os.environ.update(environment_of(services))
        os.environ |= {"DJANGO_SETTINGS_MODULE": "netmanager.settings", "LOG_FORMAT": "text"}
        os.environ |= {"SYSLOG_HOST": "127.0.0.1", "SYSLOG_PORT": str(free_port())}
        django.setup()
        prepare()
        bench = Bench(services.directory, database, broker, int(os.environ["SYSLOG_PORT"]))
        peer = measure_peer(bench)
        report("rsyslog + ompgsql, tuned: drain", peer.figures())
        with ours(bench) as parts:
            measure_ours(bench, parts, peer)


def measure_peer(bench: Bench) -> Phase:
    """A burst through rsyslog."""
    with _rsyslog.rsyslog(bench.directory / "rsyslog", bench.database.url, bench.port) as process:
        until_bound(bench.port)
        return bench.phase({"daemon": process.pid, "postgres": bench.database.pid}, BURST, BURST_RATE)


def measure_ours(bench: Bench, members: dict[str, Member], peer: Phase) -> None:
    """All phases of ours."""
    parts = {name: member.pid for name, member in members.items()}
    parts |= {"redis": bench.broker.pid, "postgres": bench.database.pid}
    bench.phase(parts, 20_000, 20_000)  # warm: partitions, connections, caches
    burst = bench.phase(parts, BURST, BURST_RATE)
    ratios = {
        "ratio_rate_rsyslog": round((burst.stored / burst.seconds) / (peer.stored / peer.seconds), 2),
        "ratio_cpu_rsyslog": round(peer.cpu_us["all"] / burst.cpu_us["all"], 2),
    }
    report("syslog: drain", burst.figures() | ratios)
    steady = bench.phase(parts, RATE * SECONDS, RATE)
    steady_ratio = {"ratio_cpu_rsyslog": round(peer.cpu_us["all"] / steady.cpu_us["all"], 2)}
    report(f"syslog: {RATE:,}/s for {SECONDS} s", steady.figures() | steady_ratio | memory(bench, members))
    twice = int(2 * burst.stored / burst.seconds)
    overload = bench.phase(parts, twice * OVERLOAD_SECONDS, twice)
    report(f"syslog: twice what is stored for {OVERLOAD_SECONDS} s", overload.figures() | counts())
    receiver = {"receiver": parts["receiver"], "redis": parts["redis"]}
    members["worker"].kill()
    alone = bench.phase(receiver, ALONE_RATE * ALONE_SECONDS, ALONE_RATE, lambda: start_again(members["worker"]))
    report(f"syslog: receiver alone, {ALONE_SECONDS} s", alone.figures() | counts() | memory(bench, members))


def start_again(worker: Member) -> None:
    """The worker that was away while messages came."""
    worker.start()
    worker.ready()


@contextmanager
def ours(bench: Bench) -> Iterator[dict[str, Member]]:
    """Receiver and worker by their names, ready."""
    mine = dict(os.environ)
    with ExitStack() as stack:
        commands = {
            "receiver": (sys.executable, "manage.py", "syslogd"),
            "worker": (*CELERY, "worker", "-Q", "syslog", "-n", "bench@%h", *WORKER),
        }
        members = {name: Member(name, command, bench.directory, mine) for name, command in commands.items()}
        for member in members.values():
            stack.callback(member.kill)
            member.start()
        members["worker"].ready()
        until_bound(bench.port)
        yield members


def prepare() -> None:
    """Tables, the partitions of these days, and the devices that will speak."""
    from datetime import UTC, datetime, timedelta

    from django.core.management import call_command

    from inventory.models import Device
    from syslogd import partitions

    call_command("migrate", verbosity=0)
    today = datetime.now(UTC).date()
    partitions.ensure([today, today + timedelta(days=1)])
    Device.objects.bulk_create(
        Device(name=f"device-{number:04}", primary_address=str(address_of(number))) for number in range(DEVICES)
    )


def empty() -> None:
    """No message is stored; counts stay."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE syslogd_syslogmessage")
        cursor.execute("CHECKPOINT")


def until_quiet() -> float:
    """Wait until no page was added for QUIET seconds; the moment of the last one. Counting rows would be load."""
    from django.db import connection

    pause, size, last = threading.Event(), -1, time.monotonic()
    while time.monotonic() - last < QUIET:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(pg_relation_size(inhrelid)) FROM pg_inherits"
                " WHERE inhparent = 'syslogd_syslogmessage'::regclass"
            )
            (now,) = cursor.fetchone()
        if now != size:
            size, last = now, time.monotonic()
        pause.wait(0.1)
    return last


def until_bound(port: int) -> None:
    """Wait until somebody listens on this UDP port."""
    pause, mark = threading.Event(), f":{port:04X} "
    while not any(mark in line for line in Path("/proc/net/udp").read_text().splitlines()):
        pause.wait(0.1)


def counts() -> dict[str, Any]:
    """What all runs have counted, and what of it is unaccounted for (0)."""
    from syslogd.totals import totals

    now = totals()
    lost, waiting = sum(now.dropped.values()), sum(now.in_flight.values())
    return {
        "counted": {
            "received": now.received,
            "stored": now.stored,
            **{reason: count for reason, count in now.dropped.items() if count},
            "in_flight": waiting,
            "unaccounted": now.received - now.stored - lost - waiting,
        }
    }


def memory(bench: Bench, members: dict[str, Member]) -> dict[str, Any]:
    """The most that one process of each part held in its life now, and Redis ever, in MiB."""
    from redis import Redis

    peak = Redis.from_url(bench.broker.url).info("memory")["used_memory_peak"]
    mine = {name: max(peak_mib(member.pid), default=0) for name, member in members.items()}
    return {"peak_mib": {**mine, "redis_data": round(peak / 2**20)}}


def report(name: str, figures: dict[str, Any]) -> None:
    """A line."""
    print(json.dumps({"bench": name, **figures}), flush=True)


if __name__ == "__main__":
    main()
