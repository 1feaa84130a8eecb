"""The matrix in the admin, the results behind a cell, and what the device page adds."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import ComplianceDay, Result, Rule, Standard
from compliance.scores import rescore
from inventory.models import Device
from tests import factories as make
from tests.visitors import queries_of

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"
URL = "/admin/compliance/result/matrix/"


@pytest.fixture(autouse=True)
def standard() -> Standard:
    Standard.objects.all().delete()
    return make.make_standard("Baseline")


def judged(name: str, *states: str, **fields: Any) -> Device:
    """A device with these results of the one standard, scored."""
    standard = Standard.objects.get(name="Baseline")
    device = make.make_device(name, **fields)
    for number, state in enumerate(states):
        rule_id = f"r{number}"
        rule = Rule.objects.filter(rule_id=rule_id).first() or make.make_rule(standard, rule_id, title=f"rule {number}")
        make.make_result(device, rule, state)
    rescore([device.pk])
    return device


def shown(client: Client, query: str = "") -> list[str]:
    return [line.device.name for line in client.get(URL + query).context["lines"]]


def test_it_shows_each_device_with_score_and_failures_worst_first(as_admin: Client) -> None:
    judged("good", "pass", "pass")
    bad = judged("bad", "fail", "pass", "unknown")
    page = as_admin.get(URL)
    assert [line.device.name for line in page.context["lines"]] == ["bad", "good"]
    (cell,) = page.context["lines"][0].cells
    assert (cell.tone, cell.detail) == ("bad", "1 failure, 1 unknown")
    text = page.content.decode()
    assert "33 %" in text
    assert "1 passed, 1 failed, 1 unknown, 0 waived" in text
    assert reverse("admin:compliance_matrix_results", args=[bad.pk, Standard.objects.get().pk]) in text
    assert [cell.detail for cell in page.context["totals"]] == ["1 failure, 1 unknown"]


@pytest.mark.parametrize(
    ("states", "tone", "word"),
    [
        (["pass"], "good", "100 %"),
        (["pass"] * 19 + ["unknown"], "warn", "95 %"),
        (["unknown"], "warn", "not judged"),
        (["waived"], "none", "not judged"),
        (["fail"], "bad", "0 %"),
    ],
)
def test_a_cell_is_never_green_where_something_could_not_be_judged(
    as_admin: Client, states: list[str], tone: str, word: str
) -> None:
    judged("one", *states)
    page = as_admin.get(URL)
    assert page.context["lines"][0].cells[0].tone == tone
    assert word in page.content.decode()


def test_it_keeps_the_filters_from_page_to_page(as_admin: Client) -> None:
    for number in range(52):
        judged(f"core{number:02}", "pass", role="core")
    judged("edge", "fail", role="edge")
    first = as_admin.get(f"{URL}?role=core&order=name")
    assert first.context["page"].paginator.count == 52
    assert first.context["after_url"] == "?role=core&order=name&page=2"
    assert shown(as_admin, first.context["after_url"]) == ["core50", "core51"]
    assert shown(as_admin, "?role=core&page=999") == ["core50", "core51"]
    assert len(shown(as_admin, "?role=core&page=x")) == 50
    assert shown(as_admin, "?state=failing") == ["edge"]


@pytest.mark.parametrize("query", ["?state=perhaps", "?site=987654321", "?standard=x", "?role=none", "?order=best"])
def test_it_says_what_it_does_not_offer_instead_of_ignoring_it(as_admin: Client, query: str) -> None:
    judged("one", "fail")
    page = as_admin.get(URL + query)
    assert page.status_code == 200
    assert "lines" not in page.context
    assert 'class="nm-wrong"' in page.content.decode()


def test_it_asks_the_same_number_of_questions_for_a_full_page(as_admin: Client) -> None:
    site = make.make_site()
    judged("one", "fail", "pass", site=site)
    few = queries_of(as_admin, URL)
    for number in range(20):
        judged(f"d{number}", "fail", "pass", site=site, role=f"role{number}")
    assert queries_of(as_admin, URL) == few <= 20


def test_the_rules_that_fail_most_lead_to_their_failures(as_admin: Client) -> None:
    judged("a", "fail", "fail")
    judged("b", "fail", "pass")
    assert 'hx-get="?order=name&amp;part=worst"' in as_admin.get(f"{URL}?order=name").content.decode()
    first, second = as_admin.get(f"{URL}?part=worst").context["worst"]
    assert [(one.title, one.devices) for one in (first, second)] == [("rule 0", 2), ("rule 1", 1)]
    assert len(as_admin.get(first.url).context["cl"].result_list) == 2


def test_it_draws_the_trend_and_says_it_in_a_table(as_admin: Client) -> None:
    today = timezone.localdate()
    assert "The line begins on the second day after a scan." in as_admin.get(URL).content.decode()
    for number, score in enumerate((80, 60, 100)):
        ComplianceDay.objects.create(day=today - timedelta(days=2 * number), devices=3, failed=number, score=score)
    page = as_admin.get(URL).content.decode()
    assert 'points="0.0,0 450.0,40 900.0,20"' in page
    assert f"{today:%Y-%m-%d}: 80 %, 0 failures on 3 devices" in page


def test_the_trend_says_of_which_standard_it_is(as_admin: Client, standard: Standard) -> None:
    assert "whole network" in as_admin.get(URL).content.decode()
    assert f"{standard.name}, whole network" not in as_admin.get(URL).content.decode()
    assert f"{standard.name}, whole network" in as_admin.get(f"{URL}?standard={standard.pk}").content.decode()


def test_the_trend_of_the_whole_network_is_not_told_to_who_sees_a_part(standard: Standard) -> None:
    today = timezone.localdate()
    for number in range(2):
        ComplianceDay.objects.create(day=today - timedelta(days=number), devices=4711, score=80)
    site = make.make_site("Alpha")
    own, foreign = judged("own", "fail", site=site), judged("foreign", "fail", site=make.make_site("Beta"))
    user = make.make_viewer()
    make.make_scope(user, sites=[site])
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    page = client.get(URL)
    text = page.content.decode()
    assert [line.device for line in page.context["lines"]] == [own]
    assert [one.devices for one in client.get(f"{URL}?part=worst").context["worst"]] == [1]
    assert "your access scopes show a part of it" in text
    assert not any(word in text for word in ("4711", "4,711", "foreign", "Beta"))
    assert client.get(f"{URL}{own.pk}/{standard.pk}/").status_code == 200
    assert client.get(f"{URL}{foreign.pk}/{standard.pk}/").status_code == 404


def test_it_is_not_for_who_may_not_see_results(standard: Standard) -> None:
    device, client = judged("one", "fail"), Client()
    client.force_login(make.make_user())
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}{device.pk}/{standard.pk}/").status_code == 403


def test_a_cell_leads_to_its_results_with_what_explains_them(as_admin: Client, standard: Standard) -> None:
    device = judged("core1", "pass", "fail")
    backup = make.make_config_backup(device)
    evidence = [{"line_number": number, "text": f"line {number} {HOSTILE}"} for number in (4, 7, 5)]
    rule = Rule.objects.filter(rule_id="r1")
    rule.update(rationale=f"Clocks matter {HOSTILE}", remediation="ntp server 10.9.9.9", references=["NIST AU-8"])
    Result.objects.filter(rule__rule_id="r1").update(evidence=evidence, backup=backup, message=f"none {HOSTILE}")
    page = as_admin.get(f"{URL}{device.pk}/{standard.pk}/")
    text = page.content.decode()
    assert [one.row.rule.rule_id for one in page.context["results"]] == ["r1", "r0"]
    assert HOSTILE not in text
    assert (
        f'href="{reverse("admin:compliance_result_change", args=[Result.objects.get(rule__rule_id="r1").pk])}"' in text
    )
    config = reverse("admin:inventory_configbackup_change", args=[backup.pk])
    assert f'href="{config}?lines=4-5,7#L4"' in text.replace("&amp;", "&")
    assert f'href="{config}?lines=7#L7"' in text
    assert all(words in text for words in ("Clocks matter", "ntp server 10.9.9.9", "NIST AU-8"))


def test_evidence_leads_nowhere_for_who_may_not_read_configurations(standard: Standard) -> None:
    device = judged("core1", "fail")
    Result.objects.update(backup=make.make_config_backup(device))
    client = Client()
    client.force_login(make.make_user("compliance.view_result"))
    text = client.get(f"{URL}{device.pk}/{standard.pk}/").content.decode()
    assert "ntp server 10.0.0.1" in text
    assert "?lines=" not in text


def test_a_standard_that_does_not_cover_the_device_says_so(as_admin: Client) -> None:
    device, other = judged("core1", "pass"), make.make_standard("Other")
    assert as_admin.get(URL).context["lines"][0].cells[1].url == ""
    page = as_admin.get(f"{URL}{device.pk}/{other.pk}/").content.decode()
    assert "No rule of this standard was held against it." in page
    assert as_admin.get(f"{URL}{device.pk}/987654321/").status_code == 404


def test_the_device_page_shows_the_score_of_each_standard_and_where_the_rest_is(
    as_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = judged("core1", "fail", "pass", "pass")
    url = f"/admin/inventory/device/{device.pk}/change/?tab=compliance"
    rows = as_admin.get(url).context["rows"]
    assert [(cell.title, cell.detail) for cell in rows.cells] == [("Baseline", "1 failure")]
    assert (len(rows.results), rows.more_url) == (3, "")
    monkeypatch.setattr("compliance.admin.judged.ROWS", 2)
    more = as_admin.get(url).context["rows"].more_url
    assert len(as_admin.get(more).context["cl"].result_list) == 3


def test_the_sidebar_leads_to_the_matrix(as_admin: Client) -> None:
    assert f'href="{URL}"' in as_admin.get("/admin/").content.decode()
