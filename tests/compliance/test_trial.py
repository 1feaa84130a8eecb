"""A rule is tried on a device before it is saved: the verdict of a scan, and nothing stored."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.models import Result, Rule
from inventory.models import Device
from tests.factories import (
    make_admin,
    make_config_backup,
    make_device,
    make_operator,
    make_rule,
    make_scope,
    make_site,
    make_standard,
    make_user,
)  # fmt: skip

pytestmark = pytest.mark.django_db
URL = "/api/v1/rules/try"


@pytest.fixture
def device() -> Device:
    device = make_device("r1", platform="cisco_ios")
    make_config_backup(device, "hostname r1\nip http server\nend\n", last_seen_at=timezone.now())
    return device


def form(**fields: Any) -> dict[str, Any]:
    return {"definition": "contains: no ip http server", "platforms": ["cisco_ios"], "try_device": "r1", **fields}


def test_it_says_what_a_scan_would_say_and_stores_nothing(device: Device) -> None:
    client = APIClient()
    client.force_login(make_operator())
    asked = {"device": device.pk, "definition": {"not_contains": "ip http server"}, "remediation": "no ip http server"}
    answer = client.post(URL, asked, format="json")
    assert answer.status_code == 200
    assert answer.json() == {
        "state": "fail",
        "message": "“ip http server” must not be there",
        "evidence": [{"line_number": 2, "text": "ip http server"}],
        "remediation": "no ip http server",
        "backup": device.config_backups.get().pk,
    }
    assert not Result.objects.exists()


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [({"contain": "x"}, "is not a kind of check, must be one of"), ({"matches": "("}, "matches"), ([], "mapping")],
)
def test_a_rule_that_cannot_be_applied_is_refused_at_its_field(device: Device, definition: Any, sentence: str) -> None:
    client = APIClient()
    client.force_login(make_operator())
    answer = client.post(URL, {"device": device.pk, "definition": definition}, format="json")
    assert answer.status_code == 400
    assert sentence in answer.json()["definition"][0]


def test_a_device_of_another_site_cannot_be_looked_into(device: Device) -> None:
    user = make_operator()
    make_scope(user, sites=[make_site("elsewhere")])
    client = APIClient()
    client.force_login(user)
    assert client.post(URL, {"device": device.pk, "definition": {"matches": "."}}, format="json").status_code == 400
    page = Client()
    page.force_login(user)
    assert "There is no device" in page.post(reverse("admin:compliance_rule_try"), form()).content.decode()


def test_what_stands_in_the_form_is_tried(device: Device, client: Client) -> None:
    client.force_login(make_admin())
    said = client.post(reverse("admin:compliance_rule_try"), form(remediation="no ip http server")).content.decode()
    assert "is missing" in said
    assert "What would mend it" in said
    for wrong, sentence in (
        ({"definition": "contains: ["}, "Not readable as YAML, line"),
        ({"definition": "contains: a\ncontains: b"}, "is there twice, line 1"),
        ({"definition": "contain: x"}, "is not a kind of check"),
        ({"platforms": []}, "This field is required"),
        ({"try_device": "nobody"}, "There is no device with this name"),
    ):
        assert sentence in client.post(reverse("admin:compliance_rule_try"), form(**wrong)).content.decode(), wrong


def test_a_shipped_rule_is_tried_as_it_is(device: Device, client: Client) -> None:
    client.force_login(make_admin())
    rule = Rule.objects.filter(standard__shipped=True, platforms__contains="cisco_ios").first()
    assert rule is not None
    url = reverse("admin:compliance_rule_try_stored", args=[rule.pk])
    assert url in client.get(reverse("admin:compliance_rule_change", args=[rule.pk])).content.decode()
    assert "nm-state" in client.post(url, {"try_device": str(device.primary_address)}).content.decode()


def test_nobody_reads_configurations_by_trying_rules(device: Device, client: Client) -> None:
    client.force_login(make_user("compliance.view_rule", "compliance.change_rule"))
    assert client.post(reverse("admin:compliance_rule_try"), form()).status_code == 403


def test_a_rule_is_written_as_in_a_file(client: Client) -> None:
    client.force_login(make_admin())
    rule = make_rule(make_standard("Ours"), definition={"matches": "^ntp server"}, references=["a", "b"])
    url = reverse("admin:compliance_rule_change", args=[rule.pk])
    page = client.get(url).content.decode()
    assert "matches: ^ntp server" in page
    fields = {
        "standard": rule.standard_id, "rule_id": rule.rule_id, "title": "t", "severity": "low",
        "platforms": ["arista_eos", "cisco_ios"], "definition": "any_of:\n- contains: a\n- contains: b",
        "references": "NIST 800-53 AC-2\n\nRFC 7454\n", "rationale": "", "remediation": "",
    }  # fmt: skip
    assert client.post(url, fields).status_code == 302
    rule.refresh_from_db()
    assert rule.definition == {"any_of": [{"contains": "a"}, {"contains": "b"}]}
    assert rule.references == ["NIST 800-53 AC-2", "RFC 7454"]
    assert json.dumps(rule.platforms) == '["arista_eos", "cisco_ios"]'
    assert "is not a kind of check" in client.post(url, {**fields, "definition": "contain: a"}).content.decode()
