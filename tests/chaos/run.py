"""One seed: a deployment, its accidents, and what is true afterwards. Django is set up before this is imported."""

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from jobs.away import patiently
from jobs.launch import enqueue
from jobs.models import DeviceSession, Job, JobTarget
from jobs.operations import get_operation
from jobs.tasks import TASKS
from tests.chaos import order, trouble, truth
from tests.chaos.house import House, lab
from tests.chaos.trouble import Count, Trouble
from tests.lab.control import ask

KIND = "deploy_vlan"
LEASE = 6  # seconds
BOUND = 300  # seconds within which every target must have ended


@dataclass(frozen=True, slots=True)
class Report:
    """What one seed came to."""

    seed: int
    devices: int
    count: Count
    redelivered: int
    verdict: truth.Verdict
    seconds: float

    def line(self) -> str:
        """For people."""
        count, verdict = self.count, self.verdict
        return (
            f"seed {self.seed}: {self.devices} devices, {count.kills} kills in the middle of {count.orphans} targets "
            f"and {count.begun} changes, "
            f"{count.freezes} freezes, {count.redis} Redis and {count.postgresql} PostgreSQL restarts, "
            f"{count.fell} ended by themselves, "
            f"{count.duplicates} duplicated and {self.redelivered} redelivered messages, {count.faults} faults: "
            f"{len(verdict.doubles)} double effects, {len(verdict.lost)} lost targets, "
            f"{len(verdict.wrong)} wrong reports, {self.seconds:.0f} s"
        )


def run(house: House, seed: int, devices: int, accidents: int) -> Report:
    """Deploy, break, wait, judge. The servers and workers stay for the next seed."""
    chance, before = random.Random(seed), house.came_again()
    house.complete()
    with lab(house.directory, devices, seed) as line:
        manifest = json.loads(line)
        control, stubborn = manifest["control"], order.stubborn(chance, manifest)
        at_first = {one["address"]: one for one in ask(control, "state")}
        for address, fault in stubborn.items():
            ask(control, f"fault {address} {fault}")
        order.enrol(manifest, LEASE)
        began, wanted = time.monotonic(), order.wanted_by(chance)
        job = order.deploy(wanted, devices, chance)
        platforms = {one: state["platform"] for one, state in at_first.items() if one not in stubborn}
        troubles = _trouble(chance, house, job, control, platforms)
        with closing(troubles.steps(accidents)) as steps:
            any(patiently(lambda: _ready(job)) for _ in steps)
        end = began + BOUND
        found = [*_settled(troubles, job, end), *_idle(troubles, job, end)]
        seconds = time.monotonic() - began
        verdict = truth.Verdict(lost=found)
        for state in ask(control, "state"):
            _judge(verdict, at_first[state["address"]], state, wanted, job, stubborn, troubles)
    verdict.wrong += _job_report(job)
    return Report(seed, devices, troubles.count, house.came_again() - before, verdict, seconds)


def _trouble(chance: random.Random, house: House, job: Job, control: str, platforms: dict[str, str]) -> Trouble:
    return Trouble(
        chance,
        house,
        platforms,
        tuple(job.targets.values_list("pk", flat=True)),
        lambda address, name: ask(control, f"fault {address} {name}"),
        lambda address: ask(control, f"clear {address}"),
        partial(enqueue, get_operation(KIND)),
        lambda pid: patiently(lambda: _held_by(job, pid)),
        lambda pid: patiently(lambda: _held_by(job, pid, journal__isnull=False)),
    )


def _held_by(job: Job, pid: int, **more: Any) -> list[str]:
    held = job.targets.filter(state=JobTarget.State.RUNNING, lease_worker__contains=f":{pid}:", **more)
    return [str(address) for address in held.values_list("device__primary_address", flat=True)]


def _ready(job: Job) -> bool:
    job.refresh_from_db()
    return job.ready


def _settled(troubles: Trouble, job: Job, end: float) -> list[str]:
    """Wait for the end of the job; a sentence for what did not end."""
    if _waited(troubles, lambda: patiently(lambda: _ready(job)), end):
        return []
    waiting = job.targets.filter(state__in=JobTarget.OPEN).values_list("label", "state", "message")
    return [f"{label} is still {state} ({message})." for label, state, message in waiting] or ["The job did not end."]


def _idle(troubles: Trouble, job: Job, end: float) -> list[str]:
    """Send every message once more, wait until the workers have taken all, and look what stays behind."""
    troubles.again(list(troubles.targets))
    app = TASKS[KIND].app

    def drained() -> bool:
        with app.connection_for_write() as connection:
            client = connection.default_channel.client
            return not client.llen("ssh") and not client.hlen("unacked")

    quiet = _waited(troubles, drained, end)
    gone = _waited(troubles, lambda: not DeviceSession.objects.exists(), end)
    return [] if quiet and gone else ["Messages stay unacknowledged." if gone else "A device session stays for ever."]


def _waited(troubles: Trouble, done: Callable[[], bool], end: float) -> bool:
    """Until it is done; whether it was in time. Processes that end are started again meanwhile."""
    pause = threading.Event()
    while not done():
        if time.monotonic() > end:
            return False
        troubles.supervise()
        pause.wait(0.2)
    return True


def _judge(
    verdict: truth.Verdict,
    before: dict[str, Any],
    after: dict[str, Any],
    wanted: truth.Wanted,
    job: Job,
    stubborn: dict[str, str],
    troubles: Trouble,
) -> None:
    address = after["address"]
    target = job.targets.get(label=after["hostname"])
    suffered = truth.Suffered(
        stubborn.get(address, ""),
        troubles.broken.get(address, []).count(trouble.REBOOT),
        troubles.frozen.count(address),
    )
    one = truth.judge(before, after, wanted, target.state, suffered)
    if one.sentences:
        told = f"[{after['platform']}, attempts {target.attempts}: {target.message}]"
        for name in ("doubles", "lost", "wrong"):
            getattr(verdict, name).extend(f"{sentence} {told}" for sentence in getattr(one, name))


def _job_report(job: Job) -> list[str]:
    """What the job says of itself against its targets."""
    well = job.targets.filter(state=JobTarget.State.SUCCESS).count()
    state = "SUCCESS" if well == job.total else "PARTIAL" if well else "FAILURE"
    told = (job.state, job.done, job.failed, (job.result or {}).get("succeeded"))
    true = (state, job.total, job.total - well, well)
    return [] if told == true else [f"The job tells (state, done, failed, succeeded) {told}; true is {true}."]
