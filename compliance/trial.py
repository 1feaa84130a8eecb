"""A rule held against one device before anybody relies on it; nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from compliance.engine import RuleResult
from compliance.judge import Case, newest_backups, problem_of
from compliance.proposal import propose
from compliance.remedy import known_of
from compliance.rulebook import parse_rule
from compliance.ruleset import StoredRule
from inventory.models import ConfigBackup, ConfigText, Device


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rule says about the device, the configuration it was said about, and what would mend a failure."""

    verdict: RuleResult
    backup: ConfigBackup | None
    remedy: str


def try_rule(device: Device, fields: Mapping[str, Any], now: datetime | None = None) -> Trial:
    """Judge the device's newest stored configuration by a rule that need not be stored.

    `fields`: `check`, and if wanted `platforms` (the device's own by default) and `remediation`, as in a standard's
    file. Raises RuleError.
    """
    wanted = {"id": "trial", "title": "trial", "severity": "info", "platforms": [device.platform], **fields}
    rule = parse_rule(wanted, "the rule")
    backup = newest_backups([device]).get(device.pk)
    rules = (StoredRule(0, 0, rule.id, rule.platforms, rule),)
    case = Case(device, backup, rules, {}, problem_of(backup, now or timezone.now()))
    text = ""
    if backup is not None and not case.problem:
        text = ConfigText.objects.values_list("redacted", flat=True).get(pk=backup.text_id)
    (verdict,) = case.verdicts(text)
    failed = verdict.state == "fail"
    remedy = propose("\n".join(rule.remediation), known_of(device), verdict.evidence) if failed else ""
    return Trial(verdict, backup, remedy)
