"""Remediation, tried on a device of our own: the lines lead to the intended configuration, and back."""

import random
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hier_config import Platform as Driver
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.drift import compare
from compliance.remediation import FILL_IN, MAX_DIFFERENT, MAX_LINES, Remediation, remediate
from inventory.parsing.config_text import MASK, normalise, redact, split_sections
from inventory.platforms import Platform, get_platform, platforms

IOS = get_platform("cisco_ios")
SAMPLES = {
    "cisco_ios": (
        "compliance/ios-*/config.txt",
        "compliance_hardened/cisco_ios.txt",
        "cisco_ios/*_config/*.txt",
        "cisco_ios/config_text/s*.txt",
    ),
    "cisco_nxos": ("compliance/nxos-*/config.txt", "compliance_hardened/cisco_nxos.txt", "cisco_nxos/*_config/*.txt"),
    "arista_eos": ("compliance/eos-*/config.txt", "compliance_hardened/arista_eos.txt", "arista_eos/*_config/*.txt"),
}
FILES = [(slug, path) for slug, globs in SAMPLES.items() for glob in globs for path in Path("tests/data").glob(glob)]
# Settings of which a device has one: a new line takes the place of the old one.
SINGLE = re.compile(
    r"(?:no )?((?:description|hostname|ip address(?!.* secondary$)|switchport mode|mtu|exec-timeout|name"
    r"|errdisable recovery interval|logging (?:console|facility|source-interface|buffered)|ntp source"
    r"|ip (?:tftp|telnet|tacacs|radius|ftp) source-interface|username \S+|snmp-server user|snmp-server source-interface"
    r"|power redundancy-mode|port-channel load-balance|aaa authentication login console|speed|maximum-paths"
    r"|log-adjacency-changes|hardware access-list tcam region \S+|tacacs-server key|vlan internal allocation policy"
    r"|idle-timeout|session-limit|ip tftp client source-interface))\b"
)
DEFAULTS = {"session-limit 32"}  # said aloud instead of a "no"
ACL = """ip access-list extended EDGE
 permit ip any host 10.0.0.1
 deny ip any any
interface Vlan10
 ip access-group EDGE in
"""


class Box:
    """The configuration of a device that takes lines: a tree of blocks."""

    def __init__(self, text: str, platform: Platform) -> None:
        self.tree: dict[str, dict] = {}
        self.send(normalise(text, platform).split("\n"))

    def send(self, lines: list[str] | tuple[str, ...]) -> None:
        """Each line below the nearest one before it that is further left."""
        around: list[tuple[int, dict]] = [(-1, self.tree)]
        for line in lines:
            words = line.strip()
            if not words or words.startswith("!") or words in ("exit", "end", "exit-address-family"):
                continue
            depth = len(line) - len(line.lstrip())
            while around[-1][0] >= depth:
                around.pop()
            around.append((depth, self.take(around[-1][1], words)))

    @staticmethod
    def take(block: dict[str, dict], words: str) -> dict:
        """A line: the opposite goes, a line of a setting that is there once gives way."""
        if words.startswith("no ") and words not in block:
            positive = words.removeprefix("no ")
            gone = [line for line in block if line == positive or line.startswith(f"{positive} ")]
            for line in gone:
                del block[line]
            if gone:
                return {}
        block.pop(f"no {words}", None)
        single = SINGLE.match(words)
        if single and words not in block:
            for line in [one for one in block if (found := SINGLE.match(one)) and found[1] == single[1]]:
                del block[line]
        return block.setdefault(words, {})

    def text(self) -> str:
        return "\n".join(self._lines(self.tree, 0)) + "\n"

    def _lines(self, block: dict[str, dict], depth: int) -> list[str]:
        return [
            line for words, inner in block.items() for line in (" " * depth + words, *self._lines(inner, depth + 1))
        ]


def without_some(text: str, seed: int) -> str:
    """Some lines of blocks lost and some with other numbers, as hands would do it."""
    chance, kept = random.Random(seed), []
    for line in text.split("\n"):
        inner = line.startswith(" ") and not line.strip().startswith(("class ", "address-family", "vrf ", "police"))
        if not inner or (roll := chance.random()) > 0.3:
            kept.append(line)
        elif roll > 0.15 and "description" in line:
            kept.append(f"{line} {seed}")
    return "\n".join(kept)


def without_banners(text: str, platform: Platform) -> str:
    """Their text is no commands: a test of its own is about them."""
    kept = [one for one in split_sections(text, platform) if not one.header.startswith("banner")]
    return "\n".join(line for one in kept for line in (one.header, *one.lines)) + "\n"


def still_differs(start: str, lines: tuple[str, ...], wanted: str, platform: Platform) -> list[str]:
    """What is not as wanted on a device that was sent the lines. A default is as well told as not."""
    box = Box(start, platform)
    box.send(lines)
    found = compare(Box(wanted, platform).text(), box.text(), platform)
    sent, before = words_of(lines), words_of(start.split("\n"))
    missing = [line for line in found.missing if not (last(line).startswith("no ") and last(line) in sent)]
    return missing + [line for line in found.extra if f"no {last(line)}" not in before and last(line) not in DEFAULTS]


def words_of(lines: Iterable[str]) -> set[str]:
    return {line.strip() for line in lines}


def last(line: str) -> str:
    return line.rsplit(" / ", 1)[-1]


@pytest.mark.parametrize(("slug", "path"), FILES, ids=[str(path) for _slug, path in FILES])
def test_the_lines_lead_to_the_golden_configuration_and_back(slug: str, path: Path) -> None:
    platform = get_platform(slug)
    golden = without_banners(redact(normalise(path.read_text(), platform), platform), platform)
    for seed in range(3):
        running = without_some(golden, seed)
        found = remediate(running, golden, platform)
        assert bool(found.reason) is not bool(compare(golden, running, platform))
        assert still_differs(running, shown(found.remediation), golden, platform) == []
        assert still_differs(golden, shown(found.rollback), running, platform) == []


def shown(lines: tuple[str, ...]) -> tuple[str, ...]:
    """As somebody would send them who fills in the secrets."""
    return tuple(re.sub(rf"^! (?:{FILL_IN})?(?=.*)", "", line) if MASK in line else line for line in lines)


def test_what_is_new_goes_what_is_gone_comes_and_what_changed_changes() -> None:
    golden = "hostname r1\ninterface Vlan10\n description users\n ip address 10.0.0.1 255.255.255.0\n"
    running = golden.replace("users", "guests") + "ip http server\n"
    found = remediate(running, golden, IOS)
    assert found.remediation == ("no ip http server", "interface Vlan10", "  description users", "  exit")
    assert found.rollback == ("interface Vlan10", "  description guests", "  exit", "ip http server")
    assert (found.secrets, found.reason) == (0, "")


def test_a_list_in_another_order_is_written_anew_as_it_is_wanted() -> None:
    running = ACL.replace(" deny ip any any\n", "").replace(" permit", " deny ip any any\n permit")
    assert remediate(running, ACL, IOS).remediation == (
        "! ip access-list extended EDGE: written anew: incomplete until its last line",
        "no ip access-list extended EDGE",
        "ip access-list extended EDGE",
        " permit ip any host 10.0.0.1",
        " deny ip any any",
    )
    numbered = "access-list 10 permit 10.0.0.1\naccess-list 10 deny any\n"
    turned = "".join(reversed(numbered.splitlines(keepends=True)))
    assert remediate(turned, numbered, IOS).remediation[1:] == ("no access-list 10", *numbered.splitlines())


def test_a_list_is_there_before_it_is_named_and_goes_after_it() -> None:
    found = remediate("interface Vlan10\n mtu 1500\n", ACL.replace("Vlan10\n", "Vlan10\n mtu 1500\n"), IOS)
    assert found.remediation.index(" deny ip any any") < found.remediation.index("  ip access-group EDGE in")
    assert found.rollback == (
        "interface Vlan10", "  no ip access-group EDGE in", "  exit", "no ip access-list extended EDGE",
    )  # fmt: skip


def test_a_policy_in_another_order_is_refused_in_words() -> None:
    policy = "policy-map EDGE\n class A\n  police 1\n class B\n  police 2\n"
    turned = "policy-map EDGE\n class B\n  police 2\n class A\n  police 1\n"
    assert remediate(turned, policy, IOS) == Remediation(
        reason="No commands are known that lead there: policy-map EDGE."
    )


def test_a_banner_goes_by_its_name_alone() -> None:
    text = "hostname r1\nbanner motd ^C\nno shutdown\n^C\n"
    found = remediate(text, "hostname r1\n", IOS)
    assert found.remediation == ("no banner motd",)
    assert found.rollback == ("banner motd ^C", "no shutdown", "^C")


@pytest.mark.parametrize("slug", sorted(SAMPLES))
@pytest.mark.parametrize("words", ["hello! world", "two  blanks   three", "a\ttab", "# no comment", "wide\u3000blank"])
def test_a_line_is_proposed_as_it_stands(slug: str, words: str) -> None:
    golden = f"interface Ethernet1\n mtu 1500\n description {words}\n"
    found = remediate("interface Ethernet1\n mtu 1500\n description x\n", golden, get_platform(slug))
    assert f"  description {words}" in found.remediation


@pytest.mark.parametrize("line", [" logging event link-status", " ipv6 unreachables disable"])
def test_no_missing_line_is_passed_over(line: str) -> None:
    found = remediate("interface A\n mtu 1500\n", f"interface A\n mtu 1500\n{line}\n", IOS)
    assert found.remediation == ("interface A", f" {line}", "  exit")


def test_a_vlan_out_of_a_list_takes_no_other_one_away() -> None:
    found = remediate("vlan 10,20,30\n", "vlan 10,30\n", get_platform("cisco_nxos"))
    assert (found.remediation, found.rollback) == (("no vlan 20",), ("vlan 20",))


def test_a_second_address_is_no_other_first_one() -> None:
    plain = "interface Vlan10\n ip address 10.0.0.1 255.255.255.0\n"
    found = remediate(plain, f"{plain} ip address 10.0.1.1 255.255.255.0 secondary\n", IOS)
    assert found.remediation[1] == "  ip address 10.0.1.1 255.255.255.0 secondary"
    assert found.rollback[1] == "  no ip address 10.0.1.1 255.255.255.0 secondary"


def test_nothing_that_holds_a_masked_secret_can_be_sent_as_it_stands() -> None:
    plain = "hostname r1\n"
    secrets = f"{plain}enable secret 9 {MASK}\nusername {MASK}\n mode x\nkey chain A\n key-string {MASK}\n exit\n"
    found = remediate(plain, f"{secrets}ip access-list standard B\n permit {MASK}\n deny any\n", IOS)
    assert [line for line in found.remediation if MASK in line and not line.startswith("! secret, fill in: ")] == []
    assert [line for line in found.remediation if not line.startswith("!")] == ["key chain A", "  exit"]
    assert "!   mode x" in found.remediation
    assert found.secrets == 6  # four to fill in, and two to remove
    assert [line for line in found.rollback if MASK in line and not line.startswith("!")] == []


def test_a_platform_without_a_driver_says_so() -> None:
    found = remediate("set system a\n", "set system b\n", get_platform("juniper_junos"))
    assert found == Remediation(
        reason="No remediation is proposed for Juniper Junos: its lines could not be tried reliably."
    )


def test_what_is_too_large_or_not_to_be_read_says_so() -> None:
    long = "".join(f"ip route 10.{n >> 8}.{n & 255}.0 255.255.255.0 Null0\n" for n in range(MAX_LINES + 1))
    assert remediate(long, "hostname r1\n", IOS).reason == (
        "The configuration has 20001 lines; remediation is proposed for up to 20000."
    )
    many = "".join(long.splitlines(keepends=True)[: MAX_DIFFERENT + 1])
    assert "4001 lines differ" in remediate(many, "", IOS).reason
    assert "Found a duplicate section" in remediate("interface A\n mtu 1\n mtu 1\n", "hostname r1\n", IOS).reason
    assert "No command mends" in remediate("hostname r1\n!\n", "hostname r1\n", IOS).reason


@settings(max_examples=40, deadline=None)
@given(one=st.text(max_size=150), other=st.text(max_size=150), slug=st.sampled_from(sorted(SAMPLES)))
def test_rubbish_is_answered_with_lines_or_a_reason(one: str, other: str, slug: str) -> None:
    found = remediate(one, other, get_platform(slug))
    assert found.reason or found.remediation or found.rollback


def test_depth_and_wide_lists_of_vlans_do_no_harm() -> None:
    deep = "\n".join(f"{' ' * depth}block {depth}" for depth in range(101))
    assert "indented by 100" in remediate(deep, "hostname r1\n", IOS).reason
    assert remediate("vlan 1-4000000000\n", "vlan 1-4094\n", IOS).remediation[0] == "no vlan 1-4000000000"


def test_each_driver_of_a_record_is_one_and_is_tried_here() -> None:
    named = {slug: record.hier_config_driver for slug, record in platforms().items() if record.hier_config_driver}
    assert set(named) == set(SAMPLES)
    assert set(named.values()) <= set(Driver.__members__)
    assert {slug for slug, _path in FILES} == set(SAMPLES)
