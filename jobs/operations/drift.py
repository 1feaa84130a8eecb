"""Compare stored configurations with the golden ones."""

from collections.abc import Mapping
from typing import Any

from compliance.check_drift import check_drift
from compliance.models import Drift
from jobs.claim import Claim
from jobs.device_of import device_of
from jobs.models import Job
from jobs.operations import Operation
from jobs.outcome import Outcome


def run(claim: Claim) -> Outcome:
    """One device; that it has drifted is a finding, not a failure of the work."""
    found = check_drift(device_of(claim.target))
    counts = {
        "missing": found.missing,
        "extra": found.extra,
        "changed": found.changed_lines,
        "reordered": found.reordered,
    }
    return Outcome(ok=True, message=found.message, changed=found.changed, result={"state": found.state, **counts})


def finish(job: Job) -> Mapping[str, Any]:
    """How many devices are in which state."""
    states = [result.get("state") for result in job.targets.values_list("result", flat=True)]
    return {state.value: states.count(state.value) for state in Drift.State}


OPERATION = Operation(
    kind="drift",
    title="configuration drift",
    queue="maintenance",
    permission="compliance.run_scan",
    on_devices=True,
    run=run,
    finish=finish,
)
