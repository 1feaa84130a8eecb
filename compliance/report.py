"""What the renderers of XLSX and PDF print: results row by row, and their sums by standard and device."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from compliance.models import Result, Rule
from compliance.models.result import URGENT, ranked
from compliance.remedy import remedy_of
from compliance.scope import Evidence
from compliance.scoring import Tally, tally
from inventory.models import Device
from inventory.scope import Somebody, scoped

CHUNK = 2000  # rows fetched at once
ROWS = ("rule__standard__name", "rule__rule_id", "device__name", "pk")  # their order


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


def report_rows(
    device: Device | None = None, now: datetime | None = None, user: Somebody = None
) -> Iterator[ReportRow]:
    """The rows of the report that the user may see, fetched in chunks: a large network need not fit into memory."""
    now = now or timezone.now()
    rows = report_results(device, now, user).order_by(*ROWS)
    return told_rows(rows, now)


def urgent_rows(
    device: Device | None, now: datetime, user: Somebody, passed: bool = False, most: int | None = None
) -> Iterator[ReportRow]:
    """The first `most` of what did not pass (or of all): failures first, the severe ones before the rest."""
    found = report_results(device, now, user)
    order = (ranked("told", URGENT), ranked("rule__severity", Rule.Severity.values), *ROWS)
    rows = (found if passed else found.exclude(state=Result.State.PASS)).order_by(*order)
    return told_rows(rows[:most], now)


def report_results(device: Device | None, now: datetime, user: Somebody) -> QuerySet[Result]:
    """The results of enabled standards that the user may see; `told` is the state as of now.

    A waiver may have ended, or been withdrawn, since the last scan.
    """
    over = Q(waiver=None) | Q(waiver__ends_at__lte=now) | Q(waiver__starts_at__gt=now)
    ended = Q(over, state=Result.State.WAIVED)
    results = Result.objects.filter(device__in=report_devices(device, user), rule__standard__enabled=True)
    return results.annotate(told=Case(When(ended, then=Value(Result.State.FAIL.value)), default=F("state")))


def told_rows(results: QuerySet[Result], now: datetime) -> Iterator[ReportRow]:
    """The results in words, a chunk after the other."""
    found = results.select_related("rule__standard", "device__site", "waiver__owner").defer(
        "device__sys_descr", "device__comments", "rule__definition"
    )
    for result in found.iterator(chunk_size=CHUNK):
        yield _row(result, now)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many results have which severity and state, by standard, by rule and by device.

    A device that no rule was held against is among the devices, with nothing counted.
    """

    standards: dict[str, Counter[tuple[str, str]]]
    rules: dict[str, Counter[tuple[str, str]]]
    devices: dict[str, Counter[tuple[str, str]]]


def report_sums(device: Device | None = None, now: datetime | None = None, user: Somebody = None) -> Counted:
    """The sums of `report_rows`, counted by the database: a summary can stand before the rows."""
    results = report_results(device, now or timezone.now(), user)

    def counted(*names: str) -> Iterator[tuple[tuple[Any, ...], tuple[str, str], int]]:
        rows = results.values_list(*names, "rule__severity", "told").annotate(Count("pk")).order_by(*names)
        return ((row[:-3], (row[-3], row[-2]), row[-1]) for row in rows)

    sums: list[dict[str, Counter[tuple[str, str]]]] = []
    devices = report_devices(device, user).order_by("name", "pk").values_list("name", "pk")
    for names, form, known in (
        (("rule__standard__name",), "{}", ()),
        (("rule__standard__name", "rule__rule_id", "rule__title"), "{1}: {2}", ()),
        (("device__name", "device_id"), "{} ({})", devices),
    ):
        found: dict[str, Counter[tuple[str, str]]] = {form.format(*key): Counter() for key in known}
        for key, verdict, count in counted(*names):
            found.setdefault(form.format(*key), Counter())[verdict] += count
        sums.append(found)
    return Counted(*sums)


def report_devices(device: Device | None, user: Somebody) -> QuerySet[Device]:
    """Whom the report is about: one device, or all active ones that the user may see."""
    chosen = Device.objects.filter(pk=device.pk) if device else Device.objects.filter(status=Device.Status.ACTIVE)
    return scoped(chosen, user)


def _row(result: Result, now: datetime) -> ReportRow:
    waiver = result.waiver if result.waiver and result.waiver.covers(now) else None
    return ReportRow(
        standard=result.rule.standard.name,
        rule_id=result.rule.rule_id,
        title=result.rule.title,
        severity=result.rule.severity,
        device_id=result.device_id,
        device=result.device.name,
        site=result.device.site.name if result.device.site else "",
        platform=result.device.platform,
        state=str(result.told),  # type: ignore[attr-defined]  # see report_results
        message=result.message,
        evidence=tuple(Evidence(line["line_number"], line["text"]) for line in result.evidence),
        remediation=remedy_of(result),
        waiver=f"{waiver.owner}: {waiver.reason} ({waiver.ends_at:%Y-%m-%d})" if waiver else "",
        checked_at=result.checked_at,
        changed_at=result.changed_at,
    )


def summed(counted: Counter[tuple[str, str]]) -> Tally:
    """Results counted by severity and state, added up."""
    return tally((severity, state, count) for (severity, state), count in counted.items())
