"""Waiting for one's turn: nobody gets in twice, no slot is wasted or saved up, and asking costs less than the work."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from inventory.models import Credential, Device
from jobs import gate
from jobs.claim import NEAR, Claim, ClaimLost
from jobs.models import DeviceSession, JobTarget, LoginFailure, Pace, SystemSetting
from jobs.operations import get_operation
from jobs.run import run_target
from tests.factories import make_credential, make_device, make_job, make_site

THREADS, ROUNDS = 4, 25


def claim_of(target: JobTarget) -> Claim:
    claim = Claim(JobTarget.objects.select_related("job").get(pk=target.pk), get_operation("backup"))
    assert claim.take()
    return claim


def claims(*devices: Device) -> list[Claim]:
    job = make_job("backup", devices=devices)  # without messages, which a worker of another test might take
    return [claim_of(target) for target in job.targets.order_by("pk")]


def put_off(claim: Claim, seconds: float, paced: bool) -> Claim:
    """Given back, and taken again when it was to start so many seconds ago."""
    assert claim.put_off(timezone.now() - timedelta(seconds=seconds), "Waits for its turn: starts are paced.", paced)
    return claim_of(claim.target)


def pause_of(claim: Claim) -> float:
    """Seconds the gate tells the claim to wait."""
    with pytest.raises(gate.Wait) as wait:
        gate.enter(claim)
    return (wait.value.until - timezone.now()).total_seconds()


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_in_while_another_is_in_however_often_they_come_and_go() -> None:
    device = make_device("core-1")
    inside, together, entered = [], [], []

    def come_and_go(claim: Claim) -> None:
        for _ in range(ROUNDS):
            try:
                gate.enter(claim)
            except gate.Wait:
                continue
            inside.append(claim)
            entered.append(claim)
            together.append(len(inside))
            inside.remove(claim)
            gate.leave(claim)
        connection.close()

    all_claims = [claim for _ in range(THREADS) for claim in claims(device)]
    threads = [threading.Thread(target=come_and_go, args=(claim,)) for claim in all_claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entered
    assert max(together) == 1


@pytest.mark.django_db
def test_who_lost_the_race_for_a_session_waits_although_the_winner_has_left_by_now(monkeypatch: Any) -> None:
    device = make_device("core-1")
    first, second = claims(device)[0], claims(device)[0]
    gate.enter(first)
    store = type(DeviceSession.objects).bulk_create

    def and_then_the_winner_leaves(self: Any, *args: Any, **options: Any) -> Any:
        stored = store(self, *args, **options)
        gate.leave(first)
        return stored

    monkeypatch.setattr(type(DeviceSession.objects), "bulk_create", and_then_the_winner_leaves)
    with pytest.raises(gate.Wait, match="Waits: a job is logged in to core-1"):
        gate.enter(second)


@pytest.mark.django_db
def test_a_target_that_waits_for_a_busy_device_takes_no_slot(settings: Any) -> None:
    device = make_device("core-1")
    first, second = claims(device)[0], claims(device)[0]
    gate.enter(first)
    settings.RATE_LIMITS = {"backup": "1/h"}
    with pytest.raises(gate.Wait, match="logged in to core-1") as wait:
        gate.enter(second)
    assert not wait.value.paced
    assert not Pace.objects.exists()


@pytest.mark.django_db
def test_a_target_that_waits_for_its_slot_leaves_its_device_to_others(settings: Any) -> None:
    settings.RATE_LIMITS = {"backup": "1/h"}
    first, second = claims(make_device("a"), make_device("b"))
    gate.enter(first)
    with pytest.raises(gate.Wait, match="paced"):
        gate.enter(second)
    assert [session.target for session in DeviceSession.objects.all()] == [first.target]


@pytest.mark.django_db
@pytest.mark.parametrize(("late", "together"), [(0.0, True), (60.0, False)])
def test_slots_that_were_missed_are_not_started_together(settings: Any, late: float, together: bool) -> None:
    settings.RATE_LIMITS = {"backup": "1/h"}
    first, second = (put_off(claim, late, paced=True) for claim in claims(make_device("a"), make_device("b")))
    gate.enter(first)
    if together:  # each is on time for the slot that is its own
        gate.enter(second)
    else:
        with pytest.raises(gate.Wait, match="paced"):
            gate.enter(second)


@pytest.mark.django_db
def test_a_target_asks_for_a_busy_device_less_often_the_longer_it_waits() -> None:
    device = make_device("core-1")
    first, fresh, patient = (claims(device)[0] for _ in range(3))
    gate.enter(first)
    patient.waited = timedelta(minutes=1)
    assert 0.5 < pause_of(fresh) < 1.5
    assert 3 < pause_of(patient) < 7


@pytest.mark.django_db
def test_where_a_cap_keeps_many_waiting_each_of_them_asks_seldom() -> None:
    SystemSetting.objects.create(name="ssh_sessions_per_site", value="1")
    devices = [make_device(f"r{n}", site=(make_site("Seoul") if n == 0 else None)) for n in range(2)]
    Device.objects.update(site=devices[0].site)
    first, second = claims(*devices)
    gate.enter(first)
    crowd = [JobTarget(job=second.target.job, label=f"w{n}") for n in range(1000)]
    JobTarget.objects.bulk_create(crowd)
    pause = pause_of(second)
    assert pause > 1000 / gate.ROUNDS / 2
    assert timedelta(seconds=pause) > NEAR  # so it is parked, and no message is under way for it


@pytest.mark.django_db
def test_a_wait_of_many_rounds_is_one_line_of_the_log_and_costs_no_attempt() -> None:
    device = make_device("core-1")
    first, second = claims(device)[0], claims(device)[0]
    gate.enter(first)
    second.put_off(timezone.now(), "", paced=False)
    for _ in range(3):
        run_target(second.target.pk)
        JobTarget.objects.filter(pk=second.target.pk).update(not_before=timezone.now())
    second.target.refresh_from_db()
    assert (second.target.state, second.target.attempts) == ("PENDING", 0)
    assert second.target.message == "Waits: a job of the kind backup is logged in to core-1."
    assert second.target.log.count(second.target.message) == 1


@pytest.mark.django_db
def test_who_holds_the_session_already_is_told_of_a_lock_before_he_logs_in(monkeypatch: Any) -> None:
    credential = make_credential()
    (claim,) = claims(make_device("core-1", ssh_credential=credential))
    take = gate._require_session

    def while_another_is_refused(*args: Any) -> None:
        take(*args)
        Credential.objects.update(locked_at=timezone.now(), locked_reason="10 logins refused.")

    monkeypatch.setattr(gate, "_require_session", while_another_is_refused)
    with pytest.raises(gate.CredentialLocked, match="core-1 was not tried"):
        gate.enter(claim)
    assert not DeviceSession.objects.exists()


@pytest.mark.django_db
def test_a_lock_counts_the_devices_that_refused_within_the_last_hour() -> None:
    SystemSetting.objects.create(name="login_failures_before_lock", value="5")
    credential = make_credential()
    old, *devices = (make_device(f"r{n}", ssh_credential=credential) for n in range(6))
    LoginFailure.objects.create(credential=credential, device=old, at=timezone.now() - timedelta(hours=2))
    for claim in claims(*devices[:4]):
        gate.refused(claim)
    credential.refresh_from_db()
    assert credential.locked_at is None
    gate.refused(claims(devices[4])[0])
    credential.refresh_from_db()
    assert credential.locked_reason == "5 logins refused within an hour, devices: 5."
    assert gate.refused_by(credential, None) == "r5, r4, r3 and 3 more"


@pytest.mark.django_db
def test_a_lease_that_could_not_be_renewed_is_over_for_its_holder_too() -> None:
    (claim,) = claims(make_device("core-1"))
    assert not claim.stopped()
    claim.require()
    claim.renewed -= claim.lease
    assert claim.stopped()
    for step in (claim.require, lambda: claim.journal({"before": "mine"})):
        with pytest.raises(ClaimLost):
            step()
    assert JobTarget.objects.get().journal is None
