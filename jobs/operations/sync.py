"""Read devices over SSH: facts, interfaces, VLANs, neighbours and the running configuration."""

from collections.abc import Mapping
from typing import Any

from inventory.links import rebuild_links
from inventory.models import Device
from inventory.sync import sync
from jobs.claim import Claim
from jobs.device_of import device_of
from jobs.models import Job
from jobs.operations import Operation
from jobs.outcome import Outcome


def run(claim: Claim) -> Outcome:
    """One session with one device."""
    synced = sync(device_of(claim.target), claim.stopped)
    changed = bool(synced.changes) or bool(synced.config and synced.config.changed)
    diff = synced.config.diff if synced.config else ""
    return Outcome(ok=synced.complete, message=synced.sentence, changed=changed, diff=diff)


def finish(job: Job) -> Mapping[str, Any]:
    """Neighbours may have changed: draw the links of these devices again."""
    return {"links": rebuild_links(Device.objects.filter(job_targets__job=job))}


OPERATION = Operation(
    kind="sync",
    title="SSH sync",
    queue="ssh",
    permission="inventory.run_sync",
    on_devices=True,
    logs_in=True,
    run=run,
    finish=finish,
)
