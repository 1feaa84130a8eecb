"""The report that the renderers print."""

import re
from collections import Counter
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from compliance.export import ComplianceReport
from compliance.models import Result, Rule, Standard, Waiver
from compliance.report import report_rows, report_sums, summed, urgent_rows
from compliance.scan import scan_device
from compliance.scope import Evidence
from inventory.models import Device, Site
from inventory.report import xlsx_of
from tests.factories import CAPTURED, make_config_backup, make_device, make_result, make_rule, make_user

pytestmark = pytest.mark.django_db
NOW = CAPTURED + timedelta(days=1)


@pytest.fixture
def fleet() -> list[Device]:
    """Two scanned routers, one of them at a site, and a device that no rule covers."""
    Standard.objects.all().delete()
    standard = Standard.objects.create(name="House", slug="house")
    fields = {"standard": standard, "platforms": ["cisco_ios"]}
    Rule.objects.create(rule_id="ntp", title="NTP", definition={"matches": "^ntp"}, severity="medium", **fields)
    Rule.objects.create(
        rule_id="ssh", title="SSH", definition={"contains": "ip ssh"}, severity="low", remediation="ip ssh", **fields
    )
    site = Site.objects.create(name="Seoul", slug="seoul")
    fleet = [make_device("a", site=site), make_device("b"), make_device("c", platform="generic")]
    for device in fleet:
        make_config_backup(device)
        scan_device(device, now=NOW)
    return fleet


def test_it_lists_rule_by_rule_and_device_by_device(fleet: list[Device]) -> None:
    rows = list(report_rows(now=NOW))
    assert [(row.standard, row.rule_id, row.device, row.state) for row in rows] == [
        ("House", "ntp", "a", "pass"),
        ("House", "ntp", "b", "pass"),
        ("House", "ssh", "a", "fail"),
        ("House", "ssh", "b", "fail"),
    ]
    assert rows[0].evidence == (Evidence(3, "ntp server 10.0.0.1"),)
    assert (rows[0].site, rows[1].site, rows[0].platform) == ("Seoul", "", "cisco_ios")
    assert (rows[2].title, rows[2].severity, rows[2].remediation) == ("SSH", "low", "ip ssh")
    assert (rows[2].message, rows[2].checked_at) == ("“ip ssh” is missing", NOW)


def test_it_sums_up_by_standard_and_device_and_names_what_was_not_judged(fleet: list[Device]) -> None:
    sums = report_sums(now=NOW)
    told = [(found.passed, found.failed, found.score) for found in map(summed, sums.standards.values())]
    assert (list(sums.standards), told) == (["House"], [(2, 2, 75)])
    devices = {name: summed(counts) for name, counts in sums.devices.items()}
    assert [(one.passed, one.failed, one.score) for one in devices.values()] == [(1, 1, 75), (1, 1, 75), (0, 0, None)]
    assert list(devices) == [f"{device.name} ({device.pk})" for device in fleet]


def test_it_reports_one_device_when_asked_for_it(fleet: list[Device]) -> None:
    assert {row.device for row in report_rows(fleet[1], now=NOW)} == {"b"}
    assert list(report_sums(fleet[1], now=NOW).devices) == [f"b ({fleet[1].pk})"]


def test_what_did_not_pass_comes_by_urgency(fleet: list[Device]) -> None:
    make_result(fleet[0], make_rule(severity="critical", rule_id="x"), Result.State.UNKNOWN)
    make_result(fleet[1], make_rule(severity="high", rule_id="y"), Result.State.FAIL)
    told = [(row.state, row.severity, row.device) for row in urgent_rows(None, NOW, None)]
    assert told == [("fail", "high", "b"), ("fail", "low", "a"), ("fail", "low", "b"), ("unknown", "critical", "a")]
    assert [row.severity for row in urgent_rows(None, NOW, None, most=1)] == ["high"]
    assert [row.state for row in urgent_rows(fleet[1], NOW, None, passed=True)] == ["fail", "fail", "pass"]


def test_it_leaves_out_disabled_standards_and_devices_not_in_use(fleet: list[Device]) -> None:
    fleet[0].status = Device.Status.IGNORED
    fleet[0].save()
    assert {row.device for row in report_rows(now=NOW)} == {"b"}
    Standard.objects.update(enabled=False)
    assert list(report_rows(now=NOW)) == []


def test_it_names_the_waiver_and_shows_the_failure_once_it_ended(fleet: list[Device]) -> None:
    owner = make_user(name="kim")
    ends = NOW + timedelta(days=7)
    rule = Rule.objects.get(rule_id="ssh")
    waiver = Waiver.objects.create(rule=rule, owner=owner, reason="till May", starts_at=CAPTURED, ends_at=ends)
    scan_device(fleet[0], now=NOW)
    row = next(row for row in report_rows(fleet[0], now=NOW) if row.rule_id == "ssh")
    assert (row.state, row.waiver) == ("waived", f"kim: till May ({ends:%Y-%m-%d})")
    ended = report_rows(fleet[0], now=ends)
    assert [(row.state, row.waiver) for row in ended if row.rule_id == "ssh"] == [("fail", "")]
    assert [summed(counts).failed for counts in report_sums(fleet[0], now=ends).devices.values()] == [1]
    waiver.delete()
    assert Result.objects.filter(state="waived").exists()  # until the next scan
    assert "waived" not in {row.state for row in report_rows(fleet[0], now=NOW)}


def test_it_takes_as_many_queries_for_many_devices_as_for_few(
    fleet: list[Device], django_assert_num_queries: Any
) -> None:
    for _ in range(10):
        device = make_device()
        make_config_backup(device)
        scan_device(device, now=NOW)
    with django_assert_num_queries(1):
        assert len(list(report_rows(now=NOW))) == 24
    with django_assert_num_queries(4):
        report_sums(now=NOW)


def test_its_sums_are_those_of_its_rows(fleet: list[Device]) -> None:
    owner, rule = make_user(name="kim"), Rule.objects.get(rule_id="ssh")
    ends = NOW + timedelta(days=7)
    Waiver.objects.create(rule=rule, owner=owner, reason="till May", starts_at=CAPTURED, ends_at=ends)
    scan_device(fleet[0], now=NOW)
    for moment in (NOW, ends):  # waived, and failing again before anybody has scanned
        rows = list(report_rows(now=moment))
        counted = report_sums(now=moment)
        assert counted.standards == {
            name: Counter((row.severity, row.state) for row in rows if row.standard == name)
            for name in {row.standard for row in rows}
        }
        assert sum((counts for counts in counted.rules.values()), Counter()) == Counter(
            (row.severity, row.state) for row in rows
        )
        judged = {name for name, counts in counted.devices.items() if counts}
        assert judged == {f"{row.device} ({row.device_id})" for row in rows}


def test_a_workbook_begins_with_the_sums_and_their_charts(fleet: list[Device]) -> None:
    with xlsx_of(ComplianceReport().workbook()) as file:
        book = ZipFile(BytesIO(file.read()))
    names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert names == ["summary", "standards", "rules", "devices", "results"]
    charts = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/charts/")]
    assert len(charts) == 3
    assert "standards!$B$1" in charts[0]
    assert "<autoFilter" in book.read("xl/worksheets/sheet5.xml").decode()
