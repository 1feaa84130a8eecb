"""The SSH host key a device is known by."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.models.device import Device
from inventory.scope import of_device


class HostKey(models.Model):
    """Pinned at the first login. Another key that the device offers later waits here until somebody accepts it."""

    scoped = of_device("device")
    device = models.OneToOneField(Device, models.CASCADE, related_name="host_key", verbose_name=_("device"))
    key_type = models.CharField(_("key type"), max_length=50)  # ssh-ed25519, ssh-rsa, ...: RFC 4253 section 6.6
    key = models.TextField(_("key"))  # base64, as in known_hosts
    fingerprint = models.CharField(_("fingerprint"), max_length=60)  # SHA256:..., as OpenSSH prints it
    pinned_at = models.DateTimeField(_("pinned"), default=timezone.now)
    offered_key_type = models.CharField(_("type of the offered key"), max_length=50, blank=True)
    offered_key = models.TextField(_("offered key"), blank=True)
    offered_fingerprint = models.CharField(_("fingerprint of the offered key"), max_length=60, blank=True)
    offered_at = models.DateTimeField(_("offered"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta:
        verbose_name = _("SSH host key")
        verbose_name_plural = _("SSH host keys")
        permissions = [("accept_hostkey", _("Can accept a changed SSH host key"))]

    def __str__(self) -> str:
        return f"{self.device} {self.fingerprint}"
