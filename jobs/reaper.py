"""Finds work that nobody does any more: its worker died, its message was lost, its end was not written down."""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from jobs import rollout, system_settings
from jobs.away import is_away
from jobs.claim import NEAR, Claim
from jobs.close import cancel, conclude, end_if_complete
from jobs.launch import enqueue, messages_waiting
from jobs.models import DeviceSession, Job, JobTarget
from jobs.operations import get_operation
from jobs.outcome import Outcome
from jobs.run import BEGUN, settle

log = logging.getLogger(__name__)
SILENT = "The worker fell silent; it is tried again."
MESSAGE_WITHIN = 60  # seconds a message may be under way: sent, but not on its queue yet, or put off for a retry
CONCLUDED_WITHIN = 300  # seconds the summing up of a job takes at most


def reap() -> int:
    """Look at everything that may be left behind; returns how many targets were found.

    What was lost is looked for before anything is sent, because a queue is empty only until then.
    """
    return sum(_guarded(step) for step in (lost_messages, expired_leases, unended_jobs, cancelled_leftovers, parked))


def unended_jobs() -> int:
    """Take on jobs whose process died between the end of a target and what follows from it."""
    open_jobs = Job.objects.filter(finished_at=None)
    for job_id in open_jobs.exclude(stage=Job.Stage.NONE).values_list("id", flat=True):
        _guarded(partial(rollout.advance, job_id))
    for job_id in open_jobs.filter(done__gte=F("total")).values_list("id", flat=True):
        _guarded(partial(end_if_complete, job_id))
    died = timezone.now() - timedelta(seconds=CONCLUDED_WITHIN)
    for job_id in Job.objects.exclude(state__in=Job.READY).filter(finished_at__lt=died).values_list("id", flat=True):
        _guarded(partial(conclude, job_id))
    return 0


def cancelled_leftovers() -> int:
    """End what was given back in the moment in which its job was cancelled."""
    for job in Job.objects.filter(finished_at=None, cancel_requested=True):
        cancel(job)
    return 0


def _guarded(step: Callable[[], int | None]) -> int:
    """What the step found; one job that breaks it must not leave all others lying."""
    try:
        return int(step() or 0)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("a step of the reaper broke and the others go on")
        return 0


def expired_leases() -> int:
    """Queue work again whose worker fell silent; writing work judges by its journal what was done before."""
    expired = JobTarget.objects.select_related("job").filter(
        state=JobTarget.State.RUNNING, lease_until__lt=timezone.now()
    )
    found = 0
    again: dict[str, list[int]] = defaultdict(list)
    for target in expired.order_by():
        found += 1
        claim = Claim(target, get_operation(target.job.kind))
        claim.worker, claim.expired = target.lease_worker, target.lease_until
        if target.attempts < claim.operation.attempts and claim.release(sentence=SILENT):
            again[target.job.kind].append(target.pk)
        else:
            settle(claim, *_given_up(target))
    DeviceSession.objects.filter(until__lt=timezone.now()).delete()
    for kind, ids in again.items():
        DeviceSession.objects.filter(target__in=ids).delete()
        enqueue(get_operation(kind), ids)
    return found


def _given_up(target: JobTarget) -> tuple[JobTarget.State, Outcome]:
    """How a target ends whose worker fell silent for the last time; a change that had begun is never just cancelled."""
    sentence = "The worker stopped in the middle of this and was not heard of again."
    if target.journal:
        sentence += f" {BEGUN}"
    stopped = target.job.cancel_requested and not target.journal
    return JobTarget.State.REVOKED if stopped else JobTarget.State.ERRORED, Outcome(ok=False, message=sentence)


def parked() -> int:
    """Send what was put off for long and whose time is near, however much waits on its queue."""
    now = timezone.now()
    with transaction.atomic():
        near = JobTarget.objects.filter(parked=True, state=JobTarget.State.PENDING, not_before__lt=now + NEAR)
        rows = list(near.select_for_update(of=("self",)).values_list("pk", "job__kind", "not_before"))
        JobTarget.objects.filter(pk__in=[pk for pk, _kind, _until in rows]).update(parked=False)
    at: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for pk, kind, until in rows:
        if until is not None:
            at[kind, until].append(pk)
    for (kind, until), ids in sorted(at.items(), key=lambda item: item[0][1]):
        enqueue(get_operation(kind), ids, countdown=max((until - timezone.now()).total_seconds(), 0.0) + 0.05)
    return len(rows)


def lost_messages() -> int:
    """Queue what waits although its queue is empty: its message died with a worker, or nobody took it when sent.

    A message too many is harmless, because a target is claimed before it is worked on; and there are never many:
    as long as one waits on the queue, nothing is added to it.
    """
    before = timezone.now() - timedelta(seconds=min(MESSAGE_WITHIN, system_settings.number("job_lease_seconds")))
    sent = Q(not_before=None, job__created_at__lt=before) & (Q(started_at=None) | Q(started_at__lt=before))
    waiting = JobTarget.objects.filter(
        sent | Q(not_before__lt=before), parked=False, state=JobTarget.State.PENDING, job__finished_at=None
    )
    found = 0
    for kind in waiting.order_by().values_list("job__kind", flat=True).distinct():
        operation = get_operation(kind)
        if not messages_waiting(operation):
            ids = list(waiting.filter(job__kind=kind).order_by("pk").values_list("pk", flat=True))
            enqueue(operation, ids)
            found += len(ids)
    return found
