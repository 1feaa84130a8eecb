"""Old jobs go, and nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Credential, Device
from jobs.launch import launch
from jobs.models import Job, JobTarget, LoginFailure, SystemSetting
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
    assert job.targets.get().message == "1 jobs with 2 targets and 0 refused logins were deleted."
    assert job.targets.get().result == {"jobs": 1, "targets": 2, "login_failures": 0}


def test_it_keeps_what_runs_every_minute_for_a_day() -> None:
    gone, kept = ended(2, "monitor"), ended(0.5, "monitor")
    retain()
    assert set(Job.objects.filter(kind="monitor")) == {kept}
    assert not JobTarget.objects.filter(job=gone.pk).exists()


def test_it_deletes_more_rows_than_one_transaction_takes() -> None:
    job = ended(400)
    JobTarget.objects.bulk_create([JobTarget(job=job, label=str(n), state="SUCCESS") for n in range(2500)])
    assert retain().targets.get().result["targets"] == 2502


def test_it_forgets_refused_logins_after_a_month() -> None:
    credential = Credential.objects.create(name="c", kind="ssh", username="u", password="p")
    device: Device = make_device("r1")
    for days in (40, 2):
        LoginFailure.objects.create(credential=credential, device=device, at=timezone.now() - timedelta(days=days))
    assert retain().targets.get().result["login_failures"] == 1
    assert LoginFailure.objects.count() == 1
