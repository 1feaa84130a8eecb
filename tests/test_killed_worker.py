"""A worker killed outright on the embedded default, whose broker keeps no message that was taken: every job ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab
from tests.process import ended_within, spawn, stop, wait_for_words

ROOT = Path(__file__).resolve().parent.parent
NETWORK = "127.44.0.0/28"
SERVERS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY")
DEVICES = 6
PREPARE = """
from inventory.models import Credential, Device, Prefix
login = Credential.objects.create(name="lab", kind="ssh", username="{lab.username}", password="{lab.password}")
Prefix.objects.create(prefix="{network}")
for name, address in {devices}:
    Device.objects.create(name=name, primary_address=address, platform="cisco_ios", ssh_port={lab.ssh_port},
                          ssh_credential=login)
"""
STATES = """
import json
from jobs.models import Job
job = Job.objects.get()
print(json.dumps({"job": job.state, "done": job.done, "targets": [t.state for t in job.targets.all()]}))
"""
# As if two minutes had passed: what the killed worker held has expired, what waits has waited long.
LATER = """
from datetime import timedelta
from django.utils import timezone
from jobs.models import Job, JobTarget
past = timezone.now() - timedelta(seconds=130)
Job.objects.update(created_at=past)
JobTarget.objects.filter(state="RUNNING").update(lease_until=past)
from jobs.reaper import reap
print(reap())
"""


class Installation:
    """NetManager without any server, its data in a folder of this test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if name not in SERVERS}
        self.env |= {"DATA_DIR": str(folder), "LOG_LEVEL": "INFO", "CELERY_LOGLEVEL": "INFO"}
        self.run("first_start")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        return self.run("shell", "--no-imports", "-c", code).strip()

    def states(self) -> Any:
        return json.loads(self.shell(STATES))

    def worker(self, name: str) -> subprocess.Popen[bytes]:
        """A worker of two threads, ready."""
        clean = ["env", *(f"--unset={server}" for server in SERVERS), f"DATA_DIR={self.folder}"]
        command = [*clean, sys.executable, "-m", "celery", "-A", "netmanager", "worker", "-P", "threads", "-c", "2"]
        log = self.folder / f"{name}.log"
        process = spawn([*command, "-n", f"{name}@localhost"], log, cwd=ROOT, environment={"CELERY_LOGLEVEL": "INFO"})
        assert wait_for_words(process, log, " ready."), log.read_text()
        return process


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=DEVICES, network=NETWORK, platforms=("cisco_ios",)) as running:
        yield running


def wait_until(installation: Installation, process: subprocess.Popen[bytes], wanted: Any) -> Any:
    """Ask for the states until `wanted(states)`; the worker must live meanwhile."""
    for _ in range(60):
        states = installation.states()
        if wanted(states):
            return states
        assert not ended_within(process, 0.2)
    raise AssertionError(states)


def test_a_job_ends_although_its_worker_was_killed_in_the_middle(tmp_path: Path, lab: Lab) -> None:
    installation = Installation(tmp_path)
    devices = [(device.hostname, device.address) for device in lab.devices]
    installation.shell(PREPARE.format(lab=lab, network=NETWORK, devices=devices))
    for device in lab.devices:
        lab.fault(device.address, "slow:30")
    installation.run("backup", "--no-wait")
    first = installation.worker("first")
    wait_until(installation, first, lambda states: states["targets"].count("RUNNING") == 2)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    lab.clear_faults()
    for message in (tmp_path / "broker" / "queue").iterdir():
        message.unlink()  # as if it had been taken as well
    assert int(installation.shell(LATER)) == DEVICES
    second = installation.worker("second")
    try:
        states = wait_until(installation, second, lambda states: states["job"] == "SUCCESS")
    finally:
        stop(second)
    assert states["targets"] == ["SUCCESS"] * DEVICES
