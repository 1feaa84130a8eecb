"""Ask every active device whether it is there."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from inventory.models import Device
from inventory.monitor import monitor
from jobs.claim import Claim
from jobs.models import Job
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.outcome import Outcome

BLOCK = 2000  # devices of one target
WORDS = {
    "up": "up",
    "down": "down",
    "silent": "silent for the first time",
    "unasked": "not asked (outside the allowed prefixes, or their SNMP credential cannot be used)",
    "changed": "changed",
}
READ = ("status", "primary_address", "ssh_port", "snmp_port", "reachable", "last_seen_at")
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
    devices = active.select_related("snmp_credential").only(*READ, "snmp_credential")
    found = monitor(list(devices), run_before(claim.target.job), claim.stopped)
    counts = asdict(found)
    told = ", ".join(f"{WORDS[name]}: {count}" for name, count in counts.items() if count)
    return Outcome(
        ok=True,
        message=f"{told or 'no active device is left'}.",
        changed=bool(found.changed),
        stopped=claim.stopped(),
        result=counts,
    )


def run_before(job: Job) -> datetime | None:
    """When the newest run that asked its devices before this one began."""
    earlier = Job.objects.filter(kind="monitor", created_at__lt=job.created_at, started_at__isnull=False)
    whole = earlier.filter(state__in=(Job.State.SUCCESS, Job.State.PARTIAL))
    return whole.order_by("-created_at").values_list("started_at", flat=True).first()


def finish(job: Job) -> Mapping[str, Any]:
    """The sums of the blocks."""
    results = list(job.targets.values_list("result", flat=True))
    return {name: sum(result.get(name, 0) for result in results) for name in WORDS}


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
