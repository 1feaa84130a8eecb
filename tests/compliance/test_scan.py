"""From a stored configuration to stored results."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.judge import Case
from compliance.models import Result, Rule, Standard, Waiver
from compliance.scan import MAX_AGE, ScanOutcome, scan_device, scan_devices
from compliance.versions import record
from inventory.models import Device, Site
from tests.factories import CAPTURED, CONFIG, make_config_backup, make_device, make_user

pytestmark = pytest.mark.django_db
NOW = CAPTURED + timedelta(days=1)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _only_own_standards() -> None:
    Standard.objects.all().delete()


def make_standard(name: str = "own", **fields: Any) -> Standard:
    return Standard.objects.create(name=name, slug=name, **fields)


def make_rule(standard: Standard, rule_id: str, definition: dict[str, Any], **fields: Any) -> Rule:
    defaults = {"title": rule_id, "severity": "medium", "platforms": ["cisco_ios"]}
    return Rule.objects.create(standard=standard, rule_id=rule_id, definition=definition, **{**defaults, **fields})


def make_waiver(rule: Rule, **fields: Any) -> Waiver:
    defaults = {"reason": "replaced in May", "starts_at": NOW - WEEK, "ends_at": NOW + WEEK}
    return Waiver.objects.create(rule=rule, owner=make_user(), **{**defaults, **fields})


@pytest.fixture
def device() -> Device:
    """A router with a configuration, and a standard of which it passes one rule and fails one."""
    standard = make_standard()
    make_rule(standard, "ntp", {"matches": "^ntp server"})
    make_rule(standard, "ssh", {"contains": "ip ssh version 2"}, severity="high")
    device = make_device()
    make_config_backup(device)
    return device


def states(device: Device) -> dict[str, str]:
    return dict(Result.objects.filter(device=device).values_list("rule__rule_id", "state"))


def test_it_stores_a_result_for_each_rule_with_its_evidence(device: Device) -> None:
    outcome = scan_device(device, now=NOW)
    assert outcome == ScanOutcome(passed=1, failed=1, unknown=0, waived=0, changed=2, score=37)
    passed = Result.objects.get(rule__rule_id="ntp")
    assert (passed.state, passed.evidence) == ("pass", [{"line_number": 3, "text": "ntp server 10.0.0.1"}])
    assert (passed.backup, passed.checked_at, passed.changed_at) == (device.config_backups.get(), NOW, NOW)
    failed = Result.objects.get(rule__rule_id="ssh")
    assert (failed.state, failed.message, failed.evidence) == ("fail", "“ip ssh version 2” is missing", [])
    device.refresh_from_db()
    assert device.compliance_score == 37


def test_it_notes_when_a_state_changed_and_when_it_was_confirmed(device: Device) -> None:
    scan_device(device, now=NOW)
    make_config_backup(device, CONFIG + "ip ssh version 2\n", captured_at=NOW, last_seen_at=NOW)
    later = NOW + timedelta(hours=1)
    outcome = scan_device(device, now=later)
    assert (outcome.passed, outcome.changed, outcome.score) == (2, 1, 100)
    times = {result.rule.rule_id: (result.changed_at, result.checked_at) for result in Result.objects.all()}
    assert times == {"ntp": (NOW, later), "ssh": (later, later)}


def test_it_changes_nothing_when_nothing_changed(device: Device) -> None:
    scan_device(device, now=NOW)
    before = list(Result.objects.order_by("pk").values_list("pk", "state", "changed_at"))
    assert scan_device(device, now=NOW + timedelta(hours=1)).changed == 0
    assert list(Result.objects.order_by("pk").values_list("pk", "state", "changed_at")) == before


def test_it_takes_few_queries_however_many_rules_there_are(device: Device, django_assert_max_num_queries: Any) -> None:
    standard = Standard.objects.get()
    for number in range(40):
        make_rule(standard, f"rule-{number}", {"contains": f"line {number}"})
    scan_device(device, now=NOW)
    with django_assert_max_num_queries(10):
        scan_device(device, now=NOW)


def test_it_never_passes_a_device_without_a_configuration(device: Device) -> None:
    device.config_backups.all().delete()
    outcome = scan_device(device, now=NOW)
    assert (outcome.passed, outcome.unknown, outcome.score) == (0, 2, None)
    assert set(Result.objects.values_list("message", flat=True)) == {"There is no configuration of this device."}


def test_it_never_passes_a_configuration_that_is_too_old(device: Device) -> None:
    assert scan_device(device, now=CAPTURED + MAX_AGE).unknown == 0
    outcome = scan_device(device, now=CAPTURED + MAX_AGE + timedelta(seconds=1))
    assert (outcome.passed, outcome.unknown, outcome.changed, outcome.score) == (0, 2, 2, None)
    assert "was last confirmed on 2026-03-01, more than 30 days ago" in Result.objects.all()[0].message


def test_it_takes_a_configuration_for_new_that_was_confirmed_lately(device: Device) -> None:
    later = CAPTURED + MAX_AGE + WEEK
    device.config_backups.update(last_seen_at=later - timedelta(hours=1))
    assert scan_device(device, now=later).unknown == 0


def test_it_says_when_no_rule_covers_the_platform(device: Device) -> None:
    scan_device(device, now=NOW)
    device.platform = "generic"
    device.save()
    outcome = scan_device(device, now=NOW)
    assert outcome == ScanOutcome(0, 0, 0, 0, 0, None, "No rule of the chosen standards covers the platform generic.")
    assert states(device) == {}  # what was said about another system says nothing about this one


def test_it_judges_the_newest_configuration(device: Device) -> None:
    make_config_backup(device, "hostname old\n", captured_at=CAPTURED - WEEK)
    make_config_backup(device, "hostname startup\n", captured_at=NOW, last_seen_at=NOW, kind="startup")
    assert scan_device(device, now=NOW).passed == 1


def test_it_shows_nothing_of_the_secrets_of_a_configuration(device: Device) -> None:
    full = CONFIG.replace("********", "s3cr3t-community")
    make_config_backup(device, CONFIG, full, captured_at=NOW, last_seen_at=NOW)
    make_rule(Standard.objects.get(), "community", {"not_matches": "^snmp-server community"})
    scan_device(device, now=NOW)
    shown = list(Result.objects.values_list("message", "evidence"))
    assert "snmp-server community ********" in str(shown)
    assert "s3cr3t" not in str(shown)


def test_it_scans_by_the_enabled_standards_unless_told_otherwise(device: Device) -> None:
    other = make_standard("other", enabled=False)
    make_rule(other, "hostname", {"contains": "hostname core1"})
    scan_device(device, now=NOW)
    assert set(states(device)) == {"ntp", "ssh"}
    outcome = scan_device(device, Standard.objects.filter(pk=other.pk), now=NOW)
    assert (outcome.passed, outcome.failed) == (1, 0)
    assert states(device) == {"ntp": "pass", "ssh": "fail", "hostname": "pass"}
    assert outcome.score == 37  # what a disabled standard says does not count


def test_it_notices_a_rule_that_was_edited_between_two_scans(device: Device) -> None:
    scan_device(device, now=NOW)
    rule = Rule.objects.get(rule_id="ssh")
    rule.definition = {"contains": "hostname core1"}
    rule.save()
    assert scan_device(device, now=NOW).passed == 2


def test_it_forgets_the_results_of_a_rule_that_no_longer_applies(device: Device) -> None:
    scan_device(device, now=NOW)
    Rule.objects.filter(rule_id="ssh").update(platforms=["arista_eos"], updated_at=timezone.now())
    assert scan_device(device, now=NOW).failed == 0
    assert states(device) == {"ntp": "pass"}


def test_it_goes_on_with_the_others_when_a_stored_rule_is_broken(device: Device) -> None:
    make_rule(Standard.objects.get(), "broken", {"matches": "("})
    scan_device(device, now=NOW)
    assert states(device) == {"ntp": "pass", "ssh": "fail", "broken": "unknown"}
    message = Result.objects.get(rule__rule_id="broken").message
    assert message.startswith("rule broken: check.matches: '(' is not a regular expression")


def test_it_stores_evidence_that_no_database_column_would_bear(device: Device) -> None:
    evil = "ntp server \x07\x1b[31m<script>alert(1)</script>\ufffe\n"
    make_config_backup(device, evil, captured_at=NOW, last_seen_at=NOW)
    scan_device(device, now=NOW)
    text = Result.objects.get(rule__rule_id="ntp").evidence[0]["text"]
    assert "\x1b" not in text
    assert "<script>" in text  # escaped where it is shown


def test_it_shows_a_waived_failure_as_waived_and_leaves_it_out_of_the_score(device: Device) -> None:
    waiver = make_waiver(Rule.objects.get(rule_id="ssh"), device=device)
    outcome = scan_device(device, now=NOW)
    assert (outcome.passed, outcome.failed, outcome.waived, outcome.score) == (1, 0, 1, 100)
    result = Result.objects.get(rule__rule_id="ssh")
    assert (result.state, result.waiver, result.message) == ("waived", waiver, "“ip ssh version 2” is missing")


def test_it_shows_the_failure_again_when_the_waiver_has_ended(device: Device) -> None:
    waiver = make_waiver(Rule.objects.get(rule_id="ssh"), device=device)
    scan_device(device, now=NOW)
    outcome = scan_device(device, now=waiver.ends_at)
    assert (outcome.failed, outcome.waived, outcome.changed) == (1, 0, 1)
    assert Result.objects.get(rule__rule_id="ssh").waiver is None


def test_it_does_not_waive_before_the_waiver_starts(device: Device) -> None:
    make_waiver(Rule.objects.get(rule_id="ssh"), device=device, starts_at=NOW + timedelta(seconds=1))
    assert scan_device(device, now=NOW).waived == 0


def test_it_waives_by_site_and_everywhere_but_not_for_others(device: Device) -> None:
    here, there = (Site.objects.create(name=name, slug=name) for name in ("here", "there"))
    rule = Rule.objects.get(rule_id="ssh")
    make_waiver(rule, site=there)
    make_waiver(rule, device=make_device())
    assert scan_device(device, now=NOW).waived == 0
    device.site = here
    device.save()
    assert scan_device(device, now=NOW).waived == 0
    by_site = make_waiver(rule, site=here)
    assert scan_device(device, now=NOW).waived == 1
    by_site.delete()
    assert scan_device(device, now=NOW).failed == 1
    make_waiver(rule)
    assert scan_device(device, now=NOW).waived == 1


def test_it_waives_failures_only(device: Device) -> None:
    for rule in Rule.objects.all():
        make_waiver(rule)
    device.config_backups.all().delete()
    assert scan_device(device, now=NOW).unknown == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "  "}, "Say why the rule is waived."),
        ({"ends_at": NOW - WEEK}, "A waiver ends after it starts."),
        ({"site": True}, "A waiver is for a device, a site or a role, not for several of them."),
    ],
)
def test_it_refuses_a_waiver_without_reason_end_or_one_place(
    device: Device, fields: dict[str, Any], sentence: str
) -> None:
    if "site" in fields:
        fields = {"site": Site.objects.create(name="here", slug="here")}
    defaults = {"reason": "why not", "starts_at": NOW, "ends_at": NOW + WEEK}
    waiver = Waiver(rule=Rule.objects.first(), device=device, owner=make_user(), **{**defaults, **fields})
    with pytest.raises(ValidationError, match=sentence):
        waiver.full_clean()


def test_the_database_refuses_a_waiver_without_end_and_two_results_of_one_rule(device: Device) -> None:
    with pytest.raises(IntegrityError, match="waiver_ends_after_it_starts"), transaction.atomic():
        make_waiver(Rule.objects.all()[0], starts_at=NOW, ends_at=NOW)
    scan_device(device, now=NOW)
    twin = Result.objects.all()[0]
    twin.pk += 1_000
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_it_tells_the_editor_of_a_rule_what_is_wrong(device: Device) -> None:
    rule = Rule.objects.get(rule_id="ssh")
    rule.definition = {"contain": "x"}
    with pytest.raises(ValidationError, match="rule ssh: check: 'contain' is not a kind of check"):
        rule.full_clean()


def test_it_weighs_severities_and_rounds_down(device: Device) -> None:
    standard = Standard.objects.get()
    make_rule(standard, "advice", {"contains": "not there"}, severity="info")
    make_rule(standard, "version", {"version_at_least": "1"}, severity="low")
    device.os_version = ""
    device.save()
    outcome = scan_device(device, now=NOW)
    assert (outcome.passed, outcome.failed, outcome.unknown) == (1, 2, 1)
    assert outcome.score == 100 * 3 // (3 + 5 + 0 + 1)


def judged(device: Device, monkeypatch: pytest.MonkeyPatch, **options: Any) -> int:
    """How many configurations a scan really looked into."""
    texts: list[str] = []
    monkeypatch.setattr(Case, "verdicts", lambda case, text: texts.append(text) or verdicts(case, text))
    scan_device(device, **{"now": NOW, **options})
    return len(texts)


verdicts = Case.verdicts


def test_it_judges_again_only_when_something_is_new(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    rule, standard = Rule.objects.get(rule_id="ssh"), Standard.objects.get()
    assert [judged(device, monkeypatch), judged(device, monkeypatch)] == [1, 0]
    make_waiver(rule, device=device)
    assert [judged(device, monkeypatch), judged(device, monkeypatch)] == [1, 0]
    device.os_version = "15.2"
    assert [judged(device, monkeypatch), judged(device, monkeypatch)] == [1, 0]
    rule.save()
    assert [judged(device, monkeypatch), judged(device, monkeypatch)] == [1, 0]
    make_config_backup(device, CONFIG, CONFIG + "other secret", captured_at=NOW, last_seen_at=NOW)
    assert [judged(device, monkeypatch), judged(device, monkeypatch)] == [1, 0]
    make_rule(standard, "new", {"contains": "end"})
    assert [judged(device, monkeypatch), judged(device, monkeypatch)] == [1, 0]
    assert judged(device, monkeypatch, again=True) == 1


def test_it_judges_again_when_another_standard_begins_to_count(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Standard.objects.filter(name="own")
    assert [judged(device, monkeypatch, standards=chosen) for _ in range(2)] == [1, 0]
    make_standard("other")
    assert [judged(device, monkeypatch, standards=chosen) for _ in range(2)] == [1, 0]


def test_it_says_the_same_of_a_device_of_which_nothing_is_new(device: Device) -> None:
    first = scan_device(device, now=NOW)
    device.compliance_score = None
    assert scan_device(device, now=NOW) == replace(first, changed=0)
    assert device.compliance_score == 37


def test_it_tells_the_results_every_night_that_they_still_hold(device: Device) -> None:
    for hours, confirmed in ((0, 0), (1, 0), (24, 24), (25, 24), (48, 48)):
        scan_device(device, now=NOW + timedelta(hours=hours))
        moments = set(Result.objects.values_list("checked_at", "changed_at"))
        assert moments == {(NOW + timedelta(hours=confirmed), NOW)}


def test_it_takes_as_many_queries_for_many_devices_as_for_one(
    device: Device, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = [device, *(make_device() for _ in range(12))]
    for number, other in enumerate(devices[1:]):
        make_config_backup(other, CONFIG + "ip ssh version 2\n" * (number % 2))
    for standard in Standard.objects.all():
        record(standard.pk)
    with django_assert_num_queries(17):
        outcomes = scan_devices(devices, now=NOW)
    assert [outcome.passed for outcome in outcomes] == [1, *[1, 2] * 6]
    assert [other.compliance_score for other in Device.objects.order_by("pk")] == [o.score for o in outcomes]
    with django_assert_num_queries(4):
        assert scan_devices(devices, now=NOW) == [replace(outcome, changed=0) for outcome in outcomes]
