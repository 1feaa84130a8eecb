"""Verdicts, the lines that show why, and what cannot be decided."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import engine
from compliance.engine import MAX_EVIDENCE, RuleResult, evaluate, undecided
from compliance.parsed_config import parse_config
from compliance.rulebook import parse_rule
from compliance.rules import Rule

CONFIG = """\
hostname r1
!
interface Gi0/1
 description uplink
 no shutdown
!
interface Gi0/2
 description user port
 spanning-tree portfast
!
router bgp 65001
 address-family ipv4
  neighbor 10.0.0.2 activate
!
ntp server 10.0.0.1
ntp server 10.0.0.2
end
"""


def rule(check: dict[str, Any], *platforms: str) -> Rule:
    slugs = list(platforms or ("cisco_ios",))
    return parse_rule({"id": "r", "title": "t", "severity": "low", "platforms": slugs, "check": check}, "test")


def judge(check: dict[str, Any], text: str = CONFIG, **options: str) -> RuleResult:
    return evaluate(parse_config(text, "cisco_ios", **options), [rule(check)])[0]


def lines(result: RuleResult) -> list[tuple[int, str]]:
    return [(evidence.line_number, evidence.text) for evidence in result.evidence]


@pytest.mark.parametrize(
    ("check", "state", "evidence"),
    [
        ({"contains": "hostname r1"}, "pass", [(1, "hostname r1")]),
        ({"contains": "hostname"}, "fail", []),
        ({"contains": "no shutdown"}, "fail", []),  # it is there, but inside a section
        ({"not_contains": "hostname r1"}, "fail", [(1, "hostname r1")]),
        ({"not_contains": "hostname r2"}, "pass", []),
        ({"matches": r"^ntp server \S+"}, "pass", [(15, "ntp server 10.0.0.1")]),
        ({"matches": "^shutdown"}, "fail", []),
        ({"not_matches": "^ntp server"}, "fail", [(15, "ntp server 10.0.0.1"), (16, "ntp server 10.0.0.2")]),
        ({"not_matches": "^snmp"}, "pass", []),
        ({"matches": r"^\s*neighbor"}, "pass", [(13, "neighbor 10.0.0.2 activate")]),
        ({"absent_section": "^router bgp"}, "fail", [(11, "router bgp 65001")]),
        ({"absent_section": "^router ospf"}, "pass", []),
        ({"ordered": ["^hostname", "^ntp server"]}, "pass", [(1, "hostname r1"), (15, "ntp server 10.0.0.1")]),
        ({"ordered": ["^ntp", "^hostname"]}, "fail", [(1, "hostname r1"), (15, "ntp server 10.0.0.1")]),
        ({"ordered": ["^hostname", "^logging"]}, "fail", []),
        ({"in_range": {"pattern": r"^router bgp (\d+)", "min": 64512}}, "pass", [(11, "router bgp 65001")]),
        ({"in_range": {"pattern": r"^router bgp (\d+)", "max": 100}}, "fail", [(11, "router bgp 65001")]),
        ({"in_range": {"pattern": r"^hostname (\S+)", "min": 1}}, "fail", [(1, "hostname r1")]),
        ({"in_range": {"pattern": r"^mtu (\d+)", "min": 1}}, "fail", []),
        ({"in_range": {"pattern": r"^mtu (\d+)", "min": 1, "if_none": "pass"}}, "pass", []),
    ],
)
def test_it_finds_the_lines_that_show_why(check: dict[str, Any], state: str, evidence: list[Any]) -> None:
    result = judge(check)
    assert (result.state, lines(result)) == (state, evidence)


@pytest.mark.parametrize(
    ("section", "state", "evidence"),
    [
        ({"header": "^interface", "check": {"matches": "^description"}}, "pass", [3, 7]),
        ({"header": "^interface", "check": {"contains": "no shutdown"}}, "fail", [7]),
        ({"header": "^interface", "check": {"contains": "shutdown"}}, "fail", [3, 7]),
        ({"header": "^interface", "check": {"not_contains": "no shutdown"}}, "fail", [5]),
        ({"header": "^interface", "check": {"not_matches": "port"}}, "fail", [8, 9]),
        ({"header": "^interface", "check": {"contains": "no shutdown"}, "except": ["user port"]}, "pass", [3]),
        ({"header": "^interface", "check": {"contains": "x"}, "except": ["^interface Gi"]}, "pass", []),
        ({"header": "^router", "check": {"matches": "^neighbor"}}, "fail", [11]),  # one level deeper
        ({"header": "^router", "check": {"matches": "^ neighbor"}}, "pass", [11]),
        ({"header": "^vlan", "check": {"contains": "x"}}, "pass", []),
        ({"header": "^vlan", "check": {"contains": "x"}, "if_none": "fail"}, "fail", []),
        ({"header": "portfast", "check": {"contains": "x"}}, "pass", []),  # a line below a header is no header
        (
            {"header": "^interface", "check": {"any_of": [{"contains": "no shutdown"}, {"matches": "portfast$"}]}},
            "pass",
            [3, 7],
        ),
    ],
)
def test_it_looks_into_each_section(section: dict[str, Any], state: str, evidence: list[int]) -> None:
    result = judge({"each_section": section})
    assert (result.state, [line.line_number for line in result.evidence]) == (state, evidence)


def test_it_says_which_section_fails_and_how_many_do() -> None:
    section = {"header": "^interface", "check": {"contains": "shutdown"}}
    assert judge({"each_section": section}).message == "interface Gi0/1: “shutdown” is missing; 2 of 2 sections fail"


def test_it_judges_a_pattern_over_lines_section_by_section() -> None:
    section = {"header": "^interface", "check": {"matches": r"^no shutdown\n[\s\S]*portfast"}}
    result = judge({"each_section": section})
    assert (result.state, [line.line_number for line in result.evidence]) == ("fail", [3, 7])


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("15.2(7)E3", "pass"),
        ("15.10(1)", "pass"),
        ("16", "pass"),
        ("15.1(4)M", "fail"),
        ("15", "fail"),
        ("", "unknown"),
        ("Fuji", "unknown"),
    ],
)
def test_it_compares_versions_by_number(version: str, state: str) -> None:
    assert judge({"version_at_least": "15.2"}, os_version=version).state == state


@pytest.mark.parametrize(
    ("kind", "first", "second", "state"),
    [
        ("any_of", "pass", "fail", "pass"),
        ("any_of", "fail", "unknown", "unknown"),
        ("any_of", "unknown", "pass", "pass"),
        ("any_of", "fail", "fail", "fail"),
        ("all_of", "pass", "pass", "pass"),
        ("all_of", "pass", "unknown", "unknown"),
        ("all_of", "unknown", "fail", "fail"),
    ],
)
def test_it_combines_verdicts_without_calling_the_unknown_good(kind: str, first: str, second: str, state: str) -> None:
    parts = {
        "pass": {"contains": "hostname r1"},
        "fail": {"contains": "hostname r2"},
        "unknown": {"version_at_least": "1"},
    }
    assert judge({kind: [parts[first], parts[second]]}).state == state


def test_it_does_not_judge_a_platform_the_rule_was_not_written_for() -> None:
    demand = rule({"contains": "hostname r1"}, "cisco_ios", "arista_eos")
    result = evaluate(parse_config(CONFIG, "generic"), [demand])[0]
    assert (result.state, result.evidence) == ("unknown", ())
    assert result.message == "the rule is for cisco_ios, arista_eos, not for generic"


def test_it_gives_every_rule_the_reason_why_nothing_was_judged() -> None:
    results = undecided([rule({"contains": "a"}), rule({"contains": "b"})], "There is no configuration.")
    assert [(result.state, result.message) for result in results] == [("unknown", "There is no configuration.")] * 2


@pytest.mark.parametrize(
    "check",
    [
        {"matches": "(a|aa)+$"},
        {"not_matches": "(a|aa)+$"},
        {"each_section": {"header": "^x", "check": {"matches": "(a|aa)+$"}}},
        {"each_section": {"header": "^x", "check": {"contains": "y"}, "except": ["(a|aa)+$"]}},
        {"each_section": {"header": "^(a|aa)+$", "check": {"contains": "y"}}},
        {"absent_section": "^(a|aa)+$"},
        {"any_of": [{"contains": "y"}, {"matches": "(a|aa)+$"}, {"contains": "x"}]},
    ],
)
def test_it_ends_a_pattern_that_never_would_as_unknown(check: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "RULE_SECONDS", 0.05)
    text = f"x\n {'a' * 80}!\n" * 3 + f"{'a' * 80}!\n" + f"{'a' * 80}!\n b\n"
    result = judge(check, text)
    assert (result.state, result.evidence) == ("unknown", ())
    assert result.message == "a regular expression of the rule took longer than 0.05 s on this configuration"


def searches(path: Path) -> Iterator[ast.Call]:
    """Where a module searches for a pattern that it was given."""
    verbs = {"search", "match", "fullmatch", "finditer", "findall", "sub", "split"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in verbs:
            if ast.unparse(node.func.value) in ("pattern", "exception", "header"):
                yield node


def test_no_pattern_of_an_operator_is_searched_without_a_limit() -> None:
    found = [call for path in Path(engine.__file__).parent.glob("*.py") for call in searches(path)]
    assert [ast.unparse(call) for call in found if "timeout" not in {word.arg for word in call.keywords}] == []
    assert len(found) >= 5


def test_it_goes_on_with_the_next_rule_after_a_pattern_that_never_ends() -> None:
    config = parse_config(f"hostname r1\n{'a' * 80}!\n", "cisco_ios")
    results = evaluate(config, [rule({"matches": "(a|aa)+$"}), rule({"contains": "hostname r1"})])
    assert [result.state for result in results] == ["unknown", "pass"]


def test_it_keeps_evidence_short_and_printable() -> None:
    text = "".join(f"evil {'x' * 500} \x1b[31m\x00{number}\n" for number in range(100))
    result = judge({"not_matches": "^evil"}, text)
    assert len(result.evidence) == MAX_EVIDENCE
    assert all(len(line.text) <= 200 and line.text.isprintable() for line in result.evidence)
    assert "\x1b" not in judge({"not_matches": "^evil"}, "evil \x1b[31m\n").evidence[0].text
    assert judge({"not_matches": "^evil"}, "evil \x1b[31m\n").message.isprintable()


@given(st.lists(st.text(alphabet="ab !#\t^C", max_size=6), max_size=12))
def test_it_shows_exactly_the_lines_a_plain_reading_finds(texts: list[str]) -> None:
    text = "\n".join(["hostname r1", *texts])
    result = judge({"not_matches": "^ *a"}, text)
    wanted = [number for number, line in enumerate(text.split("\n"), 1) if line.lstrip(" ").startswith("a")]
    assert [line.line_number for line in result.evidence] == wanted[:MAX_EVIDENCE]


CHECKS: list[dict[str, Any]] = [
    {"contains": "a"},
    {"not_contains": "a"},
    {"matches": r"^\s*a"},
    {"not_matches": "b$"},
    {"each_section": {"header": "a", "check": {"contains": "b"}}},
    {"each_section": {"header": "a", "check": {"matches": r"b\s"}, "except": ["aa"], "if_none": "fail"}},
    {"absent_section": "b"},
]


@given(st.text(alphabet='ab \t\n\r!#{};"/*^C[]\x00\ud800é', max_size=60), st.sampled_from(["indent", "braces", "flat"]))
def test_it_judges_any_text_and_points_only_at_lines_that_exist(text: str, layout: str) -> None:
    count = text.count("\n") + 1
    for comment in "!#":
        config = parse_config(text, "cisco_ios", layout, comment=comment)
        for result in evaluate(config, [rule(check) for check in CHECKS]):
            assert all(1 <= line.line_number <= count for line in result.evidence)


BODIES = st.lists(st.text(alphabet="ab1 ", max_size=8), min_size=1, max_size=4)


@given(st.lists(BODIES, min_size=1, max_size=6), st.sampled_from(["^a", "b$", r"a\db", "(?:ab)+", "^$|a", r"a\s+b"]))
def test_it_judges_sections_together_as_it_would_one_by_one(bodies: list[list[str]], pattern: str) -> None:
    together = "".join(f"s{number}\n" + "".join(f" x{line}\n" for line in body) for number, body in enumerate(bodies))
    pattern = pattern.replace("^", "^x")
    check = {"each_section": {"header": "^s", "check": {"matches": pattern}}}
    alone = [judge(check, f"s{number}\n" + "".join(f" x{line}\n" for line in b)) for number, b in enumerate(bodies)]
    result = judge(check, together)
    assert result.state == ("pass" if all(one.state == "pass" for one in alone) else "fail")
    if result.state == "fail":
        failed = [f"s{number}" for number, one in enumerate(alone) if one.state == "fail"]
        assert [line.text for line in result.evidence] == failed


LINES = st.lists(st.sampled_from(["a", "b", " a", "ab", "a b", "", "b1", "!"]), min_size=1, max_size=12)


@given(LINES, st.sampled_from(["^a", "b$", "^ *a", r"a\s+b", "(?:ab)+", r"b\d", r"\ba", "b\n!", "x"]))
def test_it_points_at_the_first_line_that_matches_and_at_each_that_must_not(wrote: list[str], pattern: str) -> None:
    text = "\n".join([*wrote, "version 15"]) + "\n"
    # A match may begin in an empty line above the one it is about.
    found = [match.end() - len(match[0].lstrip()) for match in re.finditer(pattern, text, re.MULTILINE)]
    numbers = list(dict.fromkeys(text.count("\n", 0, start) + 1 for start in found))
    config = parse_config(text, "cisco_ios")
    wanted, forbidden = evaluate(config, [rule({"matches": pattern}), rule({"not_matches": pattern})])
    assert (wanted.state, forbidden.state) == (("pass", "fail") if found else ("fail", "pass"))
    assert [line.line_number for line in wanted.evidence] == numbers[:1]
    assert [line.line_number for line in forbidden.evidence] == numbers


LIST = "ip access-list extended IN\n permit tcp any any\n deny ip any any log\n"


def test_it_wants_an_order_within_each_section() -> None:
    check = {"each_section": {"header": "^ip access-list", "check": {"ordered": ["^permit", "^deny ip any any"]}}}
    assert judge(check, LIST).state == "pass"
    turned = judge(check, "ip access-list extended IN\n deny ip any any log\n permit tcp any any\n")
    assert (turned.state, lines(turned)) == ("fail", [(2, "deny ip any any log"), (3, "permit tcp any any")])
    assert "line 2, “deny ip any any log”, stands before line 3, “permit tcp any any”" in turned.message


@pytest.mark.parametrize(
    ("value", "state"),
    [("0", "fail"), ("1", "pass"), ("10", "pass"), ("11", "fail"), ("9" * 30, "fail"), ("x", "fail")],
)
def test_it_holds_a_number_against_both_bounds(value: str, state: str) -> None:
    check = {"in_range": {"pattern": r"^ exec-timeout (\S+)", "min": 1, "max": 10}}
    found = judge(check, f"line vty 0 4\n exec-timeout {value}\n")
    assert found.state == state
    assert "from 1 to 10" in found.message


@pytest.mark.parametrize(
    ("version", "state"),
    [("15.0(2)SE4", "fail"), ("15.1(1)S", "pass"), ("12.4(24)T", "fail"), ("17.3.1", "pass"), ("", "unknown")],
)
def test_it_knows_releases_that_are_supported_no_more(version: str, state: str) -> None:
    assert judge({"unsupported_versions": ["12", "15.0"]}, os_version=version).state == state
