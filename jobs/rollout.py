"""Staged jobs: every target is planned, the plan is approved where that is asked for, then rings carry it out.

A ring is a few devices that are changed at the same time. The first is the canary; the next opens when every device
of the one before has ended, and nothing is begun any more once more targets have failed than the job allows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from inventory import audit
from jobs import system_settings
from jobs.close import CANCELLED, cancel, end_if_complete, revoke
from jobs.digest import digest
from jobs.launch import NOT_ALL_OWN, all_own, enqueue
from jobs.models import Job, JobTarget
from jobs.operations import get_operation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

CANARY = 1
GROWTH = 4  # each ring is so many times as large as the one before, where no sizes are given
STATES = JobTarget.State


class NotNow(ValueError):
    """The job cannot be approved: the sentence says why."""


def ring_sizes(count: int, canary: int = CANARY, sizes: Sequence[int] = ()) -> Iterator[int]:
    """Sizes of the rings of `count` devices: the canary, then the sizes given (the last one repeats), else growing.

    >>> list(ring_sizes(60)), list(ring_sizes(60, 2, (10, 20)))
    ([1, 4, 16, 39], [2, 10, 20, 20, 8])
    """
    size, further = canary, list(sizes)
    while count > 0:
        yield min(size, count)
        count -= size
        size = further.pop(0) if further else size if sizes else size * GROWTH


def advance(job_id: int) -> None:
    """Take a staged job one step on where it can go on. Harmless when called too often, or by several at once."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if not job.finished_at and not _stopped(job) and not job.targets.filter(state__in=JobTarget.BUSY).exists():
            if job.stage == Job.Stage.PLAN:
                _planned(job)
            elif job.stage == Job.Stage.ROLLOUT:
                _next_ring(job)
    end_if_complete(job_id)


def waits_for_approval(job: Job) -> bool:
    """Whether the job is planned and nobody has said yes or no."""
    return job.stage == Job.Stage.APPROVAL and not job.finished_at and not job.cancel_requested


def needs_another(job: Job, user: "User | AnonymousUser") -> bool:
    """Whether the user asked for the job and the setting wants somebody else to approve it."""
    return job.requested_by_id == user.pk and system_settings.enabled("deploy_approval_by_another")


def approve(job: Job, user: "User", plan_hash: str) -> None:
    """Let a planned job go on. Raises NotNow when it waits for nothing, or for somebody or something else."""
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        _require_own(locked, user)
        if not waits_for_approval(locked):
            raise NotNow("This job does not wait for an approval.")
        if locked.plan_hash != plan_hash:
            raise NotNow("This is not the plan that was looked at; look at it again.")
        if needs_another(locked, user):
            raise NotNow("Who asked for a deployment may not approve it (setting deploy_approval_by_another).")
        if over := window_over(locked):
            raise NotNow(f"It is too late to approve this: {over}")
        locked.approved_by, locked.approved_at, locked.stage = user, timezone.now(), Job.Stage.ROLLOUT
        locked.save(update_fields=["approved_by", "approved_at", "stage"])
        audit.record(locked, audit.Action.UPDATE, {"stage": [Job.Stage.APPROVAL, locked.stage]}, verb="approve")
    advance(job.pk)


def reject(job: Job, user: "User", reason: str) -> None:
    """End a planned job untouched, and tell each target who did not want it and why. Raises NotNow."""
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        _require_own(locked, user)
        if not waits_for_approval(locked):
            raise NotNow("This job does not wait for an approval.")
        cancel(locked, f"Rejected by {user.get_username()}: {reason}", verb="reject")


def _require_own(job: Job, user: "User") -> None:
    """Whoever judges a plan must have all of its devices, at this moment."""
    if not all_own(job, user):
        raise NotNow(NOT_ALL_OWN)


def hash_of(plans: Sequence[tuple[int, Any]]) -> str:
    """The SHA-256 of all plans of a job, by target."""
    return digest(sorted(plans))


def window_of(parameters: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Begin and end of the change window, where there is one."""
    window = parameters.get("window") or {}
    begin, end = (datetime.fromisoformat(window[name]) if window.get(name) else None for name in ("begin", "end"))
    return begin, end


def window_over(job: Job) -> str:
    """A sentence when the job's change window has ended, else nothing."""
    _begin, end = window_of(job.parameters)
    if end and timezone.now() >= end:
        return f"the change window was over at {timezone.localtime(end):%Y-%m-%d %H:%M %Z}."
    return ""


def stop_reason(job: Job) -> str:
    """A sentence when no further device of the rollout may be begun, else nothing."""
    return _too_many_failed(job) or window_over(job)


def _stopped(job: Job) -> bool:
    """Whether nothing new may be begun; then what was not begun is ended with the reason.

    A device whose change has begun is left alone: it is finished, or taken back, whatever happens to the job.
    """
    if job.cancel_requested:
        revoke(job.pk, (STATES.HELD,), CANCELLED)
        return True
    if job.stage not in (Job.Stage.APPROVAL, Job.Stage.ROLLOUT):
        return False
    reason = stop_reason(job)
    if reason:
        revoke(job.pk, (STATES.HELD, STATES.PENDING), f"Not touched: {reason}")
    return bool(reason)


def _too_many_failed(job: Job) -> str:
    """A sentence when more devices have failed in the rollout than the job allows; refused plans do not count."""
    failed = job.targets.filter(step=JobTarget.Step.DEPLOY, state__in=(STATES.FAILED, STATES.ERRORED)).count()
    allowed = job.parameters.get("failure_threshold", 0)
    return f"the rollout stopped after {failed} failed and {allowed} were allowed to." if failed > allowed else ""


def _planned(job: Job) -> None:
    """All plans are made: fix their hash and their rings; without need of an approval the first ring opens."""
    waiting = list(job.targets.filter(state=STATES.HELD).order_by("id").values_list("pk", flat=True))
    if not waiting:
        return
    job.plan_hash = _hash_now(job)
    sizes = ring_sizes(len(waiting), job.parameters.get("canary", CANARY), job.parameters.get("rings", ()))
    for ring, size in enumerate(sizes, start=1):
        JobTarget.objects.filter(pk__in=waiting[:size]).update(ring=ring)
        waiting = waiting[size:]
    wait = system_settings.enabled("deploy_approval_required")
    job.stage = Job.Stage.APPROVAL if wait else Job.Stage.ROLLOUT
    job.save(update_fields=["plan_hash", "stage"])
    if not wait and not _stopped(job):
        _next_ring(job)


def _hash_now(job: Job) -> str:
    """The hash over the plans of every target that got past its planning."""
    return hash_of(list(job.targets.filter(step=JobTarget.Step.DEPLOY).values_list("pk", "plan")))


def _next_ring(job: Job) -> None:
    """Open the next ring: its devices may begin, at once or when the change window begins."""
    held = job.targets.filter(state=STATES.HELD).order_by("ring", "id")
    first = held.first()
    if first is None:
        return
    if job.approved_at and _hash_now(job) != job.plan_hash:
        revoke(job.pk, (STATES.HELD,), "Not touched: the plans are not the ones that were approved.")
        return
    begin, _end = window_of(job.parameters)
    later = begin if begin and begin > timezone.now() else None
    ids = list(held.filter(ring=first.ring).values_list("pk", flat=True))
    JobTarget.objects.filter(pk__in=ids).update(state=STATES.PENDING, not_before=later, parked=later is not None)
    Job.objects.filter(pk=job.pk).update(ring=first.ring)
    operation = get_operation(job.kind)
    if later is None:  # else the reaper sends them when their time has come
        transaction.on_commit(lambda: enqueue(operation, ids))
