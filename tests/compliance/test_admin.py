"""Standards, results and waivers in the admin."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Result, Rule, Standard, Waiver
from inventory.models import Device
from tests import factories as make

HOSTILE = "<script>alert(1)</script>"
State = Result.State


def make_rule(number: int, severity: str = "high", **standard: Any) -> Rule:
    owner, _ = Standard.objects.get_or_create(slug="ours", defaults={"name": "Ours", **standard})
    definition = {"contains": "ip ssh version 2"}
    return Rule.objects.create(
        standard=owner, rule_id=f"r{number}", title=f"rule {number}", severity=severity, definition=definition,
        platforms=["cisco_ios"],
    )  # fmt: skip


def make_result(device: Device, rule: Rule, state: str, **fields: Any) -> Result:
    now = timezone.now()
    return Result.objects.create(device=device, rule=rule, state=state, checked_at=now, changed_at=now, **fields)


def shown(client: Client, url: str) -> list[str]:
    return [result.rule.rule_id for result in client.get(url).context["cl"].result_list]


def test_it_shows_failures_first_on_the_device_page(as_admin: Client) -> None:
    device = make.make_device()
    states = (State.PASS, State.WAIVED, State.UNKNOWN, State.FAIL, State.FAIL)
    for number, state in enumerate(states):
        make_result(device, make_rule(number, "critical" if number == 4 else "low"), state)
    response = as_admin.get(f"/admin/inventory/device/{device.pk}/change/?tab=compliance")
    assert [one.row.rule.rule_id for one in response.context["rows"].results] == ["r4", "r3", "r2", "r1", "r0"]


def test_it_shows_why_with_the_lines(as_admin: Client) -> None:
    device, rule = make.make_device(), make_rule(1)
    evidence = [{"line_number": 88, "text": f" transport input telnet {HOSTILE}"}]
    result = make_result(device, rule, State.FAIL, message=f"forbidden {HOSTILE}", evidence=evidence)
    for url in (
        f"/admin/inventory/device/{device.pk}/change/?tab=compliance",
        reverse("admin:compliance_result_change", args=[result.pk]),
    ):
        page = as_admin.get(url).content.decode()
        assert HOSTILE not in page
        assert "transport input telnet &lt;script&gt;" in page
        assert "88" in page


def test_it_shows_the_evidence_where_it_stands(as_admin: Client) -> None:
    device = make.make_device()
    backup = make.make_config_backup(device, "".join(f"line {number} {HOSTILE}\n" for number in range(1, 41)))
    evidence = [{"line_number": number, "text": f"line {number} {HOSTILE}"} for number in (12, 13, 30)]
    result = make_result(device, make_rule(1), State.FAIL, evidence=evidence, backup=backup)
    page = as_admin.get(reverse("admin:compliance_result_change", args=[result.pk])).content.decode()
    assert re.findall(r'<span id="L(\d+)"', page) == [str(n) for n in (*range(9, 17), *range(27, 34))]
    assert re.findall(r'<span id="L(\d+)" class="nm-hit"', page) == ["12", "13", "30"]
    assert f"/{backup.pk}/change/?lines=12-13,30#L12" in page
    assert HOSTILE not in page


def test_who_may_not_read_configurations_sees_no_more_than_the_evidence(client: Client, db: None) -> None:
    device = make.make_device()
    result = make_result(device, make_rule(1), State.FAIL, backup=make.make_config_backup(device, "planted\nline 2\n"),
                         evidence=[{"line_number": 2, "text": "line 2"}])  # fmt: skip
    client.force_login(make.make_user("compliance.view_result"))
    page = client.get(reverse("admin:compliance_result_change", args=[result.pk])).content.decode()
    assert "2: line 2" in page
    assert "planted" not in page


def test_each_line_of_drift_leads_to_its_place(as_admin: Client) -> None:
    device = make.make_device()
    texts = [f"interface Vlan10\n mtu {mtu}\n{HOSTILE}\n" for mtu in (1400, 9000)]
    golden, backup = (make.make_config_backup(device, text) for text in texts)
    line = "interface Vlan10 / mtu 9000"
    drift = make.make_drift(device, missing=[], extra=[line, HOSTILE], golden=golden, backup=backup)
    for url in (
        f"/admin/inventory/device/{device.pk}/change/?tab=drift",
        reverse("admin:compliance_drift_change", args=[drift.pk]),
    ):
        page = as_admin.get(url).content.decode()
        (way,) = re.findall(rf'href="([^"]+)">{line}</a>', page)
        assert as_admin.get(unescape(way))["Location"] == f"?against={golden.pk}&page=1#r0"
        assert HOSTILE not in page


def test_it_tells_drift_with_the_lines(as_admin: Client) -> None:
    device = make.make_device()
    golden, backup = (
        make.make_config_backup(device, is_golden=True),
        make.make_config_backup(device, "hostname x\nend\n"),
    )
    drift = make.make_drift(device, missing=[f"banner {HOSTILE}"], extra=["vlan 7"], golden=golden, backup=backup)
    for url in (
        f"/admin/inventory/device/{device.pk}/change/?tab=drift",
        reverse("admin:compliance_drift_change", args=[drift.pk]),
    ):
        page = as_admin.get(url).content.decode()
        assert HOSTILE not in page
        assert all(words in page for words in ("banner &lt;script&gt;", "vlan 7", "1 missing.", "drifted"))
    page = as_admin.get(f"/admin/inventory/device/{device.pk}/change/").content.decode()
    assert '<a href="?tab=drift">Drift<small>2</small></a>' in page
    diff = reverse("admin:inventory_configbackup_diff", args=[backup.pk]) + f"?against={golden.pk}"
    assert diff in as_admin.get(f"/admin/inventory/device/{device.pk}/change/?tab=drift").content.decode()


def test_it_shows_a_device_as_golden_without_a_number_and_no_tab_before_the_first_check(as_admin: Client) -> None:
    device = make.make_device()
    url = f"/admin/inventory/device/{device.pk}/change/"
    assert "?tab=drift" not in as_admin.get(url).content.decode()
    make.make_drift(device, "in_sync", message="As golden.", missing=[])
    assert '<a href="?tab=drift">Drift</a>' in as_admin.get(url).content.decode()


def test_it_filters_drift_by_state(as_admin: Client) -> None:
    make.make_drift(make.make_device("a"))
    make.make_drift(make.make_device("b"), "in_sync")
    found = as_admin.get(reverse("admin:compliance_drift_changelist") + "?state__exact=drifted").context["cl"]
    assert [drift.device.name for drift in found.result_list] == ["a"]


def test_it_lists_failures_first(as_admin: Client) -> None:
    device = make.make_device()
    for number, state in enumerate((State.PASS, State.UNKNOWN, State.FAIL)):
        make_result(device, make_rule(number), state)
    url = reverse("admin:compliance_result_changelist")
    assert shown(as_admin, url) == ["r2", "r1", "r0"]
    assert shown(as_admin, f"{url}?state__exact=fail") == ["r2"]


def test_it_counts_rules_and_failures_of_a_standard(as_admin: Client) -> None:
    rules = [make_rule(number) for number in range(3)]
    for device in (make.make_device(), make.make_device()):
        make_result(device, rules[0], State.FAIL)
        make_result(device, rules[1], State.PASS)
    changelist = as_admin.get(reverse("admin:compliance_standard_changelist") + "?q=ours").context["cl"]
    standard = changelist.result_list[0]
    assert (standard.rule_total, standard.fail_total) == (3, 2)


def test_it_only_switches_a_shipped_standard(as_admin: Client) -> None:
    rule = make_rule(1, shipped=True)
    url = reverse("admin:compliance_standard_change", args=[rule.standard_id])
    as_admin.post(url, {"name": "Other", "slug": "other", "enabled": ""})
    standard = Standard.objects.get(pk=rule.standard_id)
    assert (standard.name, standard.enabled) == ("Ours", False)
    assert as_admin.post(reverse("admin:compliance_rule_change", args=[rule.pk]), {"title": "x"}).status_code == 403
    assert as_admin.post(reverse("admin:compliance_rule_delete", args=[rule.pk]), {"post": "yes"}).status_code == 403


def test_it_deletes_our_own_standard_with_its_results(as_admin: Client) -> None:
    rule = make_rule(1)
    make_result(make.make_device(), rule, State.FAIL)
    as_admin.post(reverse("admin:compliance_standard_delete", args=[rule.standard_id]), {"post": "yes"})
    assert not Standard.objects.filter(slug="ours").exists()
    assert not Result.objects.exists()


def waiver_data(rule: Rule, owner: int, **fields: Any) -> dict[str, Any]:
    start = timezone.now()
    end = start + timedelta(days=30)
    times = {
        "starts_at_0": f"{start:%Y-%m-%d}", "starts_at_1": f"{start:%H:%M:%S}",
        "ends_at_0": f"{end:%Y-%m-%d}", "ends_at_1": f"{end:%H:%M:%S}",
    }  # fmt: skip
    return {"rule": rule.pk, "owner": owner, "reason": "console server", **times, **fields}


def test_it_takes_a_waiver_with_owner_reason_and_end(as_admin: Client) -> None:
    rule, owner = make_rule(1), make.make_user()
    as_admin.post(reverse("admin:compliance_waiver_add"), waiver_data(rule, owner.pk))
    assert Waiver.objects.get().owner == owner


def test_it_refuses_a_waiver_without_a_reason(as_admin: Client) -> None:
    data = waiver_data(make_rule(1), make.make_user().pk, reason="   ")
    response = as_admin.post(reverse("admin:compliance_waiver_add"), data)
    assert "reason" in response.context["adminform"].errors
    assert not Waiver.objects.exists()


def test_it_proposes_whoever_writes_the_waiver_as_its_owner(as_admin: Client) -> None:
    form = as_admin.get(reverse("admin:compliance_waiver_add")).context["adminform"].form
    assert form.get_initial_for_field(form.fields["owner"], "owner") == int(as_admin.session["_auth_user_id"])
