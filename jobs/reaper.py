"""Finds work that nobody does any more: its worker died, its message was lost, its end was not written down."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from jobs import rollout, system_settings
from jobs.claim import Claim
from jobs.close import cancel, conclude, end_if_complete
from jobs.launch import enqueue, messages_waiting
from jobs.models import DeviceSession, Job, JobTarget
from jobs.operations import get_operation
from jobs.outcome import Outcome
from jobs.run import settle

MESSAGE_WITHIN = 60  # seconds a message may be under way: sent, but not on its queue yet, or put off for a retry
SOON = 20  # seconds: what starts within them is sent now
CONCLUDED_WITHIN = 300  # seconds the summing up of a job takes at most


def reap() -> int:
    """Look at everything that may be left behind; returns how many targets were found."""
    found = expired_leases()
    for job_id in Job.objects.filter(finished_at=None).exclude(stage=Job.Stage.NONE).values_list("id", flat=True):
        rollout.advance(job_id)
    for job_id in Job.objects.filter(finished_at=None, done__gte=F("total")).values_list("id", flat=True):
        end_if_complete(job_id)
    died = timezone.now() - timedelta(seconds=CONCLUDED_WITHIN)
    for job_id in Job.objects.exclude(state__in=Job.READY).filter(finished_at__lt=died).values_list("id", flat=True):
        conclude(job_id)
    cancelled_leftovers()
    return found + lost_messages()


def cancelled_leftovers() -> None:
    """End what was given back in the moment in which its job was cancelled."""
    for job in Job.objects.filter(finished_at=None, cancel_requested=True):
        cancel(job)


def expired_leases() -> int:
    """Queue work again whose worker fell silent; writing work judges by its journal what was done before."""
    expired = JobTarget.objects.select_related("job").filter(
        state=JobTarget.State.RUNNING, lease_until__lt=timezone.now()
    )
    found = 0
    for target in expired.order_by():
        found += 1
        claim = Claim(target, get_operation(target.job.kind))
        claim.worker = target.lease_worker
        again = target.attempts < claim.operation.attempts
        if again and claim.release(sentence="The worker fell silent; it is tried again."):
            DeviceSession.objects.filter(target=target).delete()
            enqueue(claim.operation, [target.pk])
        else:
            state = JobTarget.State.REVOKED if target.job.cancel_requested else JobTarget.State.ERRORED
            sentence = "The worker stopped in the middle of this and was not heard of again."
            settle(claim, state, Outcome(ok=False, message=sentence))
    DeviceSession.objects.filter(until__lt=timezone.now()).delete()
    return found


def lost_messages() -> int:
    """Queue what waits although its queue is empty: its message died with a worker, or was put off to this time.

    A message too many is harmless, because a target is claimed before it is worked on; and there are never many:
    as long as one waits on the queue, nothing is added to it.
    """
    now = timezone.now()
    before = now - timedelta(seconds=min(MESSAGE_WITHIN, system_settings.number("job_lease_seconds")))
    lost = Q(not_before=None, job__created_at__lt=before) & (Q(started_at=None) | Q(started_at__lt=before))
    due = Q(not_before__lt=now + timedelta(seconds=SOON)) & (Q(not_before__lt=before) | Q(not_before__gt=now))
    waiting = JobTarget.objects.filter(lost | due, state=JobTarget.State.PENDING, job__finished_at=None)
    by_kind: dict[str, list[int]] = defaultdict(list)
    for pk, kind in waiting.order_by("pk").values_list("pk", "job__kind"):
        by_kind[kind].append(pk)
    found = 0
    for kind, ids in by_kind.items():
        operation = get_operation(kind)
        if not messages_waiting(operation):
            enqueue(operation, ids)
            found += len(ids)
    return found
