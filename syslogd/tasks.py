"""Celery's doors of syslog."""

from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError

from jobs.away import is_away
from syslogd import partitions, reactions, store
from syslogd.claims import ClaimsAway

LONGEST = 30  # seconds between two attempts while Redis or the database is away


@shared_task(name="syslog.ingest_syslog", bind=True, max_retries=None)
def ingest_syslog(self: Any, key: str) -> int:
    """Store the batch that was left under this key; returns its rows, 0 when it was stored before."""
    try:
        return store.ingest(key)
    except (ClaimsAway, OperationalError, InterfaceError) as error:
        if not (isinstance(error, ClaimsAway) or is_away(error)):
            raise
        raise self.retry(exc=error, countdown=min(LONGEST, 2**self.request.retries)) from None


@shared_task(name="syslog.run_scheduled_retention")
def run_scheduled_retention() -> str:
    """Nightly: partitions ahead, indexes of closed days, days beyond SYSLOG_RETENTION_DAYS dropped."""
    return partitions.keep()


@shared_task(name="syslog.react")
def react() -> str:
    """Often: back up devices that said their configuration was changed and are quiet now."""
    return reactions.react()
