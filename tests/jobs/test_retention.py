"""Old jobs go, and nothing else."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_celery_results.models import TaskResult
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from inventory.models import Credential, Device
from jobs.claim import Claim
from jobs.launch import launch
from jobs.models import DeviceSession, FilePiece, Job, JobTarget, LoginFailure, SystemSetting
from jobs.operations import get_operation
from jobs.run import run_target
from tests.factories import make_device

pytestmark = pytest.mark.django_db


def ended(days: float, kind: str = "sync", state: str = "SUCCESS") -> Job:
    job = Job.objects.create(kind=kind, state=state, total=2, done=2, finished_at=timezone.now() - timedelta(days=days))
    JobTarget.objects.bulk_create([JobTarget(job=job, label=name, state="SUCCESS") for name in ("a", "b")])
    return job


def retain() -> Job:
    job = launch("retention")
    run_target(job.targets.get().pk)
    job.refresh_from_db()
    return job


def test_it_deletes_jobs_that_ended_longer_ago_than_the_setting_says() -> None:
    SystemSetting.objects.create(name="job_retention_days", value="10")
    old, young = ended(11), ended(9)
    going_on = Job.objects.create(kind="sync", state="STARTED")
    Job.objects.filter(pk=going_on.pk).update(created_at=timezone.now() - timedelta(days=400))
    job = retain()
    assert set(Job.objects.all()) == {young, going_on, job}
    assert not JobTarget.objects.filter(job=old.pk).exists()
    assert job.targets.get().message == "Deleted jobs: 1, their targets: 2, refused logins: 0."
    assert job.targets.get().result == {"jobs": 1, "targets": 2, "login_failures": 0}
    assert retain().targets.get().result == {"jobs": 0, "targets": 0, "login_failures": 0}


def test_it_keeps_what_runs_every_minute_for_a_day() -> None:
    gone, kept = ended(2, "monitor"), ended(0.5, "monitor")
    retain()
    assert set(Job.objects.filter(kind="monitor")) == {kept}
    assert not JobTarget.objects.filter(job=gone.pk).exists()


def test_it_keeps_reports_with_their_files_for_a_week() -> None:
    gone, kept = ended(8, "compliance_report"), ended(6, "inventory_report")
    for job in (gone, kept):
        FilePiece.objects.create(job=job, role=FilePiece.Role.FILE, number=1, content=b"%PDF")
    retain()
    assert set(Job.objects.exclude(kind="retention")) == {kept}
    assert [piece.job for piece in FilePiece.objects.all()] == [kept]


def test_it_deletes_more_rows_than_one_transaction_takes() -> None:
    job = ended(400)
    JobTarget.objects.bulk_create([JobTarget(job=job, label=str(n), state="SUCCESS") for n in range(2500)])
    assert retain().targets.get().result["targets"] == 2502


def test_a_retry_outlives_the_job_it_repeats() -> None:
    first = ended(400)
    again = ended(1)
    Job.objects.filter(pk=again.pk).update(retry_of=first)
    retain()
    again.refresh_from_db()
    assert again.retry_of is None


def test_a_cancelled_run_leaves_the_rest_for_the_next_night() -> None:
    ended(400)
    claim = Claim(launch("retention").targets.get(), get_operation("retention"))
    claim.cancelled.set()
    assert claim.operation.run(claim).stopped
    assert JobTarget.objects.filter(job__kind="sync").count() == 2
    assert retain().targets.get().result["targets"] == 2


def test_it_forgets_results_of_tasks_after_a_week() -> None:
    for days in (8, 6):
        row = TaskResult.objects.create(task_id=str(days))
        TaskResult.objects.filter(pk=row.pk).update(date_done=timezone.now() - timedelta(days=days))
    retain()
    assert list(TaskResult.objects.values_list("task_id", flat=True)) == ["6"]


def test_it_forgets_the_sessions_of_the_dead_and_keeps_those_of_the_living() -> None:
    until = {"dead": timezone.now() - timedelta(days=2), "living": timezone.now() + timedelta(minutes=1)}
    for number, (name, moment) in enumerate(until.items()):
        device = make_device(name, primary_address=f"127.0.9.{number}")
        target = JobTarget.objects.create(job=Job.objects.create(kind="sync"), device=device, label=name)
        DeviceSession.objects.create(device=device, target=target, worker="w", until=moment)
    retain()
    assert list(DeviceSession.objects.values_list("device__name", flat=True)) == ["living"]


def test_it_forgets_refused_logins_after_a_month() -> None:
    credential = Credential.objects.create(name="c", kind="ssh", username="u", password="p")
    device: Device = make_device("r1")
    for days in (40, 2):
        LoginFailure.objects.create(credential=credential, device=device, at=timezone.now() - timedelta(days=days))
    assert retain().targets.get().result["login_failures"] == 1
    assert LoginFailure.objects.count() == 1


def test_it_forgets_browser_sessions_tokens_and_failed_logins_of_the_past() -> None:
    now = timezone.now()
    for number, end in enumerate((now - timedelta(minutes=1), now + timedelta(minutes=1))):
        Session.objects.create(session_key=f"key{number}", session_data="", expire_date=end)
        token = OutstandingToken.objects.create(jti=f"jti{number}", token="", expires_at=end)
        BlacklistedToken.objects.create(token=token)
    for name, at in (("old", now - timedelta(days=31)), ("new", now)):
        AccessAttempt.objects.create(username=name, ip_address="192.0.2.1", failures_since_start=1)
        AccessAttempt.objects.filter(username=name).update(attempt_time=at)
    retain()
    assert [Session.objects.get().session_key, BlacklistedToken.objects.get().token.jti] == ["key1", "jti1"]
    assert (OutstandingToken.objects.get().jti, AccessAttempt.objects.get().username) == ("jti1", "new")
