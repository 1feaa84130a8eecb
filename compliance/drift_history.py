"""How many devices drifted over the days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from compliance.models import Drift, DriftEvent
from inventory.models import Device
from inventory.scope import Somebody, scoped

LONGEST = 366  # days; older rows of the history are deleted
DRIFTED = Drift.State.DRIFTED


@dataclass(frozen=True, slots=True)
class Day:
    """How many active devices differed from golden at the end of a day, of today until now."""

    day: date
    drifted: int


def drift_trend(days: int, user: Somebody, now: datetime | None = None) -> list[Day]:
    """The last days up to today, oldest first, in the current time zone; none before the first comparison.

    Counted backwards from how it stands now, so that rows that have gone make nothing wrong.
    """
    today = timezone.localtime(now or timezone.now()).date()
    events = scoped(DriftEvent.objects.filter(device__status=Device.Status.ACTIVE), user)
    steps = _steps(events, today - timedelta(days=days))
    count = scoped(Drift.objects.filter(device__status=Device.Status.ACTIVE, state=DRIFTED), user).count()
    found = []
    for back in range(min(days, _known(events, today))):
        day = today - timedelta(days=back)
        found.append(Day(day, max(0, count)))
        count -= steps.get(day, 0)
    return found[::-1]


def _steps(events: QuerySet[DriftEvent], since: date) -> dict[date, int]:
    """Day -> how many more devices have drifted at its end than at its begin."""
    came = Count("pk", filter=Q(state=DRIFTED) & ~Q(was=DRIFTED))
    went = Count("pk", filter=Q(was=DRIFTED) & ~Q(state=DRIFTED))
    by_day = events.order_by().annotate(day=TruncDate("at")).filter(day__gte=since)
    return {row["day"]: row["came"] - row["went"] for row in by_day.values("day").annotate(came=came, went=went)}


def _known(events: QuerySet[DriftEvent], today: date) -> int:
    """Days since the first comparison."""
    first = events.order_by("at").values_list("at", flat=True).first()
    return (today - timezone.localtime(first).date()).days + 1 if first else 0
