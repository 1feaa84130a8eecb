"""The ledger: a job's outcome is always true, and one bad device never ends the work on the others."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError as OperationalErrorOfTheDatabase
from django.utils import timezone
from kombu.exceptions import OperationalError

from inventory.errors import AuthenticationFailed, Stopped, Unreachable
from inventory.models import Device
from inventory.secrets import SecretUnreadable
from jobs import run
from jobs.claim import NEAR, Claim
from jobs.close import cancel
from jobs.launch import launch
from jobs.models import Job, JobTarget, SystemSetting
from jobs.operations import BadParameters, Operation, operations
from jobs.outcome import Outcome
from jobs.reaper import CONCLUDED_WITHIN, MESSAGE_WITHIN, reap
from jobs.tasks import TASKS
from tests.factories import make_device, make_user

pytestmark = pytest.mark.django_db


class Task:
    """Stands where Celery would be: remembers which messages were sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, float | None]] = []
        self.app = TASKS["sync"].app

    def apply_async(self, args: tuple[int], countdown: float | None = None, **_options: Any) -> None:
        self.sent.append((args[0], countdown))


@pytest.fixture
def task() -> Iterator[Task]:
    """The messages of jobs of the kind `probe`."""
    TASKS["probe"] = Task()
    yield TASKS["probe"]
    del TASKS["probe"]


@pytest.fixture
def probe(task: Task) -> Iterator[Callable[..., None]]:
    """`probe(function, **fields)` defines a kind of job of that name for this test."""

    def define(function: Callable[[Claim], Outcome], **fields: Any) -> None:
        defaults: dict[str, Any] = {
            "title": "probe",
            "queue": "default",
            "permission": "inventory.run_sync",
            "on_devices": True,
        }
        operations()["probe"] = Operation(kind="probe", run=function, **(defaults | fields))

    yield define
    operations().pop("probe", None)


def succeed(claim: Claim) -> Outcome:
    return Outcome(ok=True, message=f"{claim.target.label} answered.", changed=True, result={"ports": 48})


def start(*names: str) -> Job:
    for name in names:
        make_device(name)
    return launch("probe", devices=Device.objects.filter(name__in=names))


def its_time_comes(job: Job) -> None:
    """As if the wait for another try were over."""
    job.targets.update(not_before=timezone.now())


def do_all(job: Job) -> Job:
    for target in job.targets.all():
        run.run_target(target.pk)
    job.refresh_from_db()
    return job


def test_it_creates_one_target_per_device_and_sends_ids_only_after_the_commit(
    probe: Any, task: Task, django_capture_on_commit_callbacks: Any
) -> None:
    probe(succeed)
    user = make_user()
    make_device("a")
    make_device("b")
    with django_capture_on_commit_callbacks() as callbacks:
        job = launch("probe", devices=Device.objects.all(), user=user)
        assert task.sent == []
    for callback in callbacks:
        callback()
    assert [pk for pk, _ in task.sent] == list(job.targets.values_list("pk", flat=True))
    assert (job.total, job.requested_by, job.state) == (2, user, "PENDING")


@pytest.mark.parametrize("status", [Device.Status.IGNORED, Device.Status.QUARANTINE])
def test_it_leaves_devices_alone_that_nobody_approved(probe: Any, status: str) -> None:
    probe(succeed)
    make_device("left", status=status)
    with pytest.raises(BadParameters, match="Nothing was selected"):
        launch("probe", devices=Device.objects.all())


def test_the_targets_of_devices_stand_in_the_order_of_their_names_and_are_like_any_other(probe: Any) -> None:
    probe(succeed)
    devices = {name: make_device(name).pk for name in ("r9", "r10", "r1")}
    many = Device.objects.filter(name__in=devices) | Device.objects.filter(site=None)
    job = launch("probe", devices=many.order_by("-pk").select_related("site"))
    targets = list(job.targets.order_by("pk"))
    assert [(one.label, one.device_id) for one in targets] == [(name, devices[name]) for name in ("r1", "r10", "r9")]
    other = JobTarget.objects.create(job=job, label="made one by one")
    same = [field.attname for field in JobTarget._meta.fields if field.attname not in ("id", "device_id", "label")]
    for target in targets:
        assert [getattr(target, name) for name in same] == [getattr(other, name) for name in same]
    assert (job.total, Job.objects.get().total) == (3, 3)


def test_it_names_the_kinds_when_asked_for_an_unknown_one() -> None:
    with pytest.raises(BadParameters, match=r"'reboot' is not one of: .*backup.*sync"):
        launch("reboot")


def test_it_is_a_success_only_when_every_target_succeeded(probe: Any) -> None:
    probe(succeed)
    job = do_all(start("a", "b"))
    assert (job.state, job.done, job.failed, job.error) == ("SUCCESS", 2, 0, "")
    assert job.successful
    assert job.ready
    assert job.result == {"targets": 2, "succeeded": 2, "failed": 0}
    target = job.targets.first()
    assert (target.state, target.message, target.changed, target.result) == (
        "SUCCESS",
        "a answered.",
        True,
        {"ports": 48},
    )


def test_it_calls_a_job_partial_when_one_device_fails_and_says_which_and_why(probe: Any) -> None:
    def refuse_b(claim: Claim) -> Outcome:
        if claim.target.label == "b":
            raise AuthenticationFailed("b refused the password of netops.")
        return succeed(claim)

    probe(refuse_b)
    job = do_all(start("a", "b", "c"))
    assert (job.state, job.done, job.failed) == ("PARTIAL", 3, 1)
    assert job.error == "1 of 3 failed. b refused the password of netops."
    assert not job.successful


def test_it_is_a_failure_when_no_target_succeeded(probe: Any) -> None:
    probe(lambda target: Outcome(ok=False, message="no"))
    assert do_all(start("a")).state == "FAILURE"


def test_it_stores_a_sentence_and_not_the_exception_when_our_own_code_breaks(
    probe: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(claim: Claim) -> Outcome:
        raise KeyError("s3cret")

    probe(broken)
    with caplog.at_level(logging.ERROR):
        job = do_all(start("a"))
    target = job.targets.get()
    assert target.state == "ERRORED"
    assert f"under target {target.pk}" in target.message
    assert "s3cret" not in target.message + job.error
    assert caplog.records[0].exc_info


def test_it_says_that_a_secret_cannot_be_read_instead_of_breaking(probe: Any) -> None:
    def unreadable(claim: Claim) -> Outcome:
        raise SecretUnreadable("inventory.Credential.password cannot be decrypted with this process's keys.")

    probe(unreadable)
    target = do_all(start("a")).targets.get()
    assert (target.state, target.message[:29]) == ("FAILED", "inventory.Credential.password")


def test_it_tries_again_later_when_the_failure_may_pass_and_gives_up_after_the_last_attempt(
    probe: Any, task: Task
) -> None:
    def silent(claim: Claim) -> Outcome:
        raise Unreachable("a does not answer.")

    probe(silent, attempts=2)
    job = do_all(start("a"))
    target = job.targets.get()
    assert (target.state, target.attempts, job.state) == ("PENDING", 1, "STARTED")
    assert task.sent[-1] == (target.pk, pytest.approx(run.RETRY_AFTER[0], abs=1))
    assert target.log.endswith(" a does not answer. It is tried again in 5 s.\n")
    its_time_comes(job)
    job = do_all(job)
    target.refresh_from_db()
    assert (target.state, target.attempts, job.state) == ("FAILED", 2, "FAILURE")
    assert target.log.splitlines()[1].endswith(" a does not answer.")


def test_it_does_nothing_when_a_message_is_delivered_again(probe: Any) -> None:
    calls = []

    def once(claim: Claim) -> Outcome:
        calls.append(claim.target.pk)
        run.run_target(claim.target.pk)  # the same message while the work is under way
        return succeed(claim)

    probe(once)
    job = do_all(start("a"))
    do_all(job)
    assert len(calls) == 1
    assert (job.done, job.state) == (1, "SUCCESS")


def test_it_does_nothing_for_a_target_that_is_gone(probe: Any) -> None:
    probe(succeed)
    run.run_target(999_999)
    assert not JobTarget.objects.exists()


def test_it_revokes_what_waits_when_cancelled(probe: Any) -> None:
    probe(succeed)
    job = start("a", "b")
    run.run_target(job.targets.first().pk)
    cancel(job)
    job = do_all(job)
    assert [target.state for target in job.targets.all()] == ["SUCCESS", "REVOKED"]
    assert (job.state, job.ready) == ("REVOKED", True)


def test_it_ends_a_job_whose_summing_up_breaks_and_says_so(probe: Any) -> None:
    def broken(job: Job) -> dict[str, Any]:
        raise RuntimeError("no")

    probe(succeed, finish=broken)
    job = do_all(start("a"))
    assert job.state == "SUCCESS"
    assert "summing it up failed" in job.result["warning"]


def leave_running(job: Job, attempts: int) -> JobTarget:
    """As a worker leaves a target that was killed: claimed, its lease run out."""
    past = timezone.now() - timedelta(seconds=1)
    fields = {"state": "RUNNING", "attempts": attempts, "lease_worker": "gone", "lease_until": past}
    JobTarget.objects.filter(job=job).update(**fields)
    Job.objects.filter(pk=job.pk).update(state="STARTED")
    return job.targets.get()


def test_it_queues_reading_work_again_when_its_worker_died(probe: Any, task: Task) -> None:
    probe(succeed)
    job = start("a")
    target = leave_running(job, attempts=1)
    assert reap() == 1
    assert task.sent[-1][0] == target.pk
    assert do_all(job).state == "SUCCESS"


def test_it_hands_writing_work_to_its_next_attempt_with_the_journal_of_the_dead_one(probe: Any, task: Task) -> None:
    found = []

    def judge(claim: Claim) -> Outcome:
        found.append(claim.target.journal)
        return succeed(claim)

    probe(judge, writes=True)
    job = start("a")
    target = leave_running(job, attempts=1)
    job.targets.update(journal={"before": "as it was"})
    reap()
    assert task.sent[-1][0] == target.pk
    assert do_all(job).state == "SUCCESS"
    assert found == [{"before": "as it was"}]


def test_it_gives_up_work_whose_every_attempt_killed_its_worker(probe: Any, task: Task) -> None:
    probe(succeed)
    job = start("a")
    leave_running(job, attempts=2)
    reap()
    job.refresh_from_db()
    target = job.targets.get()
    assert (target.state, job.state, task.sent) == ("ERRORED", "FAILURE", [])
    assert "worker stopped in the middle" in target.message


def aged(job: Job, seconds: float = 2 * MESSAGE_WITHIN) -> Job:
    """As if it had been asked for earlier."""
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=seconds))
    return job


def test_it_queues_again_what_waits_although_its_queue_is_empty(probe: Any, task: Task) -> None:
    probe(succeed)
    job = aged(start("a", "b"))
    run.run_target(job.targets.first().pk)
    lost = job.targets.get(state="PENDING")
    assert reap() == 1
    assert task.sent == [(lost.pk, None)]
    assert do_all(job).state == "SUCCESS"


def test_it_gives_a_message_time_to_arrive(probe: Any, task: Task) -> None:
    probe(succeed)
    start("a")
    assert reap() == 0
    assert task.sent == []


def test_it_gives_a_retry_time_to_arrive(probe: Any, task: Task) -> None:
    probe(succeed)
    job = aged(start("a"))
    JobTarget.objects.filter(job=job).update(attempts=1, started_at=timezone.now())
    assert reap() == 0


def test_it_finds_what_was_lost_although_it_sends_other_work_itself(probe: Any, task: Task) -> None:
    """Its own messages wait on the queue then, and must not be taken for the ones that were lost."""
    probe(succeed)
    queue: list[int] = []
    task.apply_async = lambda args, **_options: queue.append(args[0])  # type: ignore[method-assign]
    died, lost = start("a"), aged(start("b"))
    leave_running(died, attempts=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.reaper.messages_waiting", lambda operation: len(queue))
        assert reap() == 2
    assert sorted(queue) == sorted([died.targets.get().pk, lost.targets.get().pk])


def test_one_job_that_breaks_the_reaper_leaves_no_other_lying(
    probe: Any, task: Task, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    probe(succeed)
    broken, ended = start("a"), start("b")
    Job.objects.filter(pk=broken.pk).update(stage="rollout")
    Job.objects.filter(pk=ended.pk).update(done=1)
    ended.targets.update(state="SUCCESS")

    def advance(job_id: int) -> None:
        raise ValueError("a window that nobody can read")

    monkeypatch.setattr("jobs.rollout.advance", advance)
    with caplog.at_level(logging.ERROR):
        reap()
    assert Job.objects.get(pk=ended.pk).state == "SUCCESS"
    assert "a step of the reaper broke" in caplog.text


def parked(job: Job, seconds: float) -> JobTarget:
    """As a worker leaves what has to wait for long."""
    job.targets.update(parked=True, not_before=timezone.now() + timedelta(seconds=seconds))
    return job.targets.get()


def test_it_sends_what_was_put_off_for_long_once_and_when_its_time_is_near(probe: Any, task: Task) -> None:
    probe(succeed)
    soon, later = parked(start("a"), NEAR.total_seconds() / 2), parked(start("b"), 3600)
    assert reap() == 1
    assert reap() == 0
    ((sent, countdown),) = task.sent
    assert sent == soon.pk
    assert NEAR.total_seconds() / 2 - 5 < countdown <= NEAR.total_seconds() / 2 + 1
    assert JobTarget.objects.get(pk=later.pk).parked


def test_it_sends_what_was_put_off_although_other_work_waits_on_its_queue(probe: Any, task: Task) -> None:
    probe(succeed)
    soon = parked(start("a"), 1)
    app = TASKS["sync"].app
    app.send_task("jobs.sync", (0,), queue="default")
    try:
        assert reap() == 1
    finally:
        app.control.purge()
    assert [pk for pk, _countdown in task.sent] == [soon.pk]


def test_a_failure_that_is_tried_again_much_later_needs_no_message_yet(probe: Any, task: Task) -> None:
    def silent(claim: Claim) -> Outcome:
        raise Unreachable("a does not answer.")

    probe(silent, attempts=9)
    job = start("a")
    job.targets.update(attempts=2)
    job = do_all(job)
    target = job.targets.get()
    assert (target.attempts, target.parked, task.sent) == (3, True, [])
    assert timedelta(seconds=40) < target.not_before - timezone.now() <= timedelta(seconds=45)


@pytest.mark.parametrize(("seconds", "sent"), [(1, 1), (15, 0)])
def test_a_message_too_many_does_not_go_round_while_its_target_waits(
    probe: Any, task: Task, seconds: float, sent: int
) -> None:
    probe(succeed)
    job = start("a")
    job.targets.update(not_before=timezone.now() + timedelta(seconds=seconds))
    do_all(job)
    assert len(task.sent) == sent
    assert job.targets.get().state == "PENDING"


def test_it_adds_no_message_while_others_wait_on_the_queue(probe: Any, task: Task) -> None:
    probe(succeed)
    aged(start("a"))
    app = TASKS["sync"].app
    app.send_task("jobs.sync", (0,), queue="default")
    try:
        assert reap() == 0
    finally:
        app.control.purge()
    assert task.sent == []


def test_it_queues_nothing_again_of_a_cancelled_job(probe: Any, task: Task) -> None:
    probe(succeed)
    cancel(aged(start("a")))
    assert reap() == 0
    assert task.sent == []


@pytest.mark.parametrize("state", ["PENDING", "STARTED"])
def test_it_ends_a_job_whose_last_process_died_before_it_could(probe: Any, state: str) -> None:
    probe(succeed)
    job = start("a")
    job.targets.update(state="SUCCESS")
    Job.objects.filter(pk=job.pk).update(state=state, done=1)
    reap()
    job.refresh_from_db()
    assert (job.state, job.ready) == ("SUCCESS", True)


def test_it_sums_a_job_up_again_when_that_was_interrupted(probe: Any) -> None:
    probe(succeed, finish=lambda job: {"links": 3})
    job = start("a")
    job.targets.update(state="SUCCESS")
    ended = timezone.now() - timedelta(seconds=2 * CONCLUDED_WITHIN)
    Job.objects.filter(pk=job.pk).update(state="STARTED", done=1, finished_at=ended)
    reap()
    job.refresh_from_db()
    assert (job.state, job.finished_at) == ("SUCCESS", ended)
    assert job.result["links"] == 3


def test_it_leaves_a_job_alone_that_is_being_summed_up(probe: Any) -> None:
    probe(succeed)
    job = start("a")
    job.targets.update(state="SUCCESS")
    Job.objects.filter(pk=job.pk).update(state="STARTED", done=1, finished_at=timezone.now())
    reap()
    assert Job.objects.get(pk=job.pk).state == "STARTED"


def test_it_is_cancelled_and_no_success_when_work_was_stopped_in_the_middle(probe: Any) -> None:
    def stopped(claim: Claim) -> Outcome:
        cancel(claim.target.job)
        return Outcome(ok=True, message="2 of 9 addresses answered. Stopped before the end.", stopped=True)

    probe(stopped)
    job = do_all(start("a"))
    assert (job.state, job.targets.get().state) == ("REVOKED", "REVOKED")
    assert job.targets.get().message.endswith("Stopped before the end.")


def test_it_keeps_a_job_when_the_broker_takes_no_messages(
    probe: Any, task: Task, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise OperationalError("connection refused")

    probe(succeed)
    task.apply_async = refuse  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        job = start("a")
    assert Job.objects.get(pk=job.pk).state == "PENDING"
    assert "the broker takes no messages, work waits: connection refused" in caplog.text


def test_it_tries_again_when_the_database_went_away_in_the_middle(probe: Any, task: Task) -> None:
    attempts = []

    def away(claim: Claim) -> Outcome:
        attempts.append(claim.target.attempts)
        if len(attempts) == 1:
            raise OperationalErrorOfTheDatabase("the server closed the connection unexpectedly")
        return succeed(claim)

    probe(away, attempts=1)
    job = do_all(start("a"))
    assert (job.targets.get().state, job.targets.get().attempts) == ("PENDING", 0)
    its_time_comes(job)
    assert do_all(job).state == "SUCCESS"
    assert attempts == [1, 1]


def test_it_stores_nothing_for_a_claim_that_another_worker_has_by_now(probe: Any, task: Task) -> None:
    def robbed(claim: Claim) -> Outcome:
        JobTarget.objects.filter(pk=claim.target.pk).update(lease_worker="another")
        return succeed(claim)

    probe(robbed)
    job = do_all(start("a"))
    assert (job.done, job.targets.get().state, job.targets.get().lease_worker) == (0, "RUNNING", "another")


def test_it_calls_nothing_cancelled_that_only_stopped_because_its_lease_was_over(probe: Any, task: Task) -> None:
    def too_slow(claim: Claim) -> Outcome:
        claim.renewed -= claim.lease
        stopped = claim.stopped()
        claim.renewed += claim.lease  # the database is back in the next moment
        return Outcome(ok=False, message="Stopped before the end.", stopped=stopped)

    probe(too_slow)
    job = do_all(start("a"))
    assert (job.done, job.targets.get().state) == (0, "RUNNING")


def test_it_journals_nothing_for_a_claim_that_another_worker_has_by_now(probe: Any, task: Task) -> None:
    def robbed(claim: Claim) -> Outcome:
        JobTarget.objects.filter(pk=claim.target.pk).update(lease_worker="another")
        claim.journal({"before": "mine"})
        raise AssertionError("it went on")

    probe(robbed, writes=True)
    job = do_all(start("a"))
    assert (job.targets.get().state, job.targets.get().journal) == ("RUNNING", None)


def test_an_error_of_ours_in_the_middle_of_a_change_tells_that_the_device_must_be_looked_at(
    probe: Any, task: Task
) -> None:
    def broken(claim: Claim) -> Outcome:
        claim.journal({"before": "mine"})
        raise TypeError("ours")

    probe(broken, writes=True)
    target = do_all(start("a")).targets.get()
    assert (target.state, target.message.endswith("somebody must look at the device.")) == ("ERRORED", True)


@pytest.mark.parametrize("attempts", [1, 99])
def test_it_leaves_a_lease_alone_that_was_renewed_after_it_had_looked(
    probe: Any, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    class Renewed(Claim):
        def __init__(self, target: JobTarget, operation: Operation) -> None:
            super().__init__(target, operation)
            JobTarget.objects.filter(pk=target.pk).update(lease_until=timezone.now() + self.lease)

    probe(succeed)
    job = start("a")
    assert Claim(job.targets.get(), operations()["probe"]).take()
    job.targets.update(lease_until=timezone.now() - timedelta(seconds=1), attempts=attempts)
    monkeypatch.setattr("jobs.reaper.Claim", Renewed)
    reap()
    assert job.targets.get().state == "RUNNING"


def test_it_leaves_work_with_a_running_lease_alone(probe: Any) -> None:
    probe(succeed)
    job = start("a")
    assert Claim(job.targets.get(), operations()["probe"]).take()
    assert reap() == 0
    assert job.targets.get().state == "RUNNING"


@pytest.mark.django_db(transaction=True)
def test_it_renews_leases_and_notices_a_cancel_while_the_work_lasts(probe: Any, task: Task) -> None:
    SystemSetting.objects.create(name="job_lease_seconds", value="5")

    def long(claim: Claim) -> Outcome:
        first = JobTarget.objects.get().lease_until
        assert until(lambda: JobTarget.objects.get().lease_until > first)
        cancel(claim.target.job)
        assert until(claim.stopped)
        return Outcome(ok=True, message="Stopped.", stopped=True)

    probe(long)
    assert do_all(start("a")).state == "REVOKED"


@pytest.mark.django_db(transaction=True)
def test_it_notices_that_its_claim_was_given_to_another_worker(probe: Any, task: Task) -> None:
    def long(claim: Claim) -> Outcome:
        JobTarget.objects.filter(pk=claim.target.pk).update(lease_worker="another")
        assert until(claim.stopped)
        assert claim.lost.is_set()
        raise Stopped("a was not waited for any longer.")

    probe(long)
    job = do_all(start("a"))
    assert (job.done, job.targets.get().lease_worker) == (0, "another")


def until(happens: Callable[[], bool]) -> bool:
    """Wait for something that the keeper does every few seconds."""
    pause = threading.Event()
    for _ in range(300):
        if happens():
            return True
        pause.wait(0.1)
    return False
