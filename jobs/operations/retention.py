"""Delete what nobody looks at any more: old jobs with their targets, refused logins, ended sessions, old drift."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from compliance.drift_history import LONGEST
from compliance.models import DriftEvent
from jobs import system_settings
from jobs.claim import Claim
from jobs.models import DeviceSession, FilePiece, Job, JobTarget, LoginFailure
from jobs.operations import Operation, Parameters, Plan
from jobs.outcome import Outcome

BATCH = 1000  # rows of one transaction: no table is locked for long
DAY = timedelta(days=1)
# Every minute and every night; and reports with their files, which can be made anew.
SOONER = {"monitor": DAY, "retention": DAY, "compliance_report": 7 * DAY, "inventory_report": 7 * DAY}


def prepare(parameters: Parameters) -> Plan:
    """Nothing to choose: the ages stand in the settings."""
    return Plan({}, ("old jobs",))


def run(claim: Claim) -> Outcome:
    """In small transactions; what is left when the job is cancelled goes next time."""
    now = timezone.now()
    old = old_jobs(now)
    emptied(FilePiece.objects.filter(job__in=old), claim)
    targets = emptied(JobTarget.objects.filter(job__in=old), claim)
    jobs = emptied(old, claim)
    failures = emptied(LoginFailure.objects.filter(at__lt=now - 30 * DAY), claim)
    emptied(DriftEvent.objects.filter(at__lt=now - LONGEST * DAY), claim)
    emptied(DeviceSession.objects.filter(until__lt=now - DAY), claim)
    emptied(apps.get_model("django_celery_results", "TaskResult").objects.filter(date_done__lt=now - 7 * DAY), claim)
    for rows in ended_logins(now):
        emptied(rows, claim)
    return Outcome(
        ok=True,
        message=f"Deleted jobs: {jobs}, their targets: {targets}, refused logins: {failures}.",
        changed=bool(jobs),
        stopped=claim.stopped(),
        result={"jobs": jobs, "targets": targets, "login_failures": failures},
    )


def old_jobs(now: datetime) -> QuerySet[Job]:
    """Jobs that ended longer ago than the setting says; never one that goes on."""
    keep = timedelta(days=system_settings.number("job_retention_days"))
    ended = Q(finished_at__lt=now - keep)
    for kind, kept in SOONER.items():
        ended |= Q(finished_at__lt=now - kept, kind=kind)
    return Job.objects.filter(ended, state__in=Job.READY)


def ended_logins(now: datetime) -> Iterator["QuerySet[Model]"]:
    """Browser sessions and refresh tokens that have expired, failed logins to NetManager that lock nobody any more."""
    yield apps.get_model("sessions", "Session").objects.filter(expire_date__lt=now)
    yield apps.get_model("token_blacklist", "OutstandingToken").objects.filter(expires_at__lt=now)
    yield apps.get_model("axes", "AccessAttempt").objects.filter(attempt_time__lt=now - 30 * DAY)


def emptied(rows: "QuerySet[Model]", claim: Claim) -> int:
    """Delete the rows, a batch at a time; returns how many there were."""
    deleted = 0
    while not claim.stopped():
        batch = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not batch:
            break
        # A row's long texts are not needed to delete it: a thousand diffs would fill the memory.
        rows.model._default_manager.only("pk").filter(pk__in=batch).delete()
        deleted += len(batch)
    return deleted


def finish(job: Job) -> Mapping[str, Any]:
    """What was deleted. Its one target's sum of targets is left out: a job's result has targets of its own."""
    result = job.targets.values_list("result", flat=True).first() or {}
    return {name: result[name] for name in ("jobs", "login_failures") if name in result}


OPERATION = Operation(
    kind="retention",
    title="retention",
    queue="maintenance",
    permission="jobs.delete_job",
    on_devices=False,
    run=run,
    prepare=prepare,
    finish=finish,
)
