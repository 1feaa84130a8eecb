"""`manage.py syslogd`: from a datagram to a task, and every end it can take."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from redis import Redis

from netmanager.processes import free_port
from syslogd import store
from syslogd.models import SyslogMessage, SyslogRun
from tests.process import ended_within, spawn, stop, wait_for_words
from tests.storm.faults import children
from tests.syslogd.test_hand_over import tasks
from tests.worker import database_url_of_this_test

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "manage.py", "syslogd"]
STEPS = 400  # of 0.05 s


@dataclass(frozen=True)
class Syslogd:
    """The running command."""

    process: Popen[bytes]
    port: int
    log: Path
    spool: Path

    def send(self, *texts: bytes, address: str = "127.0.0.1") -> None:
        """Each in a datagram from a port of its own, so that the kernel spreads them."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for text in texts:
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                sender.sendto(text, (address, self.port))

    def receivers(self) -> list[int]:
        """Process ids."""
        return sorted(children(self.process.pid))


def until(true: Callable[[], object]) -> None:
    """Wait for it, within bounds."""
    pause = threading.Event()
    for _step in range(STEPS):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError("It did not become true within 20 s.")


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Syslogd]:
    """Two receivers on loopback, IPv4 and IPv6; killed at the end if they still live."""
    port, log = free_port(0, udp=True), folder / "syslogd.log"
    environment = {
        "DATA_DIR": str(folder),
        "SYSLOG_SPOOL_DIR": str(folder / "spool"),
        "SYSLOG_HOST": "127.0.0.1,::1",
        "SYSLOG_PORT": str(port),
        "SYSLOG_DROP_LOG_INTERVAL_SEC": "1",
        "LOG_FORMAT": "text",
        **environment,
    }
    process = spawn(COMMAND, log, cwd=ROOT, environment=environment)
    try:
        assert wait_for_words(process, log, "Listening on"), log.read_text()
        yield Syslogd(process, port, log, folder / "spool")
    finally:
        stop(process)


@pytest.fixture
def syslogd(tmp_path: Path, transactional_db: None, redis: Redis) -> Iterator[Syslogd]:
    with running(tmp_path, DATABASE_URL=database_url_of_this_test()) as command:
        yield command


@pytest.fixture
def redis(settings: object) -> Iterator[Redis]:
    database = Redis.from_url(settings.REDIS_URL)  # type: ignore[attr-defined]
    database.flushdb()
    yield database
    database.flushdb()


def counted(name: str) -> int:
    """Over all runs."""
    return int(SyslogRun.objects.aggregate(all=Sum(name))["all"] or 0)


def work() -> None:
    """What a worker does with the tasks that wait."""
    for key in tasks():
        store.ingest(key)


def test_it_counts_every_message_through_the_death_of_a_receiver_to_a_clean_end(syslogd: Syslogd) -> None:
    syslogd.send(*(b"<13>first %d" % number for number in range(50)))
    syslogd.send(b"<13>over IPv6", address="::1")
    with socket.create_connection(("127.0.0.1", syslogd.port)) as connection:
        connection.sendall(b"<13>over TCP\n14 <13>in a frame")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    until(lambda: counted("handed") == 53)
    assert {run.receiver for run in SyslogRun.objects.filter(ended_at=None)} == {0, 1}

    os.kill(syslogd.receivers()[0], signal.SIGKILL)
    until(lambda: SyslogRun.objects.exclude(ended_at=None).exists() and SyslogRun.objects.count() == 3)
    syslogd.send(*(b"<13>second %d" % number for number in range(50)))
    until(lambda: counted("handed") == 103)
    assert not SyslogRun.objects.exclude(closed_at=None).exists()  # its batches wait for a worker
    work()
    assert counted("stored") == SyslogMessage.objects.count() == 103
    until(lambda: SyslogRun.objects.exclude(closed_at=None).exists())

    syslogd.send(*(b"<13>third %d" % number for number in range(50)))
    syslogd.process.send_signal(signal.SIGTERM)
    assert ended_within(syslogd.process, 15)
    assert syslogd.process.returncode == 0
    assert not SyslogRun.objects.filter(ended_at=None).exists()
    work()
    received, kernel = counted("received"), counted("kernel")
    assert received == counted("stored") + kernel
    assert received <= 153  # what came after the end is nobody's
    assert "was killed by signal 9; it is started again" in syslogd.log.read_text()


def test_it_ends_cleanly_when_its_parent_is_killed_and_the_next_one_finishes_its_work(
    tmp_path: Path, transactional_db: None, redis: Redis
) -> None:
    database = database_url_of_this_test()
    with running(tmp_path, DATABASE_URL=database, REDIS_URL="redis://127.0.0.1:1/0") as orphaned:
        orphaned.send(*(b"<13>before %d" % number for number in range(20)))
        until(lambda: counted("spooled") == 20)
        receivers = orphaned.receivers()
        orphaned.send(b"<13>at the end")
        orphaned.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in receivers))
    with running(tmp_path, DATABASE_URL=database) as heir:
        until(lambda: counted("handed") == counted("received") >= 20)
        work()
        until(lambda: SyslogRun.objects.exclude(closed_at=None).count() == 2)
        assert counted("stored") == counted("received")
        assert counted("lost") == 0
        assert list(heir.spool.glob("*.batch")) == []


def test_it_receives_embedded_and_does_not_wait_for_a_database(tmp_path: Path) -> None:
    embedded = {"DATABASE_URL": "", "REDIS_URL": "", "SECRET_KEY": "", "FIELD_ENCRYPTION_KEY": ""}
    with running(tmp_path, **embedded) as command:
        command.send(b"<13>hello")
        until(lambda: list((tmp_path / "syslog" / "claims").glob("*")))
        until(lambda: list((tmp_path / "broker" / "queue").glob("*syslog*")))
        command.process.send_signal(signal.SIGTERM)
        assert ended_within(command.process, 15)
        assert command.process.returncode == 0
    assert "counts of syslog are written later" in command.log.read_text()


def test_a_taken_port_is_a_sentence() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} .* is taken by another program") as refused:
            call_command("syslogd", port=port)
    assert refused.value.returncode == 2


def test_it_names_the_ports_it_takes() -> None:
    with pytest.raises(CommandError, match="--port 70000 is not from 1 to 65535"):
        call_command("syslogd", port=70000)
