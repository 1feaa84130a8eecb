"""An accepted exception from a rule."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.rule import Rule
from inventory.scope import Access
from inventory.scope import Rule as ScopeRule


def _seen(access: Access) -> models.Q:
    """Of own devices and sites; those for everywhere hold for the own devices, too."""
    own = access.devices("device__") | models.Q(site_id__in=sorted(access.sites))
    return own | models.Q(device=None, site=None)


def _touched(access: Access, waiver: "Waiver") -> bool:
    """Who has all of what it is for."""
    if waiver.device is not None:
        return access.holds(waiver.device.site_id, waiver.device.role)
    return waiver.site_id in access.whole_sites


class Waiver(models.Model):
    """Somebody answers for a failure, for a reason, until a day: on a device, at a site, for a role, or everywhere."""

    scoped = ScopeRule(_seen, _touched, "device")
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="waivers", verbose_name=_("rule"))
    device = models.ForeignKey(
        "inventory.Device",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="waivers",
        verbose_name=_("device"),
        help_text=_("Empty: every device of the site or the role, or all."),
    )
    site = models.ForeignKey(
        "inventory.Site", models.CASCADE, null=True, blank=True, related_name="waivers", verbose_name=_("site")
    )
    role = models.CharField(
        _("role"), max_length=50, blank=True, help_text=_("Every device of this role, wherever it stands.")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="waivers", verbose_name=_("owner"))
    reason = models.TextField(_("reason"))
    starts_at = models.DateTimeField(_("starts"), default=timezone.now)
    ends_at = models.DateTimeField(_("ends"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["ends_at", "id"]
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(device=None, site=None)
                | models.Q(device=None, role="")
                | models.Q(site=None, role=""),
                name="waiver_for_a_device_a_site_or_a_role",
                violation_error_message=_("A waiver is for a device, a site or a role, not for several of them."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="waiver_ends_after_it_starts",
                violation_error_message=_("A waiver ends after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule.rule_id} until {self.ends_at:%Y-%m-%d}"

    def clean(self) -> None:
        """A reason is words, not blanks."""
        if not self.reason.strip():
            raise ValidationError({"reason": _("Say why the rule is waived.")})

    def covers(self, now: datetime) -> bool:
        """It has started and not ended."""
        return self.starts_at <= now < self.ends_at
