"""Finds work whose worker died: its lease has run out."""

from django.utils import timezone

from jobs.launch import enqueue
from jobs.models import Job, JobTarget
from jobs.operations import get_operation
from jobs.outcome import Outcome
from jobs.run import end_if_complete, release, settle


def reap() -> int:
    """Queue reading work again, fail writing work for a human to judge. Returns how many targets were found."""
    expired = JobTarget.objects.select_related("job").filter(
        state=JobTarget.State.RUNNING, lease_until__lt=timezone.now()
    )
    found = 0
    for target in expired:
        found += 1
        operation = get_operation(target.job.kind)
        again = not operation.writes and target.attempts < operation.attempts
        if again and release(target, target.lease_worker):
            enqueue(operation, [target.pk])
        else:
            sentence = "The worker stopped in the middle of this and was not heard of again."
            settle(target, target.lease_worker, JobTarget.State.ERRORED, Outcome(ok=False, message=sentence))
    for job_id in Job.objects.filter(finished_at=None, state=Job.State.STARTED).values_list("id", flat=True):
        end_if_complete(job_id)
    return found
