"""Check the stored configurations of devices against compliance standards."""

from compliance.models import Standard
from compliance.scan import scan_device
from jobs.claim import Claim
from jobs.device_of import device_of
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.operations.discover import whole
from jobs.outcome import Outcome


def prepare(parameters: Parameters) -> Plan:
    """`standard`: the id of one standard, or nothing for all that are enabled."""
    wanted = parameters.get("standard")
    if wanted in (None, ""):
        return Plan({"standard": None})
    if not whole(wanted, 1, 2**63 - 1) or not Standard.objects.filter(pk=int(wanted)).exists():
        raise BadParameters({"standard": f"There is no standard with the id {str(wanted)[:60]!r}."})
    return Plan({"standard": int(wanted)})


def run(claim: Claim) -> Outcome:
    """One device, from its newest stored configuration; the device itself is not touched."""
    wanted = claim.target.job.parameters.get("standard")
    standards = Standard.objects.filter(pk=wanted) if wanted else None
    outcome = scan_device(device_of(claim.target), standards)
    text = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.unknown} unknown, {outcome.waived} waived."
    counts = {name: getattr(outcome, name) for name in ("passed", "failed", "unknown", "waived", "score")}
    return Outcome(ok=True, message=text, changed=bool(outcome.changed), result=counts)


OPERATION = Operation(
    kind="scan",
    title="compliance scan",
    queue="maintenance",
    permission="compliance.run_scan",
    on_devices=True,
    run=run,
    prepare=prepare,
)
