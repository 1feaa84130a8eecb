"""Checks of syslog: its receivers, their losses, the way to the database."""

from datetime import timedelta

from django.utils import timezone

from netmanager.doctor.finding import Check, Finding, failed, passed, warned
from syslogd.models import SyslogPoison, SyslogRun
from syslogd.totals import totals

LATE = 60  # seconds from reception to storage
LATELY = timedelta(days=1)
PAGE = "runbook/en/syslog.md"


def syslog_receivers() -> Finding:
    """Somebody listens."""
    now = totals()
    if now.silent:
        return failed("syslog_receivers", f"{now.silent} receivers fell silent: start manage.py syslogd, {PAGE}.")
    if not now.receivers:
        return warned("syslog_receivers", f"No receiver runs: start manage.py syslogd if devices log here, {PAGE}.")
    return passed("syslog_receivers", f"{now.receivers} receivers listen.")


def syslog_storage() -> Finding:
    """What was received is stored, soon."""
    now = totals()
    if now.lag_seconds > LATE:
        sentence = f"Messages are stored {now.lag_seconds:.0f} s after they came"
        return failed("syslog_storage", f"{sentence}: add workers on the queue syslog, {PAGE}.")
    if waiting := SyslogPoison.objects.count():
        return warned("syslog_storage", f"{waiting} batches could not be stored: see Batches set aside in the admin.")
    return passed("syslog_storage", f"{now.stored} messages stored, {sum(now.in_flight.values())} on their way.")


def syslog_losses() -> Finding:
    """Drops of the last day."""
    runs = SyslogRun.objects.filter(dropped_at__gt=timezone.now() - LATELY)
    lost = sum(sum(run.dropped.values()) for run in runs)
    if lost:
        return warned("syslog_losses", f"Receivers of the last day dropped {lost} messages: {PAGE} tells each cure.")
    return passed("syslog_losses", "No message was dropped within a day.")


SYSLOG: tuple[Check, ...] = (syslog_receivers, syslog_storage, syslog_losses)
