"""The rules of a standard as they were."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.standard import Standard


class StandardVersion(models.Model):
    """Made whenever a rule changes, counted from 1 in each standard; results are explained by the one they came of."""

    standard = models.ForeignKey(Standard, models.CASCADE, related_name="versions", verbose_name=_("standard"))
    number = models.PositiveIntegerField(_("version"))
    rules = models.JSONField(_("rules"), default=list)  # as in a standard's file, ordered by their ids
    digest = models.CharField(max_length=64, editable=False)  # of the rules
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )

    class Meta:
        ordering = ["standard_id", "-number"]
        verbose_name = _("version of a standard")
        verbose_name_plural = _("versions of standards")
        constraints = [models.UniqueConstraint(fields=["standard", "number"], name="one_version_of_a_number")]

    def __str__(self) -> str:
        return f"{self.standard} {self.number}"

    def rule(self, rule_id: str) -> dict[str, object] | None:
        """The fields of a rule in this version, None where it has none of that id."""
        return next((rule for rule in self.rules if rule["id"] == rule_id), None)
