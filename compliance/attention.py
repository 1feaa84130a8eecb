"""Which waivers need a human. The list's filter and the home page count the same rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

WEEK = timedelta(days=7)


def ends_soon() -> Q:
    """Waivers in force that end within a week: renew them, or mend what they excuse."""
    now = timezone.now()
    return Q(starts_at__lte=now, ends_at__gt=now, ends_at__lte=now + WEEK)


def ended_lately() -> Q:
    """Waivers that ended within the last week: what they excused fails again."""
    now = timezone.now()
    return Q(ends_at__lte=now, ends_at__gt=now - WEEK)


ENDS: Final[dict[str, Callable[[], Q]]] = {"soon": ends_soon, "lately": ended_lately}
