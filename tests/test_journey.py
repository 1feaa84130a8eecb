"""From an address range to audited devices: REST, PostgreSQL, Redis, a real worker, real SNMP and SSH."""

from collections.abc import Iterator
from typing import Any

import pytest

from inventory.models import ConfigBackup, Device, Link
from inventory.parsing.config_text import unified
from tests.journey import Operator, ports
from tests.lab import Lab

NETWORK = "127.41.0.0/26"
pytestmark = [pytest.mark.xdist_group("celery"), pytest.mark.usefixtures("celery_worker")]


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    with Lab(devices=12, network=NETWORK) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The module's lab, without faults again afterwards."""
    yield shared_lab
    shared_lab.clear_faults()


@pytest.fixture
def operator(transactional_db: None, lab: Lab) -> Operator:
    person = Operator()
    person.prepare(lab, NETWORK)
    return person


def discover(operator: Operator, lab: Lab, **more: Any) -> dict[str, Any]:
    return operator.job("devices/discover", {"ranges": [NETWORK], **ports(lab), **more})


def approve_all(operator: Operator) -> list[int]:
    ids = [device["id"] for device in operator.devices().values()]
    for pk in ids:
        operator.post(f"devices/{pk}/approve", {}, status=200)
    return ids


def test_it_takes_an_address_range_to_audited_devices(operator: Operator, lab: Lab) -> None:
    found = discover(operator, lab)
    assert found["state"] == "SUCCESS", found
    devices = operator.devices()
    truth = {device.hostname: device for device in lab.devices}
    assert set(devices) == set(truth)
    for name, device in devices.items():
        real = truth[name]
        assert (device["platform"], device["serial"]) == (real.platform, real.serial), name
        assert device["primary_address"] == real.address
        assert device["status"] == "quarantine"
        assert device["model"]
        assert device["os_version"]
    assert {frozenset((link.a_device.name, link.b_device.name)) for link in Link.objects.all() if link.agreed} == {
        frozenset((link.a_device, link.b_device)) for link in lab.links
    }
    ids = approve_all(operator)
    ports_by_snmp = {
        (port.device.name, port.name) for device in Device.objects.all() for port in device.interfaces.all()
    }
    for step, path in (("sync", "devices/sync"), ("backup", "devices/backup"), ("scan", "compliance/scan")):
        job = operator.job(path, {"devices": ids})
        assert job["state"] == "SUCCESS", (step, job["error"] if "error" in job else job)
        assert job["progress"] == {"total": len(ids), "done": len(ids), "failed": 0, "estimated_end": None}
    ports_by_ssh = {
        (port.device.name, port.name) for device in Device.objects.all() for port in device.interfaces.all()
    }
    assert ports_by_ssh == ports_by_snmp  # one port has one row, whichever way it was read
    assert Link.objects.filter(agreed=True).count() == len(lab.links)
    for device in Device.objects.all():
        assert device.last_sync_error == device.last_backup_error == ""
        assert device.compliance_score is not None
        assert device.vlans.count() == len(truth[device.name].vlans)
        backup, *others = device.config_backups.order_by("id")  # sync stored it, backup found it unchanged
        assert not others, unified(backup.text.redacted, others[0].text.redacted)
        assert f"{device.name}" in backup.text.redacted
        assert lab.password not in backup.text.redacted
    results = operator.get("results?state=fail&limit=1000")["results"]
    assert any(result["evidence"] for result in results)


def test_it_finds_every_device_again_as_itself(operator: Operator, lab: Lab) -> None:
    discover(operator, lab)
    before = {device["name"]: device["id"] for device in operator.devices().values()}
    again = discover(operator, lab)
    assert (again["result"]["created"], again["result"]["updated"]) == (0, len(lab.devices))
    assert {device["name"]: device["id"] for device in operator.devices().values()} == before


def test_it_does_not_bring_a_deleted_device_back(operator: Operator, lab: Lab) -> None:
    discover(operator, lab)
    gone = next(iter(operator.devices().values()))
    assert operator.client.delete(f"/api/v1/devices/{gone['id']}").status_code == 204
    discover(operator, lab)
    assert gone["name"] not in operator.devices()


def test_it_discovers_over_snmp_v3_alone(operator: Operator, lab: Lab) -> None:
    credential = operator.prepare_v3(lab)
    job = discover(operator, lab, credentials=[credential])
    assert job["result"]["created"] == len(lab.devices), job
    assert set(operator.devices()) == {device.hostname for device in lab.devices}


def test_it_crawls_from_one_device_to_its_neighbours_neighbours(operator: Operator, lab: Lab) -> None:
    seed = lab.devices[-1]
    operator.job("devices/discover", {"ranges": [seed.address], **ports(lab)})
    job = operator.job("devices/crawl", {"devices": approve_all(operator), "max_depth": 8, **ports(lab)})
    assert job["state"] == "SUCCESS", job
    assert set(operator.devices()) == {device.hostname for device in lab.devices}


def test_it_crawls_no_further_than_told(operator: Operator, lab: Lab) -> None:
    seed = lab.devices[-1]
    operator.job("devices/discover", {"ranges": [seed.address], **ports(lab)})
    operator.job("devices/crawl", {"devices": approve_all(operator), "max_depth": 1, **ports(lab)})
    neighbours = {port.peer.device.hostname for port in seed.lldp_ports() if port.peer}
    assert set(operator.devices()) == {seed.hostname, *neighbours}


def test_it_refuses_to_touch_addresses_outside_the_allowed_prefixes(operator: Operator, lab: Lab) -> None:
    answer = operator.post("devices/discover", {"ranges": ["127.99.0.0/24"]}, status=400)
    assert "127.99.0.1-127.99.0.254 reaches outside the allowed networks" in str(answer["ranges"])


def test_it_tells_what_each_bad_device_did_and_finishes_the_others(operator: Operator, lab: Lab) -> None:
    discover(operator, lab)
    ids = approve_all(operator)
    operator.job("devices/backup", {"devices": ids})
    kept = dict(ConfigBackup.objects.values_list("device__name", "pk"))
    victims = [device for device in lab.devices if device.platform == "cisco_ios"]
    faults = ("wrong-password", "cut-in-config", "truncated-config")
    broken = dict(zip((device.hostname for device in victims), faults, strict=False))
    assert set(broken.values()) == set(faults)
    for device in victims[: len(faults)]:
        lab.fault(device.address, broken[device.hostname])
    job = operator.job("devices/backup", {"devices": ids})
    assert job["state"] == "PARTIAL"
    assert job["progress"]["failed"] == len(broken)
    for name, target in operator.targets(job).items():
        if name not in broken:
            assert target["state"] == "SUCCESS", target
            continue
        assert target["state"] == "FAILED", target
        assert name in target["message"]
        assert "\n" not in target["message"]
        assert lab.password not in target["message"]
        assert Device.objects.get(name=name).last_backup_error == target["message"]
    assert dict(ConfigBackup.objects.values_list("device__name", "pk")) == kept
