"""Somebody answers for a difference from the golden configuration: over REST, on the page, and until when."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.acknowledge import take_back
from compliance.check_drift import check_drift, needs_somebody
from compliance.models import Drift
from inventory.backup import store
from inventory.golden import make_golden
from inventory.models import Device
from tests import factories as make
from tests.visitors import said, signed_in

pytestmark = pytest.mark.django_db
TEXT = "hostname r1\ninterface Vlan10\n shutdown\nenable secret s3cret\nend\n"
DAY = timedelta(days=1)


@pytest.fixture
def drift(db: None) -> Drift:
    """Of a router that lost a line."""
    device = make.make_device("r1", platform="cisco_ios")
    make_golden(store(device, TEXT).backup)
    return changed(device, TEXT.replace(" shutdown\n", ""))


def changed(device: Device, text: str) -> Drift:
    store(device, text)
    check_drift(device)
    return Drift.objects.get()


def answer(client: Client, drift: Drift, **fields: Any) -> Any:
    body = {"reason": "lab port", "until": (timezone.now() + 7 * DAY).isoformat(), **fields}
    return client.post(f"/api/v1/drifts/{drift.pk}/acknowledge", body, content_type="application/json")


def waits(client: Client) -> int:
    """How many differences call for attention: on the page and over REST."""
    listed = client.get(reverse("admin:compliance_drift_changelist"), {"acknowledged": "no"}).context["cl"].result_count
    told = client.get("/api/v1/drifts?state=drifted&acknowledged=false").json()["count"]
    assert listed == told == needs_somebody().count()
    return listed


def test_a_difference_that_somebody_answers_for_calls_for_nobody(as_admin: Client, drift: Drift) -> None:
    assert waits(as_admin) == 1
    told = answer(as_admin, drift).json()
    assert (told["acknowledged"], told["acknowledged_reason"], told["state"]) == (True, "lab port", "drifted")
    assert told["acknowledged_by"] == as_admin.get("/api/v1/drifts").json()["results"][0]["acknowledged_by"] != ""
    assert waits(as_admin) == 0
    check_drift(drift.device)
    assert waits(as_admin) == 0
    tab = as_admin.get(reverse("admin:inventory_device_change", args=[drift.device_id]), {"tab": "drift"})
    assert "lab port" in tab.content.decode()


def test_another_difference_calls_again_and_the_acknowledged_one_is_known_when_it_comes_back(
    as_admin: Client, drift: Drift
) -> None:
    answer(as_admin, drift)
    changed(drift.device, "hostname r2\nend\n")
    assert waits(as_admin) == 1
    changed(drift.device, TEXT.replace(" shutdown\n", ""))
    assert waits(as_admin) == 0


def test_a_secret_that_differs_is_another_difference_each_time(as_admin: Client, drift: Drift) -> None:
    answer(as_admin, changed(drift.device, TEXT.replace("s3cret", "other")))
    assert waits(as_admin) == 0
    changed(drift.device, TEXT.replace("s3cret", "third"))
    assert waits(as_admin) == 1


def test_it_calls_again_when_the_time_is_over(as_admin: Client, drift: Drift) -> None:
    answer(as_admin, drift)
    Drift.objects.update(acknowledged_until=timezone.now() - DAY)
    assert waits(as_admin) == 1
    assert as_admin.get(f"/api/v1/drifts/{drift.pk}").json()["acknowledged"] is False


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"reason": "  "}, "reason", "may not be blank"),
        ({"until": "2020-01-01T00:00:00Z"}, "until", "until must lie in the future, within a year."),
        ({"until": "2099-01-01T00:00:00Z"}, "until", "until must lie in the future, within a year."),
        ({"until": "soon"}, "until", "wrong format"),
    ],
)
def test_it_wants_a_reason_and_an_end(
    as_admin: Client, drift: Drift, fields: dict[str, str], name: str, sentence: str
) -> None:
    refused = answer(as_admin, drift, **fields)
    assert refused.status_code == 400
    assert sentence in str(refused.json()[name])
    assert waits(as_admin) == 1


def test_there_must_be_a_difference(as_admin: Client, drift: Drift) -> None:
    changed(drift.device, TEXT)
    assert "has not drifted" in str(answer(as_admin, drift).json()["drift"])


def test_the_audit_trail_tells_who_answered_and_who_took_it_back(as_admin: Client, drift: Drift) -> None:
    answer(as_admin, drift)
    take_back(drift)
    entries = LogEntry.objects.filter(content_type__model="drift").order_by("pk")
    assert [entry.changes["acknowledged_reason"] for entry in entries] == [["", "lab port"], ["lab port", ""]]


def test_it_takes_the_permission_of_the_shift(drift: Drift) -> None:
    assert answer(signed_in(make.make_viewer()), drift).status_code == 403
    assert answer(signed_in(make.make_operator()), drift).status_code == 200


def test_it_is_answered_for_and_taken_back_on_the_page(as_admin: Client, drift: Drift) -> None:
    page, until = reverse("admin:compliance_drift_change", args=[drift.pk]), timezone.localtime() + DAY
    moment = {"acknowledged_until_0": f"{until:%Y-%m-%d}", "acknowledged_until_1": f"{until:%H:%M:%S}"}
    refused = as_admin.post(page, {"acknowledged_reason": "", **moment})
    assert "Say why the difference may stay." in refused.content.decode()
    saved = as_admin.post(page, {"acknowledged_reason": "lab port", **moment})
    assert "was changed successfully" in said(saved)
    assert waits(as_admin) == 0
    as_admin.post(page, {"acknowledged_reason": "", "acknowledged_until_0": "", "acknowledged_until_1": ""})
    assert waits(as_admin) == 1
