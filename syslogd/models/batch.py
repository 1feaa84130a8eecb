"""Batches: what makes storing happen once, and those that could not be stored."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.scope import UNSCOPED
from syslogd.models.run import SyslogRun


class SyslogBatch(models.Model):
    """A batch that was stored: written in the transaction of its rows, so that a second delivery finds it."""

    scoped = UNSCOPED
    uuid = models.UUIDField(primary_key=True)
    stored_at = models.DateTimeField()
    count = models.IntegerField()

    class Meta:
        verbose_name = _("stored batch")
        verbose_name_plural = _("stored batches")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.uuid)


class SyslogPoison(models.Model):
    """A batch that storing failed on, kept as it came until somebody tries it again or deletes it."""

    scoped = UNSCOPED
    uuid = models.UUIDField("ID", unique=True, editable=False)
    run = models.ForeignKey(SyslogRun, models.SET_NULL, null=True, verbose_name=_("syslog receiver"))
    at = models.DateTimeField(_("set aside"))
    count = models.IntegerField(_("messages"))
    payload = models.BinaryField(_("payload"))
    error = models.TextField(_("error"))

    class Meta:
        ordering = ["-at"]
        verbose_name = _("batch set aside")
        verbose_name_plural = _("batches set aside")
        default_permissions = ("view", "change", "delete")

    def __str__(self) -> str:
        return str(self.uuid)
