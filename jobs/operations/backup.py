"""Back up the running configuration of devices."""

from inventory.backup import backup
from jobs.device_of import device_of
from jobs.models import JobTarget
from jobs.operations import Operation
from jobs.outcome import Outcome


def run(target: JobTarget) -> Outcome:
    """One session with one device."""
    stored = backup(device_of(target))
    return Outcome(ok=True, message=stored.sentence, changed=stored.changed, diff=stored.diff)


OPERATION = Operation(
    kind="backup",
    title="configuration backup",
    queue="ssh",
    permission="inventory.run_sync",
    on_devices=True,
    run=run,
)
