"""Make a file of everything that is known about one device."""

from inventory.export import InventoryReport
from inventory.models import Device
from jobs import reporting
from jobs.claim import Claim
from jobs.models import Job
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.outcome import Outcome


def prepare(parameters: Parameters) -> Plan:
    """As for every report, with a device; raises BadParameters."""
    if parameters.get("device") is None:
        raise BadParameters({"device": "Name the device by its id."})
    return reporting.prepare(parameters)


def report_of(job: Job, device: Device | None) -> InventoryReport:
    """Of the device that was asked for; without one nothing was prepared."""
    assert device is not None  # noqa: S101
    return InventoryReport(device)


def run(claim: Claim) -> Outcome:
    """Read it, or print a part."""
    return reporting.run(claim, report_of)


OPERATION = Operation(
    kind="inventory_report",
    title="inventory report",
    queue="maintenance",
    permission="inventory.view_device",
    on_devices=False,
    run=run,
    prepare=prepare,
    finish=reporting.finish,
    whole=True,
)
