"""Configurations and credentials in the admin: what is secret stays so."""

import pytest
from django.test import Client
from django.urls import reverse

from inventory.models import ConfigBackup, Credential
from tests import factories as make

HOSTILE = "<script>alert(1)</script>"


def test_it_keeps_a_stored_secret_when_the_input_is_empty(as_admin: Client) -> None:
    credential = make.make_credential("ssh", name="old", password="keep-me-77")
    url = reverse("admin:inventory_credential_change", args=[credential.pk])
    page = as_admin.get(url).content.decode()
    assert "keep-me-77" not in page
    assert "Leave empty to keep it" in page
    as_admin.post(url, {"name": "new", "kind": "ssh", "username": "netops", "password": ""})
    credential.refresh_from_db()
    assert credential.name == "new"
    assert credential.password.reveal() == "keep-me-77"


def test_it_replaces_a_secret(as_admin: Client) -> None:
    credential = make.make_credential("ssh")
    url = reverse("admin:inventory_credential_change", args=[credential.pk])
    as_admin.post(url, {"name": "n", "kind": "ssh", "username": "netops", "password": "fresh-88"})
    assert Credential.objects.get().password.reveal() == "fresh-88"


def test_it_says_what_a_credential_lacks(as_admin: Client) -> None:
    url = reverse("admin:inventory_credential_add")
    page = as_admin.post(url, {"name": "n", "kind": "snmp_v2c", "snmp_community": ""}).content.decode()
    assert "An SNMP v2c credential needs a community." in page


def test_it_shows_a_configuration_with_its_masks(as_admin: Client) -> None:
    backup = make.make_config_backup(
        make.make_device(), "snmp-server community ******** ro", full="community planted-77 ro"
    )
    page = as_admin.get(reverse("admin:inventory_configbackup_change", args=[backup.pk])).content.decode()
    assert "snmp-server community ********" in page
    assert "planted-77" not in page


def test_it_compares_two_configurations(as_admin: Client) -> None:
    device = make.make_device()
    unchanged = "".join(f"line {number}\n" for number in range(40))
    left = make.make_config_backup(device, f"{unchanged}old {HOSTILE}\n")
    right = make.make_config_backup(device, f"{unchanged}new\n")
    url = reverse("admin:inventory_configbackup_diff", args=[right.pk])
    page = as_admin.get(url, {"against": left.pk}).content.decode()
    assert "1 line added, 1 removed, in 1 section." in page
    assert "37 unchanged lines" in page
    assert "old &lt;script&gt;" in page
    assert "line 0" not in page
    assert "line 0" in as_admin.get(url, {"against": left.pk, "all": ""}).content.decode()


def test_it_says_when_only_a_masked_secret_differs(as_admin: Client) -> None:
    device = make.make_device()
    left, right = (make.make_config_backup(device, "key ****", full=f"key {number}") for number in range(2))
    page = as_admin.get(reverse("admin:inventory_configbackup_diff", args=[right.pk]), {"against": left.pk})
    assert "a masked secret differs" in page.content.decode()


@pytest.mark.parametrize("against", ["", "rubbish", "999999999", "1; drop table"])
def test_it_does_not_compare_with_nothing(as_admin: Client, against: str) -> None:
    backup = make.make_config_backup(make.make_device())
    url = reverse("admin:inventory_configbackup_diff", args=[backup.pk])
    assert as_admin.get(url, {"against": against}).status_code == 404


def test_it_keeps_one_golden_configuration_per_device(as_admin: Client) -> None:
    device = make.make_device()
    first, second = make.make_config_backup(device, "a"), make.make_config_backup(device, "b")
    elsewhere = make.make_config_backup(make.make_device(), "c", is_golden=True)
    for backup in (first, second):
        as_admin.post(reverse("admin:inventory_configbackup_golden", args=[backup.pk]))
    assert set(ConfigBackup.objects.filter(is_golden=True)) == {second, elsewhere}
    as_admin.post(reverse("admin:inventory_configbackup_golden", args=[second.pk]))
    assert set(ConfigBackup.objects.filter(is_golden=True)) == {elsewhere}


def test_it_lets_no_viewer_approve_a_configuration(as_viewer: Client) -> None:
    backup = make.make_config_backup(make.make_device())
    url = reverse("admin:inventory_configbackup_golden", args=[backup.pk])
    assert as_viewer.post(url).status_code == 403
    assert as_viewer.get(url).status_code == 405
    assert not ConfigBackup.objects.filter(is_golden=True).exists()


def test_it_shows_whom_the_log_of_the_device_named(as_admin: Client) -> None:
    device = make.make_device()
    backup = make.make_config_backup(device, changed_by=f"kim, {HOSTILE}")
    pages = [
        reverse("admin:inventory_configbackup_changelist"),
        reverse("admin:inventory_configbackup_change", args=[backup.pk]),
        reverse("admin:inventory_device_change", args=[device.pk]) + "?tab=configurations",
    ]
    for page in pages:
        shown = as_admin.get(page).content.decode()
        assert "kim, &lt;script&gt;" in shown, page
        assert HOSTILE not in shown
