"""The shipped standard and the configurations it is tried on."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from compliance.engine import RuleResult, evaluate
from compliance.parsed_config import parse_config
from compliance.rulebook import read_standard
from compliance.rules import Rule
from compliance.shipped import STANDARDS
from inventory.platforms import get_platform

CASES = sorted(path.parent for path in (Path(__file__).parent.parent / "data" / "compliance").glob("*/config.txt"))


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration and, rule by rule, the state and the numbers of the lines that show why."""

    name: str
    platform: str
    os_version: str
    text: str
    expected: dict[str, tuple[str | int, ...]]

    def judged(self) -> tuple[RuleResult, ...]:
        """What the rules of the shipped standard say about it."""
        return judge(self.text, self.platform, self.os_version)


def read_case(folder: Path) -> Case:
    told = json.loads((folder / "expected.json").read_text())
    results = {rule: tuple(row) for rule, row in told["results"].items()}
    return Case(folder.name, told["platform"], told["os_version"], (folder / "config.txt").read_text(), results)


@cache
def baseline_rules() -> tuple[Rule, ...]:
    return tuple(entry.rule for entry in read_standard(STANDARDS / "hardening-baseline.yaml").rules)


def judge(text: str, platform: str, os_version: str = "") -> tuple[RuleResult, ...]:
    """The shipped standard on a text, laid out as the platform's record says."""
    layout = get_platform(platform).running_config
    assert layout is not None
    config = parse_config(text, platform, layout.sections, os_version, layout.comment)
    return evaluate(config, [rule for rule in baseline_rules() if platform in rule.platforms])
