"""The verb behind every door that starts long work: rows first, messages after the commit."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django_guid import get_guid

from inventory import audit
from inventory.models import Device
from inventory.scope import access_of, scoped
from jobs import statements
from jobs.idempotency import Key, job_under
from jobs.messages import MANY, copies_work, send_copies
from jobs.models import Job, JobTarget
from jobs.operations import BLOCK, BadParameters, Operation, Parameters, get_operation

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)
NOTHING_SELECTED = "Nothing was selected to work on. Only active (approved) devices are touched."
NOT_ALL_OWN = "This job is also about devices outside of your access scopes."


def launch(
    kind: str,
    parameters: dict[str, Any] | None = None,
    *,
    devices: QuerySet[Device] | None = None,
    user: "User | None" = None,
    reason: str = "",
    retry_of: Job | None = None,
    key: Key | None = None,
) -> Job:
    """Create a job of this kind with one target per device (or address block) and enqueue it on commit.

    Raises BadParameters (field -> sentence) when the kind, a parameter or the choice of devices is wrong. Under a `key`
    the same user gets one job, however often and however many at once ask; raises KeyUsed for another request's key.
    Whatever was chosen, it is the user's own devices that are worked on, and for `user=None` all.
    """
    operation = get_operation(kind)
    plan = operation.prepare({**(parameters or {}), **bounds(operation, user)})
    targets: QuerySet[Device] | list[JobTarget]
    if operation.on_devices:
        targets = _active(devices, user)
        operation.check(plan.parameters, targets)
    else:
        targets = [JobTarget(label=block) for block in plan.blocks]
        if not targets:
            raise BadParameters({"ranges": "Nothing is left to look at: every address given is excluded."})
    return start(operation, plan.parameters, targets, user=user, reason=reason, retry_of=retry_of, key=key)


def bounds(operation: Operation, user: "User | None") -> Parameters:
    """`sites`: where a job that finds devices may look, fixed when it is asked for; empty: everywhere.

    Raises BadParameters for somebody whose scopes hold no site as a whole: what is found has no role yet.
    """
    access = access_of(user) if operation.finds else None
    if access is None:
        return {}
    if not access.whole_sites:
        sentence = "Your access scopes hold no site with all its roles, so you cannot look for devices."
        raise BadParameters({"devices" if operation.on_devices else "ranges": sentence})
    return {"sites": sorted(access.whole_sites)}


def require_all_own(job: Job, user: "User") -> None:
    """Raise BadParameters unless `all_own`: scopes may have changed since."""
    if not all_own(job, user):
        raise BadParameters({"job": NOT_ALL_OWN})


def all_own(job: Job, user: "User") -> bool:
    """Whether the user may see everything the job is about, at this moment."""
    return scoped(Job.objects.filter(pk=job.pk), user).exists()


def start(
    operation: Operation,
    parameters: Parameters,
    targets: QuerySet[Device] | list[JobTarget],
    *,
    user: "User | None" = None,
    reason: str = "",
    retry_of: Job | None = None,
    key: Key | None = None,
) -> Job:
    """Store a job with these targets and enqueue it on commit. Parameters and targets were checked; see `launch`."""
    job = Job(
        kind=operation.kind,
        parameters=parameters,
        requested_by=user,
        request_id=get_guid() or "",
        reason=reason,
        retry_of=retry_of,
        idempotency_key=key.text if key else "",
        request_hash=key.request_hash if key else "",
        stage=Job.Stage.PLAN if operation.staged else Job.Stage.NONE,
    )
    try:
        with transaction.atomic():
            job.save()
            ids = _stored(job, targets)
            job.total = len(ids)
            job.save(update_fields=["total"])
            _tell(job)
            first = ids[:: BLOCK if operation.run_block else 1]
            transaction.on_commit(lambda: enqueue(operation, first))
    except IntegrityError:
        # The same request came twice at once, and the other one was faster.
        other = job_under(key, user) if key and user else None
        if other is None:
            raise
        return other
    return job


def add_targets(job: Job, operation: Operation, labels: Iterable[str]) -> None:
    """Give a running job more targets, for a part of its work that its first target has found; a repeat adds none."""
    with transaction.atomic():
        locked = Job.objects.select_for_update(no_key=True).only("total", "cancel_requested").get(pk=job.pk)
        if locked.total > 1 or locked.cancel_requested:
            return
        targets = [JobTarget(job=job, label=label) for label in labels]
        JobTarget.objects.bulk_create(targets, batch_size=1000)
        Job.objects.filter(pk=job.pk).update(total=locked.total + len(targets))
        ids = [target.pk for target in targets]
        transaction.on_commit(lambda: enqueue(operation, ids))


def _tell(job: Job) -> None:
    """Who asked for what, in the audit trail. What a schedule starts stands in the ledger; its row is audited."""
    if audit.current().source == audit.Source.SCHEDULE:
        return
    asked = {"kind": job.kind, "parameters": job.parameters, "reason": job.reason, "targets": job.total}
    asked |= {"retry_of": str(job.retry_of.uuid)} if job.retry_of else {}
    audit.record(job, audit.Action.CREATE, {name: [None, value] for name, value in asked.items() if value})


def enqueue(operation: Operation, target_ids: Iterable[int], countdown: float = 0) -> None:
    """A message for each of these targets, on the kind's queue. Without a broker they wait for the reaper."""
    from jobs.tasks import TASKS, BrokerAway

    task, ids, queue = TASKS[operation.kind], list(target_ids), operation.queue
    try:
        with task.app.producer_pool.acquire(block=True) as producer:
            if len(ids) >= MANY and not countdown and copies_work(producer):
                send_copies(task, ids, queue, producer)
                return
            for target_id in ids:
                task.apply_async((target_id,), queue=queue, producer=producer, countdown=countdown or None)
    except (BrokerAway, ConnectionError) as error:
        log.warning("the broker takes no messages, work waits: %s", error)


def messages_waiting(operation: Operation) -> int:
    """How many messages of the kind's queue no worker has taken yet; raises BrokerAway."""
    from jobs.tasks import TASKS

    app = TASKS[operation.kind].app
    with app.connection_or_acquire() as connection:
        return int(app.amqp.queues[operation.queue](connection.default_channel).queue_declare().message_count)


def _active(devices: QuerySet[Device] | None, user: "User | None") -> QuerySet[Device]:
    if devices is None:
        raise BadParameters({"devices": "Name the devices, or a filter that finds some."})
    active = scoped(devices, user).filter(status=Device.Status.ACTIVE)
    if not active.exists():
        raise BadParameters({"devices": NOTHING_SELECTED})
    return active


def _stored(job: Job, targets: QuerySet[Device] | list[JobTarget]) -> list[int]:
    """Store the job's targets; their ids in order."""
    step = JobTarget.Step.PLAN if job.stage == Job.Stage.PLAN else JobTarget.Step.WORK
    if isinstance(targets, list):
        for target in targets:
            target.job, target.step = job, step
        JobTarget.objects.bulk_create(targets, batch_size=1000)
        return [target.pk for target in targets]
    return statements.add_devices(job.pk, targets, JobTarget(step=step))
