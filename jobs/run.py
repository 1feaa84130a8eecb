"""Does one target: claim, work, settle. The only place where a device's failure is caught."""

import logging

from django.db import transaction

from inventory.errors import DeviceError
from inventory.secrets import SecretUnreadable
from jobs import rollout
from jobs.claim import Claim, ClaimLost
from jobs.close import count, end_if_complete
from jobs.launch import enqueue
from jobs.models import JobTarget
from jobs.operations import get_operation
from jobs.outcome import Outcome

log = logging.getLogger(__name__)
RETRY_AFTER = 5  # seconds before a failure that may pass is tried again


def run_target(target_id: int) -> None:
    """Do one target if nobody else has it. A repeated message finds the claim and does nothing."""
    target = JobTarget.objects.select_related("job").order_by().filter(pk=target_id).first()
    if target is None:
        return
    claim = Claim(target, get_operation(target.job.kind))
    if not claim.take():
        return
    try:
        with claim.kept():
            state, outcome, retry = _work(claim)
    except ClaimLost:
        log.warning("a claim was lost in the middle of the work", extra={"target": target.pk})
        return
    if retry and target.attempts < claim.operation.attempts and claim.release(RETRY_AFTER, outcome.message):
        enqueue(claim.operation, [target.pk], countdown=RETRY_AFTER)
        return
    settle(claim, state, outcome)


def _work(claim: Claim) -> tuple[JobTarget.State, Outcome, bool]:
    """The operation's outcome, or the failure as one; and whether the same call may succeed later."""
    states, target = JobTarget.State, claim.target
    try:
        outcome = claim.operation.run(claim)
        if outcome.stopped:
            return states.REVOKED, outcome, False
        if outcome.plan is not None and outcome.ok:
            return states.HELD, outcome, False
        return (states.SUCCESS if outcome.ok else states.FAILED), outcome, False
    except DeviceError as error:
        return states.FAILED, Outcome(ok=False, message=str(error)), error.retryable
    except SecretUnreadable as error:
        return states.FAILED, Outcome(ok=False, message=str(error)), False
    except ClaimLost:
        raise
    except Exception as error:
        log.exception("job target broke", extra={"job": str(target.job.uuid), "target": target.pk})
        sentence = (
            f"An internal error ({type(error).__name__}) stopped the work; the log has it under target {target.pk}."
        )
        return states.ERRORED, Outcome(ok=False, message=sentence), False


def settle(claim: Claim, state: JobTarget.State, outcome: Outcome) -> None:
    """Store what came of the target and count it; the last one ends the job, or opens its next ring."""
    held = state == JobTarget.State.HELD
    with transaction.atomic():
        kept = claim.settle(state, outcome)
        if not kept:
            log.warning("a claim was lost before its result was stored", extra={"target": claim.target.pk})
            return
        if not held:
            count(claim.target.job_id, done=1, failed=0 if state == JobTarget.State.SUCCESS else 1)
    if (held or not end_if_complete(claim.target.job_id)) and claim.operation.staged:
        rollout.advance(claim.target.job_id)
