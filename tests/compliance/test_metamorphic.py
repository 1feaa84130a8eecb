"""What may and what may not change a verdict, on whole configurations; and a second reading of fifteen rules."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.engine import RuleResult
from compliance.rules import Contains, Matches, Rule
from inventory.platforms import get_platform
from tests.compliance.baseline import CASES, read_case
from tests.compliance.standards import hardened_cases, judge, shipped_rules

States = dict[str, str]
SEEDS = st.randoms(use_true_random=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """A whole configuration."""

    name: str
    platform: str
    os_version: str
    text: str

    def states(self, text: str | None = None) -> States:
        """Rule -> state, of all shipped rules of the platform."""
        return {result.rule_id: result.state for result in self.judged(text)}

    def judged(self, text: str | None = None) -> tuple[RuleResult, ...]:
        return judge(self.text if text is None else text, self.platform, shipped_rules(), self.os_version)


@cache
def samples() -> tuple[Sample, ...]:
    cases = [read_case(folder) for folder in CASES]
    whole = [Sample(case.name, case.platform, case.os_version, case.text) for case in cases]
    return (*whole, *(Sample(f"{one.name} hardened", one.name, one.os_version, one.text) for one in hardened_cases()))


def layout(sample: Sample) -> str:
    record = get_platform(sample.platform).running_config
    assert record is not None
    return record.sections


of_each_sample = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)


@of_each_sample
@settings(max_examples=3)
@given(SEEDS)
def test_an_unrelated_section_changes_no_verdict(sample: Sample, seed: random.Random) -> None:
    lines = sample.text.split("\n")
    if re.search("^set ", sample.text, re.MULTILINE):
        section = ["set unrelated thing one"]
    elif layout(sample) == "braces":
        section = ["unrelated {", "    thing one;", "}"]
    else:
        section = ["unrelated thing", " thing one"]
    # Not before the first line, and not between a header and what belongs to it.
    places = [n for n, line in enumerate(lines) if 0 < n < len(lines) - 1 and re.match(r"[^\s}#!]", line)]
    place = seed.choice(places)
    assert sample.states("\n".join([*lines[:place], *section, *lines[place:]])) == sample.states()


@of_each_sample
@settings(max_examples=3)
@given(SEEDS)
def test_the_order_of_interfaces_changes_no_verdict(sample: Sample, seed: random.Random) -> None:
    assert sample.states(shuffled(sample, seed)) == sample.states()


def shuffled(sample: Sample, seed: random.Random) -> str:
    """Another order of the blocks below `interface`, of statements in a tree."""
    block = r"^set .*\n" if re.search("^set ", sample.text, re.MULTILINE) else r"^interface .*\n(?: .*\n)*"
    block = r"^\S.* \{\n(?: .*\n)*\}\n" if re.search(r"^\S.* \{$", sample.text, re.MULTILINE) else block
    found = re.findall(block, sample.text, re.MULTILINE)
    seed.shuffle(found)
    return re.sub(block, lambda _: found.pop(), sample.text, flags=re.MULTILINE)


@of_each_sample
def test_line_ends_and_trailing_blanks_change_no_verdict_and_no_line_number(sample: Sample) -> None:
    assert sample.judged(sample.text.replace("\n", " \t\r\n")) == sample.judged()


VOLATILE = {
    "cisco_ios": ("Current configuration : 12345 bytes", "! Last configuration change at 10:00:00 UTC by x"),
    "cisco_nxos": ("!Time: Mon Nov 23 15:00:00 2026", "!Running configuration last done at: Mon Nov 23 15:00:00 2026"),
    "arista_eos": ("! Last configuration change at 10:00:00 UTC by x",),
    "huawei_vrp": ("!Last configuration was saved at 2026-11-23 15:00:00",),
    "juniper_junos": ("## Last commit: 2026-11-23 15:00:00 UTC by x",),
    "linux": ("Current configuration:",),
    "fortinet": ("#buildno=1262", "#conf_file_ver=12345678901234567"),
}


@of_each_sample
def test_volatile_lines_change_no_verdict(sample: Sample) -> None:
    known = get_platform(sample.platform).ignore_lines
    added = [line for line in VOLATILE[sample.platform] if any(pattern.search(line) for pattern in known)]
    assert added
    kept = [line for line in sample.text.split("\n") if not any(pattern.search(line) for pattern in known)]
    assert sample.states("\n".join(kept)) == sample.states()
    assert sample.states("\n".join([*added, *kept])) == sample.states()


def required_lines(sample: Sample) -> dict[str, tuple[Rule, int]]:
    """Rule -> the number of the only line that fulfils it, where no other rule and no section hangs on that line."""
    lines = sample.text.split("\n")
    rules = {rule.id: rule for rule in shipped_rules()}
    shown = [line.line_number for result in sample.judged() for line in result.evidence]
    found = {}
    for result in sample.judged():
        rule = rules[result.rule_id]
        if result.state == "pass" and isinstance(rule.check, Contains | Matches):
            number = result.evidence[0].line_number
            heads = lines[number].startswith(" ") or re.match("banner|header|macro", lines[number - 1])
            if shown.count(number) == 1 and not heads and fulfilling(rule, lines) == 1:
                found[rule.id] = (rule, number)
    return found


def fulfilling(rule: Rule, lines: list[str]) -> int:
    if isinstance(rule.check, Contains):
        return lines.count(rule.check.line)
    assert isinstance(rule.check, Matches)
    return sum(bool(re.search(rule.check.pattern.pattern, line)) for line in lines)


HARDENED = [one for one in samples() if "hardened" in one.name and layout(one) == "indent"]


@pytest.mark.parametrize("sample", HARDENED, ids=lambda one: one.name)
def test_removing_exactly_the_required_line_flips_exactly_that_rule(sample: Sample) -> None:
    before, lines = sample.states(), sample.text.split("\n")
    required = required_lines(sample)
    for rule, number in required.values():
        after = sample.states("\n".join(lines[: number - 1] + lines[number:]))
        flipped = {name: state for name, state in after.items() if state != before[name]}
        assert flipped == {rule.id: "fail"}, lines[number - 1]
    assert required


def without_banners(text: str) -> str:
    """They hold what looks like configuration in these samples, to tempt."""
    text = re.sub(r"^(banner \S+|header \w+ information) (\^C|\S)[\s\S]*?\2", r"\1 ", text, flags=re.MULTILINE)
    return re.sub(r"^(banner \S+)\n[\s\S]*?^EOF$", r"\1 ", text, flags=re.MULTILINE)


def sections(text: str, header: str) -> list[str]:
    """The bodies below a header, as nothing but the standard library finds them."""
    return re.findall(rf"^{header}.*\n((?: .*\n)*)", text, re.MULTILINE)


def has(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.search(pattern, text, re.MULTILINE) is not None


def lacks(pattern: str) -> Callable[[str], bool]:
    return lambda text: not has(pattern)(text)


def each(header: str, pattern: str) -> Callable[[str], bool]:
    """There is such a section, and every one has such a line."""
    return lambda text: bool(sections(text, header)) and all(has(pattern)(body) for body in sections(text, header))


SECOND_READING: dict[str, Callable[[str], bool]] = {
    "ios-ssh-v2": lambda text: "ip ssh version 2" in text.split("\n"),
    "ios-vty-ssh-only": each("line vty ", r"^ transport input (ssh|none)$"),
    "ios-enable-secret": lambda text: has("^enable secret ")(text) and lacks("^enable password ")(text),
    "ios-password-encryption": lambda text: "\nservice password-encryption\n" in f"\n{text}",
    "ios-no-http-server": lacks("^ip http server$"),
    "ios-ntp-server": lambda text: any(line.startswith(("ntp server ", "ntp peer ")) for line in text.split("\n")),
    "ios-snmp-default-community": lacks(r"^snmp-server community (public|private)\b"),
    "nxos-no-telnet": lambda text: "feature telnet" not in text.split("\n"),
    "nxos-vty-exec-timeout": each("line vty$", r"^  exec-timeout ([1-9]|10)$"),
    "nxos-logging-server": lambda text: any(line.startswith("logging server ") for line in text.split("\n")),
    "eos-ssh-idle-timeout": each("management ssh$", r"^   idle-timeout ([1-9]|10)$"),
    "eos-no-root-login": lacks("^aaa root "),
    "eos-ntp-server": lambda text: any(line.startswith("ntp server ") for line in text.split("\n")),
    "vrp-vty-ssh-only": each("user-interface vty ", r"^ protocol inbound ssh$"),
    "vrp-no-telnet": lacks("^ ?telnet (ipv6 )?server enable$"),
}


@pytest.mark.parametrize("rule", SECOND_READING)
def test_a_second_way_of_reading_comes_to_the_same(rule: str) -> None:
    (demand,) = (one for one in shipped_rules() if one.id == rule)
    compared = []
    for sample in samples():
        if sample.platform in demand.platforms:
            (result,) = judge(sample.text, sample.platform, (demand,))
            assert result.state == ("pass" if SECOND_READING[rule](without_banners(sample.text)) else "fail"), (
                sample.name
            )
            compared.append(result.state)
    assert {"pass", "fail"} == set(compared)
