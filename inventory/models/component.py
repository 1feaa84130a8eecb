"""Physical parts and software images."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models.device import Device
from inventory.scope import of_device


class Component(models.Model):
    """A physical part of a device: module, power supply, fan, transceiver."""

    scoped = of_device("device")
    device = models.ForeignKey(Device, models.CASCADE, related_name="components", verbose_name=_("device"))
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    serial = models.CharField(_("serial number"), max_length=100, blank=True, db_index=True)
    description = models.CharField(_("description"), max_length=255, blank=True)
    hardware_revision = models.CharField(_("hardware revision"), max_length=50, blank=True)

    class Meta:
        ordering = ["device", "name"]
        verbose_name = _("component")
        verbose_name_plural = _("components")

    def __str__(self) -> str:
        return self.name


class FirmwareImage(models.Model):
    """A software image kept for a platform."""

    name = models.CharField(_("name"), max_length=200)
    platform = models.SlugField(_("platform"), max_length=50)
    version = models.CharField(_("version"), max_length=100)
    file = models.FileField(_("file"), blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), null=True, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        ordering = ["platform", "version"]
        verbose_name = _("firmware image")
        verbose_name_plural = _("firmware images")
        constraints = [models.UniqueConstraint(fields=["platform", "version", "name"], name="one_image_per_version")]

    def __str__(self) -> str:
        return f"{self.platform} {self.version}"
