"""Devices by standards: which rows are wanted, what stands in their cells, and the sums over all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Sum

from compliance.models import Result, Rule, Standard, StandardScore
from compliance.scoring import Tally
from inventory.models import Device
from inventory.scope import Somebody, scoped

FAILING, UNKNOWN, PASSING = "failing", "unknown", "passing"
STATES = (FAILING, UNKNOWN, PASSING)
WORST, NAME = "worst", "name"
ORDERS = (WORST, NAME)
WORST_RULES = 20
SUMS = {f"sum_{field.name}": Sum(field.name) for field in fields(Tally)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the matrix; nothing does by default. `standard` leaves one column and the devices it covers."""

    site: int | None = None
    role: str = ""
    platform: str = ""
    standard: int | None = None
    state: str = ""  # one of STATES
    search: str = ""  # part of a device's name
    order: str = WORST  # one of ORDERS


@dataclass(frozen=True, slots=True)
class Line:
    """A device with a cell for each standard; None where none of its rules was held against the device."""

    device: Device
    cells: tuple[tuple[Standard, Tally | None], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A standard with its sums over the devices, and how many of them it was held against."""

    standard: Standard
    sums: Tally
    devices: int


@dataclass(frozen=True, slots=True)
class FailingRule:
    """A rule and the number of devices that it fails on."""

    rule: Rule
    devices: int


def standards(wanted: Wanted) -> list[Standard]:
    """The columns: every enabled standard, or the one that is wanted."""
    found = Standard.objects.filter(enabled=True).order_by("name", "pk").only("name", "slug", "enabled")
    return list(found.filter(pk=wanted.standard) if wanted.standard else found)


def devices(wanted: Wanted, user: Somebody) -> QuerySet[Device]:
    """Active devices that the user may see, in no order: what the sums and the worst rules are over.

    Those that a wanted standard does not cover are among them; they have nothing to count.
    """
    found = scoped(Device.objects.filter(status=Device.Status.ACTIVE), user)
    if wanted.site:
        found = found.filter(site=wanted.site)
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.platform:
        found = found.filter(platform=wanted.platform)
    if wanted.search:
        found = found.filter(name__icontains=wanted.search)
    if wanted.state:
        found = found.filter(_STATES[wanted.state](_scores(wanted).filter(device=OuterRef("pk"))))
    return found


def ordered(rows: QuerySet[Device], wanted: Wanted) -> QuerySet[Device]:
    """The rows as they are shown, and only those that a wanted standard covers. Those without a score come last."""
    worst = "compliance_score"
    if wanted.standard:
        of_it = FilteredRelation("standard_scores", condition=Q(standard_scores__standard=wanted.standard))
        rows, worst = rows.annotate(of_it=of_it).filter(of_it__isnull=False), "of_it__score"
    by_name = ("name", "pk")
    return rows.order_by(*by_name) if wanted.order == NAME else rows.order_by(F(worst).asc(nulls_last=True), *by_name)


def lines(rows: Sequence[Device], columns: Sequence[Standard]) -> list[Line]:
    """The cells of one page of devices."""
    scores = StandardScore.objects.filter(device__in=[row.pk for row in rows], standard__in=columns)
    found = {(score.device_id, score.standard_id): tally_of(score) for score in scores}
    return [Line(row, tuple((one, found.get((row.pk, one.pk))) for one in columns)) for row in rows]


def totals(rows: QuerySet[Device], columns: Sequence[Standard]) -> list[Column]:
    """Each column's sums over all these devices, not only over a page of them."""
    chosen = StandardScore.objects.filter(standard__in=columns, device__in=rows.values("pk")).order_by()
    counted = {row["standard"]: row for row in chosen.values("standard").annotate(devices=Count("pk"), **SUMS)}
    empty = {"devices": 0}
    return [
        Column(one, sum_tally(counted.get(one.pk, empty)), counted.get(one.pk, empty)["devices"]) for one in columns
    ]


def worst_rules(rows: QuerySet[Device], columns: Sequence[Standard], limit: int = WORST_RULES) -> list[FailingRule]:
    """The rules of these standards that fail on most of these devices."""
    failing = Result.objects.filter(state=Result.State.FAIL, rule__standard__in=columns, device__in=rows.values("pk"))
    counted = failing.order_by().values_list("rule").annotate(found=Count("pk")).order_by("-found", "rule")[:limit]
    numbers = dict(counted)
    rules = Rule.objects.select_related("standard").only("title", "rule_id", "severity", "standard__name")
    named = rules.in_bulk(list(numbers))
    return [FailingRule(named[pk], count) for pk, count in numbers.items()]


def tally_of(score: StandardScore) -> Tally:
    """A stored score as what can be added up."""
    return Tally(score.passed, score.failed, score.unknown, score.waived, score.fulfilled, score.demanded)


def sum_tally(row: Mapping[str, Any]) -> Tally:
    """What SUMS came to; the sum of nothing is none at all."""
    return Tally(*(row.get(name) or 0 for name in SUMS))


def _scores(wanted: Wanted) -> QuerySet[StandardScore]:
    found = StandardScore.objects.filter(standard__enabled=True)
    return found.filter(standard=wanted.standard) if wanted.standard else found


def _passing(scores: QuerySet[StandardScore]) -> Q:
    return Q(Exists(scores)) & ~Q(Exists(scores.filter(Q(failed__gt=0) | Q(unknown__gt=0))))


_STATES: dict[str, Callable[[QuerySet[StandardScore]], Q]] = {
    FAILING: lambda scores: Q(Exists(scores.filter(failed__gt=0))),
    UNKNOWN: lambda scores: Q(Exists(scores.filter(unknown__gt=0))),
    PASSING: _passing,
}
