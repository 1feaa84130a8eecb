"""Holds the newest configurations of devices against the standards and stores what came of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from compliance.engine import RuleResult
from compliance.judge import MAX_AGE, Case, newest_backups, problem_of
from compliance.models import Result, Scanned, Standard
from compliance.ruleset import Ruleset, StoredRule, ruleset
from compliance.scores import rescore
from compliance.versions import current
from compliance.waivers import waivers_of
from inventory.models import ConfigText, Device

__all__ = ["MAX_AGE", "ScanOutcome", "scan_device", "scan_devices"]
BLOCK = 100  # devices read and stored at once
CONFIRM_AFTER = timedelta(hours=20)  # so the scan of every night tells the results that they still hold
_UPDATED = ("backup", "waiver", "standard_version", "state", "message", "evidence", "checked_at", "changed_at")
_SCANNED = ("mark", "passed", "failed", "unknown", "waived", "score", "confirmed_at")


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """Counts of rules by state. `changed` counts the rules whose state is another than before."""

    passed: int
    failed: int
    unknown: int
    waived: int
    changed: int
    score: int | None  # percent, see `scores.rescore`
    reason: str = ""  # why nothing was judged


def scan_device(
    device: Device, standards: QuerySet[Standard] | None = None, now: datetime | None = None, again: bool = False
) -> ScanOutcome:
    """`scan_devices` of one."""
    (outcome,) = scan_devices([device], standards, now, again)
    return outcome


def scan_devices(
    devices: Sequence[Device],
    standards: QuerySet[Standard] | None = None,
    now: datetime | None = None,
    again: bool = False,
) -> list[ScanOutcome]:
    """Judge devices by the given standards (every enabled one by default) and store the results.

    The devices themselves are not touched. Where there is no configuration, or only one that was last confirmed more
    than `MAX_AGE` ago, every rule is unknown. Results of rules that no longer apply to a device are removed. A device
    of which nothing is new since its last scan is judged only when asked `again`: its results stay, and are told that
    they still hold when that was `CONFIRM_AFTER` ago.
    """
    now = now or timezone.now()
    chosen = ruleset(standards)
    blocks = (devices[start : start + BLOCK] for start in range(0, len(devices), BLOCK))
    return [outcome for block in blocks for outcome in _scan_block(block, chosen, now, again)]


def _scan_block(devices: Sequence[Device], chosen: Ruleset, now: datetime, again: bool) -> Iterator[ScanOutcome]:
    cases = {case.device.pk: case for case in _cases(devices, chosen, now)}
    marks = {pk: case.mark(chosen) for pk, case in cases.items()}
    before = {row.device_id: row for row in Scanned.objects.filter(device__in=cases)}
    same = set() if again else {pk for pk, row in before.items() if row.mark == marks[pk]}
    changed: Mapping[int, int] = {}
    scanned = {pk: before[pk] for pk in same}
    if len(same) < len(cases):
        fresh = [case for pk, case in cases.items() if pk not in same]
        judged = list(_judged(fresh))
        with transaction.atomic():
            _lock([case.device for case in fresh])
            states, changed = _store(judged, chosen, now)
            scanned |= _note(states, rescore(states), marks, now)
    _confirm([row for pk, row in scanned.items() if now - row.confirmed_at > CONFIRM_AFTER], chosen, now)
    for device in devices:
        row = scanned[device.pk]
        device.compliance_score = row.score
        yield _outcome(row, changed.get(device.pk, 0), cases[device.pk])


def _lock(devices: Sequence[Device]) -> None:
    """Two scans of a device at once would wait for each other's rows in turn."""
    rows = Device.objects.select_for_update(no_key=True).filter(pk__in=[device.pk for device in devices])
    list(rows.order_by("pk").values_list("pk"))


def _cases(devices: Sequence[Device], chosen: Ruleset, now: datetime) -> Iterator[Case]:
    backups = newest_backups(devices)
    waivers = waivers_of(devices, [rule.pk for rule in chosen.rules], now)
    rules = {platform: chosen.for_platform(platform) for platform in {device.platform for device in devices}}
    for device in devices:
        backup = backups.get(device.pk)
        yield Case(device, backup, rules[device.platform], waivers[device.pk], problem_of(backup, now))


def _judged(cases: Sequence[Case]) -> Iterator[tuple[Case, list[RuleResult]]]:
    wanted = {case.backup.text_id for case in cases if case.backup and not case.problem}
    # The sealed full text stays in the database.
    texts = dict(ConfigText.objects.filter(pk__in=wanted).values_list("pk", "redacted"))
    for case in cases:
        yield case, case.verdicts(texts.get(case.backup.text_id, "") if case.backup else "")


def _store(
    judged: Sequence[tuple[Case, list[RuleResult]]], chosen: Ruleset, now: datetime
) -> tuple[dict[int, list[str]], dict[int, int]]:
    """Store verdicts, forget those of rules that do not apply; returns each device's states and how many changed."""
    of_these = Result.objects.filter(device__in=[case.device.pk for case, _ in judged])
    before = {(row.device_id, row.rule_id): row for row in of_these.filter(rule__standard_id__in=chosen.standard_ids)}
    states: dict[int, list[str]] = {}
    changed: dict[int, int] = defaultdict(int)
    versions = current(chosen.digests)
    fresh, same, moved = [], [], []
    for case, verdicts in judged:
        results = [_result(case, *pair, versions, now) for pair in zip(case.rules, verdicts, strict=True)]
        states[case.device.pk] = [result.state for result in results]
        for result in results:
            old = before.pop((result.device_id, result.rule_id), None)
            if old is not None and old.state == result.state:
                result.changed_at = old.changed_at
            else:
                changed[result.device_id] += 1
            if old is not None and _says(old) == _says(result):
                same.append(old.pk)
                moved += [old.pk] if old.standard_version_id != result.standard_version_id else []
            else:
                fresh.append(result)
    # What says the same gets one short update, not a write of every line of evidence.
    Result.objects.filter(pk__in=same).update(checked_at=now)
    if moved:
        for standard, version in versions.items():
            Result.objects.filter(pk__in=moved, rule__standard=standard).update(standard_version=version)
    Result.objects.bulk_create(fresh, update_conflicts=True, unique_fields=["device", "rule"], update_fields=_UPDATED)
    if before:
        Result.objects.filter(pk__in=[row.pk for row in before.values()]).delete()
    return states, changed


def _result(case: Case, rule: StoredRule, verdict: RuleResult, versions: Mapping[int, int], now: datetime) -> Result:
    waiver = case.waivers.get(rule.pk) if verdict.state == "fail" else None
    return Result(
        device_id=case.device.pk,
        rule_id=rule.pk,
        backup_id=case.backup.pk if case.backup else None,
        waiver_id=waiver.pk if waiver else None,
        standard_version_id=versions.get(rule.standard_id),
        state=Result.State.WAIVED if waiver else verdict.state,
        message=verdict.message,
        evidence=[{"line_number": line.line_number, "text": line.text} for line in verdict.evidence],
        checked_at=now,
        changed_at=now,
    )


def _says(result: Result) -> tuple[object, ...]:
    """All of a result but its times and the version of its standard."""
    return result.state, result.message, result.evidence, result.backup_id, result.waiver_id


def _note(
    states: Mapping[int, list[str]], scores: Mapping[int, int | None], marks: Mapping[int, str], now: datetime
) -> dict[int, Scanned]:
    """Store what these devices were scanned with and what came of it."""
    rows = {
        device: Scanned(
            device_id=device,
            mark=marks[device],
            passed=found.count(Result.State.PASS),
            failed=found.count(Result.State.FAIL),
            unknown=found.count(Result.State.UNKNOWN),
            waived=found.count(Result.State.WAIVED),
            score=scores[device],
            confirmed_at=now,
        )
        for device, found in states.items()
    }
    Scanned.objects.bulk_create(rows.values(), update_conflicts=True, unique_fields=["device"], update_fields=_SCANNED)
    return rows


def _confirm(rows: Sequence[Scanned], chosen: Ruleset, now: datetime) -> None:
    """Nothing is new about these devices: their results hold still."""
    if rows:
        devices = [row.device_id for row in rows]
        Result.objects.filter(device__in=devices, rule__standard_id__in=chosen.standard_ids).update(checked_at=now)
        Scanned.objects.filter(device__in=devices).update(confirmed_at=now)


def _outcome(row: Scanned, changed: int, case: Case) -> ScanOutcome:
    platform = case.device.platform
    reason = "" if case.rules else f"No rule of the chosen standards covers the platform {platform}."
    return ScanOutcome(row.passed, row.failed, row.unknown, row.waived, changed, row.score, reason)
