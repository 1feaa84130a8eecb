"""One session reads all a device tells, and nothing is stored under the name of another."""

from collections.abc import Iterator
from typing import Any

import pytest

from inventory.errors import DeviceError
from inventory.models import Device
from inventory.sync import sync
from tests.factories import make_credential, make_device, make_prefix
from tests.lab import Lab

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(devices=1, network="127.44.0.0/28", platforms=("cisco_ios",)) as running:
        yield running


def row(lab: Lab, **fields: Any) -> Device:
    """The lab's only router as the inventory knows it."""
    make_prefix("127.44.0.0/16")
    login = make_credential("ssh", username=lab.username, password=lab.password)
    router = lab.devices[0]
    known = {"serial": router.serial, "sys_name": router.hostname, "ssh_port": lab.ssh_port, "ssh_credential": login}
    return make_device("router", **({"primary_address": router.address} | known | fields))


def test_it_stores_facts_and_configuration(lab: Lab) -> None:
    device = row(lab)
    assert sync(device).complete
    device.refresh_from_db()
    assert (device.last_sync_error, device.interfaces.exists(), device.config_backups.count()) == ("", True, 1)


@pytest.mark.parametrize("different", [{"serial": "OLD0000001"}, {"sys_name": "core7.example.net"}, {"serial": ""}])
def test_it_reads_replaced_renamed_and_unknown_hardware(lab: Lab, different: dict[str, str]) -> None:
    device = row(lab, **different)
    sync(device)
    device.refresh_from_db()
    assert (device.serial, device.sys_name) == (lab.devices[0].serial, lab.devices[0].hostname)


def test_it_stores_nothing_of_another_device_that_answers_on_the_address(lab: Lab) -> None:
    device = row(lab, serial="OLD0000001", sys_name="core7.example.net")
    with pytest.raises(DeviceError, match=r"answers there instead of 'core7' with 'OLD0000001'"):
        sync(device)
    device.refresh_from_db()
    assert "router (127.44.0.1) was not read" in device.last_sync_error
    assert (device.serial, device.interfaces.exists(), device.config_backups.exists()) == ("OLD0000001", False, False)
    assert device.last_sync_at is None


def test_it_says_what_is_missing_for_a_platform_that_nobody_can_log_in_to(lab: Lab) -> None:
    device = row(lab, platform="generic")
    with pytest.raises(DeviceError) as refused:
        sync(device)
    device.refresh_from_db()
    assert device.last_sync_error == str(refused.value)
    assert device.last_sync_error.endswith("platform generic, which can be discovered but not logged in to")


def test_it_logs_in_nowhere_outside_the_allowed_prefixes(lab: Lab) -> None:
    device = row(lab, primary_address="127.45.0.1")
    with pytest.raises(DeviceError, match="outside the allowed prefixes"):
        sync(device)
