"""The recipes of CONTRIBUTING.md: a platform, a standard and a kind of job are one new file each, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house import FLOORS, ROOT

PLATFORM = """
slug: acme_os
vendor: Acme
name: Acme OS
fingerprint:
  sys_object_ids: ["1.3.6.1.4.1.64999.1"]
"""
STANDARD = """
slug: our-house
name: Our house
version: "1"
rules:
  - id: ntp
    title: Time is set by NTP
    severity: low
    platforms: [cisco_ios]
    check: {contains: ntp server 10.0.0.1}
"""
OPERATION = """
from jobs.claim import Claim
from jobs.device_of import device_of
from jobs.operations import Operation
from jobs.outcome import Outcome


def run(claim: Claim) -> Outcome:
    return Outcome(ok=True, message=f"{device_of(claim.target)} was greeted.")


OPERATION = Operation(
    kind="say_hello", title="greeting", queue="ssh", permission="inventory.run_sync", on_devices=True, run=run
)
"""
USE_THEM = """
import json
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from compliance.models import Rule
from inventory.discovery.fingerprint import identify
from inventory.models import Device
from jobs.models import Job
from jobs.run import run_target

call_command("migrate", verbosity=0)
client = Client(HTTP_HOST="localhost")
client.force_login(User.objects.create_superuser("root"))
device = Device.objects.create(name="sw1", platform="acme_os", status="active", primary_address="10.0.0.1")
answer = client.post("/api/v1/devices/say-hello", {"devices": [device.pk]}, content_type="application/json")
job = Job.objects.get()
run_target(job.targets.get().pk)
job.refresh_from_db()
button = client.post(f"/admin/inventory/device/{device.pk}/start/say_hello/")
chosen = {"action": "say_hello", "_selected_action": [device.pk]}
print(json.dumps({
    "platform": identify("1.3.6.1.4.1.64999.1.7", "").platform.slug,
    "rules": list(Rule.objects.filter(standard__slug="our-house").values_list("rule_id", flat=True)),
    "started": answer.status_code,
    "job": [job.state, job.targets.get().message],
    "device page": "start/say_hello/" in client.get(f"/admin/inventory/device/{device.pk}/change/").content.decode(),
    "device list": 'value="say_hello"' in client.get("/admin/inventory/device/").content.decode(),
    "jobs called": "Greeting" in client.get("/admin/jobs/job/").content.decode(),
    "by button": button.status_code,
    "by list": client.post("/admin/inventory/device/", chosen).status_code,
    "jobs": Job.objects.filter(kind="say_hello").count(),
}))
"""


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Any]:
    """What a copy of the product with the three new files says when they are used."""
    checkout = tmp_path / "checkout"
    for app in FLOORS:
        shutil.copytree(ROOT / app, checkout / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", checkout)
    (checkout / "inventory/platforms/acme_os.yaml").write_text(PLATFORM)
    (checkout / "compliance/standards/our-house.yaml").write_text(STANDARD)
    (checkout / "jobs/operations/say_hello.py").write_text(OPERATION)
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "netmanager.settings"}
    done = subprocess.run(
        [sys.executable, "-c", USE_THEM], cwd=checkout, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_new_platform_standard_and_kind_of_job_are_one_file_each(told: dict[str, Any]) -> None:
    assert told == {
        "platform": "acme_os",
        "rules": ["ntp"],
        "started": 202,
        "job": ["SUCCESS", "sw1 was greeted."],
        "device page": True,
        "device list": True,
        "jobs called": True,
        "by button": 302,
        "by list": 302,
        "jobs": 3,
    }
