"""The way back to golden, through its doors: of redacted texts, proposed only, with a reason where there is none."""

import pytest
from rest_framework.test import APIClient

from compliance.check_drift import check_drift
from compliance.models import Drift
from inventory.backup import store
from inventory.golden import make_golden
from inventory.models import ConfigBackup, Device
from tests.factories import make_device, make_user

pytestmark = pytest.mark.django_db
TEXT = "hostname r1\ninterface Vlan10\n description users\nsnmp-server community s3cret RO\nend\n"


@pytest.fixture
def admin() -> APIClient:
    client = APIClient()
    client.force_authenticate(make_user(is_superuser=True))
    return client


@pytest.fixture
def device() -> Device:
    return make_device("r1", platform="cisco_ios")


def drifted(device: Device, text: str, golden: str = TEXT) -> Drift:
    make_golden(store(device, golden).backup)
    store(device, text)
    check_drift(device)
    return Drift.objects.get()


def ask(admin: APIClient, drift: Drift) -> dict:
    response = admin.get(f"/api/v1/drifts/{drift.pk}/remediation")
    assert response.status_code == 200
    return response.json()


def test_it_proposes_the_way_there_and_the_way_back(device: Device, admin: APIClient) -> None:
    drift = drifted(device, TEXT.replace("users", "guests"))
    assert ask(admin, drift) == {
        "remediation": ["interface Vlan10", "  description users", "  exit"],
        "rollback": ["interface Vlan10", "  description guests", "  exit"],
        "secrets": 0,
        "reason": "",
    }
    assert admin.get(f"/api/v1/drifts/{drift.pk}").json()["changed"] == [
        {"golden": "interface Vlan10 / description users", "actual": "interface Vlan10 / description guests"}
    ]


def test_no_secret_is_proposed_and_no_line_that_needs_one(device: Device, admin: APIClient) -> None:
    found = ask(admin, drifted(device, TEXT.replace("snmp-server community s3cret RO\n", "")))
    assert found["remediation"] == ["! secret, fill in: snmp-server community <redacted> RO"]
    assert (found["secrets"], "s3cret" in str(found)) == (2, False)


@pytest.mark.parametrize(
    ("platform", "golden", "text", "reason"),
    [
        ("juniper_junos", TEXT, TEXT.replace("r1", "r2"), "No remediation is proposed for Juniper Junos"),
        ("gone", TEXT, TEXT.replace("r1", "r2"), "No remediation is proposed for"),
        ("cisco_ios", TEXT, TEXT, "As golden."),
        ("cisco_ios", TEXT, TEXT.replace("s3cret", "0ther"), "No command mends what differs"),
    ],
)
def test_it_says_why_there_is_nothing_to_propose(
    device: Device, admin: APIClient, platform: str, golden: str, text: str, reason: str
) -> None:
    drift = drifted(device, text, golden)
    Device.objects.filter(pk=device.pk).update(platform=platform)
    found = ask(admin, drift)
    assert (found["remediation"], found["rollback"]) == ([], [])
    assert found["reason"].startswith(reason)


def test_a_configuration_that_is_gone_meanwhile_is_told(device: Device, admin: APIClient) -> None:
    drift = drifted(device, TEXT.replace("users", "guests"))
    ConfigBackup.objects.filter(is_golden=True).delete()
    drift.refresh_from_db()
    assert ask(admin, drift)["reason"] == "One of the compared configurations is gone; check the drift again."
