"""How a device's configuration stands against its golden one."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.drift import Changed
from inventory.scope import of_device


class Drift(models.Model):
    """The newest comparison of one device. Without a golden configuration or a backup the state is unknown."""

    class State(models.TextChoices):
        IN_SYNC = "in_sync", _("as golden")
        DRIFTED = "drifted", _("drifted")
        UNKNOWN = "unknown", _("unknown")

    scoped = of_device("device")
    device = models.OneToOneField("inventory.Device", models.CASCADE, related_name="drift", verbose_name=_("device"))
    state = models.CharField(_("state"), max_length=8, choices=State, db_index=True)
    message = models.CharField(_("message"), max_length=200, blank=True)
    golden = models.ForeignKey(
        "inventory.ConfigBackup", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("golden")
    )
    backup = models.ForeignKey(
        "inventory.ConfigBackup",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("configuration"),
    )
    missing = models.JSONField(_("missing lines"), default=list, blank=True)
    extra = models.JSONField(_("extra lines"), default=list, blank=True)
    changed = models.JSONField(_("changed lines"), default=list, blank=True)  # pairs: as golden, as it is
    reordered = models.JSONField(_("reordered blocks"), default=list, blank=True)
    digest = models.CharField(max_length=64, blank=True, editable=False)  # of all that differs, to tell it again
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    acknowledged_reason = models.TextField(
        _("reason"),
        blank=True,
        help_text=_("Why the difference may stay. Without reason and end nobody answers for it."),
    )
    acknowledged_until = models.DateTimeField(_("acknowledged until"), null=True, blank=True)
    acknowledged_digest = models.CharField(max_length=64, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked"))
    changed_at = models.DateTimeField(_("in this state since"))

    class Meta:
        ordering = ["device__name"]
        verbose_name = _("drift")
        verbose_name_plural = _("drifts")

    def __str__(self) -> str:
        return f"{self.device}: {self.state}"

    @property
    def changes(self) -> list[Changed]:
        """The changed lines."""
        return [Changed(golden, actual) for golden, actual in self.changed]

    @property
    def acknowledged(self) -> bool:
        """Somebody answers for exactly this difference, and still does."""
        known = self.state == self.State.DRIFTED and self.digest != "" and self.acknowledged_digest == self.digest
        return known and self.acknowledged_until is not None and self.acknowledged_until > timezone.now()


def acknowledged(now: datetime | None = None) -> Q:
    """Drifts that somebody answers for, as `Drift.acknowledged` says of one."""
    same = Q(state=Drift.State.DRIFTED, acknowledged_digest=F("digest")) & ~Q(digest="")
    return same & Q(acknowledged_until__gt=now or timezone.now())
