"""One seed: a deployment, its accidents, and what is true afterwards. Django is set up before this is imported."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from inventory.models import Credential, Device, Prefix
from jobs.away import patiently
from jobs.launch import enqueue
from jobs.models import DeviceSession, Job, JobTarget, SystemSetting
from jobs.operations import get_operation
from jobs.tasks import TASKS
from tests.chaos import _lab, trouble, truth
from tests.chaos.house import House, lab
from tests.chaos.trouble import Count, Trouble
from tests.lab.control import ask

KIND = "deploy_vlan"
LEASE = 6  # seconds
BOUND = 300  # seconds within which every target must have ended
STUBBORN_OF = 20  # one device in so many has a fault that stays


@dataclass(frozen=True, slots=True)
class Report:
    """What one seed came to."""

    seed: int
    devices: int
    count: Count
    redelivered: int
    double_effects: int
    lost: int
    wrong: int
    seconds: float
    sentences: tuple[str, ...]

    def line(self) -> str:
        """For people."""
        count = self.count
        return (
            f"seed {self.seed}: {self.devices} devices, {count.kills} kills in the middle of {count.orphans} targets, "
            f"{count.redis} Redis and {count.postgresql} PostgreSQL restarts, {count.duplicates} duplicated and "
            f"{self.redelivered} redelivered messages, {count.faults} faults, {count.fell} ended by themselves: {self.double_effects} double effects, "
            f"{self.lost} lost targets, {self.wrong} wrong reports, {self.seconds:.0f} s"
        )


def run(house: House, seed: int, devices: int, accidents: int) -> Report:
    """Deploy, break, wait, judge. The servers and workers stay for the next seed."""
    chance, before = random.Random(seed), house.came_again()
    house.complete()
    with lab(house.directory, devices, seed) as line:
        manifest = json.loads(line)
        control, stubborn = manifest["control"], _stubborn(chance, manifest)
        at_first = {one["address"]: one for one in ask(control, "state")}
        for address, fault in stubborn.items():
            ask(control, f"fault {address} {fault}")
        enrol(manifest)
        began, wanted = time.monotonic(), _wanted(chance)
        job = _deploy(wanted, devices, chance)
        troubles = _trouble(chance, house, job, control, [one for one in at_first if one not in stubborn])
        for _ in troubles.steps(accidents):
            if patiently(lambda: _ready(job)):
                break
        end = began + BOUND
        found = [*_settled(troubles, job, end), *_idle(troubles, job, end)]
        seconds = time.monotonic() - began
        verdict = truth.Verdict(lost=found)
        for state in ask(control, "state"):
            _judge(verdict, at_first[state["address"]], state, wanted, job, stubborn, troubles)
    verdict.wrong += _job_report(job)
    return Report(
        seed,
        devices,
        troubles.count,
        house.came_again() - before,
        len(verdict.doubles),
        len(verdict.lost),
        len(verdict.wrong),
        seconds,
        tuple(verdict.sentences),
    )


def enrol(manifest: dict[str, Any]) -> None:
    """The devices of the lab and nothing else, in a house that presumes workers dead soon."""
    for model in (Job, Device, Credential, Prefix):
        model.objects.all().delete()  # type: ignore[attr-defined]
    SystemSetting.objects.update_or_create(name="job_lease_seconds", defaults={"value": str(LEASE)})
    login = Credential.objects.create(name="lab", username=manifest["username"], password=manifest["password"])
    Prefix.objects.create(prefix=_lab.NETWORK)
    rows = [
        Device(
            name=row["hostname"],
            primary_address=row["address"],
            platform=row["platform"],
            serial=row["serial"],
            ssh_port=manifest["ports"]["ssh"],
            api_port=manifest["ports"]["http"] if row["platform"] == "arista_eos" else None,
            ssh_credential=login,
        )
        for row in manifest["devices"]
    ]
    Device.objects.bulk_create(rows)


def _stubborn(chance: random.Random, manifest: dict[str, Any]) -> dict[str, str]:
    addresses = [one["address"] for one in manifest["devices"]]
    few = chance.sample(addresses, -(-len(addresses) // STUBBORN_OF))
    return {one: chance.choice(trouble.STUBBORN) for one in few}


def _wanted(chance: random.Random) -> truth.Wanted:
    vids = chance.sample(range(100, 1000), 3)
    return truth.Wanted({vid: f"chaos-{vid}" for vid in vids}, _lab.FREE)


def _deploy(wanted: truth.Wanted, devices: int, chance: random.Random) -> Job:
    """POST it as a script would."""
    user, _ = get_user_model().objects.get_or_create(username="chaos", defaults={"is_superuser": True})
    client = APIClient()
    client.force_authenticate(user)
    ports = [f"*{wanted.port}"]
    answer = client.post(
        "/api/v1/devices/deploy/vlan",
        {
            "devices": list(Device.objects.values_list("pk", flat=True)),
            "vlans": [
                {"vid": vid, "name": name, "access_ports": ports if vid == wanted.access else []}
                for vid, name in wanted.vlans.items()
            ],
            "trunks": ["all"],
            "canary": chance.randint(1, 3),
            "failure_threshold": devices,
        },
        format="json",
    )
    assert answer.status_code == 202, answer.content
    return Job.objects.get(uuid=answer.json()["job_id"])


def _trouble(chance: random.Random, house: House, job: Job, control: str, addresses: list[str]) -> Trouble:
    return Trouble(
        chance,
        house,
        tuple(addresses),
        tuple(job.targets.values_list("pk", flat=True)),
        lambda address, name: ask(control, f"fault {address} {name}"),
        lambda address: ask(control, f"clear {address}"),
        partial(enqueue, get_operation(KIND)),
        lambda pid: patiently(lambda: _left_by(job, pid)),
    )


def _left_by(job: Job, pid: int) -> int:
    return job.targets.filter(state=JobTarget.State.RUNNING, lease_worker__contains=f":{pid}:").count()


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
    reboots = troubles.broken.get(address, []).count(trouble.REBOOT)
    one = truth.judge(before, after, wanted, target.state, stubborn.get(address, ""), reboots)
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
