"""Drift, compared: lines count in their blocks, order only where it means something, nothing is passed over."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.drift import Changed, Difference, compare
from inventory.parsing.config_text import normalise
from inventory.platforms import Platform, get_platform

IOS = get_platform("cisco_ios")
JUNOS = get_platform("juniper_junos")
GOLDEN = """hostname r1
interface Vlan10
 ip address 10.0.10.1 255.255.255.0
 shutdown
interface Vlan20
 shutdown
router bgp 65000
 address-family ipv4
  neighbor 10.0.0.2 activate
  no auto-summary
 address-family ipv6
  neighbor 2001:db8::2 activate
ip access-list extended EDGE
 permit ip any host 10.0.0.1
 deny ip any any
access-list 10 permit 10.0.0.1
access-list 10 deny 10.0.0.0 0.255.255.255
banner motd ^C
first
second
^C
end
"""
TREE = """system {
    host-name r1;
    services {
        ssh;
        telnet;
    }
}
firewall {
    family inet {
        filter EDGE {
            term good { from { protocol tcp; } then accept; }
            term one {
                then accept;
            }
            term two {
                then reject;
            }
        }
    }
}
"""
SAMPLES = [
    *((path, path.parent.parent.name) for path in Path("tests/data").glob("*/config_text/*.txt")),
    *((path, "cisco_ios") for path in Path("tests/data/compliance").glob("ios-*/config.txt")),
    *((path, "juniper_junos") for path in Path("tests/data/compliance").glob("junos-*/config.txt")),
    *((path, "huawei_vrp") for path in Path("tests/data/compliance").glob("vrp-*/config.txt")),
    *((path, "arista_eos") for path in Path("tests/data/compliance").glob("eos-*/config.txt")),
]


def swapped(text: str, one: str, other: str) -> str:
    assert f"{one}\n{other}\n" in text
    return text.replace(f"{one}\n{other}\n", f"{other}\n{one}\n")


def test_a_line_counts_in_its_block() -> None:
    moved = GOLDEN.replace(" shutdown\ninterface Vlan20\n shutdown", "interface Vlan20\n shutdown\n shutdown")
    found = compare(GOLDEN, moved, IOS)
    assert found == Difference(missing=("interface Vlan10 / shutdown",), extra=("interface Vlan20 / shutdown",))


def test_a_line_of_an_inner_block_is_told_with_all_blocks_around_it() -> None:
    lost = GOLDEN.replace("  no auto-summary\n", "")
    assert compare(GOLDEN, lost, IOS).missing == ("router bgp 65000 / address-family ipv4 / no auto-summary",)
    lost = TREE.replace("        telnet;\n", "")
    assert compare(TREE, lost, JUNOS) == Difference(missing=("set system services telnet",))


@pytest.mark.parametrize(
    ("one", "other", "block"),
    [
        (" permit ip any host 10.0.0.1", " deny ip any any", "ip access-list extended EDGE"),
        ("access-list 10 permit 10.0.0.1", "access-list 10 deny 10.0.0.0 0.255.255.255", "access-list 10"),
        ("first", "second", "banner motd ^C"),
        (" ip address 10.0.10.1 255.255.255.0", " shutdown", None),
        ("  neighbor 10.0.0.2 activate", "  no auto-summary", None),
    ],
)
def test_order_counts_where_it_means_something(one: str, other: str, block: str | None) -> None:
    assert compare(GOLDEN, swapped(GOLDEN, one, other), IOS) == Difference(reordered=(block,) if block else ())


def test_the_order_of_terms_counts_and_that_of_services_does_not() -> None:
    assert not compare(TREE, swapped(TREE, "        ssh;", "        telnet;"), JUNOS)
    turned = TREE.replace("term one", "term x").replace("term two", "term one").replace("term x", "term two")
    turned = turned.replace("accept;\n", "A;\n").replace("reject;\n", "accept;\n").replace("A;\n", "reject;\n")
    assert compare(TREE, turned, JUNOS).reordered == ("set firewall family inet filter EDGE",)


def test_comments_and_volatile_lines_do_not_count() -> None:
    noisy = f"! Last configuration change at 09:00:00 UTC Mon Nov 23 2026 by admin\n!\n{GOLDEN}"
    assert not compare(GOLDEN, noisy.replace("interface Vlan20", "!\ninterface Vlan20"), IOS)


def test_what_stands_twice_and_once_differs() -> None:
    twice = GOLDEN.replace("hostname r1\n", "hostname r1\nhostname r1\n")
    assert compare(GOLDEN, twice, IOS) == Difference(extra=("hostname r1",))


def test_what_is_switched_off_or_quoted_over_lines_counts_as_it_stands() -> None:
    off = TREE.replace("        telnet;", "        inactive: telnet;")
    assert compare(TREE, off, JUNOS) == Difference(("set system services telnet",), ("inactive: telnet;",))
    panos = get_platform("paloalto_panos")
    key = 'shared {\n  certificate {\n    public-key "-----BEGIN-----\nMIIA\n-----END-----";\n  }\n}\n'
    assert compare(key, key.replace("MIIA", "MIIB"), panos) == Difference(("MIIA",), ("MIIB",))


def test_indented_commands_below_a_separator_do_not_nest() -> None:
    vrp = get_platform("huawei_vrp")
    text = "#\n undo ip http\n stelnet enable\n#\nreturn\n"
    found = compare(text, text.replace("undo ip http", "ip http"), vrp)
    assert (found.changed, found.lost, found.added) == ((Changed("undo ip http", "ip http"),), (), ())


@pytest.mark.parametrize(
    ("golden", "actual"),
    [
        (" description to the core", " description to the edge of town"),
        (" ip address 10.0.0.1 255.255.255.0", " ip address 10.0.0.2 255.255.255.128"),
        (" switchport mode access", " switchport mode trunk"),
        (" shutdown", " no shutdown"),
        (" exec-timeout 10 0", " exec-timeout 0 0"),
        (" neighbor 10.0.0.9 remote-as 65001", " neighbor 10.0.0.9 remote-as 65002"),
        (" ip access-group EDGE in", " ip access-group EDGE out"),
    ],
)
def test_the_same_setting_with_another_value_is_told_as_one_change(golden: str, actual: str) -> None:
    found = compare(f"interface A\n{golden}\n mtu 1500\n", f"interface A\n mtu 1500\n{actual}\n", IOS)
    assert found.changed == (Changed(f"interface A /{golden}", f"interface A /{actual}"),)
    assert (found.missing, found.extra) == ((f"interface A /{golden}",), (f"interface A /{actual}",))
    assert (found.lost, found.added) == ((), ())


@pytest.mark.parametrize(
    ("golden", "actual"),
    [
        ("ip routing", "ip cef"),
        ("snmp-server community x RO", "snmp-server host 10.0.0.1 x"),
        ("ip http server", "ip ssh version 2"),
        ("neighbor 10.0.0.1 activate", "neighbor 10.0.0.2 shutdown"),
        ("interface A\n shutdown", "interface B\n shutdown"),
        ("interface A\n mtu 1500\ninterface B", "interface A\ninterface B\n mtu 1600"),
        ("ntp server 10.0.0.1\nntp server 10.0.0.2", "ntp server 10.0.0.3"),
    ],
)
def test_another_setting_is_no_change_of_this_one(golden: str, actual: str) -> None:
    found = compare(f"{golden}\n", f"{actual}\n", IOS)
    assert found
    assert (found.changed, found.lost, found.added) == ((), found.missing, found.extra)


@pytest.mark.parametrize(("path", "slug"), SAMPLES, ids=lambda value: str(value) if isinstance(value, Path) else value)
def test_no_lost_line_of_a_real_configuration_goes_unnoticed(path: Path, slug: str) -> None:
    platform = get_platform(slug)
    lines = normalise(path.read_text(), platform).split("\n")
    whole = "\n".join(lines)
    assert not compare(whole, whole, platform)
    for number, line in enumerate(lines):
        rest = "\n".join(lines[:number] + lines[number + 1 :])
        assert compare(whole, rest, platform) or means_nothing(line, platform), line


def means_nothing(line: str, platform: Platform) -> bool:
    """Empty lines, comments, and in a copy of a tree the comment at a statement's end."""
    return not line.strip() or bool(re.match(r"\s*(?:[#!]|/\*)", line))


@given(lines=st.lists(st.sampled_from(GOLDEN.splitlines()), max_size=12))
def test_what_is_missing_one_way_is_extra_the_other(lines: list[str]) -> None:
    text = "\n".join(lines)
    there, back = compare(GOLDEN, text, IOS), compare(text, GOLDEN, IOS)
    assert (there.missing, there.extra) == (back.extra, back.missing)
    assert {(one.golden, one.actual) for one in there.changed} == {(one.actual, one.golden) for one in back.changed}
    assert len(there.lost) + len(there.changed) == len(there.missing)


@given(one=st.text(max_size=200), other=st.text(max_size=200))
@pytest.mark.parametrize("slug", ["cisco_ios", "juniper_junos", "mikrotik_routeros", "fortinet", "generic"])
def test_rubbish_is_compared_without_a_fault(slug: str, one: str, other: str) -> None:
    assert not compare(one, one, get_platform(slug))
    compare(one, other, get_platform(slug))
