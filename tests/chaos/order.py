"""What is asked of the product in a run: devices, some of them broken for good, and a deployment to all of them."""

import random
from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from inventory.models import Credential, Device, Prefix
from jobs.models import Job, SystemSetting
from tests import enrolled
from tests.chaos import _lab, trouble, truth

STUBBORN_OF = 20  # one device in so many has a fault that stays


def enrol(manifest: dict[str, Any], lease: int) -> None:
    """The devices of the lab and nothing else; workers that are silent for `lease` seconds are presumed dead."""
    for model in (Job, Device, Credential, Prefix):
        model.objects.all().delete()  # type: ignore[attr-defined]
    SystemSetting.objects.update_or_create(name="job_lease_seconds", defaults={"value": str(lease)})
    enrolled.enrol(manifest, _lab.NETWORK)


def stubborn(chance: random.Random, manifest: dict[str, Any]) -> dict[str, str]:
    """Address -> the fault that stays, for a few devices."""
    addresses = [one["address"] for one in manifest["devices"]]
    few = chance.sample(addresses, -(-len(addresses) // STUBBORN_OF))
    return {one: chance.choice(trouble.STUBBORN) for one in few}


def wanted_by(chance: random.Random) -> truth.Wanted:
    """Three VLANs."""
    vids = chance.sample(range(100, 1000), 3)
    return truth.Wanted({vid: f"chaos-{vid}" for vid in vids}, _lab.FREE)


def deploy(wanted: truth.Wanted, devices: int, chance: random.Random) -> Job:
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
