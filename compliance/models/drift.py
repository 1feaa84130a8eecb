"""How a device's configuration stands against its golden one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

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
    reordered = models.JSONField(_("reordered blocks"), default=list, blank=True)
    checked_at = models.DateTimeField(_("checked"))
    changed_at = models.DateTimeField(_("in this state since"))

    class Meta:
        ordering = ["device__name"]
        verbose_name = _("drift")
        verbose_name_plural = _("drifts")

    def __str__(self) -> str:
        return f"{self.device}: {self.state}"
