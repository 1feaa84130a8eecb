"""What a rule says about a device."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from compliance.models.rule import Rule
from compliance.models.standard_version import StandardVersion
from compliance.models.waiver import Waiver
from inventory.scope import of_device


class Result(models.Model):
    """The newest verdict of one rule on one device, with the lines that show why.

    `changed_at` is when the state became what it is; `checked_at` when it was last confirmed, to the day.
    """

    class State(models.TextChoices):
        PASS = "pass", _("pass")
        FAIL = "fail", _("fail")
        UNKNOWN = "unknown", _("unknown")
        WAIVED = "waived", _("waived")

    scoped = of_device("device")
    device = models.ForeignKey(
        "inventory.Device", models.CASCADE, related_name="compliance_results", verbose_name=_("device")
    )
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="results", verbose_name=_("rule"))
    backup = models.ForeignKey(
        "inventory.ConfigBackup",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("configuration"),
    )
    waiver = models.ForeignKey(
        Waiver, models.SET_NULL, null=True, blank=True, related_name="results", verbose_name=_("waiver")
    )
    standard_version = models.ForeignKey(
        StandardVersion, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("version")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, db_index=True)
    message = models.TextField(_("message"), blank=True)
    evidence = models.JSONField(
        _("evidence"), default=list, help_text=_("Lines of the redacted configuration: number and text.")
    )
    checked_at = models.DateTimeField(_("checked"))
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        ordering = ["device_id", "rule_id"]
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [models.UniqueConstraint(fields=["device", "rule"], name="one_result_per_device_and_rule")]
        # The rules that fail most are counted from this alone.
        indexes = [models.Index(fields=["rule", "device"], condition=models.Q(state="fail"), name="result_failing")]

    def __str__(self) -> str:
        return f"{self.device} {self.rule.rule_id}: {self.state}"


def ranked(field: str, values: Iterable[str]) -> Case:
    """For an order by hand: where the field's value stands among these."""
    places = (When(**{field: value}, then=Value(rank)) for rank, value in enumerate(values))
    return Case(*places, output_field=models.IntegerField())


URGENT = (Result.State.FAIL, Result.State.UNKNOWN, Result.State.WAIVED, Result.State.PASS)  # what to look at first
