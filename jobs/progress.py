"""When a running job will have ended, as far as its pace so far tells."""

from datetime import datetime

from jobs.models import Job


def estimated_end(job: Job, now: datetime) -> datetime | None:
    """The end at the pace of the targets done so far; None before the first, at the end and while people decide."""
    begin = job.approved_at or job.started_at
    if begin is None or job.ready or not 0 < job.done < job.total or job.stage == Job.Stage.APPROVAL:
        return None
    return now + (now - begin) * (job.total - job.done) / job.done
