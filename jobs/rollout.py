"""Staged jobs: every target is planned, the plan is approved where that is asked for, then rings carry it out.

A ring is a few devices that are changed at the same time. The first is the canary; the next opens when every device
of the one before has ended, and none opens any more once more targets have failed than the job allows.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from jobs import system_settings
from jobs.close import end_if_complete, revoke
from jobs.launch import enqueue
from jobs.models import Job, JobTarget
from jobs.operations import get_operation

if TYPE_CHECKING:
    from django.contrib.auth.models import User

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
    """Take a staged job one step on if nothing of it is under way. Harmless when called too often."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.finished_at or job.targets.filter(state__in=JobTarget.BUSY).exists():
            return
        held = list(job.targets.filter(state=STATES.HELD).order_by("id").values_list("pk", "ring", "plan"))
        if not held:
            pass
        elif job.cancel_requested:
            revoke(job.pk, (STATES.HELD,), "Cancelled before it started.")
        elif job.stage == Job.Stage.PLAN:
            _planned(job, held)
        elif job.stage == Job.Stage.ROLLOUT:
            _next_ring(job)
    end_if_complete(job_id)


def approve(job: Job, user: "User", plan_hash: str) -> None:
    """Let a planned job go on. Raises NotNow when it waits for nothing, or for somebody or something else."""
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.stage != Job.Stage.APPROVAL or locked.finished_at or locked.cancel_requested:
            raise NotNow("This job does not wait for an approval.")
        if locked.plan_hash != plan_hash:
            raise NotNow("This is not the plan that was looked at; look at it again.")
        if locked.requested_by_id == user.pk and system_settings.enabled("deploy_approval_by_another"):
            raise NotNow("Who asked for a deployment may not approve it (setting deploy_approval_by_another).")
        locked.approved_by, locked.approved_at, locked.stage = user, timezone.now(), Job.Stage.ROLLOUT
        locked.save(update_fields=["approved_by", "approved_at", "stage"])
        _next_ring(locked)
    end_if_complete(job.pk)


def hash_of(plans: Sequence[tuple[int, Any]]) -> str:
    """The SHA-256 of all plans of a job, by target."""
    return hashlib.sha256(json.dumps(sorted(plans), sort_keys=True).encode()).hexdigest()


def _planned(job: Job, held: list[tuple[int, int, Any]]) -> None:
    """All plans are made: fix their hash and their rings."""
    job.plan_hash = hash_of([(pk, plan) for pk, _ring, plan in held])
    waiting = [pk for pk, _ring, _plan in held]
    sizes = ring_sizes(len(held), job.parameters.get("canary", CANARY), job.parameters.get("rings", ()))
    for ring, size in enumerate(sizes, start=1):
        JobTarget.objects.filter(pk__in=waiting[:size]).update(ring=ring)
        waiting = waiting[size:]
    wait = system_settings.enabled("deploy_approval_required")
    job.stage = Job.Stage.APPROVAL if wait else Job.Stage.ROLLOUT
    job.save(update_fields=["plan_hash", "stage"])
    if not wait:
        _next_ring(job)


def _next_ring(job: Job) -> None:
    """Open the next ring, unless too many have failed or the change window is over."""
    begin, end = window_of(job)
    failed = job.targets.filter(step=JobTarget.Step.DEPLOY, state__in=(STATES.FAILED, STATES.ERRORED)).count()
    allowed = job.parameters.get("failure_threshold", 0)
    if failed > allowed:
        sentence = f"Not touched: the rollout stopped after {failed} failed and {allowed} were allowed to."
        revoke(job.pk, (STATES.HELD,), sentence)
        return
    if end and timezone.now() >= end:
        revoke(job.pk, (STATES.HELD,), f"Not touched: the change window was over at {timezone.localtime(end):%F %R}.")
        return
    held = job.targets.filter(state=STATES.HELD).order_by("ring", "id")
    first = held.first()
    if first is None:
        return
    ids = list(held.filter(ring=first.ring).values_list("pk", flat=True))
    later = begin if begin and begin > timezone.now() else None
    JobTarget.objects.filter(pk__in=ids).update(state=STATES.PENDING, not_before=later)
    Job.objects.filter(pk=job.pk).update(ring=first.ring)
    operation = get_operation(job.kind)
    if later is None:  # else the reaper sends them when their time has come
        transaction.on_commit(lambda: enqueue(operation, ids))


def window_of(job: Job) -> tuple[datetime | None, datetime | None]:
    """Begin and end of the change window, where there is one."""
    window = job.parameters.get("window") or {}
    begin, end = (datetime.fromisoformat(window[name]) if window.get(name) else None for name in ("begin", "end"))
    return begin, end
