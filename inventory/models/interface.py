"""Interfaces and VLANs of a device."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models.device import Device
from inventory.scope import of_device


class Interface(models.Model):
    """A port or a logical interface."""

    class Mode(models.TextChoices):
        ROUTED = "", _("not switched")
        ACCESS = "access", _("access")
        TAGGED = "tagged", _("tagged")
        TAGGED_ALL = "tagged-all", _("tagged (all)")

    scoped = of_device("device")
    device = models.ForeignKey(Device, models.CASCADE, related_name="interfaces", verbose_name=_("device"))
    name = models.CharField(_("name"), max_length=100)
    if_index = models.BigIntegerField("ifIndex", null=True, blank=True)
    description = models.CharField(_("description"), max_length=255, blank=True)
    type = models.CharField(_("type"), max_length=50, blank=True)
    enabled = models.BooleanField(_("enabled"), null=True)
    up = models.BooleanField(_("up"), null=True)
    mac_address = models.CharField(_("MAC address"), max_length=17, blank=True, db_index=True)
    mtu = models.PositiveIntegerField("MTU", null=True, blank=True)
    speed_kbps = models.BigIntegerField(_("speed (kbit/s)"), null=True, blank=True)
    vrf = models.CharField("VRF", max_length=100, blank=True)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, blank=True, default=Mode.ROUTED)
    untagged_vlan = models.PositiveSmallIntegerField(_("untagged VLAN"), null=True, blank=True)
    protected = models.BooleanField(
        _("protected"), default=False, help_text=_("An uplink, for example: no deployment changes this port.")
    )
    tagged_vlans = models.JSONField(_("tagged VLANs"), default=list, blank=True)

    class Meta:
        ordering = ["device", "name"]
        verbose_name = _("interface")
        verbose_name_plural = _("interfaces")
        constraints = [models.UniqueConstraint(fields=["device", "name"], name="one_interface_per_name")]

    def __str__(self) -> str:
        return self.name


class Vlan(models.Model):
    """A VLAN as it exists on one device."""

    scoped = of_device("device")
    device = models.ForeignKey(Device, models.CASCADE, related_name="vlans", verbose_name=_("device"))
    vid = models.PositiveSmallIntegerField("VID", validators=[MinValueValidator(1), MaxValueValidator(4094)])
    name = models.CharField(_("name"), max_length=100, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["device", "vid"]
        verbose_name = "VLAN"
        verbose_name_plural = "VLANs"
        constraints = [models.UniqueConstraint(fields=["device", "vid"], name="one_vlan_per_vid")]

    def __str__(self) -> str:
        return f"{self.vid} {self.name}".strip()
