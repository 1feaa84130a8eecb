"""The shipped baseline and the whole configurations it is tried on."""

import json
from dataclasses import dataclass
from pathlib import Path

from compliance.engine import RuleResult
from tests.compliance import standards
from tests.compliance.standards import baseline_rules

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
        """What the rules of the baseline say about it."""
        return judge(self.text, self.platform, self.os_version)


def read_case(folder: Path) -> Case:
    told = json.loads((folder / "expected.json").read_text())
    results = {rule: tuple(row) for rule, row in told["results"].items()}
    return Case(folder.name, told["platform"], told["os_version"], (folder / "config.txt").read_text(), results)


def judge(text: str, platform: str, os_version: str = "") -> tuple[RuleResult, ...]:
    """What the rules of the baseline say about a text."""
    return standards.judge(text, platform, baseline_rules(), os_version)
