"""Ask every active device whether it is there."""

import re
from collections.abc import Mapping
from typing import Any

from inventory.models import Device
from inventory.monitor import monitor
from jobs.claim import Claim
from jobs.models import Job
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.outcome import Outcome

BLOCK = 2000  # devices of one target
_BLOCK = re.compile(r"devices (\d+) to (\d+)")


def prepare(parameters: Parameters) -> Plan:
    """Blocks of active devices by their ids."""
    ids = list(Device.objects.filter(status=Device.Status.ACTIVE).order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise BadParameters({"devices": "There is no active device to ask."})
    blocks = [ids[start : start + BLOCK] for start in range(0, len(ids), BLOCK)]
    return Plan({}, tuple(f"devices {block[0]} to {block[-1]}" for block in blocks))


def run(claim: Claim) -> Outcome:
    """One block."""
    match = _BLOCK.fullmatch(claim.target.label)
    first, last = (int(match[1]), int(match[2])) if match else (0, 0)
    active = Device.objects.filter(status=Device.Status.ACTIVE, pk__gte=first, pk__lte=last)
    found = monitor(list(active.select_related("snmp_credential")), claim.stopped)
    return Outcome(
        ok=True,
        message=f"{found.up} up, {found.down} down, {found.changed} changed.",
        changed=bool(found.changed),
        stopped=claim.stopped(),
        result={"up": found.up, "down": found.down, "changed": found.changed},
    )


def finish(job: Job) -> Mapping[str, Any]:
    """The sums of the blocks."""
    results = list(job.targets.values_list("result", flat=True))
    return {name: sum(result.get(name, 0) for result in results) for name in ("up", "down", "changed")}


OPERATION = Operation(
    kind="monitor",
    title="monitoring",
    queue="monitoring",
    permission="inventory.run_sync",
    on_devices=False,
    run=run,
    prepare=prepare,
    finish=finish,
)
