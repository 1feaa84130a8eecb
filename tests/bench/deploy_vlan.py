"""VLANs to 200 switches that take 200 ms per command, verified and saved on each, beside doing one after another.

Two worker processes of 40 threads, canary and growing rings as in the default. One by one is measured in this run on a
few further switches of the lab and scaled: once the same planning, change and verification by our own code, once a
netmiko script that saves a copy, enters the same lines, reads the configuration again and saves.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import django

from tests.bench.ssh_sync import peak_megabytes
from tests.enrolled import enrol
from tests.process import spawn, stop, wait_for_words

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
ROOT = Path(__file__).resolve().parents[2]
DEVICES, WORKERS, THREADS, ALONE, WARM, DELAY = 200, 2, 40, 3, 8, 0.2
NETWORK = "127.62.0.0/23"
ASKED = 12  # times as fast as one by one
REQUEST = {"vlans": [{"vid": 110, "name": "bench-110"}, {"vid": 120, "name": "bench-120"}], "trunks": ["all"]}


def main() -> None:
    """Measure on a database of its own, print one JSON line."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        manifest = stack.enter_context(lab(Path(folder)))
        workers = [stack.enter_context(worker(Path(folder), number)) for number in range(WORKERS)]
        print(json.dumps(measure(manifest, [one.pid for one in workers])))


@contextmanager
def lab(folder: Path) -> Iterator[dict[str, Any]]:
    """The switches, in a process of their own; yields its ready line."""
    log, count = folder / "lab.log", str(DEVICES + WARM + 2 * ALONE)
    size = ["--devices", count, "--network", NETWORK, "--delay", str(DELAY), "--platforms", "cisco_ios"]
    ports = ["--snmp-port", "0", "--ssh-port", "0", "--http-port", "0"]
    process = spawn([sys.executable, "-m", "tests.lab", *size, *ports], log, cwd=ROOT)
    try:
        if not wait_for_words(process, log, '"ready"'):
            raise SystemExit(f"The lab did not start. It said:\n{log.read_text()}")
        yield json.loads(log.read_text().splitlines()[-1])
    finally:
        stop(process)


@contextmanager
def worker(folder: Path, number: int) -> Iterator[Popen[bytes]]:
    """A worker process on the queue ssh, as it is deployed."""
    log = folder / f"worker{number}.log"
    command = [sys.executable, "-m", "celery", "-A", "netmanager", "worker", "-Q", "ssh", "-P", "threads"]
    process = spawn([*command, "-c", str(THREADS), "-n", f"deploy{number}@%h"], log, cwd=ROOT)
    try:
        if not wait_for_words(process, log, "ready."):
            raise SystemExit(f"The worker did not start. It said:\n{log.read_text()}")
        yield process
    finally:
        stop(process)


def measure(manifest: dict[str, Any], pids: list[int]) -> dict[str, Any]:
    """The figures of one deployment, after one to a few switches that warms the workers up."""
    from inventory.models import Device

    enrol(manifest, NETWORK)
    names = list(Device.objects.order_by("id").values_list("name", flat=True))
    warm, ours, theirs, many = (names[a:b] for a, b in ((0, WARM), (WARM, WARM + ALONE), *_rest()))
    deployed(warm)
    one_by_one = statistics.mean(alone(name) for name in ours)
    script = statistics.mean(netmiko(manifest, name) for name in theirs)
    job, seconds = deployed(many)
    return {
        "bench": f"VLAN deployment, {DEVICES} devices, {int(DELAY * 1000)} ms per command, {WORKERS} workers",
        "seconds": round(seconds, 1),
        "verified": job.total - job.failed,
        "rings": job.result["rings"],
        "one_by_one_seconds_per_device": round(one_by_one, 2),
        "netmiko_script_seconds_per_device": round(script, 2),
        "ratio_one_by_one": round(one_by_one * DEVICES / seconds, 1),
        "ratio_one_by_one_asked": ASKED,
        "ratio_serial_netmiko": round(script * DEVICES / seconds, 1),
        "worker_peak_mb": max(peak_megabytes(pid) for pid in pids),
        "workers_peak_mb": sum(peak_megabytes(pid) for pid in pids),
    }


def _rest() -> tuple[tuple[int, int], tuple[int, int]]:
    first = WARM + 2 * ALONE
    return (WARM + ALONE, first), (first, first + DEVICES)


def deployed(names: list[str]) -> tuple[Any, float]:
    """A job on these switches, and the seconds from its start to its end; it must change and verify every one."""
    from inventory.models import Device
    from jobs.launch import launch
    from tests.bench.ledger import wait

    def ready() -> bool:
        job.refresh_from_db()
        return bool(job.ready)

    began = time.perf_counter()
    job = launch("deploy_vlan", dict(REQUEST), devices=Device.objects.filter(name__in=names))
    wait(ready)
    seconds = time.perf_counter() - began
    assert (job.state, job.result["changed"]) == ("SUCCESS", len(names)), (job.state, job.error)
    return job, seconds


def alone(name: str) -> float:
    """Seconds for the same work on one switch by our own code, without a job: plan, change, verify, save."""
    from inventory import deploy
    from inventory.drivers.base import never, nothing
    from inventory.models import Device
    from inventory.vlans import request_of

    device, request = Device.objects.get(name=name), request_of(REQUEST)
    began = time.perf_counter()
    planned = deploy.plan(device, request)
    done = deploy.deploy(device, request, deploy.Hold(never, lambda: "", nothing, lambda journal: None))
    assert (bool(planned.commands), done.ok, done.changed) == (True, True, True), done.message
    return time.perf_counter() - began


def netmiko(manifest: dict[str, Any], name: str) -> float:
    """Seconds for a script: a copy of the configuration, the lines, the configuration again, `write memory`."""
    from netmiko import ConnectHandler

    from inventory import deploy
    from inventory.models import Device
    from inventory.platforms import get_platform
    from inventory.vlans import request_of

    device = Device.objects.get(name=name)
    lines = list(deploy.plan(device, request_of(REQUEST)).commands)
    where = {"host": device.primary_address, "port": manifest["ports"]["ssh"]}
    login = {"username": manifest["username"], "password": manifest["password"]}
    began = time.perf_counter()
    with ConnectHandler(**where, **login, device_type=get_platform("cisco_ios").netmiko_type) as session:
        session.send_command("show running-config", read_timeout=60)
        session.send_config_set(lines, read_timeout=60)
        found = str(session.send_command("show running-config", read_timeout=60))
        session.save_config()
    assert "bench-120" in found, found
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
