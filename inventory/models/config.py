"""Configurations: one stored text per content, and when which device had it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.fields import SealedTextField
from inventory.models.device import Device
from inventory.scope import of_device


class ConfigText(models.Model):
    """One content, stored once: the redacted text people see and search, and the full text, sealed.

    `sha256` is of the normalised full text, so a changed password is a changed configuration.
    """

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    redacted = models.TextField(_("redacted text"))
    full = SealedTextField(_("full text"))
    lines = models.PositiveIntegerField(_("lines"))
    size = models.PositiveIntegerField(_("bytes"))

    class Meta:
        verbose_name = _("configuration text")
        verbose_name_plural = _("configuration texts")

    def __str__(self) -> str:
        return self.sha256[:12]


class ConfigBackup(models.Model):
    """A period during which a device had one configuration: from `captured_at`, last confirmed `last_seen_at`."""

    class Kind(models.TextChoices):
        RUNNING = "running", _("running")
        STARTUP = "startup", _("startup")

    scoped = of_device("device")
    device = models.ForeignKey(Device, models.CASCADE, related_name="config_backups", verbose_name=_("device"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.RUNNING)
    text = models.ForeignKey(ConfigText, models.PROTECT, related_name="backups", verbose_name=_("text"))
    captured_at = models.DateTimeField(_("captured"))
    last_seen_at = models.DateTimeField(_("last confirmed"))
    is_golden = models.BooleanField(_("golden"), default=False)
    # As the device's log named them: whoever changed the configuration into this one.
    changed_by = models.CharField(_("changed by"), max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-captured_at", "-id"]
        verbose_name = _("configuration backup")
        verbose_name_plural = _("configuration backups")
        indexes = [models.Index(fields=["device", "kind", "-captured_at"])]
        permissions = [("view_full_config", _("Can read configurations with their secrets"))]

    def __str__(self) -> str:
        return f"{self.device} {timezone.localtime(self.captured_at):%Y-%m-%d %H:%M %Z}"
