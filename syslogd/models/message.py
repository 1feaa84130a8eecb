"""A stored message."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models import Device
from inventory.scope import of_device


class Facility(models.IntegerChoices):
    """RFC 5424, section 6.2.1."""

    KERN = 0, "kern"
    USER = 1, "user"
    MAIL = 2, "mail"
    DAEMON = 3, "daemon"
    AUTH = 4, "auth"
    SYSLOG = 5, "syslog"
    LPR = 6, "lpr"
    NEWS = 7, "news"
    UUCP = 8, "uucp"
    CRON = 9, "cron"
    AUTHPRIV = 10, "authpriv"
    FTP = 11, "ftp"
    NTP = 12, "ntp"
    AUDIT = 13, "audit"
    ALERT = 14, "alert"
    CLOCK = 15, "clock"
    LOCAL0 = 16, "local0"
    LOCAL1 = 17, "local1"
    LOCAL2 = 18, "local2"
    LOCAL3 = 19, "local3"
    LOCAL4 = 20, "local4"
    LOCAL5 = 21, "local5"
    LOCAL6 = 22, "local6"
    LOCAL7 = 23, "local7"


class Severity(models.IntegerChoices):
    """RFC 5424, section 6.2.1: the lower, the worse."""

    EMERGENCY = 0, _("emergency")
    ALERT = 1, _("alert")
    CRITICAL = 2, _("critical")
    ERROR = 3, _("error")
    WARNING = 4, _("warning")
    NOTICE = 5, _("notice")
    INFORMATIONAL = 6, _("informational")
    DEBUG = 7, _("debug")


class SyslogMessage(models.Model):
    """One line that a device sent, in the partition of its (UTC) day.

    The key is one by meaning only: PostgreSQL has no index for it, as that costs almost half of the storing rate. Ask
    for a row by its time as well, which its id tells: see `syslogd/batch.py`.
    """

    scoped = of_device("device")
    id = models.BigIntegerField("ID", primary_key=True)
    received_at = models.DateTimeField(_("received"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    # Rows outlive their device; a deleted one would otherwise be searched for in every partition.
    device = models.ForeignKey(
        Device,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="syslog_messages",
        verbose_name=_("device"),
    )
    source = models.GenericIPAddressField(_("source address"))
    clock = models.SmallIntegerField(_("clock"), default=0)  # bits of syslogd.parser
    facility = models.SmallIntegerField(_("facility"), choices=Facility, null=True)
    severity = models.SmallIntegerField(_("severity"), choices=Severity, null=True)
    hostname = models.TextField(_("host name"), blank=True)
    app_name = models.TextField(_("application"), blank=True)
    procid = models.TextField("PROCID", blank=True)
    msgid = models.TextField("MSGID", blank=True)
    mnemonic = models.TextField(_("mnemonic"), blank=True)
    structured_data = models.JSONField(_("structured data"), null=True)
    message = models.TextField(_("message"), blank=True)
    raw = models.TextField(_("unparsed text"), blank=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = _("syslog message")
        verbose_name_plural = _("syslog messages")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.source} {self.mnemonic or self.app_name} {self.message[:80]}"
