"""Rates that hold over all workers: whoever wants to start takes the next slot from one row of the database.

Virtual scheduling (the generic cell rate algorithm of ITU-T I.371) without a burst: nobody counts, nobody sleeps.
"""

import re
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from jobs.models import Pace

_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/([smh]))?", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, None: 1}


def interval_of(rate: str) -> timedelta:
    """Time between two starts at a rate such as 10/s, 300/m, 1000/h or, per second, 10. Zero: any number.

    Raises ValueError for anything else.
    """
    match = _RATE.fullmatch(rate)
    if not match:
        raise ValueError(f"{rate!r} is not a rate such as 10/s, 300/m or 1000/h.")
    count = float(match[1])
    return timedelta(seconds=_SECONDS[match[2]] / count) if count else timedelta(0)


def take_slot(name: str, interval: timedelta) -> datetime:
    """When the caller may start; nobody else gets that slot."""
    with transaction.atomic():
        now = timezone.now()
        Pace.objects.bulk_create([Pace(name=name, next_at=now)], ignore_conflicts=True)
        row = Pace.objects.select_for_update().get(name=name)
        slot = max(row.next_at, now)
        Pace.objects.filter(name=name).update(next_at=slot + interval)
    return slot
