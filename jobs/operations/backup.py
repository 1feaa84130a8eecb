"""Back up the running configuration of devices."""

from inventory.backup import backup
from jobs.claim import Claim
from jobs.device_of import device_of
from jobs.operations import Operation
from jobs.outcome import Outcome


def run(claim: Claim) -> Outcome:
    """One session with one device."""
    stored = backup(device_of(claim.target), claim.stopped)
    return Outcome(ok=True, message=stored.sentence, changed=stored.changed, diff=stored.diff)


OPERATION = Operation(
    kind="backup",
    title="configuration backup",
    queue="ssh",
    permission="inventory.run_sync",
    on_devices=True,
    logs_in=True,
    run=run,
)
