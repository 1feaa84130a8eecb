"""What became of every message that one life of one receiver process took."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

# Why a message was not stored. `lost`: a killed receiver or a Redis that forgot took it along.
REASONS = ("kernel", "queue", "source", "spool", "sender", "malformed", "lost")


class SyslogRun(models.Model):
    """Counts in messages. At any time `received = stored + dropped + in flight`, where in flight = queue + spooled +
    broker + aside. What the kernel dropped is received, too.
    """

    uuid = models.UUIDField("ID", default=uuid.uuid4, unique=True, editable=False)
    host = models.CharField(_("host"), max_length=100)
    receiver = models.PositiveSmallIntegerField(_("receiver"))  # its number below SYSLOG_WORKERS
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)  # nothing of it is on its way any more
    received = models.BigIntegerField(_("received"), default=0)
    handed = models.BigIntegerField(_("handed over"), default=0)  # to the broker, each counted once
    spooled = models.BigIntegerField(_("in the spool"), default=0)
    stored = models.BigIntegerField(_("stored"), default=0)
    aside = models.BigIntegerField(_("set aside"), default=0)
    kernel = models.BigIntegerField(_("dropped by the kernel"), default=0)
    queue = models.BigIntegerField(_("dropped: queue full"), default=0)
    source = models.BigIntegerField(_("dropped: too many from one source"), default=0)
    spool = models.BigIntegerField(_("dropped: spool full"), default=0)
    sender = models.BigIntegerField(_("dropped: sender not allowed"), default=0)
    malformed = models.BigIntegerField(_("dropped: malformed frame"), default=0)
    lost = models.BigIntegerField(_("dropped: lost in a crash"), default=0)
    given_up = models.BigIntegerField(default=0, editable=False)  # those of `lost` that an operator gave up
    rows = models.BigIntegerField(_("rows"), default=0)  # a message of several lines is several rows
    spool_bytes = models.BigIntegerField(_("spool (bytes)"), default=0)
    corrupt_files = models.BigIntegerField(_("corrupt spool files"), default=0)
    lag_ms = models.BigIntegerField(_("lag (ms)"), default=0)  # of the batch stored last, its oldest message
    stored_at = models.DateTimeField(_("last stored"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("last dropped"), null=True, blank=True)  # the supervisor saw a drop count grow

    class Meta:
        ordering = ["-started_at", "receiver"]
        verbose_name = _("syslog receiver")
        verbose_name_plural = _("syslog receivers")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["closed_at"])]

    def __str__(self) -> str:
        return f"{self.host} {self.receiver}"

    @property
    def dropped(self) -> dict[str, int]:
        """Reason -> messages."""
        return {reason: getattr(self, reason) for reason in REASONS}

    @property
    def in_flight(self) -> dict[str, int]:
        """Place -> messages on their way. A closed run has none but those set aside.

        Their sum is exact. Where each waits is told by a receiver and a worker that do not wait for each other: what
        is stored already may still be counted in the spool, and no place holds less than nothing.
        """
        if self.closed_at is not None:
            return {"queue": 0, "spool": 0, "broker": 0, "aside": self.aside}
        waiting = self.received - sum(self.dropped.values()) - self.stored - self.aside
        broker = min(max(self.handed - self.stored - self.aside - self.given_up, 0), waiting)
        spool = min(self.spooled, waiting - broker)
        return {"queue": waiting - broker - spool, "spool": spool, "broker": broker, "aside": self.aside}
