"""The shipped standards, and for each rule the configurations it is tried on.

A rule of the baseline is tried on the whole configurations in `tests/data/compliance`, any other on the small ones in
`tests/data/compliance_rules/<rule>`: what they are called (`pass.txt`, `fail-in-vrf.txt`) is what is expected of them.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from compliance.engine import RuleResult, evaluate
from compliance.parsed_config import parse_config
from compliance.rulebook import StandardFile, read_standard
from compliance.rules import Rule
from compliance.shipped import STANDARDS
from inventory.platforms import get_platform

DATA = Path(__file__).parent.parent / "data"
RULE_CASES = DATA / "compliance_rules"
_VERSION = re.compile(r"# os_version: (.*)\n")


@dataclass(frozen=True, slots=True)
class RuleCase:
    """A configuration and the state a rule must find it in."""

    name: str  # of the file, without the suffix
    expected: str
    os_version: str
    text: str


@cache
def shipped_standards() -> tuple[StandardFile, ...]:
    return tuple(read_standard(path) for path in sorted(STANDARDS.glob("*.yaml")))


@cache
def shipped_rules() -> tuple[Rule, ...]:
    return tuple(entry.rule for standard in shipped_standards() for entry in standard.rules)


@cache
def baseline_rules() -> tuple[Rule, ...]:
    (baseline,) = (standard for standard in shipped_standards() if standard.slug == "hardening-baseline")
    return tuple(entry.rule for entry in baseline.rules)


def rule_cases(rule: Rule) -> tuple[RuleCase, ...]:
    """The cases in the rule's own folder, none where it has no folder."""
    return tuple(_rule_case(path, path.stem.partition("-")[0]) for path in sorted((RULE_CASES / rule.id).glob("*.txt")))


def hardened_cases() -> tuple[RuleCase, ...]:
    """One configuration a platform, named after it, that every rule must find right."""
    return tuple(_rule_case(path, "pass") for path in sorted((DATA / "compliance_hardened").glob("*.txt")))


def judge(text: str, platform: str, rules: tuple[Rule, ...], os_version: str = "") -> tuple[RuleResult, ...]:
    """What those of the rules that are for the platform say about a text, laid out as the platform's record says."""
    layout = get_platform(platform).running_config
    assert layout is not None
    config = parse_config(text, platform, layout.sections, os_version, layout.comment)
    return evaluate(config, [rule for rule in rules if platform in rule.platforms])


def _rule_case(path: Path, expected: str) -> RuleCase:
    text = path.read_text()
    version = _VERSION.match(text)
    return RuleCase(
        name=path.stem,
        expected=expected,
        os_version=version[1] if version else "",
        text=text[version.end() :] if version else text,
    )
