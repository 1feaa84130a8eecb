"""Drift in the admin: the way back to golden, the history, and how many there were each day."""

import re
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from compliance.check_drift import check_drift
from compliance.models import DriftEvent
from inventory.backup import store
from inventory.golden import make_golden
from tests import factories as make

HOSTILE = "<script>alert(1)</script>"
CONFIG = "hostname r1\ninterface Vlan10\n description users\nend\n"


def test_it_shows_the_way_back_to_golden_and_what_became_of_the_drift(as_admin: Client) -> None:
    device = make.make_device("r1", platform="cisco_ios")
    make_golden(store(device, CONFIG.replace("end\n", "enable secret s3cret\nend\n")).backup)
    check_drift(device)
    store(device, CONFIG.replace("users", HOSTILE))
    check_drift(device)
    drift = device.drift
    url = reverse("admin:compliance_drift_remediation", args=[drift.pk])
    for address in (
        f"/admin/inventory/device/{device.pk}/change/?tab=drift",
        reverse("admin:compliance_drift_change", args=[drift.pk]),
    ):
        page = as_admin.get(address).content.decode()
        assert url in page
        assert f"description users → description {escape(HOSTILE)}" in page
    assert page.index("drifted: lines missing: 1") < page.index("as golden: As golden.")
    way = as_admin.get(url).content.decode()
    assert "nothing is sent to the device" in way
    assert "  description users\n" in way
    assert "! secret, fill in: enable secret &lt;redacted&gt;" in way
    assert escape(HOSTILE) in way
    assert "2 lines hold a masked secret" in way
    assert as_admin.get(reverse("admin:compliance_drift_remediation", args=[drift.pk + 1])).status_code == 404


def test_a_platform_without_remediation_says_so_on_the_page(as_admin: Client) -> None:
    drift = make.make_drift(make.make_device("r1", platform="juniper_junos"))
    page = as_admin.get(reverse("admin:compliance_drift_remediation", args=[drift.pk])).content.decode()
    assert "One of the compared configurations is gone" in page


def test_the_list_of_drift_shows_how_many_there_were_each_day(as_admin: Client) -> None:
    device = make.make_device("r1", platform="cisco_ios")
    url = reverse("admin:compliance_drift_changelist")
    assert "nm-bars" not in as_admin.get(url).content.decode()
    make.make_drift(device)
    now = timezone.now()
    DriftEvent.objects.create(device=device, was="", state="in_sync", at=now - timedelta(days=2))
    DriftEvent.objects.create(device=device, was="in_sync", state="drifted", at=now - timedelta(days=1))
    page = as_admin.get(url).content.decode()
    assert [int(height) for height in re.findall(r"nm-warn\" style=\"height:(\d+)px", page)] == [0, 96, 96]
    assert f"{timezone.localtime(now):%Y-%m-%d}: 1 device drifted" in page
