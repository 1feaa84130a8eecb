"""Devices by standards, the rules that fail most, and the days, from what scans have stored."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from compliance import matrix
from compliance.matrix import Wanted
from compliance.models import ComplianceDay, Result, Rule, Standard, StandardScore
from compliance.scan import scan_device
from compliance.scores import rescore
from compliance.scoring import Tally, tally, weighted_score
from compliance.trend import KEPT, keep_trend, trend
from compliance.waivers import apply_waivers
from inventory.models import Device
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = make.CAPTURED + timedelta(days=1)
PASS, FAIL, UNKNOWN, WAIVED = "pass", "fail", "unknown", "waived"
SEVERITIES = ("critical", "high", "medium", "low", "info")


@pytest.fixture(autouse=True)
def _only_own_standards() -> None:
    Standard.objects.all().delete()


def judged(name: str, *states: str, standard: Standard | None = None, **fields: Any) -> Device:
    """A device with these results of one standard, scored."""
    standard = standard or Standard.objects.first() or make.make_standard("first")
    device = Device.objects.filter(name=name).first() or make.make_device(name, **fields)
    for number, state in enumerate(states):
        rule_id = f"r{number}"
        rule = Rule.objects.filter(standard=standard, rule_id=rule_id).first() or make.make_rule(standard, rule_id)
        make.make_result(device, rule, state)
    rescore([device.pk])
    return device


def names(user: User | None = None, **wanted: Any) -> list[str]:
    rows = matrix.ordered(matrix.devices(Wanted(**wanted), user), Wanted(**wanted))
    return [device.name for device in rows]


def cells(device: Device, **wanted: Any) -> list[Tally | None]:
    (line,) = matrix.lines([device], matrix.standards(Wanted(**wanted)))
    return [found for _standard, found in line.cells]


def test_it_keeps_the_score_of_each_standard_when_a_device_is_scanned() -> None:
    device, standard = make.make_device(), make.make_standard("b")
    make.make_rule(standard, severity="high")
    make.make_rule(standard, definition={"contains": "ip ssh version 2"}, severity="low")
    make.make_rule(make.make_standard("a"), definition={"matches": "^hostname"})
    make.make_config_backup(device, "hostname core1\nntp server 10.0.0.1\nend\n")
    scan_device(device, now=NOW)
    assert cells(device) == [Tally(1, 0, 0, 0, 5, 5), Tally(1, 1, 0, 0, 5, 6)]
    assert StandardScore.objects.get(standard=standard).score == 83


def test_it_takes_over_what_a_later_scan_finds_and_forgets_what_no_longer_applies() -> None:
    device, gone = judged("a", FAIL, PASS), make.make_standard("gone")
    judged("a", FAIL, standard=gone)
    Result.objects.filter(rule__standard=gone).delete()
    Result.objects.update(state=PASS)
    rescore([device.pk])
    assert cells(device) == [Tally(2, 0, 0, 0, 10, 10), None]


def test_it_follows_waivers_without_another_scan() -> None:
    device = judged("a", FAIL, PASS)
    rule = Rule.objects.get(rule_id="r0")
    waiver = make.make_waiver(make.make_user(), rule)
    apply_waivers(NOW)
    assert cells(device) == [Tally(passed=1, waived=1, fulfilled=5, demanded=5)]
    apply_waivers(waiver.ends_at)
    assert cells(device) == [Tally(passed=1, failed=1, fulfilled=5, demanded=10)]


def test_a_standard_that_is_switched_on_again_shows_its_last_scores() -> None:
    other = make.make_standard("other", enabled=False)
    device = judged("a", FAIL, standard=other)
    assert (cells(device), device.compliance_score) == ([], None)
    Standard.objects.update(enabled=True)
    assert cells(device) == [Tally(failed=1, demanded=5)]


@given(
    st.lists(st.tuples(st.sampled_from(SEVERITIES), st.sampled_from((PASS, FAIL, UNKNOWN, WAIVED)), st.integers(1, 9)))
)
def test_tallies_of_parts_add_up_to_the_tally_of_all(counts: list[tuple[str, str, int]]) -> None:
    parts = [tally([one]) for one in counts]
    fields = ("passed", "failed", "unknown", "waived", "fulfilled", "demanded")
    summed = Tally(*(sum(getattr(part, name) for part in parts) for name in fields))
    assert summed == tally(counts)
    assert summed.score == weighted_score(counts)
    assert summed.total == sum(count for _severity, _state, count in counts)


def test_it_puts_the_worst_first_and_what_could_not_be_judged_last() -> None:
    judged("good", PASS, PASS)
    judged("half", PASS, FAIL)
    judged("unjudged", UNKNOWN)
    judged("bad", FAIL, FAIL)
    make.make_device("new")
    assert names() == ["bad", "half", "good", "new", "unjudged"]
    assert names(order=matrix.NAME) == ["bad", "good", "half", "new", "unjudged"]


def test_one_standard_leaves_the_devices_it_covers_in_the_order_of_its_own_score() -> None:
    first, second = make.make_standard("first"), make.make_standard("second")
    judged("a", PASS, standard=first)
    judged("a", FAIL, FAIL, standard=second)
    judged("b", FAIL, FAIL, FAIL, standard=first)
    judged("b", PASS, standard=second)
    judged("c", PASS, standard=first)
    assert names(standard=second.pk) == ["a", "b"]
    assert names(standard=first.pk) == ["b", "a", "c"]
    assert len(cells(Device.objects.get(name="a"), standard=second.pk)) == 1


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"state": "failing"}, ["b"]),
        ({"state": "unknown"}, ["c"]),
        ({"state": "passing"}, ["a"]),
        ({"role": "core"}, ["a"]),
        ({"platform": "arista_eos"}, ["c"]),
        ({"search": "B"}, ["b"]),
        ({"search": "%"}, []),
    ],
)
def test_it_narrows_the_rows(wanted: dict[str, str], expected: list[str]) -> None:
    judged("a", PASS, WAIVED, role="core")
    judged("b", PASS, FAIL)
    judged("c", UNKNOWN, PASS, platform="arista_eos")
    make.make_device("off", status=Device.Status.IGNORED, role="core")
    assert names(**wanted) == expected


def test_it_shows_and_sums_only_what_the_user_may_see() -> None:
    site = make.make_site("Alpha")
    judged("own", PASS, site=site)
    foreign = judged("foreign", FAIL, site=make.make_site("Beta"))
    user = make.make_viewer()
    make.make_scope(user, sites=[site])
    user = User.objects.get(pk=user.pk)
    assert names(user) == ["own"]
    assert names(user, site=foreign.site_id) == []
    rows, columns = matrix.devices(Wanted(), user), matrix.standards(Wanted())
    assert [(total.sums, total.devices) for total in matrix.totals(rows, columns)] == [(Tally(1, 0, 0, 0, 5, 5), 1)]
    assert matrix.worst_rules(rows, columns) == []


def test_the_sums_are_over_all_rows_and_weighed_as_one() -> None:
    for number in range(3):
        judged(f"d{number}", PASS, FAIL)
    judged("w", WAIVED, UNKNOWN)
    (total,) = matrix.totals(matrix.devices(Wanted(), None), matrix.standards(Wanted()))
    assert (total.sums, total.devices) == (Tally(3, 3, 1, 1, 15, 35), 4)
    assert total.sums.score == 42


def test_it_names_the_rules_that_fail_on_most_devices() -> None:
    judged("a", FAIL, PASS, FAIL)
    judged("b", FAIL, FAIL, FAIL)
    judged("c", FAIL, UNKNOWN, WAIVED)
    judged("d", FAIL, standard=make.make_standard("off", enabled=False))
    rows, columns = matrix.devices(Wanted(), None), matrix.standards(Wanted())
    found = [(one.rule.rule_id, one.devices) for one in matrix.worst_rules(rows, columns)]
    assert found == [("r0", 3), ("r2", 2), ("r1", 1)]
    assert [one.rule.rule_id for one in matrix.worst_rules(rows, columns, limit=1)] == ["r0"]


def test_it_writes_one_row_a_day_and_standard_and_one_for_all() -> None:
    judged("a", PASS, FAIL)
    judged("b", PASS, standard=make.make_standard("second"))
    judged("off", FAIL, status=Device.Status.IGNORED)
    assert keep_trend(NOW) == 3
    (whole,) = trend(now=NOW)
    assert (whole.devices, whole.passed, whole.failed, whole.score) == (2, 2, 1, 66)
    (first,) = trend(Standard.objects.get(name="first"), now=NOW)
    assert (first.devices, first.passed, first.failed, first.score) == (1, 1, 1, 50)


def test_the_last_word_of_a_day_stays_and_old_days_go() -> None:
    device = judged("a", FAIL)
    keep_trend(NOW)
    Result.objects.update(state=PASS)
    rescore([device.pk])
    keep_trend(NOW)
    later = NOW + timedelta(days=1)
    keep_trend(later)
    assert [row.score for row in trend(now=later)] == [100, 100]
    assert len(trend(days=1, now=later)) == 1
    keep_trend(later + KEPT)
    assert ComplianceDay.objects.filter(standard=None).count() == 2


def test_there_is_nothing_to_tell_before_the_first_scan() -> None:
    make.make_device()
    make.make_standard()
    assert keep_trend(NOW) == 0
    assert list(trend(now=NOW)) == []
