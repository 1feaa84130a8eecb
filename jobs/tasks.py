"""Celery's doors: one task per kind of job, each with a target's id as its only argument."""

from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

from jobs import reaper, schedule  # noqa: F401  registers the scheduled tasks
from jobs.block import run_block
from jobs.operations import get_operation, operations
from jobs.run import run_target

BrokerAway = OperationalError  # what sending a message raises when there is nobody to take it


def perform(kind: str, target_id: int) -> None:
    """What a message asks for: the target it names, or with it a block of its job's."""
    (run_block if get_operation(kind).run_block else run_target)(target_id)


def _task(kind: str) -> Any:
    def run(target_id: int) -> None:
        perform(kind, target_id)

    return shared_task(name=f"jobs.{kind}")(run)


TASKS: dict[str, Any] = {kind: _task(kind) for kind in operations()}


@shared_task(name="jobs.reap")
def reap() -> int:
    """Beat calls this every 15 seconds."""
    return reaper.reap()
