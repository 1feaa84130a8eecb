"""Make the compliance report of one device, or of all active ones, as a file."""

from compliance.export import ComplianceReport
from inventory.models import Device
from jobs import reporting
from jobs.claim import Claim
from jobs.models import Job
from jobs.operations import Operation
from jobs.outcome import Outcome


def report_of(job: Job, device: Device | None) -> ComplianceReport:
    """As far as who asked for it may see."""
    return ComplianceReport(device, job.requested_by)


def run(claim: Claim) -> Outcome:
    """Read it, or print a part."""
    return reporting.run(claim, report_of)


OPERATION = Operation(
    kind="compliance_report",
    title="compliance report",
    queue="maintenance",
    permission="compliance.view_result",
    on_devices=False,
    run=run,
    prepare=reporting.prepare,
    finish=reporting.finish,
    whole=True,
)
