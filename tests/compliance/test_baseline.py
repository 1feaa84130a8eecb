"""The shipped hardening baseline, on the configurations in tests/data/compliance."""

from pathlib import Path

import pytest

from inventory.parsing.redaction import MASK, redact
from inventory.platforms import get_platform
from tests.compliance.baseline import CASES, judge, read_case
from tests.compliance.standards import baseline_rules


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_it_judges_every_rule_of_the_platform_as_expected(folder: Path) -> None:
    case = read_case(folder)
    judged = {result.rule_id: (result.state, *(e.line_number for e in result.evidence)) for result in case.judged()}
    assert judged == case.expected


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_it_shows_lines_that_stand_where_it_says(folder: Path) -> None:
    case = read_case(folder)
    lines = case.text.split("\n")
    for evidence in (evidence for result in case.judged() for evidence in result.evidence):
        there = lines[evidence.line_number - 1].strip().removeprefix("protect: ").partition(" [")[0].partition(";")[0]
        assert evidence.text.endswith(there) or there in evidence.text


def test_it_has_a_case_that_passes_and_one_that_fails_for_every_rule() -> None:
    seen = {(rule, row[0]) for folder in CASES for rule, row in read_case(folder).expected.items()}
    assert {(rule.id, state) for rule in baseline_rules() for state in ("pass", "fail")} - seen == set()


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_it_judges_what_redaction_leaves_as_it_would_the_text_with_its_secrets(folder: Path) -> None:
    case = read_case(folder)
    redacted = redact(case.text.replace(MASK, "Zq7-secret"), get_platform(case.platform))
    judged = judge(redacted, case.platform, case.os_version)
    assert {result.rule_id: result.state for result in judged} == {rule: row[0] for rule, row in case.expected.items()}
    assert "Zq7-secret" not in str(judged)


@pytest.mark.parametrize(
    ("slug", "line"),
    [
        ("cisco_ios", "snmp-server community public RO 10"),
        ("cisco_nxos", "snmp-server community private group network-operator"),
        ("arista_eos", "snmp-server community public ro SNMP-IN"),
        ("huawei_vrp", "snmp-agent community read public"),
        ("juniper_junos", "set snmp community public authorization read-only"),
    ],
)
def test_it_sees_a_default_community_through_redaction(slug: str, line: str) -> None:
    states = {result.rule_id: result.state for result in judge(redact(line, get_platform(slug)), slug)}
    assert [state for rule, state in states.items() if rule.endswith("snmp-default-community")] == ["fail"]
