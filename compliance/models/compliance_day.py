"""How the whole network stood on one day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.standard import Standard
from inventory.scope import UNSCOPED


class ComplianceDay(models.Model):
    """Results of all active devices by state; without a standard: of all that were enabled on that day."""

    scoped = UNSCOPED
    day = models.DateField(_("day"), db_index=True)
    standard = models.ForeignKey(
        Standard, models.CASCADE, null=True, blank=True, related_name="days", verbose_name=_("standard")
    )
    devices = models.PositiveIntegerField(_("devices"), default=0)  # that were scanned
    passed = models.PositiveIntegerField(_("passed"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    unknown = models.PositiveIntegerField(_("unknown"), default=0)
    waived = models.PositiveIntegerField(_("waived"), default=0)
    score = models.PositiveSmallIntegerField(_("compliance (%)"), null=True)

    class Meta:
        ordering = ["day", "standard_id"]
        verbose_name = _("compliance of a day")
        verbose_name_plural = _("compliance by day")
        constraints = [
            models.UniqueConstraint(fields=["day", "standard"], name="one_row_per_day_and_standard"),
            # NULL is equal to nothing, so that the row of all standards needs a rule of its own.
            models.UniqueConstraint(
                fields=["day"], condition=models.Q(standard=None), name="one_row_per_day_of_all_standards"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.standard_id or 'all'} {self.score}"
