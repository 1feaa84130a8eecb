"""Configurations of any size and any kind have an answer, and one about which nothing can be said never passes."""

import random

import pytest

from compliance import engine
from compliance.engine import RuleResult, evaluate
from compliance.parsed_config import parse_config
from compliance.rulebook import parse_rule
from tests.compliance.baseline import CASES, read_case
from tests.compliance.standards import judge, shipped_rules

PLATFORMS = sorted({platform for rule in shipped_rules() for platform in rule.platforms})
HOSTILE = "(a|aa)+$"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no failure: how long rules take is measured by `make bench`."""
    monkeypatch.setattr(engine, "RULE_SECONDS", 30)


def interfaces(count: int) -> str:
    blocks = (
        f"interface GigabitEthernet{n // 48}/0/{n % 48}\n description port {n}\n switchport mode access\n no cdp\n"
        for n in range(count)
    )
    return f"version 15.2\nhostname big\n!\n{''.join(blocks)}ip http server\nend\n"


def decided(results: tuple[RuleResult, ...]) -> set[str]:
    """The states; a rule of which the time was over says so."""
    assert [result.message for result in results if "took longer" in result.message] == []
    return {result.state for result in results}


def test_it_judges_4000_interfaces_and_names_the_lines() -> None:
    results = judge(interfaces(4000), "cisco_ios", shipped_rules(), "15.2")
    assert decided(results) == {"pass", "fail"}
    (server,) = (result for result in results if result.rule_id == "ios-no-http-server")
    assert (server.state, server.evidence[0].line_number) == ("fail", 3 + 4 * 4000 + 1)
    (vlan,) = (result for result in results if result.rule_id == "ios-access-bpdu-guard")
    assert (vlan.state, len(vlan.evidence)) == ("fail", 20)


def test_it_judges_20000_lines() -> None:
    lines = "".join(
        f"access-list {n // 100} permit host 10.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" for n in range(20_000)
    )
    assert decided(judge(f"version 15.2\n{lines}end\n", "cisco_ios", shipped_rules(), "15.2")) == {"pass", "fail"}


def test_it_takes_a_list_of_numbers_in_20000_lines() -> None:
    check = {"in_range": {"pattern": r"^ timeout (\d+)", "max": 9}}
    text = "policy\n" + " timeout 9\n" * 20_000
    for kind in (
        check,
        {
            "each_section": {
                "header": "^policy",
                "check": {"in_range": {**check["in_range"], "pattern": r"^timeout (\d+)"}},
            }
        },
    ):
        rule = parse_rule({"id": "r", "title": "t", "severity": "low", "platforms": ["x"], "check": kind}, "test")
        assert decided(evaluate(parse_config(text, "x"), [rule])) == {"pass"}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("text", ["", "\n" * 50, "!\n!\n", "#\n"], ids=["nothing", "empty lines", "comments", "hash"])
def test_it_says_nothing_about_an_empty_configuration(platform: str, text: str) -> None:
    results = judge(text, platform, shipped_rules(), "1.0")
    assert {(result.state, result.message) for result in results} == {("unknown", "the configuration is empty")}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_says_nothing_about_rubbish(platform: str) -> None:
    rubbish = random.Random(7).randbytes(50_000).decode("utf-8", "replace")
    assert decided(judge(rubbish, platform, shipped_rules(), "1.0")) == {"unknown"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_says_nothing_about_a_configuration_of_another_platform(platform: str) -> None:
    for case in map(read_case, CASES):
        if case.platform != platform:
            results = judge(case.text, platform, shipped_rules(), case.os_version)
            assert {result.state for result in results} == {"unknown"}
            assert f"this is a configuration of {case.platform}" in results[0].message


def test_a_hostile_expression_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.engine.RULE_SECONDS", 0.05)
    checks = [{"contains": "hostname r1"}, {"matches": HOSTILE}, {"matches": "^hostname"}]
    fields = {"title": "t", "severity": "low", "platforms": ["x"]}
    rules = [parse_rule({"id": f"r{n}", "check": check, **fields}, "test") for n, check in enumerate(checks)]
    results = evaluate(parse_config(f"hostname r1\n{'a' * 80}!\n", "x"), rules)
    assert [result.state for result in results] == ["pass", "unknown", "pass"]
    assert results[1].message == "a regular expression of the rule took longer than 0.05 s on this configuration"
