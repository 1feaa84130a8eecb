"""A configuration that was read is held against the golden one and the standards at once, without asking."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import Drift, Result, Scanned, Standard
from inventory.backup import Stored, store
from inventory.models import ConfigBackup, Device
from jobs.models import SystemSetting
from tests.factories import make_admin, make_device, make_rule

pytestmark = pytest.mark.django_db
TEXT = "hostname r1\nno ip http server\ninterface Vlan10\n shutdown\nend\n"


@pytest.fixture
def device() -> Device:
    Standard.objects.update(enabled=False)
    make_rule(platforms=["cisco_ios"], definition={"contains": "no ip http server"})
    return make_device("r1", platform="cisco_ios")


@pytest.fixture
def read(device: Device, django_capture_on_commit_callbacks: Any) -> Callable[[str], Stored]:
    """What a backup does with the text it got, and all that follows."""

    def stored(text: str) -> Stored:
        with django_capture_on_commit_callbacks(execute=True):
            return store(device, text)

    return stored


def test_a_backup_is_judged_at_once(read: Callable[[str], Stored]) -> None:
    read(TEXT)
    assert Result.objects.get().state == "pass"
    assert Drift.objects.get().message == "No golden configuration: approve a backup as golden first."
    read(TEXT.replace("no ip http", "ip http"))
    assert Result.objects.get().state == "fail"


def test_the_first_drift_follows_from_one_click(
    read: Callable[[str], Stored], client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    backup = read(TEXT).backup
    client.force_login(make_admin())
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:inventory_configbackup_golden", args=[backup.pk]))
    assert Drift.objects.get().state == "in_sync"
    read(TEXT.replace(" shutdown\n", ""))
    assert (Drift.objects.get().state, Drift.objects.get().message) == ("drifted", "lines missing: 1.")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:inventory_configbackup_golden", args=[backup.pk]))
    assert Drift.objects.get().state == "unknown"


def test_an_unchanged_configuration_is_not_compared_again(read: Callable[[str], Stored]) -> None:
    backup = read(TEXT).backup
    ConfigBackup.objects.filter(pk=backup.pk).update(is_golden=True)
    read(TEXT)
    first = Drift.objects.get()
    assert first.state == "in_sync"
    read(TEXT)
    assert Drift.objects.get().checked_at == first.checked_at


@pytest.mark.parametrize(("setting", "left"), [("config_drift_enabled", Drift), ("compliance_scan_enabled", Scanned)])
def test_what_is_switched_off_does_not_follow_either(read: Callable[[str], Stored], setting: str, left: Any) -> None:
    SystemSetting.objects.create(name=setting, value="no")
    read(TEXT)
    assert not left.objects.exists()
    assert Drift.objects.exists() or Scanned.objects.exists()


def test_a_standard_that_is_gone_judges_nothing(read: Callable[[str], Stored]) -> None:
    SystemSetting.objects.create(name="compliance_scan_standard_id", value="999999")
    read(TEXT)
    assert not Scanned.objects.exists()


def test_a_judgement_that_breaks_leaves_the_backup_alone(
    read: Callable[[str], Stored], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("jobs.follow.check_drift", broken)
    assert read(TEXT).changed
    assert "follow_configuration" in caplog.text
