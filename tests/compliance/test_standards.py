"""All shipped standards: every rule is explained, mapped to public controls and proved by configurations."""

import re
from collections import Counter
from difflib import ndiff

import pytest

from compliance.rulebook import StandardFile
from compliance.rules import Rule
from compliance.shipped import STANDARDS
from inventory.parsing.redaction import MASK, redact
from inventory.platforms import get_platform, platforms
from tests.compliance.baseline import CASES, read_case
from tests.compliance.standards import (
    RULE_CASES,
    RuleCase,
    baseline_rules,
    hardened_cases,
    judge,
    rule_cases,
    shipped_rules,
    shipped_standards,
)

OWN_CASES = [rule for rule in shipped_rules() if rule not in baseline_rules()]
REFERENCE = re.compile(
    r"NIST 800-53 [A-Z]{2}-\d{1,2}(?:\(\d{1,2}\))?"
    r"|DISA [A-Z0-9]{3,6}(?:-[A-Z0-9]{2,3})+-\d{6}"
    r"|CIS .+ v\d+(?:\.\d+)* \d+(?:\.\d+)+"
    r"|RFC \d{3,5}"
)
FEW_LINES = 6
# A configuration that says nothing a rule is about.
BARE = {
    "juniper_junos": "set system host-name lab\n",
    "fortinet": 'config system global\n    set hostname "lab"\nend\n',
}
# A remedy that needs a value from the operator carries it in angle brackets.
VALUES = {"<address>": "10.0.0.9", "<second address>": "10.0.0.10", "<second name>": "b", "<number>": "7"}
REMOVES = ("no ", "undo ", "delete ", "unset ")


@pytest.mark.parametrize(
    ("platform", "rules"),
    [
        ("cisco_ios", 45),
        ("cisco_nxos", 24),
        ("arista_eos", 24),
        ("juniper_junos", 20),
        ("huawei_vrp", 12),
        ("fortinet", 12),
        ("linux", 12),
    ],
)
def test_it_ships_enough_rules_for_the_platform(platform: str, rules: int) -> None:
    assert sum(platform in rule.platforms for rule in shipped_rules()) >= rules


def test_it_gives_each_rule_an_id_of_its_own() -> None:
    assert [rule for rule, count in Counter(rule.id for rule in shipped_rules()).items() if count > 1] == []


def test_it_names_a_standard_after_its_file() -> None:
    assert {standard.slug for standard in shipped_standards()} == {path.stem for path in STANDARDS.glob("*.yaml")}


def test_it_names_only_platforms_that_have_a_record() -> None:
    assert {slug for rule in shipped_rules() for slug in rule.platforms} <= set(platforms())


@pytest.mark.parametrize("standard", shipped_standards(), ids=lambda standard: standard.slug)
def test_it_explains_each_rule_and_offers_a_remedy(standard: StandardFile) -> None:
    silent = [
        entry.rule.id
        for entry in standard.rules
        if not entry.rule.rationale.endswith(".") or not entry.rule.remediation or entry.rule.title.endswith(".")
    ]
    assert silent == []


@pytest.mark.parametrize("standard", shipped_standards(), ids=lambda standard: standard.slug)
def test_it_maps_each_rule_to_public_controls(standard: StandardFile) -> None:
    for rule in (entry.rule for entry in standard.rules):
        assert any(reference.startswith("NIST 800-53 ") for reference in rule.references), rule.id
        assert [reference for reference in rule.references if not REFERENCE.fullmatch(reference)] == [], rule.id
        assert len(set(rule.references)) == len(rule.references), rule.id


@pytest.mark.parametrize("standard", shipped_standards(), ids=lambda standard: standard.slug)
def test_it_is_satisfied_by_what_it_proposes_where_a_line_was_missing(standard: StandardFile) -> None:
    tried = []
    for rule in (entry.rule for entry in standard.rules):
        platform, bare = rule.platforms[0], BARE.get(rule.platforms[0], "hostname lab\n")
        (before,) = judge(bare, platform, (rule,))
        if before.state == "fail" and not any(line.strip().startswith(REMOVES) for line in rule.remediation):
            (after,) = judge(f"{bare}{filled(rule.remediation)}\n", platform, (rule,))
            assert after.state == "pass", f"{rule.id}: {after.message}"
            tried.append(rule.id)
    assert tried


def filled(remediation: tuple[str, ...]) -> str:
    lines = "\n".join(remediation)
    for placeholder, value in VALUES.items():
        lines = lines.replace(placeholder, value)
    return re.sub(r"<[^>]+>", "abcdefg", lines)


def test_it_tries_each_rule_on_a_configuration_that_passes_and_one_that_fails() -> None:
    tried = {(rule, str(row[0])) for folder in CASES for rule, row in read_case(folder).expected.items()}
    tried |= {(rule.id, case.expected) for rule in shipped_rules() for case in rule_cases(rule)}
    assert {(rule.id, state) for rule in shipped_rules() for state in ("pass", "fail")} - tried == set()


def test_it_has_no_configurations_for_a_rule_that_is_not_there() -> None:
    assert {path.name for path in RULE_CASES.iterdir()} <= {rule.id for rule in shipped_rules()}


@pytest.mark.parametrize("rule", OWN_CASES, ids=lambda rule: rule.id)
def test_it_judges_each_configuration_as_its_name_says(rule: Rule) -> None:
    for case in rule_cases(rule):
        for platform in rule.platforms:
            (result,) = judge(case.text, platform, (rule,), case.os_version)
            assert (case.name, result.state) == (case.name, case.expected), result.message


@pytest.mark.parametrize("rule", OWN_CASES, ids=lambda rule: rule.id)
def test_it_fails_for_a_few_lines_and_nothing_else(rule: Rule) -> None:
    texts = {case.name: case.text.splitlines() for case in rule_cases(rule)}
    changed = [line for line in ndiff(texts["pass"], texts["fail"]) if line.startswith(("+", "-"))]
    assert len(changed) <= FEW_LINES, "\n".join(changed)


@pytest.mark.parametrize("rule", OWN_CASES, ids=lambda rule: rule.id)
def test_it_judges_what_redaction_leaves_as_it_would_the_text_with_its_secrets(rule: Rule) -> None:
    for case in rule_cases(rule):
        redacted = redact(case.text.replace(MASK, "Zq7-secret"), get_platform(rule.platforms[0]))
        (result,) = judge(redacted, rule.platforms[0], (rule,), case.os_version)
        assert (case.name, result.state) == (case.name, case.expected), result.message
        assert "Zq7-secret" not in str(result)


@pytest.mark.parametrize("case", hardened_cases(), ids=lambda case: case.name)
def test_it_can_be_satisfied_as_a_whole(case: RuleCase) -> None:
    judged = judge(case.text, case.name, shipped_rules(), case.os_version)
    assert len(judged) >= 20
    assert {result.rule_id: result.message for result in judged if result.state != "pass"} == {}


@pytest.mark.parametrize("platform", sorted({slug for rule in shipped_rules() for slug in rule.platforms}))
def test_it_has_an_answer_to_an_empty_configuration_and_to_those_of_other_platforms(platform: str) -> None:
    texts = ["", *((folder / "config.txt").read_text() for folder in CASES)]
    for text in texts:
        for result in judge(text, platform, shipped_rules()):
            assert result.state in ("pass", "fail", "unknown")
            assert "took longer" not in result.message
