"""Jobs worked through in the test's own process, in the order of their messages: one worker, no Celery."""

from typing import Any

from jobs.models import Job
from jobs.tasks import TASKS, perform


class Messages:
    """Stands where Celery would be: the ids that were sent, in their order; not those to be delivered later."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.app = TASKS["sync"].app

    def apply_async(self, args: tuple[int], countdown: float | None = None, **_options: Any) -> None:
        if not countdown:
            self.sent.append(args[0])


def do(job: Job, messages: Messages) -> Job:
    """Work through every message that was sent, as a worker would, until no new one comes."""
    done = 0
    while done < len(messages.sent):
        perform(job.kind, messages.sent[done])
        done += 1
    messages.sent.clear()
    job.refresh_from_db()
    return job


def do_later(job: Job, messages: Messages) -> Job:
    """The same as if the time had come for what was put off."""
    job.targets.update(not_before=None)
    messages.sent = list(job.targets.filter(state="PENDING").order_by("pk").values_list("pk", flat=True))
    return do(job, messages)


def states(job: Job) -> dict[str, str]:
    """Where each target is, by name."""
    return {target.label: target.state for target in job.targets.all()}


def message_of(job: Job, label: str) -> str:
    """What an operator reads about one target."""
    return job.targets.get(label=label).message
