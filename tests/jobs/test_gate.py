"""Who may log in, and when: one session per device, caps, pacing, and the guard against locked accounts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from inventory.models import Credential, Device, Prefix, Site
from jobs import gate
from jobs.claim import Claim
from jobs.close import cancel
from jobs.launch import launch
from jobs.models import DeviceSession, Job, JobTarget, LoginFailure, SystemSetting
from jobs.operations import get_operation
from jobs.pace import interval_of, take_slot
from tests.factories import make_device, make_job
from tests.lab import Lab
from tests.worker import Worker, running_worker

NETWORK = "127.45.0.0/28"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=6, network=NETWORK, platforms=("cisco_ios",), delay=0.05) as running:
        yield running


def put(name: str, value: str) -> None:
    SystemSetting.objects.update_or_create(name=name, defaults={"value": value})


def login() -> Credential:
    return Credential.objects.create(name="ops", kind="ssh", username="netops", password="right-Passw0rd")


def enrol(lab: Lab, **fields: Any) -> list[Device]:
    """The lab's devices in the inventory."""
    credential = Credential.objects.create(name="lab", kind="ssh", username=lab.username, password=lab.password)
    Prefix.objects.create(prefix=NETWORK)
    known = {"platform": "cisco_ios", "ssh_port": lab.ssh_port, "ssh_credential": credential, **fields}
    return [make_device(one.hostname, primary_address=one.address, **known) for one in lab.devices]


def ended(*jobs: Job) -> list[Job]:
    """The jobs after their end."""
    pause = threading.Event()
    for _ in range(600):
        now = list(Job.objects.filter(pk__in=[job.pk for job in jobs]).order_by("pk"))
        if all(job.ready for job in now):
            return now
        pause.wait(0.1)
    raise AssertionError([(job.state, list(job.targets.values("label", "state", "message"))) for job in now])


def claims(devices: list[Device]) -> list[Claim]:
    job = make_job("backup", devices=devices)  # without messages, which a worker of another test might take
    found = [Claim(target, get_operation("backup")) for target in job.targets.select_related("job")]
    assert all(claim.take() for claim in found)
    return found


def at_once(step: Callable[[Claim], None], all_claims: list[Claim]) -> list[str]:
    """Do the step for every claim in threads that begin together; what came of each."""
    barrier, came = threading.Barrier(len(all_claims)), []

    def one(claim: Claim) -> None:
        barrier.wait()
        try:
            step(claim)
            came.append("in")
        except gate.Wait as wait:
            came.append(wait.sentence)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(claim,)) for claim in all_claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(came)


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_target_in_to_a_device_whoever_else_comes_at_the_same_moment() -> None:
    device = make_device("core-1")
    waiting = [claim for _ in range(6) for claim in claims([device])]
    came = at_once(gate.enter, waiting)
    assert came == ["Waits: a job of the kind backup is logged in to core-1."] * 5 + ["in"]
    for claim in waiting:
        gate.leave(claim)
    assert not DeviceSession.objects.exists()
    gate.enter(waiting[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["ssh_sessions_per_site", "ssh_sessions_per_credential"])
def test_it_lets_as_many_in_as_the_cap_says(name: str) -> None:
    put(name, "2")
    seoul = Site.objects.create(name="Seoul", slug="seoul")
    credential = login()
    devices = [make_device(f"r{n}", site=seoul, ssh_credential=credential) for n in range(6)]
    came = at_once(gate.enter, claims(devices))
    assert came.count("in") == 2
    assert f"Waits: 2 sessions of the {name.rpartition('_')[2]}" in came[0]
    assert name in came[0]


@pytest.mark.django_db
def test_a_session_whose_worker_died_ends_with_its_lease() -> None:
    first, second = (claims([device])[0] for device in [make_device("r1")] * 2)
    gate.enter(first)
    with pytest.raises(gate.Wait):
        gate.enter(second)
    DeviceSession.objects.update(until=timezone.now() - timedelta(seconds=1))
    gate.enter(second)
    assert DeviceSession.objects.get().target == second.target


@pytest.mark.django_db
def test_a_target_takes_over_the_session_of_its_own_dead_attempt() -> None:
    (first,) = claims([make_device("r1")])
    gate.enter(first)
    JobTarget.objects.update(state="PENDING")
    second = Claim(JobTarget.objects.select_related("job").get(), get_operation("backup"))
    assert second.take()
    gate.enter(second)
    assert DeviceSession.objects.get().worker == second.worker


@pytest.mark.xdist_group("celery")
def test_two_workers_never_log_in_to_a_device_at_the_same_time(celery_worker: Worker, lab: Lab, tmp_path: Path) -> None:
    devices = enrol(lab)[:2]
    chosen = Device.objects.filter(pk__in=[device.pk for device in devices])
    with running_worker(tmp_path / "second.log"):
        jobs = ended(*(launch(kind, devices=chosen) for kind in ("backup", "sync", "backup", "backup")))
    assert [job.state for job in jobs] == ["SUCCESS"] * 4
    assert [lab.device(device.name).logins_most for device in devices] == [1, 1]
    assert [lab.device(device.name).logins for device in devices] == [4, 4]
    assert not DeviceSession.objects.exists()


@pytest.mark.parametrize(("rate", "seconds"), [("10/s", 0.1), ("300/m", 0.2), ("1000/h", 3.6), ("4", 0.25), ("0", 0)])
def test_it_reads_a_rate_as_celery_writes_it(rate: str, seconds: float) -> None:
    assert interval_of(rate).total_seconds() == pytest.approx(seconds)


@pytest.mark.parametrize("rate", ["", "x", "10/d", "-1", "1/s/s", "٣/s"])
def test_it_refuses_what_is_no_rate(rate: str) -> None:
    with pytest.raises(ValueError, match="is not a rate such as"):
        interval_of(rate)


@pytest.mark.django_db(transaction=True)
def test_slots_are_given_once_and_apart() -> None:
    slots = []

    def take() -> None:
        slots.append(take_slot("probe", timedelta(seconds=1)))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slots.sort()
    apart = [later - earlier for earlier, later in pairwise(slots)]
    assert len(slots) == 8
    assert all(pause >= timedelta(seconds=1) for pause in apart)


@pytest.mark.xdist_group("celery")
def test_a_rate_holds_over_all_workers_together(transactional_db: None, lab: Lab, tmp_path: Path) -> None:
    enrol(lab)
    with ExitStack() as stack:
        workers = [
            stack.enter_context(running_worker(tmp_path / f"{name}.log", SSH_SYNC_TASK_RATE_LIMIT="2/s"))
            for name in ("one", "two")
        ]
        (job,) = ended(launch("sync", devices=Device.objects.all()))
        workers[0].finish()
    started = sorted(job.targets.values_list("started_at", flat=True))
    assert job.state == "SUCCESS"
    for place, begin in enumerate(started):
        assert begin - started[0] >= timedelta(seconds=place * 0.5 - 0.1)


@pytest.mark.django_db
def test_a_repeated_message_takes_no_second_slot(settings: Any) -> None:
    settings.RATE_LIMITS = {"backup": "1/m"}
    first, second = claims([make_device("r1"), make_device("r2")])
    gate.enter(first)
    with pytest.raises(gate.Wait) as wait:
        gate.enter(second)
    assert wait.value.paced
    assert timedelta(seconds=50) < wait.value.until - timezone.now() <= timedelta(seconds=60)
    assert second.put_off(wait.value.until, wait.value.sentence, wait.value.paced)
    again = Claim(JobTarget.objects.select_related("job").get(pk=second.target.pk), get_operation("backup"))
    assert not again.take()
    JobTarget.objects.update(not_before=timezone.now())
    assert again.take()
    gate.enter(again)
    assert again.target.attempts == 1


@pytest.mark.django_db
def test_logins_with_one_credential_are_paced() -> None:
    put("login_interval_ms", "30000")
    credential = login()
    first, second, other = claims(
        [make_device("a", ssh_credential=credential), make_device("b", ssh_credential=credential), make_device("c")]
    )
    gate.enter(first)
    gate.enter(other)
    with pytest.raises(gate.Wait, match="paced"):
        gate.enter(second)


@pytest.mark.xdist_group("celery")
def test_refused_logins_lock_a_credential_until_somebody_releases_it(celery_worker: Worker, lab: Lab) -> None:
    put("login_failures_before_lock", "2")
    devices = enrol(lab)
    for device in lab.devices:
        lab.fault(device.address, "wrong-password")
    ended(*(launch("backup", devices=Device.objects.filter(pk=device.pk)) for device in devices[:2]))
    credential = Credential.objects.get()
    assert credential.locked_at
    assert credential.locked_reason == "2 logins refused within an hour, devices: 2."
    lab.clear_faults()
    (refused,) = ended(launch("backup", devices=Device.objects.filter(pk=devices[2].pk)))
    assert refused.state == "FAILURE"
    assert "credential lab is locked since" in refused.error
    assert lab.device(devices[2].name).logins == 0
    gate.release_credential(credential, None)
    assert not LoginFailure.objects.exists()
    (done,) = ended(launch("backup", devices=Device.objects.all()))
    assert done.state == "SUCCESS"


@pytest.mark.xdist_group("celery")
@pytest.mark.parametrize("fault", ["slow:30", "hang-ssh"])
def test_a_cancel_reaches_a_session_that_hangs(celery_worker: Worker, lab: Lab, fault: str) -> None:
    device = enrol(lab)[0]
    lab.fault(device.primary_address, fault)
    job = launch("sync", devices=Device.objects.filter(pk=device.pk))
    pause = threading.Event()
    while not DeviceSession.objects.exists():
        pause.wait(0.05)
    cancel(job)
    (job,) = ended(job)
    assert (job.state, job.targets.get().message) == ("REVOKED", "Cancelled while it ran.")
    device.refresh_from_db()
    assert device.last_sync_error == ""
