"""A running configuration that a restart would undo."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models.device import Device
from inventory.scope import of_device


class UnsavedChange(models.Model):
    """What a device does now and would not do after a restart: a row only while `Device.unsaved_since` is set."""

    scoped = of_device("device")
    device = models.OneToOneField(Device, models.CASCADE, related_name="unsaved", verbose_name=_("device"))
    diff = models.TextField(_("difference"), blank=True)  # of the redacted texts: from startup to running

    class Meta:
        verbose_name = _("unsaved change")
        verbose_name_plural = _("unsaved changes")

    def __str__(self) -> str:
        return str(self.device)
