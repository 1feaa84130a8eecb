"""Compliance over REST: standards, rules, waivers, results, drift, and the report as a file."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from pypdf import PdfReader
from rest_framework.test import APIClient

from compliance.models import Result, Rule, Standard, Waiver
from inventory.models import Device
from tests.factories import (
    make_admin,
    make_approver,
    make_device,
    make_drift,
    make_result,
    make_rule,
    make_site,
    make_standard,
    make_user,
    make_viewer,
    make_waiver,
)
from tests.inventory.test_export import sheets_of
from tests.visitors import queries_of

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def admin() -> APIClient:
    return signed_in(make_admin(name="kim"))


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def shipped() -> Standard:
    return make_standard("Shipped", shipped=True)


def test_it_lets_a_shipped_standard_be_switched_off_and_nothing_else(admin: APIClient, shipped: Standard) -> None:
    url = f"{API}/standards/{shipped.pk}"
    assert "only enabled is yours" in admin.patch(url, {"name": "Mine"}).json()["name"][0]
    assert admin.patch(url, {"enabled": False}).json()["enabled"] is False
    assert admin.delete(url).status_code == 403
    rule = make_rule(shipped)
    assert admin.patch(f"{API}/rules/{rule.pk}", {"title": "Mine"}).status_code == 403
    assert admin.delete(f"{API}/rules/{rule.pk}").status_code == 403
    assert Rule.objects.get(pk=rule.pk).title != "Mine"


def new_rule(standard: Standard, **fields: Any) -> dict[str, Any]:
    return {
        "standard": standard.pk,
        "rule_id": "ntp",
        "title": "Time comes from NTP",
        "severity": "high",
        "platforms": ["cisco_ios"],
        "definition": {"matches": "^ntp server"},
        **fields,
    }


def test_it_adds_a_rule_to_a_standard_of_ones_own(admin: APIClient, shipped: Standard) -> None:
    assert admin.post(f"{API}/rules", new_rule(make_standard())).status_code == 201
    assert Rule.objects.filter(rule_id="ntp").exists()
    assert "make one of your own" in admin.post(f"{API}/rules", new_rule(shipped)).json()["standard"][0]


@pytest.mark.parametrize(
    "definition",
    [{}, {"matches": "("}, {"nonsense": 1}, [], "x", {"matches": "a\x00"}, {"matches": None}, {"each_section": {}}],
)
def test_it_refuses_a_check_that_cannot_be_applied(admin: APIClient, definition: Any) -> None:
    refused = admin.post(f"{API}/rules", new_rule(make_standard(), definition=definition))
    assert refused.status_code == 400
    assert refused.json()
    assert not Rule.objects.filter(rule_id="ntp").exists()


def test_it_makes_whoever_waives_a_rule_answer_for_it() -> None:
    rule, device = make_rule(), make_device("core1")
    client = signed_in(make_approver(name="lee"))
    end = "2099-01-01T00:00:00Z"
    made = client.post(f"{API}/waivers", {"rule": rule.pk, "device": device.pk, "reason": "Old box", "ends_at": end})
    assert made.status_code == 201
    assert (made.json()["owner"], made.json()["device_name"]) == ("lee", "core1")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "reason"),
        ({"ends_at": "1999-01-01T00:00:00Z"}, "A waiver ends after it starts."),
        ({"site": True}, "not for several of them"),
        ({"ends_at": None}, "ends_at"),
    ],
)
def test_it_refuses_a_waiver_that_says_too_little_or_too_much(
    admin: APIClient, fields: dict[str, Any], words: str
) -> None:
    if "site" in fields:
        fields = {"site": make_site().pk}
    row = {"rule": make_rule().pk, "device": make_device().pk, "reason": "Old", "ends_at": "2099-01-01T00:00:00Z"}
    refused = admin.post(f"{API}/waivers", {**row, **fields})
    assert refused.status_code == 400
    assert words in refused.content.decode()
    assert not Waiver.objects.exists()


def test_it_finds_results_with_their_evidence(admin: APIClient) -> None:
    rule = make_rule(rule_id="ntp-1", severity="critical")
    failing = make_result(make_device("bad"), rule, Result.State.FAIL, message="No line matches.", evidence=[])
    make_result(make_device("good"), rule)
    found = admin.get(f"{API}/results?state=fail&severity=critical,high&rule_id=ntp-1").json()["results"]
    assert [(row["id"], row["device_name"], row["message"]) for row in found] == [
        (failing.pk, "bad", "No line matches.")
    ]
    good = admin.get(f"{API}/results?state=pass").json()["results"][0]
    assert good["evidence"] == [{"line_number": 3, "text": "ntp server 10.0.0.1"}]
    assert admin.patch(f"{API}/results/{failing.pk}", {"state": "pass"}).status_code == 405


def test_it_lists_drift_by_state_and_tells_the_lines_of_one_device(admin: APIClient) -> None:
    drift = make_drift(make_device("r1", platform="cisco_ios"))
    make_drift(make_device("r2"), "in_sync", message="As golden.", missing=[])
    found = admin.get(f"{API}/drifts?state=drifted&platform=cisco_ios&search=missing").json()["results"]
    assert [(row["id"], row["device_name"], row["message"]) for row in found] == [(drift.pk, "r1", "1 missing.")]
    assert "missing" not in found[0]
    assert admin.get(f"{API}/drifts/{drift.pk}").json()["missing"] == ["ntp server 10.0.0.1"]
    assert admin.patch(f"{API}/drifts/{drift.pk}", {"state": "in_sync"}).status_code == 405


@pytest.mark.parametrize("noun", ["standards", "rules", "waivers", "results", "drifts"])
def test_it_needs_the_same_number_of_queries_for_any_page(noun: str) -> None:
    client = signed_in(make_viewer())

    def add() -> None:
        rule = make_rule()
        make_result(make_device(), rule)
        make_drift(make_device())
        make_waiver(make_user(), rule, device=make_device())

    add()
    few = queries_of(client, f"{API}/{noun}")
    for _ in range(5):
        add()
    assert queries_of(client, f"{API}/{noun}") == few


# The report ---------------------------------------------------------------------------------------


@pytest.fixture
def judged() -> Device:
    device = make_device("서울-core1")
    rule = make_rule(make_standard("Hardening"), "ntp-1", title="=Time comes from NTP")
    make_result(device, rule, Result.State.FAIL, message="시간 서버가 없다", evidence=[])
    make_result(make_device("busan1"), rule)
    return device


def test_it_reports_every_result_and_their_sums(admin: APIClient, judged: Device) -> None:
    answer = admin.get(f"{API}/compliance/reports/export?format=xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="compliance.xlsx"'
    sheets = sheets_of(answer.getvalue())
    assert list(sheets) == ["summary", "standards", "rules", "devices", "results"]
    assert "시간 서버가 없다" in sheets["results"]
    assert "'=Time comes from NTP" in sheets["results"]
    assert "Hardening" in sheets["standards"]
    assert f"서울-core1 ({judged.pk})" in sheets["devices"]


def test_it_reports_one_device_on_paper(admin: APIClient, judged: Device) -> None:
    answer = admin.get(f"{API}/compliance/reports/export?format=pdf&device_id={judged.pk}")
    assert answer.headers["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "서울-core1" in text
    assert "시간 서버가" in text
    assert "busan1" not in text


def test_it_reports_the_sums_over_all_devices_on_paper(admin: APIClient, judged: Device) -> None:
    content = admin.get(f"{API}/compliance/reports/export?format=pdf").content
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "busan1" in text
    assert "서울-core1" in text


def test_it_refuses_a_report_of_nothing(admin: APIClient) -> None:
    refused = admin.get(f"{API}/compliance/reports/export?format=pdf&device_id=987654321")
    assert refused.status_code == 400
    assert refused.json() == {"device_id": ["There is no device with the id 987654321."]}
    assert signed_in(make_user()).get(f"{API}/compliance/reports/export").status_code == 403
