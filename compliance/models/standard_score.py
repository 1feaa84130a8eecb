"""What came of one standard on one device, so that a matrix of a large network is read, not counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.standard import Standard
from inventory.scope import of_device


class StandardScore(models.Model):
    """Results by state, and the weights of `scoring.Tally`, which can be summed over devices."""

    scoped = of_device("device")
    device = models.ForeignKey(
        "inventory.Device", models.CASCADE, related_name="standard_scores", verbose_name=_("device")
    )
    standard = models.ForeignKey(Standard, models.CASCADE, related_name="scores", verbose_name=_("standard"))
    passed = models.PositiveIntegerField(_("passed"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    unknown = models.PositiveIntegerField(_("unknown"), default=0)
    waived = models.PositiveIntegerField(_("waived"), default=0)
    fulfilled = models.PositiveIntegerField(default=0)
    demanded = models.PositiveIntegerField(default=0)
    score = models.PositiveSmallIntegerField(_("compliance (%)"), null=True)

    class Meta:
        verbose_name = _("score by standard")
        verbose_name_plural = _("scores by standard")
        constraints = [models.UniqueConstraint(fields=["device", "standard"], name="one_score_per_device_and_standard")]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.standard_id} {self.score}"
