"""Which waiver holds for a result, now: failures become waived, and come back when their waiver has ended."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from compliance.models import Result, Waiver
from compliance.scores import rescore
from inventory.models import Device

CHUNK = 5000  # results changed by one statement
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Applied:
    """Results that became waived, and those that fail again."""

    waived: int
    failing: int


def in_force(now: datetime) -> QuerySet[Waiver]:
    """Waivers that have started and not ended."""
    return Waiver.objects.filter(starts_at__lte=now, ends_at__gt=now)


def waivers_of(devices: Sequence[Device], rules: Iterable[int], now: datetime) -> dict[int, dict[int, Waiver]]:
    """Device id -> rule -> the waiver in force on it; where there are several, the one that lasts longest."""
    of_these = Q(device=None) | Q(device__in=devices)
    found = list(in_force(now).filter(of_these, rule__in=list(rules)).order_by("ends_at"))
    return {device.pk: {one.rule_id: one for one in found if _holds(one, device)} for device in devices}


def _holds(waiver: Waiver, device: Device) -> bool:
    """The same as `_covering`, of rows."""
    if waiver.device_id or waiver.site_id:
        return waiver.device_id == device.pk or (waiver.site_id is not None and waiver.site_id == device.site_id)
    return waiver.role in ("", device.role)


def apply_waivers(now: datetime | None = None) -> Applied:
    """Let stored results follow the waivers without another scan, and the scores of their devices with them."""
    now = now or timezone.now()
    where = _covering(OuterRef("device_id"), OuterRef("device__site_id"), OuterRef("device__role"))
    longest = in_force(now).filter(where, rule=OuterRef("rule_id")).order_by("-ends_at").values("pk")[:1]
    results: QuerySet[Any] = Result.objects.annotate(by=Subquery(longest)).order_by("pk")
    with transaction.atomic():
        waived = _follow(results.filter(state=Result.State.FAIL, rule__in=in_force(now).values("rule"), by__gt=0), now)
        followed = results.filter(state=Result.State.WAIVED)
        failing = _follow(followed.filter(by=None), now)
        _follow(followed.filter(~Q(by=F("waiver")) | Q(waiver=None), by__gt=0), now)
    if failing:
        log.warning("%d results fail again: their waivers have ended.", failing)
    return Applied(waived, failing)


def _covering(device: object, site: object, role: object) -> Q:
    """Waivers for the device, for its site, for its role, and those for everywhere."""
    everywhere = Q(device=None, site=None, role="")
    return everywhere | Q(device=device) | Q(site=site, site__isnull=False) | (Q(role=role) & ~Q(role=""))


def _follow(results: QuerySet[Any], now: datetime) -> int:
    """Give each result the waiver it is annotated with, or none; returns how many results that were."""
    rows = list(results.select_for_update(of=("self",)).values_list("pk", "by", "device_id", "state"))
    by_waiver: dict[int | None, list[int]] = defaultdict(list)
    for pk, waiver, _device, _state in rows:
        by_waiver[waiver].append(pk)
    for waiver, pks in by_waiver.items():
        state = Result.State.WAIVED if waiver else Result.State.FAIL
        for start in range(0, len(pks), CHUNK):
            chosen = Result.objects.filter(pk__in=pks[start : start + CHUNK])
            chosen.exclude(state=state).update(changed_at=now)
            chosen.update(state=state, waiver=waiver)
    rescore({device for _pk, _waiver, device, _state in rows})
    return len(rows)
