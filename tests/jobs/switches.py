"""Switches that do what deployments ask of them, without a network: what a browser test needs of a device."""

from collections.abc import Callable
from typing import Any

import pytest

from inventory.deploy import Deployed, Planned
from inventory.models import Device
from inventory.vlans import VlanRequest
from jobs.models import Job
from jobs.tasks import TASKS
from tests.jobs.inline import Messages, do

HOSTILE = "<script>document.title='taken over'</script>"


class Switches:
    """Stands where the devices are. `broken`: names of those that do not take a change; `done`: those that took it."""

    def __init__(self) -> None:
        self.messages = Messages()
        self.broken: set[str] = set()
        self.done: list[str] = []

    def plan(self, device: Device, request: VlanRequest, stopped: Callable[[], bool], *, ask: bool = False) -> Planned:
        """Every VLAN is missing."""
        commands = tuple(f"vlan {vlan.vid}" for vlan in request.vlans)
        diff = "\n".join(f"+{command}" for command in commands) + f"\n banner {HOSTILE}"
        return Planned(commands, diff, "fingerprint", device_diff=f"+{HOSTILE}" if ask else "")

    def deploy(self, device: Device, request: VlanRequest, hold: Any, **_more: Any) -> Deployed:
        """It takes the change, or not."""
        if device.name in self.broken:
            return Deployed(False, f"{device.name} did not take it {HOSTILE}")
        self.done.append(device.name)
        return Deployed(True, "VLAN verified on the device and saved.", changed=True, diff="+vlan 110")

    def work(self, job: Job) -> Job:
        """Work through everything that was sent for the job."""
        return do(job, self.messages)


def switches(monkeypatch: pytest.MonkeyPatch) -> Switches:
    """In the place of the real ones."""
    found = Switches()
    monkeypatch.setattr("inventory.deploy.plan", found.plan)
    monkeypatch.setattr("inventory.deploy.deploy", found.deploy)
    monkeypatch.setitem(TASKS, "deploy_vlan", found.messages)
    return found
