"""Does one target: claim, work, settle. The only place where a device's failure is caught."""

import logging
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from inventory.audit import Source, Who, acting
from inventory.errors import AuthenticationFailed, DeviceError, Stopped
from inventory.secrets import SecretUnreadable
from jobs import gate, rollout, system_settings
from jobs.away import AWAY, is_away, patiently
from jobs.claim import GOES_ON, NEAR, Claim, ClaimLost
from jobs.close import CANCELLED, end_if_complete
from jobs.launch import enqueue
from jobs.models import Job, JobTarget
from jobs.operations import get_operation
from jobs.outcome import Outcome
from jobs.statements import waiting

log = logging.getLogger(__name__)
RETRY_AFTER = (5, 15, 45, 120)  # seconds before a failure that may pass is tried again, by attempt
BEGUN = "The change had begun and a part of it may be in force: somebody must look at the device."
CLOCKS = timedelta(seconds=2)  # that the clocks of two workers may differ


def run_target(target_id: int) -> None:
    """Do one target if nobody else has it. A repeated message finds the claim and does nothing."""
    found = patiently(lambda: waiting(target_id))
    if found is None:
        return
    target, lease_setting = found
    lease = system_settings.meant("job_lease_seconds", lease_setting)
    claim = patiently(lambda: Claim(target, get_operation(target.job.kind), int(lease or 0)))
    if patiently(claim.take):
        do(claim)
    else:
        _too_early(claim)


def do(claim: Claim) -> None:
    """Work on a target that is claimed, and settle it or have it tried again."""
    target = claim.target
    try:
        with claim.kept(), acting(who_asked(target.job)):
            state, outcome, retry = _work(claim)
    except ClaimLost:
        log.warning("a claim was lost in the middle of the work", extra={"target": target.pk})
    except gate.Wait as wait:
        _put_off(claim, wait)
    except AWAY:
        log.warning("the database went away in the middle of the work", extra={"target": target.pk}, exc_info=True)
        after = timezone.now() + timedelta(seconds=RETRY_AFTER[0])
        if patiently(lambda: claim.put_off(after, "The database was away for a moment; it is tried again.")):
            _send(claim, after)
    else:
        delay = RETRY_AFTER[min(target.attempts, len(RETRY_AFTER)) - 1]
        again = retry and target.attempts < claim.operation.attempts
        sentence = f"{outcome.message} It is tried again in {delay} s."
        if again and patiently(lambda: claim.release(delay, sentence)):
            _send(claim, timezone.now() + timedelta(seconds=delay))
        else:
            patiently(lambda: settle(claim, state, outcome))


def who_asked(job: Job) -> Who:
    """Whom the audit trail puts down what a job changes to: who asked for it, or else the schedule."""
    source = Source.JOB if job.requested_by_id else Source.SCHEDULE
    return Who(source, lambda: job.requested_by, request_id=job.request_id, job=str(job.uuid))


def _too_early(claim: Claim) -> None:
    """A message that came a moment before its target's time, because clocks differ, is sent again for that time.

    One that came long before is one too many: each target that waits has its own message, or the reaper sends it.
    """
    waits = JobTarget.objects.filter(GOES_ON, pk=claim.target.pk, state=JobTarget.State.PENDING, parked=False)
    until = waits.values_list("not_before", flat=True).first()
    if until is not None and until - timezone.now() < CLOCKS:
        _send(claim, until)


def _send(claim: Claim, until: datetime) -> None:
    """The message for a target's next try; what is parked gets it from the reaper."""
    delay = until - timezone.now()
    if delay <= NEAR:
        enqueue(claim.operation, [claim.target.pk], countdown=max(delay.total_seconds(), 0.0) + 0.05)


def _work(claim: Claim) -> tuple[JobTarget.State, Outcome, bool]:
    """The operation's outcome, or the failure as one; and whether the same call may succeed later."""
    states, target = JobTarget.State, claim.target
    try:
        return _done(claim)
    except Stopped:
        if not claim.cancelled.is_set():
            raise ClaimLost from None
        return states.REVOKED, Outcome(ok=False, message="Cancelled while it ran.", stopped=True), False
    except DeviceError as error:
        return states.FAILED, Outcome(ok=False, message=str(error)), error.retryable
    except SecretUnreadable as error:
        return states.FAILED, Outcome(ok=False, message=str(error)), False
    except (ClaimLost, gate.Wait):
        raise
    except Exception as error:
        if is_away(error):
            raise
        log.exception("job target broke", extra={"job": str(target.job.uuid), "target": target.pk})
        sentence = (
            f"An internal error ({type(error).__name__}) stopped the work; the log has it under target {target.pk}."
        )
        sentence += f" {BEGUN}" if target.journal else ""
        return states.ERRORED, Outcome(ok=False, message=sentence), False


def _done(claim: Claim) -> tuple[JobTarget.State, Outcome, bool]:
    """Enter, run, leave."""
    states = JobTarget.State
    gate.enter(claim)
    try:
        outcome = claim.operation.run(claim)
    except AuthenticationFailed:
        gate.refused(claim)  # before others may log in to the device
        raise
    finally:
        try:
            gate.leave(claim)
        except AWAY:  # its row expires with the lease
            connection.close()
    if outcome.stopped and claim.lost.is_set() and not claim.cancelled.is_set():
        raise ClaimLost  # it was not cancelled: whoever has the target now goes on with it
    if outcome.stopped:
        return states.REVOKED, outcome, False
    if outcome.plan is not None and outcome.ok:
        return states.HELD, outcome, False
    return (states.SUCCESS if outcome.ok else states.FAILED), outcome, False


def _put_off(claim: Claim, wait: gate.Wait) -> None:
    """Wait for the target's turn without holding a worker; what waits when its job is cancelled ends with it."""
    if patiently(lambda: claim.put_off(wait.until, wait.sentence, wait.paced)):
        _send(claim, wait.until)
    elif claim.cancelled.is_set() or Job.objects.filter(pk=claim.target.job_id, cancel_requested=True).exists():
        patiently(lambda: settle(claim, JobTarget.State.REVOKED, Outcome(ok=False, message=CANCELLED)))


def settle(claim: Claim, state: JobTarget.State, outcome: Outcome) -> None:
    """Store what came of the target and count it; the last one ends the job, or opens its next ring."""
    held = state == JobTarget.State.HELD
    complete = False if held else claim.settle(state, outcome)
    if complete is None or (held and not claim.hold(outcome)):
        log.warning("a claim was lost before its result was stored", extra={"target": claim.target.pk})
    elif not (complete and end_if_complete(claim.target.job_id)) and claim.operation.staged:
        rollout.advance(claim.target.job_id)
