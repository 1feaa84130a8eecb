"""VLAN lists in rules, in the notations of the vendors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.engine import RuleResult, evaluate
from compliance.parsed_config import parse_config
from compliance.rulebook import parse_rule
from compliance.vlans import ALL, listed_vlans
from inventory.parsing.vlan_list import format_vlan_list

CISCO = r"^switchport trunk allowed vlan (.*)$"
VRP = r"^port trunk allow-pass vlan (.*)$"
VIDS = st.frozensets(st.integers(1, 4094), max_size=40)


def judge(lines: str, pattern: str = CISCO, **demand: str) -> RuleResult:
    check = {"each_section": {"header": "^interface", "check": {"vlans": {"pattern": pattern, **demand}}}}
    rule = parse_rule({"id": "r", "title": "t", "severity": "low", "platforms": ["x"], "check": check}, "test")
    body = "".join(f" {line}\n" for line in lines.splitlines())
    return evaluate(parse_config(f"hostname sw1\ninterface Ethernet1\n{body}", "x"), [rule])[0]


@pytest.mark.parametrize(
    ("texts", "vids"),
    [
        (["10-12,20"], "10-12,20"),
        (["10-12", "add 20,30-31"], "10-12,20,30-31"),
        (["10-20", "remove 12-18", "add 13"], "10-11,13,19-20"),
        (["except 1,1002-1005"], "2-1001,1006-4094"),
        (["all"], "1-4094"),
        (["ALL", "remove 2-4094"], "1"),
        (["none"], ""),
        (["10 to 12 20"], "10-12,20"),
        (["2 to 4", "10 20 to 21"], "2-4,10,20-21"),
    ],
)
def test_it_reads_what_the_vendors_print(texts: list[str], vids: str) -> None:
    assert format_vlan_list(listed_vlans(texts)) == vids


@given(VIDS, VIDS, VIDS)
def test_it_adds_removes_and_inverts_like_sets(
    first: frozenset[int], more: frozenset[int], less: frozenset[int]
) -> None:
    told = [format_vlan_list(first) or "none", f"add {format_vlan_list(more)}", f"remove {format_vlan_list(less)}"]
    assert listed_vlans(told) == (first | more) - less
    assert listed_vlans([f"except {format_vlan_list(first)}"]) == ALL - first


@pytest.mark.parametrize(
    ("lines", "demand", "state", "message"),
    [
        ("switchport trunk allowed vlan 10-12,20", {"must": "11,20"}, "pass", "sections"),
        ("switchport trunk allowed vlan 10-12", {"must": "10,20-21"}, "fail", "VLAN 20-21 is missing"),
        ("switchport trunk allowed vlan 10\nswitchport trunk allowed vlan add 20", {"must": "10,20"}, "pass", ""),
        ("switchport trunk allowed vlan 1-5", {"must_not": "1"}, "fail", "VLAN 1 must not be there"),
        (
            "switchport trunk allowed vlan all",
            {"must_not": "1,1002-1005"},
            "fail",
            "VLAN 1,1002-1005 must not be there",
        ),
        ("switchport trunk allowed vlan 2-2000", {"only": "2-1001"}, "fail", "VLAN 1002-2000 is not one of 2-1001"),
        ("switchport trunk allowed vlan 2-1001", {"only": "2-1001", "must_not": "1"}, "pass", ""),
        ("switchport trunk allowed vlan none", {"only": "2-1001"}, "pass", ""),
        (
            "switchport trunk allowed vlan blue",
            {"only": "2-1001"},
            "unknown",
            "'blue' is not a VLAN id",
        ),
        ("switchport mode access", {"only": "2-1001"}, "fail", "no line matches"),
        ("switchport mode access", {"only": "2-1001", "if_none": "pass"}, "pass", ""),
    ],
)
def test_it_holds_the_listed_vlans_against_the_demand(
    lines: str, demand: dict[str, str], state: str, message: str
) -> None:
    result = judge(lines, **demand)
    assert result.state == state
    assert message in result.message


def test_it_reads_the_ranges_of_vrp_and_shows_every_line() -> None:
    lines = "port link-type trunk\nport trunk allow-pass vlan 2 to 4 10\nport trunk allow-pass vlan 20"
    assert judge(lines, VRP, must="3,20").state == "pass"
    failed = judge(lines, VRP, must="3,21")
    assert failed.message == "interface Ethernet1: VLAN 21 is missing"
    assert [line.line_number for line in failed.evidence] == [4, 5]


@given(st.text(alphabet="0123456789-,to addexcptrmvnl\u0663", max_size=60))
def test_it_has_an_answer_to_any_list(text: str) -> None:
    assert judge(f"switchport trunk allowed vlan {text}", must="1").state in ("pass", "fail", "unknown")
