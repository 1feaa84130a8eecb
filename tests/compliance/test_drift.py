"""Drift: lines count in their blocks, order only where it means something, and unknown is never in sync."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.drift import Difference, compare
from compliance.models import Drift
from inventory.backup import store
from inventory.golden import make_golden
from inventory.models import Device
from inventory.platforms import get_platform
from jobs.launch import launch
from jobs.models import Job
from jobs.run import run_target
from tests.factories import make_device

IOS = get_platform("cisco_ios")
GOLDEN = """hostname r1
interface Vlan10
 ip address 10.0.10.1 255.255.255.0
 shutdown
interface Vlan20
 shutdown
ip access-list extended EDGE
 permit ip any host 10.0.0.1
 deny ip any any
enable secret s3cret
end
"""


def test_a_line_counts_in_its_block() -> None:
    moved = GOLDEN.replace(" shutdown\ninterface Vlan20\n shutdown", "interface Vlan20\n shutdown\n shutdown")
    found = compare(GOLDEN, moved, IOS)
    assert found == Difference(missing=("interface Vlan10 / shutdown",), extra=("interface Vlan20 / shutdown",))


def test_order_counts_in_access_lists_only() -> None:
    acl = GOLDEN.replace(
        " permit ip any host 10.0.0.1\n deny ip any any", " deny ip any any\n permit ip any host 10.0.0.1"
    )
    assert compare(GOLDEN, acl, IOS).reordered == ("ip access-list extended EDGE",)
    lines = GOLDEN.replace(
        " ip address 10.0.10.1 255.255.255.0\n shutdown", " shutdown\n ip address 10.0.10.1 255.255.255.0"
    )
    assert not compare(GOLDEN, lines, IOS)


@given(lines=st.lists(st.sampled_from(GOLDEN.splitlines()), max_size=12))
def test_what_is_missing_one_way_is_extra_the_other(lines: list[str]) -> None:
    text = "\n".join(lines)
    there, back = compare(GOLDEN, text, IOS), compare(text, GOLDEN, IOS)
    assert (there.missing, there.extra) == (back.extra, back.missing)


@given(one=st.text(max_size=200), other=st.text(max_size=200))
@pytest.mark.parametrize("slug", ["cisco_ios", "juniper_junos", "fortinet", "generic"])
def test_rubbish_is_compared_without_a_fault(slug: str, one: str, other: str) -> None:
    assert not compare(one, one, get_platform(slug))
    compare(one, other, get_platform(slug))


def check() -> Job:
    job = launch("drift", devices=Device.objects.all())
    run_target(job.targets.get().pk)
    job.refresh_from_db()
    return job


@pytest.mark.django_db
def test_a_device_is_in_sync_only_with_what_was_approved() -> None:
    device = make_device("r1", platform="cisco_ios")
    assert check().result["unknown"] == 1
    first = store(device, GOLDEN).backup
    assert Drift.objects.get().message == "No configuration is stored: back the device up first."
    assert check().result["unknown"] == 1
    assert "No golden configuration" in Drift.objects.get().message
    make_golden(first)
    assert check().result["in_sync"] == 1
    since = Drift.objects.get().changed_at
    assert check().targets.get().changed is False
    assert Drift.objects.get().changed_at == since
    store(device, GOLDEN.replace(" ip address 10.0.10.1 255.255.255.0\n", "").replace("s3cret", "0ther"))
    job = check()
    assert (job.state, job.result["drifted"]) == ("SUCCESS", 1)
    drift = Drift.objects.get()
    assert drift.missing == ["interface Vlan10 / ip address 10.0.10.1 255.255.255.0"]
    assert "s3cret" not in str(vars(drift))


@pytest.mark.django_db
def test_a_changed_secret_alone_is_drift_without_the_secret() -> None:
    device = make_device("r1", platform="cisco_ios")
    make_golden(store(device, GOLDEN).backup)
    store(device, GOLDEN.replace("s3cret", "0ther"))
    check()
    assert (Drift.objects.get().state, Drift.objects.get().message) == ("drifted", "Only secrets differ.")
