"""A set of rules that belong together."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Standard(models.Model):
    """What the devices are held against. Shipped ones come with the program and are renewed by upgrades."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("slug"), max_length=64, unique=True)
    version = models.CharField(_("version"), max_length=20, blank=True)
    description = models.TextField(_("description"), blank=True)
    shipped = models.BooleanField(
        _("shipped"), default=False, editable=False, help_text=_("Comes with the program; an upgrade may change it.")
    )
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("Scans use this standard. An upgrade leaves the switch as it is.")
    )
    digest = models.CharField(max_length=64, blank=True, editable=False)  # of the shipped file, to see what changed
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("standard")
        verbose_name_plural = _("standards")
        permissions = [("run_scan", _("Can start compliance scans"))]

    def __str__(self) -> str:
        return self.name
