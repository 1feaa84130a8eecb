"""Does again what did not succeed: a new job of the same kind for what failed, broke off or was cancelled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inventory.models import Device
from inventory.sentences import first_few
from jobs.idempotency import Key
from jobs.launch import bounds, launch, require_all_own, start
from jobs.models import Job, JobTarget
from jobs.operations import BadParameters, get_operation

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AGAIN = (JobTarget.State.FAILED, JobTarget.State.ERRORED, JobTarget.State.REVOKED)
NAMED = 20  # devices that a sentence names


@dataclass(frozen=True, slots=True)
class Retried:
    """The new job, and a sentence for each reason why targets are not in it."""

    job: Job
    left_out: tuple[str, ...]


def retry(job: Job, user: "User", key: Key | None = None) -> Retried:
    """Start what did not succeed once more, with the parameters and the reason of the job.

    Raises BadParameters (field -> sentence) when the job still runs, nothing failed, or nothing is left to do.
    """
    if not job.ready:
        raise BadParameters({"job": "This job has not ended yet; what fails can be retried when it has."})
    require_all_own(job, user)
    again = job.targets.filter(state__in=AGAIN)
    if not again.exists():
        raise BadParameters({"job": "Every target of this job succeeded; there is nothing to retry."})
    operation = get_operation(job.kind)
    fields: dict[str, Any] = {"user": user, "reason": job.reason, "retry_of": job, "key": key}
    if operation.whole:
        return Retried(launch(job.kind, job.parameters, **fields), ())
    if not operation.on_devices:  # blocks and parameters were checked when the job was made
        blocks = [JobTarget(label=label) for label in again.order_by("id").values_list("label", flat=True)]
        return Retried(start(operation, {**job.parameters, **bounds(operation, user)}, blocks, **fields), ())
    chosen = again.filter(device__isnull=False).values("device_id")
    devices = Device.objects.filter(pk__in=chosen, status=Device.Status.ACTIVE)
    if not devices.exists():
        raise BadParameters({"devices": " ".join(left_out(job))})
    return Retried(launch(job.kind, job.parameters, devices=devices, **fields), left_out(job))


def left_out(job: Job) -> tuple[str, ...]:
    """Which devices did not succeed and cannot be tried again, and why: a sentence for each reason."""
    if not get_operation(job.kind).on_devices:
        return ()
    rows = job.targets.filter(state__in=AGAIN).order_by("label").values_list("device__status", "label")
    deleted = [label for state, label in rows if state is None]
    idle = [label for state, label in rows if state not in (None, Device.Status.ACTIVE)]
    sentences = (("Deleted meanwhile", deleted), ("Not active any more", idle))
    return tuple(f"{why}: {first_few(labels, NAMED)}." for why, labels in sentences if labels)
