"""What the renderers of XLSX and PDF print: results row by row, and their sums by standard and device."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from compliance.models import Result, Standard
from compliance.remedy import remedy_of
from compliance.scope import Evidence
from compliance.scoring import Tally, tally
from inventory.models import Device
from inventory.scope import Somebody, scoped

CHUNK = 2000  # rows fetched at once


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One rule on one device. `state` is pass, fail, unknown or waived, as of now."""

    standard: str
    rule_id: str
    title: str
    severity: str
    device_id: int
    device: str
    site: str
    platform: str
    state: str
    message: str
    evidence: tuple[Evidence, ...]
    remediation: str
    waiver: str  # owner, reason and end of the waiver in force
    checked_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """Results counted for one name (a standard or a device)."""

    name: str
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    waived: int = 0
    score: int | None = None
    reason: str = ""  # why there is nothing to count


@dataclass(frozen=True, slots=True)
class ComplianceReport:
    """Everything of one report. Rows are ordered by standard, rule and device."""

    made_at: datetime
    standards: tuple[Summary, ...]
    devices: tuple[Summary, ...]
    rows: tuple[ReportRow, ...]


def compliance_report(device: Device | None = None, now: datetime | None = None) -> ComplianceReport:
    """The report of one device, or of all active ones, over the enabled standards."""
    now = now or timezone.now()
    rows = tuple(report_rows(device, now))
    names = Standard.objects.filter(enabled=True).order_by("name").values_list("name", flat=True)
    devices = _devices(device).order_by("name", "pk").values_list("pk", "name")
    by_standard: dict[object, Counter[tuple[str, str]]] = {}
    by_device: dict[object, Counter[tuple[str, str]]] = {}
    for row in rows:
        by_standard.setdefault(row.standard, Counter())[row.severity, row.state] += 1
        by_device.setdefault(row.device_id, Counter())[row.severity, row.state] += 1
    return ComplianceReport(
        made_at=now,
        standards=tuple(_summary(name, by_standard.get(name)) for name in names),
        devices=tuple(_summary(name, by_device.get(pk)) for pk, name in devices),
        rows=rows,
    )


def report_rows(
    device: Device | None = None, now: datetime | None = None, user: Somebody = None
) -> Iterator[ReportRow]:
    """The rows of the report that the user may see, fetched in chunks: a large network need not fit into memory."""
    now = now or timezone.now()
    results = (
        Result.objects.filter(device__in=_devices(device, user), rule__standard__enabled=True)
        .select_related("rule__standard", "device__site", "waiver__owner")
        .defer("device__sys_descr", "device__comments", "rule__definition")
        .order_by("rule__standard__name", "rule__rule_id", "device__name", "pk")
    )
    for result in results.iterator(chunk_size=CHUNK):
        yield _row(result, now)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many results have which severity and state, by standard, by rule and by device."""

    standards: dict[str, Counter[tuple[str, str]]]
    rules: dict[str, Counter[tuple[str, str]]]
    devices: dict[str, Counter[tuple[str, str]]]


def report_sums(device: Device | None = None, now: datetime | None = None, user: Somebody = None) -> Counted:
    """The sums of `report_rows`, counted by the database: a summary can stand before the rows."""
    now = now or timezone.now()
    results = Result.objects.filter(device__in=_devices(device, user), rule__standard__enabled=True)
    over = Q(waiver=None) | Q(waiver__ends_at__lte=now) | Q(waiver__starts_at__gt=now)
    ended = Q(over, state=Result.State.WAIVED)
    told = results.annotate(told=Case(When(ended, then=Value(Result.State.FAIL.value)), default=F("state")))

    def counted(*names: str) -> Iterator[tuple[tuple[Any, ...], tuple[str, str], int]]:
        rows = told.values_list(*names, "rule__severity", "told").annotate(Count("pk")).order_by(*names)
        return ((row[:-3], (row[-3], row[-2]), row[-1]) for row in rows)

    sums: list[dict[str, Counter[tuple[str, str]]]] = []
    for names, form in (
        (("rule__standard__name",), "{}"),
        (("rule__standard__name", "rule__rule_id", "rule__title"), "{1}: {2}"),
        (("device__name", "device_id"), "{} ({})"),
    ):
        found: dict[str, Counter[tuple[str, str]]] = {}
        for key, verdict, count in counted(*names):
            found.setdefault(form.format(*key), Counter())[verdict] += count
        sums.append(found)
    return Counted(*sums)


def _devices(device: Device | None, user: Somebody = None) -> QuerySet[Device]:
    chosen = Device.objects.filter(pk=device.pk) if device else Device.objects.filter(status=Device.Status.ACTIVE)
    return scoped(chosen, user)


def _row(result: Result, now: datetime) -> ReportRow:
    waiver = result.waiver if result.waiver and result.waiver.covers(now) else None
    # A waiver may have ended, or been withdrawn, since the last scan.
    ended = result.state == Result.State.WAIVED and waiver is None
    return ReportRow(
        standard=result.rule.standard.name,
        rule_id=result.rule.rule_id,
        title=result.rule.title,
        severity=result.rule.severity,
        device_id=result.device_id,
        device=result.device.name,
        site=result.device.site.name if result.device.site else "",
        platform=result.device.platform,
        state=str(Result.State.FAIL if ended else result.state),
        message=result.message,
        evidence=tuple(Evidence(line["line_number"], line["text"]) for line in result.evidence),
        remediation=remedy_of(result),
        waiver=f"{waiver.owner}: {waiver.reason} ({waiver.ends_at:%Y-%m-%d})" if waiver else "",
        checked_at=result.checked_at,
        changed_at=result.changed_at,
    )


def _summary(name: str, counted: Counter[tuple[str, str]] | None) -> Summary:
    if not counted:
        return Summary(name, reason="Not scanned, or no rule covers the platform.")
    found = summed(counted)
    return Summary(name, found.passed, found.failed, found.unknown, found.waived, found.score)


def summed(counted: Counter[tuple[str, str]]) -> Tally:
    """Results counted by severity and state, added up."""
    return tally((severity, state, count) for (severity, state), count in counted.items())
