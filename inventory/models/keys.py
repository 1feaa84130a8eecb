"""What tells a wrong key at the start."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.fields import SecretField


class KeyCanary(models.Model):
    """A known text encrypted with the key in use: a process that cannot read it has the wrong key."""

    sealed = SecretField(_("sealed text"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("key canary")
        verbose_name_plural = _("key canaries")

    def __str__(self) -> str:
        return f"canary {self.pk}"
