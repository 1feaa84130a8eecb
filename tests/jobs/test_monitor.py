"""Which devices are there: over SNMP of both versions, over TCP where there is no SNMP."""

from collections.abc import Iterator

import pytest

from inventory.models import Credential, Device, Prefix
from jobs.launch import launch
from jobs.models import Job
from jobs.operations import BadParameters
from jobs.run import run_target
from tests.factories import make_device
from tests.lab import Lab

pytestmark = pytest.mark.django_db
NETWORK = "127.46.0.0/28"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=4, network=NETWORK, platforms=("cisco_ios",)) as running:
        yield running


def enrol(lab: Lab) -> list[Device]:
    """One device of each way to be asked, and one outside the allowed prefixes."""
    user = lab.v3_user
    v2c = Credential.objects.create(name="v2c", kind="snmp_v2c", snmp_community=lab.community)
    keys = {"snmp_auth_protocol": "SHA", "snmp_auth_key": user.auth_password}
    keys |= {"snmp_priv_protocol": "AES", "snmp_priv_key": user.priv_password}
    v3 = Credential.objects.create(name="v3", kind="snmp_v3", username=user.name, **keys)
    Prefix.objects.create(prefix=NETWORK)
    ports = {"snmp_port": lab.snmp_port, "ssh_port": lab.ssh_port}
    chosen = zip(lab.devices, (v2c, v2c, v3, None), strict=True)
    found = [make_device(one.hostname, primary_address=one.address, snmp_credential=by, **ports) for one, by in chosen]
    return [*found, make_device("outside", primary_address="127.99.0.1", snmp_credential=v2c, **ports)]


def look() -> Job:
    job = launch("monitor")
    for target in job.targets.all():
        run_target(target.pk)
    job.refresh_from_db()
    return job


def states() -> dict[str, bool | None]:
    return dict(Device.objects.order_by("pk").values_list("name", "reachable"))


@pytest.mark.django_db(transaction=True)
def test_it_stores_who_is_there_and_only_what_changes(lab: Lab) -> None:
    devices = enrol(lab)
    job = look()
    assert {name: job.result[name] for name in ("up", "down", "changed")} == {"up": 4, "down": 0, "changed": 4}
    assert list(states().values()) == [True] * 4 + [None]
    since = Device.objects.get(pk=devices[0].pk).reachable_since
    for device in devices[1:4]:
        lab.fault(device.primary_address, "no-answer")
    job = look()
    assert {name: job.result[name] for name in ("up", "down", "changed")} == {"up": 1, "down": 3, "changed": 3}
    assert list(states().values()) == [True, False, False, False, None]
    assert Device.objects.get(pk=devices[0].pk).reachable_since == since
    assert job.targets.get().message == "1 up, 3 down, 3 changed."
    lab.clear_faults()
    assert look().result["up"] == 4


def test_it_asks_devices_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.operations.monitor.BLOCK", 2)
    devices = [make_device(f"r{n}", primary_address=f"127.99.0.{n}") for n in range(1, 6)]
    job = launch("monitor")
    ids = [device.pk for device in devices]
    assert [target.label for target in job.targets.all()] == [
        f"devices {ids[0]} to {ids[1]}",
        f"devices {ids[2]} to {ids[3]}",
        f"devices {ids[4]} to {ids[4]}",
    ]


def test_it_is_not_started_for_nobody() -> None:
    with pytest.raises(BadParameters, match="no active device"):
        launch("monitor")
