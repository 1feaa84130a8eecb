"""Holds a device's newest configuration against the standards and stores what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from compliance.engine import RuleResult, evaluate, undecided
from compliance.models import Result, Standard, Waiver
from compliance.parsed_config import ParsedConfig, parse_config
from compliance.ruleset import StoredRule, ruleset
from compliance.scoring import weighted_score
from compliance.waivers import waivers_of
from inventory.models import ConfigBackup, Device
from inventory.platforms import PlatformError, get_platform

MAX_AGE = timedelta(days=30)  # of the last time the device confirmed its configuration
_UPDATED = ("backup", "waiver", "state", "message", "evidence", "checked_at", "changed_at")


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """Counts of rules by state. `changed` counts the rules whose state is another than before."""

    passed: int
    failed: int
    unknown: int
    waived: int
    changed: int
    score: int | None  # percent, see `score`
    reason: str = ""  # why nothing was judged


def scan_device(
    device: Device, standards: QuerySet[Standard] | None = None, now: datetime | None = None
) -> ScanOutcome:
    """Judge a device by the given standards (every enabled one by default) and store the results.

    The device itself is not touched. Where there is no configuration, or only one that was last confirmed more than
    `MAX_AGE` ago, every rule is unknown. Results of rules that no longer apply to the device are removed.
    """
    now = now or timezone.now()
    chosen = ruleset(standards)
    rules = chosen.for_platform(device.platform)
    backup = _newest(device)
    verdicts = _verdicts(device, backup, rules, now)
    with transaction.atomic():
        results, changed = _store(device, backup, rules, verdicts, chosen.standard_ids, now)
        points = score(device)
        Device.objects.filter(pk=device.pk).update(compliance_score=points)
    device.compliance_score = points
    states = [result.state for result in results]
    return ScanOutcome(
        passed=states.count(Result.State.PASS),
        failed=states.count(Result.State.FAIL),
        unknown=states.count(Result.State.UNKNOWN),
        waived=states.count(Result.State.WAIVED),
        changed=changed,
        score=points,
        reason="" if rules else f"No rule of the chosen standards covers the platform {device.platform}.",
    )


def score(device: Device) -> int | None:
    """How much of what the enabled standards demand is fulfilled, in percent by weight of severity, rounded down.

    Unknown counts as not fulfilled, waived does not count. None where nothing could be judged.
    """
    counts = (
        Result.objects.filter(device=device, rule__standard__enabled=True)
        .order_by()
        .values_list("rule__severity", "state")
        .annotate(Count("pk"))
    )
    return weighted_score((severity, state, count) for severity, state, count in counts)


def _newest(device: Device) -> ConfigBackup | None:
    backups = ConfigBackup.objects.filter(device=device, kind=ConfigBackup.Kind.RUNNING).select_related("text")
    # The sealed full text stays in the database.
    return backups.only("last_seen_at", "text__redacted").order_by("-captured_at", "-pk").first()


def _verdicts(
    device: Device, backup: ConfigBackup | None, rules: Sequence[StoredRule], now: datetime
) -> list[RuleResult]:
    """One verdict a rule, in their order."""
    demands = [rule.demand for rule in rules if rule.demand]
    if backup is None:
        judged = undecided(demands, "There is no configuration of this device.")
    elif now - backup.last_seen_at > MAX_AGE:
        seen = f"{timezone.localtime(backup.last_seen_at):%Y-%m-%d}"
        judged = undecided(
            demands, f"The configuration was last confirmed on {seen}, more than {MAX_AGE.days} days ago."
        )
    else:
        judged = evaluate(_parsed(device, backup.text.redacted), demands)
    verdicts = iter(judged)
    return [next(verdicts) if rule.demand else RuleResult(rule.rule_id, "unknown", (), rule.problem) for rule in rules]


def _parsed(device: Device, text: str) -> ParsedConfig:
    try:
        layout = get_platform(device.platform).running_config
    except PlatformError:
        layout = None
    if layout is None:
        return parse_config(text, device.platform, os_version=device.os_version)
    return parse_config(text, device.platform, layout.sections, device.os_version, layout.comment)


def _store(
    device: Device,
    backup: ConfigBackup | None,
    rules: Sequence[StoredRule],
    verdicts: Sequence[RuleResult],
    standard_ids: Sequence[int],
    now: datetime,
) -> tuple[list[Result], int]:
    """Store the verdicts and forget those of rules that do not apply; returns the rows and how many states changed."""
    before = {row.rule_id: row for row in Result.objects.filter(device=device, rule__standard_id__in=standard_ids)}
    waivers = waivers_of(device, [rule.pk for rule in rules], now)
    results = [
        _result(device, backup, rule, verdict, waivers.get(rule.pk), now)
        for rule, verdict in zip(rules, verdicts, strict=True)
    ]
    fresh, same, changed = [], [], 0
    for result in results:
        old = before.pop(result.rule_id, None)
        if old is not None and old.state == result.state:
            result.changed_at = old.changed_at
        else:
            changed += 1
        if old is not None and _says(old) == _says(result):
            same.append(old.pk)
        else:
            fresh.append(result)
    # On most nights nothing changed: one short update then, not a write of every line of evidence.
    Result.objects.filter(pk__in=same).update(checked_at=now)
    Result.objects.bulk_create(fresh, update_conflicts=True, unique_fields=["device", "rule"], update_fields=_UPDATED)
    if before:
        Result.objects.filter(pk__in=[row.pk for row in before.values()]).delete()
    return results, changed


def _result(
    device: Device,
    backup: ConfigBackup | None,
    rule: StoredRule,
    verdict: RuleResult,
    waiver: Waiver | None,
    now: datetime,
) -> Result:
    waived = waiver is not None and verdict.state == "fail"
    return Result(
        device=device,
        rule_id=rule.pk,
        backup=backup,
        waiver=waiver if waived else None,
        state=Result.State.WAIVED if waived else verdict.state,
        message=verdict.message,
        evidence=[{"line_number": line.line_number, "text": line.text} for line in verdict.evidence],
        checked_at=now,
        changed_at=now,
    )


def _says(result: Result) -> tuple[object, ...]:
    """All of a result but its times."""
    return result.state, result.message, result.evidence, result.backup_id, result.waiver_id
