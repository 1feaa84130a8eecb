"""Ends jobs: counts what has ended, says what came of the whole, stops what shall not go on."""

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from inventory import audit
from jobs.models import Job, JobTarget
from jobs.operations import get_operation
from jobs.statements import count

log = logging.getLogger(__name__)
CANCELLED = "Cancelled before it started."


def end_if_complete(job_id: int) -> bool:
    """Give the job its final state once no target is open. Exactly one caller gets to do it."""
    won = Job.objects.filter(pk=job_id, done__gte=F("total"), finished_at=None).update(finished_at=timezone.now())
    if won:
        conclude(job_id)
    return bool(won)


def conclude(job_id: int) -> None:
    """Sum a job up and store its final state. Doing it again, after a process died in the middle, is harmless."""
    job = Job.objects.get(pk=job_id)
    try:
        result = dict(get_operation(job.kind).finish(job))
    except Exception:
        log.exception("the end of a job broke", extra={"job": str(job.uuid)})
        result = {"warning": "The work is done, but summing it up failed; the log has the reason."}
    Job.objects.filter(pk=job_id).update(
        state=final_state(job),
        stage=Job.Stage.NONE,
        error=error_sentence(job),
        result={"targets": job.total, "succeeded": job.total - job.failed, "failed": job.failed, **result},
    )


def final_state(job: Job) -> Job.State:
    """SUCCESS only when every target succeeded."""
    revoked = job.targets.filter(state=JobTarget.State.REVOKED).count()
    if revoked == job.total or (job.cancel_requested and revoked):
        return Job.State.REVOKED
    if not job.failed:
        return Job.State.SUCCESS
    return Job.State.FAILURE if job.failed >= job.total else Job.State.PARTIAL


def error_sentence(job: Job) -> str:
    """Which targets failed and why, the first few by name."""
    if not job.failed:
        return ""
    bad = job.targets.exclude(state=JobTarget.State.SUCCESS).order_by("id")
    named = "; ".join(_named(target) for target in bad[:3])
    more = f" and {job.failed - 3} more" if job.failed > 3 else ""
    return f"{job.failed} of {job.total} failed. {named}{more}"


def _named(target: JobTarget) -> str:
    """The message, under the target's name unless it begins with it."""
    message = target.message
    return message if message.startswith(f"{target.label} ") else f"{target.label}: {message}"


def cancel(job: Job, sentence: str = CANCELLED, verb: str = "cancel") -> None:
    """Stop what waits at once, with the sentence; what runs ends at its next safe point."""
    with transaction.atomic():
        if Job.objects.filter(pk=job.pk, finished_at=None, cancel_requested=False).update(cancel_requested=True):
            audit.record(job, audit.Action.UPDATE, {"cancel_requested": [False, True]}, verb=verb, sentence=sentence)
        revoke(job.pk, (JobTarget.State.PENDING, JobTarget.State.HELD), sentence)
    end_if_complete(job.pk)


def revoke(job_id: int, states: tuple[str, ...], sentence: str) -> None:
    """End targets in these states that shall not go on, and count them.

    A device whose change has begun is left: what became of it must be looked at, whatever happens to the job.
    """
    waiting = JobTarget.objects.filter(job=job_id, state__in=states, journal__isnull=True)
    stopped = waiting.update(state=JobTarget.State.REVOKED, finished_at=timezone.now(), message=sentence)
    count(job_id, done=stopped, failed=stopped)
