"""How the network stood day by day: written while the day lasts, kept for more than a year."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from compliance.matrix import SUMS, sum_tally
from compliance.models import ComplianceDay, Standard, StandardScore
from inventory.models import Device

KEPT = timedelta(days=400)
DAYS = 90  # shown unless asked otherwise
MOST_DAYS = KEPT.days


def keep_trend(now: datetime | None = None) -> int:
    """Write today's rows, one for each enabled standard and one for all; returns how many that are.

    Of active devices. The last one of a day stays. Before the first scan there is nothing to write. Days that ended
    `KEPT` ago are forgotten.
    """
    today = timezone.localdate(now or timezone.now())
    rows = _rows(today)
    with transaction.atomic():
        ComplianceDay.objects.filter(day=today).delete()
        ComplianceDay.objects.bulk_create(rows)
    ComplianceDay.objects.filter(day__lt=today - KEPT).delete()
    return len(rows)


def trend(standard: Standard | None = None, days: int = DAYS, now: datetime | None = None) -> Sequence[ComplianceDay]:
    """The newest days, oldest first, of one standard or of all that were enabled.

    They tell of every device: who may show them must ask `inventory.scope` first.
    """
    since = timezone.localdate(now or timezone.now()) - timedelta(days=days - 1)
    return list(ComplianceDay.objects.filter(standard=standard, day__gte=since).order_by("day"))


def _rows(today: date) -> list[ComplianceDay]:
    active = Device.objects.filter(status=Device.Status.ACTIVE)
    scores = StandardScore.objects.filter(standard__enabled=True, device__in=active.values("pk")).order_by()
    one_each = scores.values("standard").annotate(devices=Count("pk"), **SUMS)
    rows = [_row(today, found) for found in one_each]
    return [*rows, *_of_all(today, scores)] if rows else []


def _of_all(today: date, scores: QuerySet[StandardScore]) -> list[ComplianceDay]:
    found = scores.aggregate(devices=Count("device", distinct=True), **SUMS)
    return [_row(today, {"standard": None, **found})]


def _row(today: date, found: Mapping[str, Any]) -> ComplianceDay:
    counted = sum_tally(found)
    return ComplianceDay(
        day=today,
        standard_id=found["standard"],
        devices=found["devices"] or 0,
        passed=counted.passed,
        failed=counted.failed,
        unknown=counted.unknown,
        waived=counted.waived,
        score=counted.score,
    )
