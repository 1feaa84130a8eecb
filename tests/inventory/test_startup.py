"""What runs is held against what the device would start with, over real sessions."""

from collections.abc import Iterator

import pytest
from django.test import Client
from rest_framework.test import APIClient

from inventory.backup import store
from inventory.errors import SessionLost, Unsupported
from inventory.models import Device, UnsavedChange
from inventory.platforms import get_platform
from inventory.startup import check_saved, note_all_saved, note_saved
from tests.factories import make_device, make_viewer
from tests.inventory.logins import device_of, session, target_of
from tests.lab.lab import Lab

pytestmark = pytest.mark.django_db
PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp", "hp_comware")
IOS = "hostname sw1\ninterface Gi0/1\n description one\nsnmp-server community {} ro\nend\n"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(devices=10, platforms=PLATFORMS, network="127.48.0.0/24") as running:
        yield running


def checked(lab: Lab, device: Device) -> Device:
    """The row after a session that asked what the device would start with."""
    real = device_of(lab, device.platform)
    with session(target_of(lab, real)) as driver:
        check_saved(device, driver)
    device.refresh_from_db()
    return device


def last_line_lost(text: str) -> str:
    """The configuration without the interface lines of its second half."""
    lines = text.split("\n")
    at = next(number for number in reversed(range(len(lines))) if lines[number].strip().startswith("description"))
    return "\n".join([*lines[:at], *lines[at + 1 :]])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_tells_what_a_restart_would_undo_until_it_is_saved(lab: Lab, platform: str) -> None:
    real, device = device_of(lab, platform), make_device(platform=platform)
    kept = real.startup
    assert checked(lab, device).unsaved_since is None
    assert device.startup_checked_at is not None
    real.startup = last_line_lost(kept)
    try:
        first = checked(lab, device).unsaved_since
        assert first is not None
        assert "+ " in UnsavedChange.objects.get(device=device).diff
        assert "description" in UnsavedChange.objects.get(device=device).diff
        assert checked(lab, device).unsaved_since == first
    finally:
        real.startup = kept
    assert checked(lab, device).unsaved_since is None
    assert not UnsavedChange.objects.exists()


def test_what_cannot_be_read_leaves_what_was_known(lab: Lab) -> None:
    real, device = device_of(lab, "cisco_ios"), make_device(platform="cisco_ios")
    kept = real.startup
    try:
        real.startup = kept.removesuffix("end\n")
        assert checked(lab, device).startup_checked_at is None
        real.startup = ""
        assert checked(lab, device).startup_checked_at is None
    finally:
        real.startup = kept
    before = checked(lab, device).startup_checked_at

    class Gone:
        def running_config(self) -> str:
            return kept

        def startup_config(self) -> str:
            raise SessionLost("sw1 closed the session")

    check_saved(device, Gone())  # type: ignore[arg-type]
    device.refresh_from_db()
    assert device.startup_checked_at == before


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_nxos", "huawei_vrp", "arista_eos", "hp_comware"])
def test_a_device_that_never_saved_anything_is_unsaved(platform: str) -> None:
    record = get_platform(platform).startup_config
    assert record is not None
    said = {
        "cisco_ios": "startup-config is not present",
        "cisco_nxos": "No startup configuration",
        "arista_eos": "% Error: startup-config not found",
        "huawei_vrp": "Info: The configuration file does not exist.",
        "hp_comware": "The configuration file does not exist.",
    }[platform]
    assert any(pattern.search(said) for pattern in record.nothing)
    device = make_device(platform=platform)
    note_saved(device, "hostname sw1\nend\n", "")
    device.refresh_from_db()
    assert device.unsaved_since is not None


def test_a_platform_that_saves_with_each_commit_is_not_asked(lab: Lab) -> None:
    device = make_device(platform="juniper_junos")

    class Asked:
        def running_config(self) -> str:
            raise AssertionError("asked")

        startup_config = running_config

    check_saved(device, Asked())  # type: ignore[arg-type]
    note_all_saved(device)
    device.refresh_from_db()
    assert device.startup_checked_at is None


def test_a_driver_of_such_a_platform_says_so(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    real = device_of(lab, "huawei_vrp")
    target = target_of(lab, real)
    object.__setattr__(target, "platform", get_platform("linux"))
    from inventory.drivers.completeness import startup_record

    with pytest.raises(Unsupported, match="is not asked what it would start with"):
        startup_record(target)


def test_certificates_are_written_otherwise_in_startup_and_count_as_saved() -> None:
    device = make_device(platform="cisco_ios")
    chain = "hostname a\ncrypto pki certificate chain X\n certificate self-signed 01"
    running = f"{chain}\n  30820330 30820218 A0030201\n  \tquit\nend\n"
    note_saved(device, running, f"Using 321 out of 65536 bytes\n{chain} nvram:IOS-Self-Sig#1.cer\nend\n")
    device.refresh_from_db()
    assert (device.unsaved_since, device.startup_checked_at is None) == (None, False)


def test_no_secret_is_in_the_difference_and_one_that_alone_differs_is_told() -> None:
    device = make_device(platform="cisco_ios")
    store(device, IOS.format("n3wer-s3cret"))
    note_saved(device, IOS.format("n3wer-s3cret"), IOS.format("older-s3cret"))
    row = UnsavedChange.objects.get(device=device)
    assert "s3cret" not in row.diff
    device.refresh_from_db()
    assert device.unsaved_since is not None
    client = Client()
    client.force_login(make_viewer())
    page = client.get(f"/admin/inventory/device/{device.pk}/change/?tab=configurations").content.decode()
    assert "Only secrets differ" in page


def test_people_see_it_and_find_it() -> None:
    unsaved, fine = make_device("core1"), make_device("core2")
    for device in (unsaved, fine):
        store(device, IOS.format("public"))
    note_saved(unsaved, IOS.format("public"), IOS.format("public").replace(" description one\n", ""))
    note_saved(fine, IOS.format("public"), IOS.format("public"))
    client = Client()
    client.force_login(make_viewer())
    page = client.get(f"/admin/inventory/device/{unsaved.pk}/change/?tab=configurations").content.decode()
    assert "+ description one" in page
    assert "A restart would undo these lines" in page
    other = client.get(f"/admin/inventory/device/{fine.pk}/change/?tab=configurations").content.decode()
    assert "A restart would undo" not in other
    listed = client.get("/admin/inventory/device/?attention=unsaved").content.decode()
    assert ("core1" in listed, "core2" in listed, "not saved" in listed) == (True, False, True)
    assert "Not saved" in client.get("/admin/").content.decode()
    api = APIClient()
    api.force_login(make_viewer())
    found = api.get("/api/v1/devices?unsaved=true").json()["results"]
    assert [(row["name"], row["unsaved_since"] is None) for row in found] == [("core1", False)]
    assert [row["name"] for row in api.get("/api/v1/devices?unsaved=false").json()["results"]] == ["core2"]


def test_what_was_saved_by_us_is_saved() -> None:
    device = make_device()
    note_saved(device, IOS.format("public"), "hostname old\nend\n")
    note_all_saved(device)
    device.refresh_from_db()
    assert device.unsaved_since is None
    assert not UnsavedChange.objects.exists()
