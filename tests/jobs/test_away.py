"""Servers and workers that go away in the middle: no outcome is lost, and none is invented."""

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection

from inventory.models import Device
from jobs import away, run
from jobs.away import is_away, patiently
from jobs.launch import launch
from jobs.models import DeviceSession, Job, JobTarget
from jobs.run import run_target
from tests.factories import make_credential, make_device, make_job, make_prefix
from tests.lab import Lab
from tests.process import ended_within
from tests.worker import Worker, running_worker

NETWORK = "127.46.0.0/28"
SQLSTATES = {
    "57P01": True,  # the server is told to stop
    "08006": True,
    "40P01": True,  # a deadlock
    "53300": True,  # too many connections
    "55P03": True,  # a lock was not given
    "57014": False,  # the statement took too long
    "42P01": False,
    "22001": False,
}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=3, network=NETWORK, platforms=("cisco_ios",), delay=0.05) as running:
        yield running


@pytest.fixture
def devices(transactional_db: None, lab: Lab) -> list[Device]:
    """The lab's devices in the inventory."""
    make_prefix(NETWORK)
    login = make_credential(name="lab", username=lab.username, password=lab.password)
    known = {"platform": "cisco_ios", "ssh_port": lab.ssh_port, "ssh_credential": login}
    return [make_device(one.hostname, primary_address=one.address, **known) for one in lab.devices]


def until(happens: Callable[[], bool]) -> None:
    """Wait for what workers do."""
    pause = threading.Event()
    for _ in range(600):
        if happens():
            return
        pause.wait(0.1)
    raise AssertionError(list(JobTarget.objects.values("label", "state", "message", "attempts")))


def failure(sqlstate: str) -> OperationalError:
    """As Django hands on what the driver raised."""
    cause = psycopg.errors.lookup(sqlstate)("no")
    error = OperationalError("no")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("sqlstate", "passes"), SQLSTATES.items())
def test_it_tells_a_database_that_is_away_from_a_statement_that_is_wrong(sqlstate: str, passes: bool) -> None:
    assert is_away(failure(sqlstate)) is passes


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (OperationalError("server closed the connection unexpectedly"), True),
        (InterfaceError("connection already closed"), True),
        (OSError("no"), False),
        (ValueError("no"), False),
    ],
)
def test_it_takes_a_lost_connection_for_a_database_that_is_away(error: Exception, passes: bool) -> None:
    assert is_away(error) is passes


@pytest.mark.django_db(transaction=True)
def test_it_asks_until_the_database_answers(monkeypatch: Any) -> None:
    monkeypatch.setattr(away, "PAUSE", 0.01)
    answers: list[Any] = [failure("57P01"), failure("08006"), "an answer"]

    def step() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert patiently(step) == "an answer"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("sqlstate", "patience"), [("22001", 30.0), ("57P01", 0.0)])
def test_it_asks_once_where_asking_again_is_no_use(monkeypatch: Any, sqlstate: str, patience: float) -> None:
    monkeypatch.setattr(away, "PATIENCE", patience)
    asked = []

    def step() -> None:
        asked.append(sqlstate)
        raise failure(sqlstate)

    with pytest.raises(OperationalError):
        patiently(step)
    assert len(asked) == 1


@pytest.mark.django_db
def test_a_wrong_statement_ends_its_target_instead_of_going_round(monkeypatch: Any) -> None:
    def wrong(*_args: Any) -> None:
        raise failure("57014")

    monkeypatch.setattr("jobs.operations.backup.backup", wrong)
    job = make_job("backup", devices=[make_device("core-1")])
    run_target(job.targets.get().pk)
    job.refresh_from_db()
    assert (job.state, job.targets.get().state) == ("FAILURE", "ERRORED")


@pytest.mark.django_db(transaction=True)
def test_an_outcome_is_stored_although_the_database_was_away_when_it_was_known(monkeypatch: Any) -> None:
    monkeypatch.setattr(away, "PAUSE", 0.01)
    job = make_job("scan", devices=[make_device("core-1")])
    settle, tries = run.settle, []

    def away_at_first(*args: Any) -> None:
        tries.append(args)
        if len(tries) < 3:
            raise failure("57P01")
        settle(*args)

    monkeypatch.setattr(run, "settle", away_at_first)
    run_target(job.targets.get().pk)
    job.refresh_from_db()
    assert (job.state, job.done, len(tries)) == ("SUCCESS", 1, 3)


@pytest.mark.xdist_group("celery")
def test_no_target_is_lost_or_called_broken_when_the_database_drops_every_connection(
    celery_worker: Worker, lab: Lab, devices: list[Device]
) -> None:
    for device in lab.devices:
        lab.fault(device.address, "slow:2")
    job = launch("sync", devices=Device.objects.all())
    until(lambda: DeviceSession.objects.count() == len(devices))
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= len(devices)
    lab.clear_faults()
    until(lambda: Job.objects.get(pk=job.pk).ready)
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == ("SUCCESS", len(devices), 0)
    assert {target.attempts for target in job.targets.all()} == {1}
    assert "The database was away for a moment" in "".join(job.targets.values_list("log", flat=True))
    assert not DeviceSession.objects.exists()


@pytest.mark.xdist_group("celery")
def test_a_worker_that_is_told_to_stop_ends_what_runs_and_leaves_the_rest_to_others(
    tmp_path: Path, lab: Lab, devices: list[Device]
) -> None:
    for device in lab.devices:
        lab.fault(device.address, "slow:0.5")
    with running_worker(tmp_path / "stopped.log") as worker:
        running = launch("sync", devices=Device.objects.all())
        until(lambda: DeviceSession.objects.count() == len(devices))
        waiting = launch("backup", devices=Device.objects.all())  # in its hands, put off because the devices are busy
        until(lambda: waiting.targets.filter(message__startswith="Waits: ").count() == len(devices))
        worker.process.send_signal(signal.SIGTERM)
        assert any(ended_within(worker.process, 1) for _ in range(60))
        running.refresh_from_db()
        assert (running.state, running.done) == ("SUCCESS", len(devices))
        assert {target.state for target in waiting.targets.all()} == {"PENDING"}
    lab.clear_faults()
    with running_worker(tmp_path / "next.log") as worker:  # nobody reaps here: the messages are back on their queue
        until(lambda: Job.objects.get(pk=waiting.pk).ready)
        worker.finish()
    waiting.refresh_from_db()
    assert waiting.state == "SUCCESS"
    assert [lab.device(device.name).logins_most for device in devices] == [1] * len(devices)
