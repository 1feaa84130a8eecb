"""Find devices in address ranges over SNMP."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from inventory.discovery import addresses
from inventory.discovery.discover import Found, Options, discover, usable_credentials
from inventory.discovery.sweep import SweepProgress
from inventory.links import rebuild_links
from inventory.models import Device
from inventory.reach import networks_of
from jobs.claim import Claim
from jobs.models import Job, JobTarget
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.outcome import Outcome

BLOCK = 16_384  # addresses of one target: a sweep of a few seconds to minutes, and one lease
LIMITS = {"snmp_port": (1, 65535), "ssh_port": (1, 65535), "api_port": (1, 65535), "pps": (1, 100_000)}
DEFAULTS = {"snmp_port": 161, "ssh_port": 22, "api_port": None, "pps": 2000}


def prepare(parameters: Parameters) -> Plan:
    """Check ranges and numbers; raises BadParameters with a sentence per field."""
    clean = numbers(parameters)
    clean["credentials"] = credentials(parameters)
    ranges, exclude = texts(parameters, "ranges"), texts(parameters, "exclude")
    if not ranges:
        raise BadParameters({"ranges": "Give at least one range such as 10.0.0.0/24 or 10.0.0.1-10.0.0.20."})
    allowed, excluded = networks_of(parameters.get("sites"))
    try:
        plan = addresses.parse(
            ranges,
            exclude=[*exclude, *excluded],
            allowed=allowed,
            confirmed=parameters.get("confirmed") is True,
        )
    except addresses.AddressError as error:
        raise BadParameters({"ranges": str(error)}) from None
    clean |= {"ranges": ranges, "exclude": exclude, "addresses": plan.count, "sites": parameters.get("sites")}
    return Plan(clean, tuple(plan.split(BLOCK)))


def texts(parameters: Parameters, name: str) -> list[str]:
    """A list of texts; a single text may hold several, separated by commas, blanks or lines."""
    value = parameters.get(name) or []
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadParameters({name: f"{name} must be a list of texts such as 10.0.0.0/24."})
    return parts


def numbers(parameters: Parameters) -> Parameters:
    """Ports and pace with their defaults; raises BadParameters naming the accepted range."""
    errors, clean = {}, {}
    for name, (low, high) in LIMITS.items():
        value = parameters.get(name, DEFAULTS[name])
        if value in (None, ""):
            value = DEFAULTS[name]
        if value is not None and not whole(value, low, high):
            errors[name] = f"{name}={str(value)[:60]!r} is not a whole number from {low} to {high}."
            continue
        clean[name] = None if value is None else int(value)
    if errors:
        raise BadParameters(errors)
    return clean


def whole(value: Any, low: int, high: int) -> bool:
    """A whole number in the range, as a number or as text."""
    text = str(value)
    return text.isdecimal() and len(text) <= 20 and low <= int(text) <= high


def credentials(parameters: Parameters) -> list[int]:
    """Ids of SNMP credentials; raises BadParameters for ids that are none."""
    wanted = parameters.get("credentials") or []
    if not isinstance(wanted, list) or not all(whole(pk, 1, 2**63 - 1) for pk in wanted):
        raise BadParameters({"credentials": "credentials must be a list of ids of SNMP credentials."})
    ids = [int(pk) for pk in wanted]
    found = {credential.pk for credential in usable_credentials(ids)}
    if not found:
        raise BadParameters({"credentials": "There is no SNMP credential to try; add one under Credentials."})
    unknown = [str(pk) for pk in ids if pk not in found]
    if unknown:
        raise BadParameters({"credentials": f"Not SNMP credentials: {', '.join(unknown)}."})
    return ids


def options(parameters: Parameters) -> Options:
    """How to look, from a job's parameters."""
    return Options(
        credentials=tuple(parameters["credentials"]),
        snmp_port=parameters["snmp_port"],
        ssh_port=parameters["ssh_port"],
        api_port=parameters["api_port"],
        pps=parameters["pps"],
        sites=None if parameters.get("sites") is None else tuple(parameters["sites"]),
    )


def run(claim: Claim) -> Outcome:
    """Sweep one block and store what answers."""
    target = claim.target
    allowed, excluded = networks_of(target.job.parameters.get("sites"))
    try:
        plan = addresses.parse(
            [target.label],
            exclude=[*target.job.parameters["exclude"], *excluded],
            allowed=allowed,
            confirmed=True,
        )
    except addresses.AddressError as error:  # the allowed prefixes have changed since the job was asked for
        return Outcome(ok=False, message=str(error))
    wanted = options(target.job.parameters)
    found = discover(plan, wanted, progress_of(target), claim.stopped, pace_of(target, wanted.pps))
    return outcome_of(found)


def outcome_of(found: Found) -> Outcome:
    """What discovery came to, as a target's outcome."""
    return Outcome(
        ok=True,
        message=found.sentence,
        changed=bool(found.created),
        stopped=found.stopped,
        result={"answered": found.answered, "created": found.created, "updated": found.updated},
    )


def progress_of(target: JobTarget, every: float = 1.0) -> Callable[[SweepProgress], None]:
    """Tell the ledger how far the sweep is, at most once per `every` seconds."""
    last = time.monotonic()

    def tell(progress: SweepProgress) -> None:
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            text = f"{progress.probed} addresses probed, {progress.answered} answered."
            JobTarget.objects.filter(pk=target.pk).update(message=text)

    return tell


def pace_of(target: JobTarget, pps: int, every: float = 1.0) -> Callable[[], float]:
    """The block's share of the packets a second that the whole job may send, in however many workers it runs.

    Until the ledger was asked all blocks may be starting at once.
    """
    last, share = time.monotonic(), pps / max(target.job.total, 1)

    def pace() -> float:
        nonlocal last, share
        if time.monotonic() - last >= every:
            last = time.monotonic()
            running = JobTarget.objects.filter(job=target.job_id, state=JobTarget.State.RUNNING).count()
            share = pps / max(running, 1)
        return share

    return pace


def finish(job: Job) -> Mapping[str, Any]:
    """Sum the blocks up and draw the links of what was found."""
    results = list(job.targets.values_list("result", flat=True))
    created = {pk for result in results for pk in result.get("created", [])}
    updated = {pk for result in results for pk in result.get("updated", [])}
    return {
        "answered": sum(result.get("answered", 0) for result in results),
        "created": len(created),
        "updated": len(updated - created),
        "links": rebuild_links(Device.objects.filter(pk__in=created | updated)),
    }


OPERATION = Operation(
    kind="discover",
    title="discovery",
    queue="discovery",
    permission="inventory.run_discovery",
    on_devices=False,
    finds=True,
    run=run,
    prepare=prepare,
    finish=finish,
)
