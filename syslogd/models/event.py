"""What messages mean for a device: marks on its timeline, and backups that are due."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models import Device
from inventory.scope import of_device


class SyslogEvent(models.Model):
    """Something happened to a device, by its own words."""

    class Kind(models.TextChoices):
        CONFIG = "config", _("configuration changed")
        LINK_DOWN = "link_down", _("link down")
        LINK_UP = "link_up", _("link up")
        RELOAD = "reload", _("restarted")

    scoped = of_device("device")
    device = models.ForeignKey(Device, models.CASCADE, related_name="syslog_events", verbose_name=_("device"))
    at = models.DateTimeField(_("received"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    user = models.CharField(_("user"), max_length=200, blank=True)
    interface = models.CharField(_("interface"), max_length=200, blank=True)
    message_id = models.BigIntegerField(_("message"))
    text = models.CharField(_("text"), max_length=500)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("device event")
        verbose_name_plural = _("device events")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["device", "-at"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.device} {self.get_kind_display()}"


class ChangeNotice(models.Model):
    """A device said that its configuration was changed: its backup is due when it has been quiet for a while."""

    scoped = of_device("device")
    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="change_notice", verbose_name=_("device")
    )
    first_at = models.DateTimeField(_("first message"))
    last_at = models.DateTimeField(_("last message"))
    # When its last backup was asked for; empty: not yet. Attribution waits for the configuration it captures.
    started_at = models.DateTimeField(_("backup started"), null=True)

    class Meta:
        verbose_name = _("announced change")
        verbose_name_plural = _("announced changes")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.device)
