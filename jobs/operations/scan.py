"""Check the stored configurations of devices against compliance standards."""

from collections.abc import Sequence

from compliance.models import Standard
from compliance.scan import ScanOutcome, scan_devices
from inventory.models import Device
from jobs.claim import Claim
from jobs.device_of import device_of, devices_of
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.operations.discover import whole
from jobs.outcome import Outcome


def prepare(parameters: Parameters) -> Plan:
    """`standard`: the id of one standard, or nothing for all that are enabled. `again`: also where nothing is new."""
    wanted, again = parameters.get("standard"), parameters.get("again", False)
    if not isinstance(again, bool):
        raise BadParameters({"again": f"Not true or false: {str(again)[:60]!r}."})
    more = {"again": True} if again else {}
    if wanted in (None, ""):
        return Plan({"standard": None, **more})
    if not whole(wanted, 1, 2**63 - 1) or not Standard.objects.filter(pk=int(wanted)).exists():
        raise BadParameters({"standard": f"There is no standard with the id {str(wanted)[:60]!r}."})
    return Plan({"standard": int(wanted), **more})


def run(claim: Claim) -> Outcome:
    """One device, from its newest stored configuration; the device itself is not touched."""
    (outcome,) = _scanned(claim, [device_of(claim.target)])
    return outcome


def run_block(claims: Sequence[Claim]) -> list[Outcome]:
    """Devices whose configurations, results and waivers are read and stored together; raises DeviceGone."""
    return _scanned(claims[0], devices_of([claim.target for claim in claims]))


def _scanned(claim: Claim, devices: Sequence[Device]) -> list[Outcome]:
    parameters = claim.target.job.parameters
    wanted = parameters.get("standard")
    standards = Standard.objects.filter(pk=wanted) if wanted else None
    return [_told(found) for found in scan_devices(devices, standards, again=bool(parameters.get("again")))]


def _told(found: ScanOutcome) -> Outcome:
    text = f"{found.passed} passed, {found.failed} failed, {found.unknown} unknown, {found.waived} waived."
    counts = {name: getattr(found, name) for name in ("passed", "failed", "unknown", "waived", "score")}
    return Outcome(ok=True, message=found.reason or text, changed=bool(found.changed), result=counts)


OPERATION = Operation(
    kind="scan",
    title="compliance scan",
    queue="maintenance",
    permission="compliance.run_scan",
    on_devices=True,
    run=run,
    run_block=run_block,
    prepare=prepare,
)
