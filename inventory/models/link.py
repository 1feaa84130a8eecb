"""Who sees whom (neighbours) and what follows from it (links)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.models.device import Device
from inventory.scope import of_device


class Neighbour(models.Model):
    """One LLDP or CDP neighbour as one device reported it."""

    scoped = of_device("device")
    device = models.ForeignKey(Device, models.CASCADE, related_name="neighbours", verbose_name=_("device"))
    protocol = models.CharField(_("protocol"), max_length=4, choices=[("lldp", "LLDP"), ("cdp", "CDP")])
    local_interface = models.CharField(_("local interface"), max_length=100)
    remote_name = models.CharField(_("remote name"), max_length=255, blank=True)
    remote_chassis_id = models.CharField(_("remote chassis ID"), max_length=100, blank=True)
    remote_port = models.CharField(_("remote port"), max_length=255, blank=True)
    remote_port_description = models.CharField(_("remote port description"), max_length=255, blank=True)
    remote_address = models.GenericIPAddressField(_("remote address"), null=True, blank=True)
    remote_description = models.TextField(_("remote description"), blank=True)
    capabilities = models.JSONField(_("capabilities"), default=list, blank=True)

    class Meta:
        ordering = ["device", "local_interface"]
        verbose_name = _("neighbour")
        verbose_name_plural = _("neighbours")

    def __str__(self) -> str:
        return f"{self.local_interface} - {self.remote_name} {self.remote_port}"


class Link(models.Model):
    """A cable between two known devices. `agreed`: both ends report each other. A manual link always wins."""

    scoped = of_device("a_device", "b_device")
    a_device = models.ForeignKey(Device, models.CASCADE, related_name="links_a", verbose_name=_("device A"))
    a_interface = models.CharField(_("interface A"), max_length=100)
    b_device = models.ForeignKey(Device, models.CASCADE, related_name="links_b", verbose_name=_("device B"))
    b_interface = models.CharField(_("interface B"), max_length=100)
    protocols = models.JSONField(_("protocols"), default=list, blank=True)
    agreed = models.BooleanField(_("seen from both ends"), default=False)
    manual = models.BooleanField(_("entered by hand"), default=False)

    class Meta:
        ordering = ["a_device", "a_interface"]
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["a_device", "a_interface", "b_device", "b_interface"], name="one_link_per_cable"
            )
        ]

    def __str__(self) -> str:
        return f"{self.a_device} {self.a_interface} - {self.b_device} {self.b_interface}"
