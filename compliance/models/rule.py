"""One rule of a standard."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance import rules
from compliance.models.standard import Standard
from compliance.rulebook import parse_rule


class Rule(models.Model):
    """A demand on a configuration, as it was written; `compiled()` makes it one that can be applied."""

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("critical")
        HIGH = "high", _("high")
        MEDIUM = "medium", _("medium")
        LOW = "low", _("low")
        INFO = "info", _("info")

    standard = models.ForeignKey(Standard, models.CASCADE, related_name="rules", verbose_name=_("standard"))
    rule_id = models.SlugField(_("rule ID"), max_length=64)
    title = models.CharField(_("title"), max_length=200)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.MEDIUM, db_index=True)
    platforms = models.JSONField(_("platforms"), default=list, help_text=_("Platform slugs the rule was written for."))
    definition = models.JSONField(_("check"), default=dict, help_text=_("One kind of check and its value."))
    rationale = models.TextField(_("rationale"), blank=True)
    remediation = models.TextField(_("remediation"), blank=True, help_text=_("Configuration lines, proposed only."))
    references = models.JSONField(
        _("references"), default=list, blank=True, help_text=_("Public controls that it serves, a list of texts.")
    )
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["standard_id", "rule_id"]
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [models.UniqueConstraint(fields=["standard", "rule_id"], name="one_rule_per_id_in_a_standard")]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.title}"

    def clean(self) -> None:
        """Raise ValidationError with the sentence of the rule book."""
        try:
            self.compiled()
        except rules.RuleError as error:
            raise ValidationError(str(error)) from error

    def compiled(self) -> rules.Rule:
        """The rule ready to be applied; raises rules.RuleError."""
        fields = {
            "id": self.rule_id,
            "title": self.title,
            "severity": self.severity,
            "platforms": self.platforms,
            "rationale": self.rationale,
            "remediation": self.remediation,
            "references": self.references,
            "check": self.definition,
        }
        return parse_rule(fields, f"rule {self.rule_id}")
