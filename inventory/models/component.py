"""Physical parts and software images."""

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models, transaction
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


def stored_name(_image: "FirmwareImage", _uploaded: str) -> str:
    """Where an upload is stored: nothing that a request says is in it."""
    return f"{uuid4().hex}.bin"


def check_file_name(name: str) -> None:
    """Raises ValidationError for a name that no download may have."""
    if not name.isprintable() or "/" in name or "\\" in name or name.strip(". ") == "":
        raise ValidationError(_("A name has no slashes, backslashes and control characters, and is not only dots."))


class FirmwareImage(models.Model):
    """A software image kept for a platform."""

    name = models.CharField(_("name"), max_length=200, validators=[check_file_name])
    platform = models.SlugField(_("platform"), max_length=50)
    version = models.CharField(_("version"), max_length=100)
    file = models.FileField(_("file"), blank=True, upload_to=stored_name)
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

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """The file goes with its row, but not before that is certain."""
        stored, name = self.file, str(self.file.name)
        deleted = super().delete(*args, **kwargs)
        if stored:
            transaction.on_commit(lambda: stored.storage.delete(name))
        return deleted
