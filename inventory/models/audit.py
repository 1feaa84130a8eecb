"""What makes the audit trail tamper-evident."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditSeal(models.Model):
    """One entry of the audit trail, sealed into a chain: a hash of the entry and of the seal before it.

    `entry` is no foreign key: an entry that is deleted must leave its seal, which then tells of it.
    """

    sequence = models.BigIntegerField(_("sequence"), primary_key=True)  # 1, 2, 3, ... without a gap
    entry = models.BigIntegerField(_("entry"), unique=True)
    digest = models.CharField("SHA-256", max_length=64)  # hexadecimal
    sealed_at = models.DateTimeField(_("sealed"))

    class Meta:
        ordering = ["sequence"]
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")

    def __str__(self) -> str:
        return f"{self.sequence} {self.digest[:12]}"
