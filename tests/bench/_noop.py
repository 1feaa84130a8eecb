"""Work that is nothing, for `ledger`: a kind of job and a bare Celery task. Workers load it with --include."""

from celery import shared_task

from jobs.claim import Claim
from jobs.operations import Operation, operations
from jobs.outcome import Outcome
from jobs.tasks import TASKS, _task

KIND = "noop"
QUEUE = "default"


def run(claim: Claim) -> Outcome:
    """Nothing."""
    return Outcome(ok=True, message="Nothing was done.")


@shared_task(name="bench.bare")
def bare(number: int) -> None:
    """Nothing, without a ledger."""


operations()[KIND] = Operation(
    kind=KIND, title="nothing", queue=QUEUE, permission="inventory.run_sync", on_devices=True, run=run
)
TASKS[KIND] = _task(KIND)
