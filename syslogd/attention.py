"""Which receivers need a human. The list's filter and the home page count the same rows."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

SILENT_AFTER = timedelta(seconds=30)  # receivers write their counts every second
RECENT = timedelta(days=1)


def silent() -> Q:
    """Receivers that never said that they end, and are not seen any more."""
    return Q(ended_at=None, closed_at=None, seen_at__lt=timezone.now() - SILENT_AFTER)


def lossy() -> Q:
    """Receivers that dropped messages within the last day."""
    return Q(dropped_at__gte=timezone.now() - RECENT)
