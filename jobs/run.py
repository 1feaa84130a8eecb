"""Does one target: claim, work, settle. The only place where a device's failure is caught."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from inventory.errors import DeviceError
from inventory.secrets import SecretUnreadable
from jobs.launch import enqueue
from jobs.models import Job, JobTarget
from jobs.operations import Operation, get_operation
from jobs.outcome import Outcome

log = logging.getLogger(__name__)
RETRY_AFTER = 5  # seconds before a failure that may pass is tried again


def run_target(target_id: int) -> None:
    """Do one target if nobody else has it. A repeated message finds the claim and does nothing."""
    target = JobTarget.objects.select_related("job").order_by().filter(pk=target_id).first()
    if target is None:
        return
    operation = get_operation(target.job.kind)
    worker = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
    if not claim(target, operation, worker):
        return
    with lease_kept(target, operation, worker):
        state, outcome, retry = _work(target, operation)
    if retry and target.attempts < operation.attempts and release(target, worker):
        enqueue(operation, [target.pk], countdown=RETRY_AFTER)
        return
    settle(target, worker, state, outcome)


def claim(target: JobTarget, operation: Operation, worker: str) -> bool:
    """Take the target with a conditional update, so that two workers cannot both have it."""
    now = timezone.now()
    taken = JobTarget.objects.filter(pk=target.pk, state=JobTarget.State.PENDING, job__cancel_requested=False).update(
        state=JobTarget.State.RUNNING,
        attempts=F("attempts") + 1,
        lease_worker=worker,
        lease_until=now + timedelta(seconds=operation.lease),
        started_at=now,
        message="",
    )
    if taken:
        target.attempts += 1
        target.state, target.lease_worker, target.started_at = JobTarget.State.RUNNING, worker, now
        Job.objects.filter(pk=target.job_id, state=Job.State.PENDING).update(state=Job.State.STARTED, started_at=now)
    return bool(taken)


@contextmanager
def lease_kept(target: JobTarget, operation: Operation, worker: str) -> Iterator[None]:
    """Renew the lease from a side thread while the work lasts."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(operation.lease / 3):
            until = timezone.now() + timedelta(seconds=operation.lease)
            try:
                JobTarget.objects.filter(pk=target.pk, lease_worker=worker).update(lease_until=until)
            except DatabaseError:  # away for a moment: the lease lasts for two more tries
                log.warning("a lease could not be renewed", extra={"target": target.pk}, exc_info=True)
            finally:
                connection.close()

    thread = threading.Thread(target=renew, name=f"lease-{target.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()


def _work(target: JobTarget, operation: Operation) -> tuple[JobTarget.State, Outcome, bool]:
    """The operation's outcome, or the failure as one; and whether the same call may succeed later."""
    states = JobTarget.State
    try:
        outcome = operation.run(target)
        if outcome.stopped:
            return states.REVOKED, outcome, False
        return (states.SUCCESS if outcome.ok else states.FAILED), outcome, False
    except DeviceError as error:
        return states.FAILED, Outcome(ok=False, message=str(error)), error.retryable
    except SecretUnreadable as error:
        return states.FAILED, Outcome(ok=False, message=str(error)), False
    except Exception as error:
        log.exception("job target broke", extra={"job": str(target.job.uuid), "target": target.pk})
        sentence = (
            f"An internal error ({type(error).__name__}) stopped the work; the log has it under target {target.pk}."
        )
        return states.ERRORED, Outcome(ok=False, message=sentence), False


def release(target: JobTarget, worker: str) -> bool:
    """Give the claim back for another try; False when the job was cancelled or the claim is lost."""
    return bool(
        JobTarget.objects.filter(
            pk=target.pk, lease_worker=worker, state=JobTarget.State.RUNNING, job__cancel_requested=False
        ).update(state=JobTarget.State.PENDING, lease_worker="", lease_until=None)
    )


def settle(target: JobTarget, worker: str, state: JobTarget.State, outcome: Outcome) -> None:
    """Store what came of the target and count it; the last one ends the job."""
    with transaction.atomic():
        kept = JobTarget.objects.filter(pk=target.pk, state=JobTarget.State.RUNNING, lease_worker=worker).update(
            state=state,
            message=outcome.message,
            changed=outcome.changed,
            diff=outcome.diff,
            result=dict(outcome.result),
            finished_at=timezone.now(),
            lease_until=None,
        )
        if not kept:
            log.warning("a claim was lost before its result was stored", extra={"target": target.pk})
            return
        count(target.job_id, done=1, failed=0 if state == JobTarget.State.SUCCESS else 1)
    end_if_complete(target.job_id)


def count(job_id: int, done: int, failed: int) -> None:
    """Add ended targets to the job's counters."""
    Job.objects.filter(pk=job_id).update(done=F("done") + done, failed=F("failed") + failed)


def end_if_complete(job_id: int) -> None:
    """Give the job its final state once no target is open. Exactly one caller gets to do it."""
    won = Job.objects.filter(pk=job_id, done__gte=F("total"), finished_at=None).update(finished_at=timezone.now())
    if won:
        conclude(job_id)


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


def cancel(job: Job) -> None:
    """Stop what waits at once; what runs ends at its next safe point."""
    with transaction.atomic():
        Job.objects.filter(pk=job.pk, finished_at=None).update(cancel_requested=True)
        stopped = JobTarget.objects.filter(job=job, state=JobTarget.State.PENDING).update(
            state=JobTarget.State.REVOKED, finished_at=timezone.now(), message="Cancelled before it started."
        )
        count(job.pk, done=stopped, failed=stopped)
    end_if_complete(job.pk)
