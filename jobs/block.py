"""Does many targets of one job at once, for kinds that touch nothing but the database.

By itself each target costs a message, a claim and a commit: more than the work on its stored configuration.
"""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from inventory.audit import acting
from jobs import statements, system_settings
from jobs.away import patiently
from jobs.claim import Claim, new_worker
from jobs.close import end_if_complete
from jobs.models import Job, JobTarget
from jobs.operations import BLOCK, get_operation
from jobs.outcome import Outcome
from jobs.run import do, who_asked

log = logging.getLogger(__name__)
LONG = ("diff", "result", "plan", "log")  # of a target, not needed to do it


def run_block(target_id: int) -> None:
    """Do as many waiting targets of this target's job as make a block; a message too many finds none.

    What breaks the work on a block does not say which device it was, so then each is done by itself.
    """
    worker = new_worker()
    claims = patiently(lambda: _taken(target_id, worker))
    if not claims:
        return
    job = claims[0].target.job
    try:
        outcomes = _worked(claims)
    except Exception:
        log.warning("a block broke and is done target by target", extra={"job": str(job.uuid)}, exc_info=True)
        for claim in claims:
            do(claim)
        return
    if patiently(lambda: _settled(claims, outcomes)):
        end_if_complete(job.pk)


def _taken(target_id: int, worker: str) -> list[Claim]:
    """Claims of the job's first targets that wait and whose time has come."""
    job = Job.objects.filter(targets=target_id, cancel_requested=False).first()
    if job is None:
        return []
    now, lease = timezone.now(), system_settings.number("job_lease_seconds")
    ours = JobTarget.objects.filter(job=job)
    due = ours.filter(Q(not_before=None) | Q(not_before__lte=now), state=JobTarget.State.PENDING)
    with transaction.atomic():
        ids = list(due.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:BLOCK])
        due.filter(pk__in=ids).update(
            state=JobTarget.State.RUNNING,
            attempts=F("attempts") + 1,
            lease_worker=worker,
            lease_until=now + timedelta(seconds=lease),
            started_at=now,
            parked=False,
            message="",
        )
    if job.state == Job.State.PENDING:
        Job.objects.filter(pk=job.pk, state=Job.State.PENDING).update(state=Job.State.STARTED, started_at=now)
    operation = get_operation(job.kind)
    taken = ours.filter(state=JobTarget.State.RUNNING, lease_worker=worker).order_by("pk").defer(*LONG)
    return [Claim.of_taken(_of(job, target), operation, lease) for target in taken]


def _of(job: Job, target: JobTarget) -> JobTarget:
    target.job = job
    return target


def _worked(claims: Sequence[Claim]) -> list[Outcome]:
    with ExitStack() as kept:
        for claim in claims:
            kept.enter_context(claim.kept())
        kept.enter_context(acting(who_asked(claims[0].target.job)))
        return list(claims[0].operation.run_block(claims))  # type: ignore[misc]  # whoever has none gets no blocks


def _settled(claims: Sequence[Claim], outcomes: Sequence[Outcome]) -> bool:
    """Store what came of each in one commit; True when no other target of the job is open."""
    states, ended = JobTarget.State, timezone.now()
    told = {
        claim.target.pk: claim.told(states.SUCCESS if outcome.ok else states.FAILED, outcome, ended)
        for claim, outcome in zip(claims, outcomes, strict=True)
    }
    return statements.settle_block(claims[0].target.job_id, claims[0].worker, told)
