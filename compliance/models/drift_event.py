"""What became of a device's drift, and when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.drift import Drift
from inventory.scope import of_device


class DriftEvent(models.Model):
    """A comparison that came to another state or another difference than the one before; the numbers are of all lines.

    `was` is the state before, empty for the first comparison: what is counted over days follows from the steps, and
    stays right when the oldest rows have gone.
    """

    scoped = of_device("device")
    device = models.ForeignKey(
        "inventory.Device", models.CASCADE, related_name="drift_events", verbose_name=_("device"), db_index=False
    )
    was = models.CharField(_("state before"), max_length=8, choices=Drift.State, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=Drift.State)
    message = models.CharField(_("message"), max_length=200, blank=True)
    missing = models.PositiveIntegerField(_("missing lines"), default=0)
    extra = models.PositiveIntegerField(_("extra lines"), default=0)
    changed = models.PositiveIntegerField(_("changed lines"), default=0)
    reordered = models.PositiveIntegerField(_("reordered blocks"), default=0)
    at = models.DateTimeField(_("time"), db_index=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["device", "-at"], name="compliance_driftevent_newest")]
        verbose_name = _("drift event")
        verbose_name_plural = _("drift events")

    def __str__(self) -> str:
        return f"{self.device}: {self.was or '-'} > {self.state}"
