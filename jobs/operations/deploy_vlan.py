"""Bring VLANs onto switches: planned, approved where that is asked for, carried out in rings, verified, saved."""

from collections.abc import Mapping
from typing import Any

from inventory import deploy
from inventory.models import Device
from inventory.sentences import sentences
from inventory.vlans import VlanRequest, request_of
from jobs.claim import Claim
from jobs.deployment import check_devices, checked
from jobs.device_of import device_of
from jobs.digest import digest
from jobs.models import Job, JobTarget
from jobs.operations import Operation, Parameters, Plan
from jobs.outcome import Outcome
from jobs.rollout import stop_reason

KIND = "deploy_vlan"
ALREADY = "Already as requested."


def run(claim: Claim) -> Outcome:
    """One session with one device: its planning, or its change."""
    device, request = device_of(claim.target), request_of(claim.target.job.parameters)
    if claim.target.step == JobTarget.Step.PLAN:
        return _plan(claim, device, request)
    return _deploy(claim, device, request)


def _plan(claim: Claim, device: Device, request: VlanRequest) -> Outcome:
    dry_run = bool(claim.target.job.parameters.get("dry_run"))
    planned = deploy.plan(device, request, claim.stopped, ask=dry_run)
    if planned.refusals:
        return Outcome(ok=False, message=sentences(*planned.refusals))
    save = not planned.commands and not dry_run and _left_unsaved(device)
    if dry_run:
        return _shown(planned)
    if not planned.commands and not save:
        return Outcome(ok=True, message=ALREADY)
    message = f"Planned: {_count(len(planned.commands))}." if planned.commands else "Planned: only to be saved."
    plan = {
        "commands": list(planned.commands),
        "diff": planned.diff,
        "fingerprint": planned.fingerprint,
        "save": save,
    }
    return Outcome(ok=True, message=message, diff=planned.diff, plan={**plan, "hash": digest(plan)})


def _shown(planned: deploy.Planned) -> Outcome:
    """What a dry run tells."""
    many = len(planned.commands)
    message = f"Planned: {_count(many)}. Nothing was changed." if many else ALREADY
    result = {"commands": list(planned.commands), "device_diff": planned.device_diff}
    return Outcome(ok=True, message=message, diff=planned.diff, result=result)


def _deploy(claim: Claim, device: Device, request: VlanRequest) -> Outcome:
    target, plan = claim.target, dict(claim.target.plan or {})
    journal = deploy.Journal.of(target.journal) if target.journal else None
    reason = "" if journal else stop_reason(target.job)
    if reason:
        return Outcome(ok=False, message=f"Not touched: {reason}", stopped=True)
    if plan.pop("hash", "") != digest(plan):
        return Outcome(ok=False, message="Not touched: the plan is not the one that was made.")
    done = deploy.deploy(
        device,
        request,
        deploy.Hold(claim.stopped, lambda: stop_reason(target.job), claim.require, claim.journal),
        approved=deploy.Approved(tuple(plan["commands"]), plan["fingerprint"]) if target.job.approved_at else None,
        journal=journal,
        save=plan["save"],
    )
    return Outcome(ok=done.ok, message=done.message, changed=done.changed, diff=done.diff, stopped=done.stopped)


def _left_unsaved(device: Device) -> bool:
    """Whether the last deployment that touched the device did not come to its good end, where it saves."""
    begun = JobTarget.objects.filter(device=device, job__kind=KIND, journal__isnull=False)
    last = begun.order_by("-started_at").only("state").first()
    return last is not None and last.state != JobTarget.State.SUCCESS


def _count(lines: int) -> str:
    return "1 command" if lines == 1 else f"{lines} commands"


def prepare(parameters: Parameters) -> Plan:
    """Check and complete; raises BadParameters."""
    return Plan(checked(parameters))


def finish(job: Job) -> Mapping[str, Any]:
    """How many devices are different now, were right already, failed, and were not touched."""
    states = JobTarget.State
    well = job.targets.filter(state=states.SUCCESS)
    return {
        "changed": well.filter(changed=True).count(),
        "unchanged": well.filter(changed=False).count(),
        "failed": job.targets.filter(state__in=(states.FAILED, states.ERRORED)).count(),
        "not_touched": job.targets.filter(state=states.REVOKED).count(),
        "rings": job.ring,
    }


OPERATION = Operation(
    kind=KIND,
    title="VLAN deployment",
    queue="ssh",
    permission="jobs.deploy",
    on_devices=True,
    logs_in=True,
    writes=True,
    staged=True,
    attempts=6,
    run=run,
    prepare=prepare,
    check=check_devices,
    finish=finish,
)
