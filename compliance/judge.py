"""What a device's results follow from, and the verdicts that follow from it. Nothing is stored here."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from compliance.engine import RuleResult, evaluate, undecided
from compliance.models import Waiver
from compliance.parsed_config import ParsedConfig, parse_config
from compliance.ruleset import Ruleset, StoredRule
from inventory.models import ConfigBackup, Device
from inventory.platforms import platform_or_generic

MAX_AGE = timedelta(days=30)  # of the last time the device confirmed its configuration
_FOLDERS = (Path(__file__).parent, Path(__file__).parent.parent / "inventory" / "platforms")


@dataclass(frozen=True, slots=True)
class Case:
    """A device, its newest configuration, the rules for it and the waivers that hold for it, by rule."""

    device: Device
    backup: ConfigBackup | None  # without its text
    rules: tuple[StoredRule, ...]
    waivers: dict[int, Waiver]
    problem: str = ""  # why nothing can be judged

    def mark(self, chosen: Ruleset) -> str:
        """The same for the same results: SHA-256, hexadecimal, of everything they follow from."""
        follows_from = (
            _program(),
            chosen.version,
            self.device.platform,
            self.device.os_version,
            self.backup and (self.backup.pk, self.backup.text_id),
            self.problem,
            sorted((rule, waiver.pk) for rule, waiver in self.waivers.items()),
        )
        return hashlib.sha256(repr(follows_from).encode()).hexdigest()

    def verdicts(self, text: str) -> list[RuleResult]:
        """One a rule, in their order, on the backup's redacted text."""
        demands = [rule.demand for rule in self.rules if rule.demand]
        judged = undecided(demands, self.problem) if self.problem else evaluate(_parsed(self.device, text), demands)
        verdicts = iter(judged)
        return [
            next(verdicts) if rule.demand else RuleResult(rule.rule_id, "unknown", (), rule.problem)
            for rule in self.rules
        ]


def newest_backups(devices: Sequence[Device]) -> dict[int, ConfigBackup]:
    """Device id -> its newest running configuration, without the text."""
    of_one = ConfigBackup.objects.filter(device=OuterRef("pk"), kind=ConfigBackup.Kind.RUNNING)
    newest = Subquery(of_one.order_by("-captured_at", "-pk").values("pk")[:1])
    chosen = Device.objects.filter(pk__in=[device.pk for device in devices]).values(newest=newest)
    found = ConfigBackup.objects.filter(pk__in=chosen).only("device", "text", "last_seen_at")
    return {backup.device_id: backup for backup in found}


def problem_of(backup: ConfigBackup | None, now: datetime) -> str:
    """Why this configuration tells nothing about the device, empty where it does."""
    if backup is None:
        return "There is no configuration of this device."
    if now - backup.last_seen_at > MAX_AGE:
        seen = f"{timezone.localtime(backup.last_seen_at):%Y-%m-%d}"
        return f"The configuration was last confirmed on {seen}, more than {MAX_AGE.days} days ago."
    return ""


def _parsed(device: Device, text: str) -> ParsedConfig:
    layout = platform_or_generic(device.platform).running_config
    if layout is None:
        return parse_config(text, device.platform, os_version=device.os_version)
    return parse_config(text, device.platform, layout.sections, device.os_version, layout.comment)


@cache
def _program() -> str:
    """A release may read configurations differently: then all is judged again."""
    return _digest(path for folder in _FOLDERS for path in sorted(folder.iterdir()) if path.is_file())


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
