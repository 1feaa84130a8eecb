"""A change of a rule makes a new version of its standard, and old results stay explained by the old one."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.exchange import export_standard, import_standard
from compliance.models import Result, Rule, Standard, StandardVersion
from compliance.scan import scan_device
from compliance.versions import KEPT, record
from inventory.models import Device
from tests.factories import make_admin, make_config_backup, make_device, make_rule, make_standard, make_viewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule() -> Rule:
    Standard.objects.update(enabled=False)
    return make_rule(make_standard("Ours"), rule_id="ntp", definition={"matches": "^ntp server"}, title="As it was")


@pytest.fixture
def device() -> Device:
    device = make_device("r1", platform="cisco_ios")
    make_config_backup(device, "hostname r1\nntp server 10.0.0.1\nend\n", last_seen_at=timezone.now())
    return device


def numbers(rule: Rule) -> list[int]:
    return list(StandardVersion.objects.filter(standard=rule.standard).values_list("number", flat=True))


def test_every_shipped_standard_has_its_first_version() -> None:
    assert set(Standard.objects.filter(shipped=True, versions__number=1)) == set(Standard.objects.filter(shipped=True))


def test_a_change_by_any_door_makes_one_version_and_no_change_makes_none(
    rule: Rule, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    admin = make_admin()
    record(rule.standard_id)
    api = APIClient()
    api.force_login(admin)
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.patch(f"/api/v1/rules/{rule.pk}", {"title": "Another"}, format="json")
        assert answer.status_code == 200, answer.json()
    assert numbers(rule) == [2, 1]
    assert StandardVersion.objects.get(standard=rule.standard, number=2).created_by == admin
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.patch(f"/api/v1/rules/{rule.pk}", {"title": "Another"}, format="json")
        assert answer.status_code == 200, answer.json()
    assert numbers(rule) == [2, 1]
    import_standard(export_standard(rule.standard).replace("Another", "A third"))
    assert numbers(rule) == [3, 2, 1]
    client.force_login(admin)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:compliance_rule_delete", args=[rule.pk]), {"post": "yes"})
    assert numbers(rule) == [4, 3, 2, 1]


def test_an_old_result_is_explained_by_the_rule_as_it_was(rule: Rule, device: Device, client: Client) -> None:
    scan_device(device)
    result = Result.objects.get()
    assert result.standard_version is not None
    assert result.standard_version.number == 1
    rule.title, rule.definition = "As it is now", {"contains": "ntp server 10.0.0.9"}
    rule.save()
    record(rule.standard_id)
    client.force_login(make_admin())
    page = client.get(reverse("admin:compliance_result_change", args=[result.pk])).content.decode()
    for words in ("version 1 of the standard", "version 2 is in force since", "title: As it was", "^ntp server"):
        assert words in page
    scan_device(device)
    result.refresh_from_db()
    assert (result.state, result.standard_version.number) == ("fail", 2)
    page = client.get(reverse("admin:compliance_result_change", args=[result.pk])).content.decode()
    assert "version 2 of the standard" in page
    assert "As it was" not in page


def test_a_result_that_says_the_same_moves_to_the_new_version(rule: Rule, device: Device) -> None:
    scan_device(device)
    rule.title = "Renamed"
    rule.save()
    scan_device(device)
    result = Result.objects.get()
    assert result.standard_version is not None
    assert (result.state, result.standard_version.number) == ("pass", 2)


def test_it_keeps_what_explains_a_result_and_the_newest(rule: Rule, device: Device) -> None:
    scan_device(device)
    for number in range(KEPT + 3):
        Rule.objects.filter(pk=rule.pk).update(title=f"t{number}")
        record(rule.standard_id)
    assert numbers(rule)[-2:] == [5, 1]
    assert len(numbers(rule)) == KEPT + 1


def test_the_versions_are_told_over_rest_and_on_the_page(rule: Rule, device: Device, client: Client) -> None:
    scan_device(device)
    make_rule(rule.standard, rule_id="second")
    record(rule.standard_id)
    client.force_login(make_admin())
    told = client.get(f"/api/v1/standards/{rule.standard_id}/versions").json()
    assert [(row["number"], len(row["rules"])) for row in told["results"]] == [(2, 2), (1, 1)]
    assert client.get("/api/v1/results").json()["results"][0]["standard_version"] == 1
    page = client.get(reverse("admin:compliance_standard_change", args=[rule.standard_id])).content.decode()
    assert "<td>second</td>" in page.replace("\n", "")


def test_a_standard_goes_out_and_comes_in_as_a_file(rule: Rule, client: Client) -> None:
    client.force_login(make_admin())
    page = client.get(reverse("admin:compliance_standard_change", args=[rule.standard_id])).content.decode()
    link = f"/api/v1/standards/{rule.standard_id}/export?format=yaml"
    assert link in page
    file = client.get(link).content
    url = reverse("admin:compliance_standard_import")
    changed = SimpleUploadedFile("ours.yaml", file.replace(b"As it was", b"As it comes"))
    assert client.post(url, {"file": changed}).status_code == 302
    rule.refresh_from_db()
    assert rule.title == "As it comes"
    for content, sentence in ((b"slug: [", "not readable as YAML"), (b"\xff\x00", "not readable"), (b"a: 1", "rules")):
        assert sentence in client.post(url, {"file": SimpleUploadedFile("x.yaml", content)}).content.decode()
    client.force_login(make_viewer())
    assert client.get(url).status_code == 403
