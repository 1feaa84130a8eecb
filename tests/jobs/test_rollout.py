"""Rings with brakes: what is begun when, what stops it, and that a device is never begun after a stop."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import SessionLost
from inventory.models import Device
from jobs import rollout
from jobs.claim import Claim
from jobs.close import cancel
from jobs.launch import launch
from jobs.models import Job, JobTarget, SystemSetting
from jobs.operations import Operation, operations
from jobs.outcome import Outcome
from jobs.reaper import reap
from jobs.run import run_target
from jobs.tasks import TASKS
from tests.factories import make_device, make_user
from tests.jobs.inline import Messages, do, do_later, message_of, states

pytestmark = pytest.mark.django_db


Change = Callable[[Claim], Outcome]


def works(claim: Claim) -> Outcome:
    return Outcome(ok=True, message=f"{claim.target.label} was changed.", changed=True)


def fails(claim: Claim) -> Outcome:
    return Outcome(ok=False, message=f"{claim.target.label} did not take it.")


@pytest.fixture
def messages() -> Iterator[Messages]:
    TASKS["change"] = Messages()
    yield TASKS["change"]
    del TASKS["change"]


@pytest.fixture
def change(messages: Messages) -> Iterator[Callable[[Change], None]]:
    """`change(function)`: how a device of the staged kind "change" is changed; its plan is always made."""

    def define(function: Change) -> None:
        def run(claim: Claim) -> Outcome:
            if claim.target.step == JobTarget.Step.PLAN:
                return Outcome(ok=True, message="Planned.", plan={"commands": ["vlan 10", claim.target.label]})
            return function(claim)

        operations()["change"] = Operation(
            kind="change",
            title="change",
            queue="default",
            permission="jobs.deploy",
            on_devices=True,
            run=run,
            writes=True,
            staged=True,
        )

    yield define
    operations().pop("change", None)


def start(names: str, **parameters: Any) -> Job:
    """A job on devices with one-letter names."""
    for name in names:
        make_device(name)
    return launch("change", parameters, devices=Device.objects.filter(name__in=list(names)), user=make_user())


@pytest.fixture
def at_once(django_capture_on_commit_callbacks: Any) -> Iterator[None]:
    """Messages are sent when their transaction ends, though the test itself is one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda send, *_args, **_options: send())
        yield


@given(
    count=st.integers(0, 400),
    canary=st.integers(1, 50),
    sizes=st.lists(st.integers(1, 60), max_size=6),
)
def test_rings_hold_every_device_once_and_begin_with_the_canary(count: int, canary: int, sizes: list[int]) -> None:
    rings = list(rollout.ring_sizes(count, canary, sizes))
    assert sum(rings) == count
    assert all(size > 0 for size in rings)
    assert rings[:1] == ([min(canary, count)] if count else [])
    assert all(size == wanted for size, wanted in zip(rings[1:-1], sizes, strict=False))


def test_it_plans_every_device_before_it_touches_the_canary(change: Any, messages: Messages, at_once: None) -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    def look(claim: Claim) -> Outcome:
        seen.append((claim.target.label, states(claim.target.job)))
        return works(claim)

    change(look)
    job = do(start("abcdef", canary=1, rings=[2, 5]), messages)
    assert (job.state, job.ring) == ("SUCCESS", 3)
    assert [label for label, _ in seen] == list("abcdef")
    assert seen[0][1] == {"a": "RUNNING"} | dict.fromkeys("bcdef", "HELD")
    assert seen[1][1] == {"a": "SUCCESS", "b": "RUNNING", "c": "PENDING"} | dict.fromkeys("def", "HELD")


def test_it_leaves_the_others_untouched_when_the_canary_fails(change: Any, messages: Messages, at_once: None) -> None:
    change(fails)
    job = do(start("abc"), messages)
    assert (job.state, job.done, job.failed) == ("FAILURE", 3, 3)
    assert states(job) == {"a": "FAILED", "b": "REVOKED", "c": "REVOKED"}
    assert message_of(job, "b") == "Not touched: the rollout stopped after 1 failed and 0 were allowed to."


def test_it_goes_on_until_more_have_failed_than_are_allowed(change: Any, messages: Messages, at_once: None) -> None:
    change(fails)
    job = do(start("abcdef", rings=[1], failure_threshold=2), messages)
    assert states(job) == dict.fromkeys("abc", "FAILED") | dict.fromkeys("def", "REVOKED")


def test_it_brakes_inside_a_ring_too(change: Any, messages: Messages, at_once: None) -> None:
    change(fails)
    job = do(start("abcdef", canary=6, failure_threshold=1), messages)
    assert states(job) == dict.fromkeys("ab", "FAILED") | dict.fromkeys("cdef", "REVOKED")


def test_it_does_not_count_a_device_that_could_not_be_planned_against_the_rollout(
    change: Any, messages: Messages, at_once: None
) -> None:
    change(works)
    refuse = operations()["change"].run
    job = start("abc")

    def run(claim: Claim) -> Outcome:
        return fails(claim) if claim.target.label == "a" else refuse(claim)

    operations()["change"] = Operation(
        kind="change", title="", queue="", permission="", on_devices=True, run=run, writes=True, staged=True
    )
    job = do(job, messages)
    assert states(job) == {"a": "FAILED", "b": "SUCCESS", "c": "SUCCESS"}
    assert job.state == "PARTIAL"


def test_it_begins_no_device_before_the_change_window(change: Any, messages: Messages, at_once: None) -> None:
    change(works)
    begin, end = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(hours=2)
    job = start("ab", window={"begin": begin.isoformat(), "end": end.isoformat()})
    planned = list(messages.sent)
    job = do(job, messages)
    assert states(job) == {"a": "PENDING", "b": "HELD"}
    run_target(planned[0])  # a message delivered again changes nothing
    assert states(job) == {"a": "PENDING", "b": "HELD"}
    assert job.targets.get(label="a").not_before == begin


def test_it_opens_no_ring_after_the_change_window(change: Any, messages: Messages, at_once: None) -> None:
    def overtime(claim: Claim) -> Outcome:
        Job.objects.filter(pk=claim.target.job_id).update(parameters={"window": {"end": "2026-01-01T00:00:00+00:00"}})
        return works(claim)

    change(overtime)
    job = do(start("abc", window={"end": (timezone.now() + timedelta(hours=1)).isoformat()}), messages)
    assert states(job) == {"a": "SUCCESS", "b": "REVOKED", "c": "REVOKED"}
    assert "Not touched: the change window was over at 2026-01-01" in message_of(job, "b")


def test_it_gives_up_waiting_for_an_approval_when_the_window_is_over(
    change: Any, messages: Messages, at_once: None
) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="1")
    change(works)
    job = do(start("a", window={"end": (timezone.now() + timedelta(hours=1)).isoformat()}), messages)
    assert job.stage == "approval"
    job.parameters = {"window": {"end": "2026-01-01T00:00:00+00:00"}}
    job.save()
    with pytest.raises(rollout.NotNow, match="too late to approve this: the change window was over"):
        rollout.approve(job, make_user(), job.plan_hash)
    reap()
    job.refresh_from_db()
    assert (job.state, states(job)) == ("REVOKED", {"a": "REVOKED"})


def test_it_waits_for_the_approval_of_another_who_saw_the_plan(change: Any, messages: Messages, at_once: None) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="1")
    change(works)
    job = do(start("ab"), messages)
    assert (job.stage, states(job)) == ("approval", {"a": "HELD", "b": "HELD"})
    with pytest.raises(rollout.NotNow, match="Who asked for a deployment may not approve it"):
        rollout.approve(job, job.requested_by, job.plan_hash)
    other = make_user()
    with pytest.raises(rollout.NotNow, match="not the plan that was looked at"):
        rollout.approve(job, other, "0" * 64)
    assert messages.sent == []
    rollout.approve(job, other, job.plan_hash)
    job = do(job, messages)
    assert (job.state, job.approved_by) == ("SUCCESS", other)
    with pytest.raises(rollout.NotNow, match="does not wait"):
        rollout.approve(job, other, job.plan_hash)


def test_it_lets_who_asked_approve_where_the_setting_allows_it(change: Any, messages: Messages, at_once: None) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="1")
    SystemSetting.objects.create(name="deploy_approval_by_another", value="0")
    change(works)
    job = do(start("a"), messages)
    rollout.approve(job, job.requested_by, job.plan_hash)
    assert do(job, messages).state == "SUCCESS"


def test_it_carries_out_no_other_plans_than_the_approved_ones(change: Any, messages: Messages, at_once: None) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="1")
    change(works)
    job = do(start("ab"), messages)
    job.targets.filter(label="b").update(plan={"commands": ["no vlan 1-4094"]})
    rollout.approve(job, make_user(), job.plan_hash)
    job = do(job, messages)
    assert states(job) == {"a": "REVOKED", "b": "REVOKED"}
    assert message_of(job, "a") == "Not touched: the plans are not the ones that were approved."


@pytest.mark.parametrize("required", ["0", "1"], ids=["rolling out", "waiting for approval"])
def test_cancelling_ends_at_once_what_was_not_begun(
    change: Any, messages: Messages, at_once: None, required: str
) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value=required)
    change(works)
    job = start("abc")
    for target in list(messages.sent):
        run_target(target)
    cancel(job)
    job = do(job, messages)
    assert (job.state, set(states(job).values())) == ("REVOKED", {"REVOKED"})


def test_a_plan_that_is_made_after_the_cancel_is_not_carried_out(
    change: Any, messages: Messages, at_once: None
) -> None:
    change(works)
    plan = operations()["change"].run
    job = start("a")

    def run(claim: Claim) -> Outcome:
        cancel(claim.target.job)
        return plan(claim)

    operations()["change"] = Operation(
        kind="change", title="", queue="", permission="", on_devices=True, run=run, writes=True, staged=True
    )
    assert states(do(job, messages)) == {"a": "REVOKED"}


def test_a_device_whose_change_has_begun_is_ended_although_the_job_was_cancelled(
    change: Any, messages: Messages, at_once: None
) -> None:
    def lose_the_session_once(claim: Claim) -> Outcome:
        if claim.target.journal:
            return works(claim)
        claim.journal({"before": {}})
        cancel(claim.target.job)
        raise SessionLost(f"{claim.target.label} closed the session.")

    change(lose_the_session_once)
    job = do(start("ab"), messages)
    assert states(job) == {"a": "PENDING", "b": "REVOKED"}
    job = do_later(job, messages)
    assert (job.state, states(job)) == ("REVOKED", {"a": "SUCCESS", "b": "REVOKED"})


def test_a_change_whose_worker_dies_again_and_again_is_shown_to_a_human(
    change: Any, messages: Messages, at_once: None
) -> None:
    change(works)
    job = start("a")
    past = timezone.now() - timedelta(minutes=5)
    job.targets.update(state="RUNNING", step="deploy", attempts=2, lease_until=past, journal={"before": {}})
    cancel(job)
    reap()
    job.refresh_from_db()
    assert states(job) == {"a": "ERRORED"}
    assert message_of(job, "a").endswith("a part of it may be in force: somebody must look at the device.")


@pytest.mark.django_db(transaction=True)
def test_many_that_advance_at_the_same_moment_open_one_ring_and_send_each_device_once(
    change: Any, messages: Messages
) -> None:
    change(works)
    job = start("abcdef", canary=2, rings=[4])
    planned = list(messages.sent)
    messages.sent.clear()
    job.targets.update(state="HELD", step="deploy", plan={"commands": []})
    together = threading.Barrier(6)

    def advance() -> None:
        try:
            together.wait(30)
            rollout.advance(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=advance) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(messages.sent) == sorted(planned)[:2]
    assert states(job) == dict.fromkeys("ab", "PENDING") | dict.fromkeys("cdef", "HELD")
