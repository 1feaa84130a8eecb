"""Celery's doors of syslog."""

from celery import shared_task

from syslogd import partitions, reactions, store


@shared_task(name="syslog.ingest_syslog", bind=True, max_retries=None)
def ingest_syslog(self: object, key: str) -> int:
    """Store the batch that was left under this key; returns its rows, 0 when it was stored before."""
    return store.ingest(key)


@shared_task(name="syslog.run_scheduled_retention")
def run_scheduled_retention() -> str:
    """Nightly: partitions ahead, indexes of closed days, days beyond SYSLOG_RETENTION_DAYS dropped."""
    return partitions.keep()


@shared_task(name="syslog.react")
def react() -> str:
    """Often: back up devices that said their configuration was changed and are quiet now."""
    return reactions.react()
