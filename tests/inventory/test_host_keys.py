"""A device is known by its SSH host key: another one is an alarm, and nothing is written until it is accepted."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from rest_framework.test import APIClient

from inventory.backup import backup
from inventory.deploy import Hold, deploy, plan
from inventory.drivers.host_key import OfferedKey, weakness
from inventory.errors import HostKeyChanged
from inventory.host_keys import NotOffered, accept, note
from inventory.models import Device, HostKey
from inventory.sync import sync
from inventory.vlans import VlanRequest, WantedVlan
from tests.factories import make_credential, make_device, make_prefix, make_user
from tests.lab import Lab

pytestmark = pytest.mark.django_db
VLAN = VlanRequest((WantedVlan(110, "new"),))
HOLD = Hold(lambda: False, lambda: "", lambda: None, lambda _journal: None)
FIRST = OfferedKey("ssh-ed25519", "AAAA")
SECOND = OfferedKey("ssh-ed25519", "BBBB")


@dataclass(frozen=True, slots=True)
class Known:
    """A device of the lab, enrolled."""

    lab: Lab
    device: Device
    address: str

    def swap(self) -> None:
        """Somebody else answers on the device's address from now on."""
        self.lab.fault(self.address, "another-host-key")


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(devices=6, network="127.57.0.0/28", platforms=("cisco_ios", "juniper_junos")) as lab:
        yield lab


@pytest.fixture(params=["cisco_ios", "juniper_junos"])
def known(request: pytest.FixtureRequest, running: Lab) -> Iterator[Known]:
    make_prefix("127.57.0.0/28")
    there = next(d for d in running.devices if d.platform == request.param)
    device = make_device(
        primary_address=there.address,
        platform=there.platform,
        ssh_port=running.ssh_port,
        ssh_credential=make_credential(username=running.username, password=running.password),
    )
    yield Known(running, device, there.address)
    running.clear_faults()
    running.forget(there.address)


def test_it_pins_the_first_key_and_writes_nothing_for_the_same(known: Known) -> None:
    backup(known.device)
    first = HostKey.objects.get(device=known.device)
    backup(known.device)
    again = HostKey.objects.get(device=known.device)
    assert first.key_type == "ssh-ed25519"
    assert first.fingerprint.startswith("SHA256:")
    assert [getattr(first, f.attname) for f in HostKey._meta.fields] == [
        getattr(again, f.attname) for f in HostKey._meta.fields
    ]


def test_it_reads_on_with_another_key_and_raises_the_alarm(known: Known, caplog: pytest.LogCaptureFixture) -> None:
    backup(known.device)
    pinned = HostKey.objects.get(device=known.device)
    known.swap()
    with caplog.at_level(logging.WARNING, "inventory.host_keys"):
        sync(known.device)
        backup(known.device)
    now = HostKey.objects.get(device=known.device)
    assert now.fingerprint == pinned.fingerprint
    assert now.offered_fingerprint not in ("", pinned.fingerprint)
    assert [r.getMessage().count("SHA256:") for r in caplog.records if r.name == "inventory.host_keys"] == [2]


def test_it_enters_no_line_into_a_device_that_was_swapped_after_the_plan(known: Known) -> None:
    assert plan(known.device, VLAN).refusals == ()
    known.swap()
    with pytest.raises(HostKeyChanged, match="another SSH host key, SHA256:"):
        deploy(known.device, VLAN, HOLD)
    assert known.lab.device(known.address).configured == 0
    assert "accepts the key" in plan(known.device, VLAN).refusals[-1]


def test_it_writes_again_when_the_new_key_is_accepted(known: Known) -> None:
    plan(known.device, VLAN)
    known.swap()
    plan(known.device, VLAN)
    accept(known.device, HostKey.objects.get().offered_fingerprint, make_user())
    assert deploy(known.device, VLAN, HOLD).ok


def test_it_asks_for_the_pinned_type_first(running: Lab, known: Known) -> None:
    if known.device.platform == "cisco_ios":
        rsa = running._rsa.export_public_key("openssh").decode().split()
        note(known.device, OfferedKey(rsa[0], rsa[1]))
        backup(known.device)
        assert HostKey.objects.get().offered_key == ""
    else:
        backup(known.device)
        assert HostKey.objects.get().key_type == "ssh-ed25519"


def test_it_accepts_no_key_but_the_one_that_was_seen() -> None:
    device, user = make_device(), make_user()
    note(device, FIRST)
    with pytest.raises(NotOffered, match="nothing to accept"):
        accept(device, FIRST.fingerprint, user)
    note(device, SECOND)
    seen = replace(SECOND)
    note(device, OfferedKey("ssh-ed25519", "CCCC"))
    with pytest.raises(NotOffered, match="is not offered"):
        accept(device, seen.fingerprint, user)


def test_it_lets_the_pinned_key_stay() -> None:
    device, user = make_device(), make_user()
    note(device, FIRST)
    note(device, SECOND)
    kept = accept(device, FIRST.fingerprint, user)
    assert (kept.key, kept.offered_key, kept.accepted_by_id) == (FIRST.key, "", user.pk)


def test_the_api_shows_both_fingerprints_and_takes_the_one_that_was_seen() -> None:
    device = make_device()
    note(device, FIRST)
    note(device, SECOND)
    client, url = APIClient(), f"/api/v1/devices/{device.pk}/host-key"
    client.force_login(make_user("inventory.view_device"))
    shown = client.get(url).json()
    assert (shown["fingerprint"], shown["offered_fingerprint"]) == (FIRST.fingerprint, SECOND.fingerprint)
    assert client.post(f"{url}/accept", {"fingerprint": SECOND.fingerprint}, "json").status_code == 403
    client.force_login(make_user("inventory.view_device", "inventory.accept_hostkey"))
    assert client.post(f"{url}/accept", {"fingerprint": "SHA256:other"}, "json").status_code == 400
    assert client.post(f"{url}/accept", {"fingerprint": SECOND.fingerprint}, "json").status_code == 200
    assert client.get(url).json()["offered_fingerprint"] == ""


def test_the_admin_shows_the_alarm_and_accepts_the_key_that_was_shown() -> None:
    device = make_device()
    note(device, FIRST)
    client, page = APIClient(), f"/admin/inventory/hostkey/{HostKey.objects.get().pk}"
    client.force_login(make_user("inventory.view_device", "inventory.view_hostkey"))
    calm = client.get(f"/admin/inventory/device/{device.pk}/change/").content
    note(device, SECOND)
    for alarmed in ("/admin/", f"/admin/inventory/device/{device.pk}/change/", "/admin/inventory/hostkey/?changed=yes"):
        assert b"host key" in client.get(alarmed).content
    assert b"another SSH host key" not in calm
    assert device.name.encode() in client.get("/admin/inventory/device/?attention=host_key_changed").content
    assert client.post(f"{page}/accept/", {"fingerprint": SECOND.fingerprint}, "multipart").status_code == 403
    client.force_login(make_user("inventory.view_hostkey", "inventory.accept_hostkey"))
    shown = client.get(f"{page}/change/").content.decode()
    assert FIRST.fingerprint in shown
    assert SECOND.fingerprint in shown
    client.post(f"{page}/accept/", {"fingerprint": "SHA256:another"}, "multipart")
    assert HostKey.objects.get().fingerprint == FIRST.fingerprint
    client.post(f"{page}/accept/", {"fingerprint": SECOND.fingerprint}, "multipart")
    assert HostKey.objects.get().fingerprint == SECOND.fingerprint


@pytest.mark.parametrize(
    ("key_type", "bits", "weak"),
    [("ssh-rsa", 1024, True), ("ssh-rsa", 2048, False), ("ssh-dss", 1024, True), ("ssh-ed25519", 0, False)],
)
def test_it_says_which_keys_are_weak(key_type: str, bits: int, weak: bool) -> None:
    from base64 import b64encode

    modulus = (1 << (bits - 1)).to_bytes(bits // 8 + 1, "big") if bits else b""
    fields = (key_type.encode(), b"\x01\x00\x01", modulus)
    blob = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    assert bool(weakness(key_type, b64encode(blob).decode())) is weak


@pytest.mark.parametrize("key", ["", "!", "AAAA", "AAAAB3NzaC1yc2E="])
def test_rubbish_is_no_strong_key(key: str) -> None:
    assert weakness("ssh-rsa", key)
