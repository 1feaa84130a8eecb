"""Which devices are there: over SNMP of both versions, over TCP where there is no SNMP; down at the second silence."""

from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import Credential, Device, Prefix
from inventory.reach import allowed_among, is_allowed
from jobs import schedule
from jobs.claim import Claim
from jobs.close import cancel
from jobs.launch import launch
from jobs.models import Job
from jobs.operations import BadParameters, get_operation
from jobs.run import run_target
from tests.factories import make_device
from tests.lab import Lab

# The keeper of the leases looks from a connection of its own: it must see what the test stored.
pytestmark = pytest.mark.django_db(transaction=True)
NETWORK = "127.46.0.0/28"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=4, network=NETWORK, platforms=("cisco_ios",)) as running:
        yield running


def enrol(lab: Lab) -> list[Device]:
    """One device of each way to be asked, the last over TCP."""
    user = lab.v3_user
    v2c = Credential.objects.create(name="v2c", kind="snmp_v2c", snmp_community=lab.community)
    keys = {"snmp_auth_protocol": "SHA", "snmp_auth_key": user.auth_password}
    keys |= {"snmp_priv_protocol": "AES", "snmp_priv_key": user.priv_password}
    v3 = Credential.objects.create(name="v3", kind="snmp_v3", username=user.name, **keys)
    Prefix.objects.create(prefix=NETWORK)
    ports = {"snmp_port": lab.snmp_port, "ssh_port": lab.ssh_port}
    chosen = zip(lab.devices, (v2c, v2c, v3, None), strict=True)
    return [make_device(one.hostname, primary_address=one.address, snmp_credential=by, **ports) for one, by in chosen]


def look() -> Job:
    job = launch("monitor")
    for target in job.targets.all():
        run_target(target.pk)
    job.refresh_from_db()
    return job


def counts(**expected: int) -> dict[str, int]:
    return {"up": 0, "down": 0, "silent": 0, "unasked": 0, "changed": 0} | expected


def found(job: Job) -> dict[str, int]:
    return {name: job.result[name] for name in counts()}


def states() -> list[bool | None]:
    return list(Device.objects.order_by("pk").values_list("reachable", flat=True))


def test_it_stores_who_is_there_and_calls_nobody_down_at_the_first_silence(lab: Lab) -> None:
    devices = enrol(lab)
    assert found(look()) == counts(up=4, changed=4)
    assert states() == [True] * 4
    first = Device.objects.get(pk=devices[0].pk)
    for device in devices[1:]:
        lab.fault(device.primary_address, "no-answer")
    job = look()
    assert (found(job), states()) == (counts(up=1, silent=3), [True] * 4)
    assert job.targets.get().message == "up: 1, silent for the first time: 3."
    assert (found(look()), states()) == (counts(up=1, down=3, changed=3), [True, False, False, False])
    assert found(look()) == counts(up=1, down=3)
    again = Device.objects.get(pk=devices[0].pk)
    assert again.reachable_since == first.reachable_since
    assert again.last_seen_at > first.last_seen_at
    lab.clear_faults()
    assert (found(look()), states()) == (counts(up=4, changed=3), [True] * 4)


def test_a_cancelled_run_in_between_counts_as_none(lab: Lab) -> None:
    devices = enrol(lab)
    look()
    cancel(launch("monitor"))
    lab.fault(devices[0].primary_address, "no-answer")
    assert found(look()) == counts(up=3, silent=1)


def test_a_device_that_was_never_there_is_down_at_once(lab: Lab) -> None:
    enrol(lab)
    for device in lab.devices:
        lab.fault(device.address, "no-answer")
    assert found(look()) == counts(down=4, changed=4)


def test_nobody_knows_of_devices_that_may_not_or_cannot_be_asked(lab: Lab) -> None:
    devices = enrol(lab)
    look()
    Prefix.objects.create(prefix=f"{devices[0].primary_address}/32", excluded=True)
    Credential.objects.filter(name="v3").update(username="")
    job = look()
    assert (found(job), states()) == (counts(up=2, unasked=2), [None, True, None, True])
    assert "not asked (outside the allowed prefixes" in job.targets.get().message


def test_a_stopped_run_stores_nothing(lab: Lab) -> None:
    enrol(lab)
    for device in lab.devices:
        lab.fault(device.address, "no-answer")
    claim = Claim(launch("monitor").targets.get(), get_operation("monitor"))
    claim.cancelled.set()
    outcome = claim.operation.run(claim)
    assert (outcome.stopped, outcome.result["down"], states()) == (True, 0, [None] * 4)


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


def test_a_block_whose_devices_are_gone_says_so() -> None:
    device = make_device("r1")
    job = launch("monitor")
    device.delete()
    run_target(job.targets.get().pk)
    assert job.targets.get().message == "no active device is left."


def test_it_is_not_started_for_nobody() -> None:
    with pytest.raises(BadParameters, match="no active device"):
        launch("monitor")


def test_no_second_run_is_scheduled_beside_an_unfinished_one() -> None:
    make_device("r1")
    first = schedule.run_scheduled_monitoring()
    assert schedule.run_scheduled_monitoring() == f"The job before, {first}, is not finished yet."
    assert Job.objects.count() == 1


PREFIXES = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "0.0.0.0/0", "fd00::/8", "fd00:1::/32")
ADDRESSES = ("10.0.0.1", "10.1.0.1", "10.1.2.1", "10.1.2.3", "192.0.2.1", "fd00::1", "fd00:1::1", "2001:db8::1")


@given(chosen=st.dictionaries(st.sampled_from(PREFIXES), st.booleans()))
def test_many_addresses_are_judged_as_one_by_one(chosen: dict[str, bool]) -> None:
    Prefix.objects.all().delete()
    for prefix, excluded in chosen.items():
        Prefix.objects.create(prefix=prefix, excluded=excluded)
    assert allowed_among(ADDRESSES) == {str(ip_address(one)) for one in ADDRESSES if is_allowed(one)}
