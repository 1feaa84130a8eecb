"""Scans do many devices at once, and still each has a row of its own that tells what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.models import Result, Standard
from inventory.models import Device
from jobs.close import cancel
from jobs.launch import launch
from jobs.models import Job, JobTarget
from jobs.operations import BLOCK, get_operation, operations
from jobs.tasks import TASKS, perform
from tests.factories import make_config_backup, make_rule
from tests.jobs.inline import Messages, do, message_of, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Messages:
    sent = Messages()
    monkeypatch.setitem(TASKS, "scan", sent)
    return sent


def start(capture: Any, count: int, **parameters: Any) -> Job:
    """A scan of so many devices, of which the first has a configuration."""
    Standard.objects.update(enabled=False)
    make_rule(platforms=["cisco_ios"], definition={"contains": "no ip http server"})
    devices = Device.objects.bulk_create(
        Device(name=f"d{n:03}", platform="cisco_ios", primary_address=f"10.0.{n >> 8}.{n & 255}") for n in range(count)
    )
    make_config_backup(devices[0], last_seen_at=timezone.now())
    with capture(execute=True):
        return launch("scan", parameters, devices=Device.objects.all())


def test_one_message_stands_for_a_block_and_every_device_has_its_own_result(
    messages: Messages, django_capture_on_commit_callbacks: Any
) -> None:
    job = start(django_capture_on_commit_callbacks, 2 * BLOCK + 1)
    assert len(messages.sent) == 3
    do(job, messages)
    assert (job.state, job.done, job.failed) == ("SUCCESS", 2 * BLOCK + 1, 0)
    assert "1 failed" in message_of(job, "d000")
    assert "1 unknown" in message_of(job, "d200")
    assert Result.objects.values("device").distinct().count() == 2 * BLOCK + 1
    assert set(job.targets.values_list("attempts", flat=True)) == {1}
    assert job.started_at is not None
    assert not job.targets.filter(started_at=None).exists()


def test_a_message_that_comes_twice_does_nothing(messages: Messages, django_capture_on_commit_callbacks: Any) -> None:
    job = start(django_capture_on_commit_callbacks, 2)
    messages.sent *= 2
    assert do(job, messages).done == 2
    assert set(job.targets.values_list("attempts", flat=True)) == {1}


def test_a_device_that_is_gone_fails_alone(messages: Messages, django_capture_on_commit_callbacks: Any) -> None:
    job = start(django_capture_on_commit_callbacks, 3)
    Device.objects.get(name="d001").delete()
    do(job, messages)
    assert (job.state, states(job)) == ("PARTIAL", {"d000": "SUCCESS", "d001": "FAILED", "d002": "SUCCESS"})
    assert message_of(job, "d001") == "d001 was deleted before its turn came."


def test_what_breaks_a_block_breaks_only_the_device_it_is_about(
    messages: Messages, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def broken(claims: Sequence[Any]) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(operations(), "scan", replace(get_operation("scan"), run_block=broken))
    job = do(start(django_capture_on_commit_callbacks, 2), messages)
    assert (job.state, job.done) == ("SUCCESS", 2)


def test_a_cancelled_scan_does_not_go_on(messages: Messages, django_capture_on_commit_callbacks: Any) -> None:
    job = start(django_capture_on_commit_callbacks, 2)
    cancel(job)
    assert set(states(do(job, messages)).values()) == {"REVOKED"}
    assert not Result.objects.exists()


def test_what_waits_for_its_time_is_left_and_what_another_job_has_too(
    messages: Messages, django_capture_on_commit_callbacks: Any
) -> None:
    job = start(django_capture_on_commit_callbacks, 3)
    later = job.targets.get(label="d001")
    JobTarget.objects.filter(pk=later.pk).update(not_before=later.job.created_at.replace(year=2100))
    other = launch("scan", devices=Device.objects.filter(name="d000"))
    do(job, messages)
    assert states(job) == {"d000": "SUCCESS", "d001": "PENDING", "d002": "SUCCESS"}
    assert states(other) == {"d000": "PENDING"}


def test_a_block_of_an_unchanged_fleet_costs_few_questions(
    messages: Messages, django_capture_on_commit_callbacks: Any
) -> None:
    job = start(django_capture_on_commit_callbacks, BLOCK)
    do(job, messages)
    with django_capture_on_commit_callbacks(execute=True):
        job = launch("scan", devices=Device.objects.all())
    with CaptureQueriesContext(connection) as asked:
        perform("scan", messages.sent[0])
    assert len(asked) < 30
