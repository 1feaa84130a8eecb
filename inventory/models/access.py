"""Which part of the network somebody may see and touch."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inventory.models.guarded import Guarded
from inventory.models.site import Site
from inventory.scope import UNSCOPED


class AccessScope(Guarded):
    """Sites and roles of devices. Whoever is in a scope sees the devices of all own scopes and no others.

    Within one scope a device must be of one of the sites and have one of the roles; an empty list asks for nothing.
    Somebody in no scope sees everything that the permissions allow, as superusers always do; so nobody may get there
    because a scope is deleted.
    """

    scoped = UNSCOPED
    name = models.CharField(_("name"), max_length=100, unique=True)
    sites = models.ManyToManyField(Site, blank=True, related_name="access_scopes", verbose_name=_("sites"))
    roles = models.JSONField(_("roles"), default=list, blank=True)  # of devices, as text
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="access_scopes", verbose_name=_("users")
    )
    description = models.CharField(_("description"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("access scope")
        verbose_name_plural = _("access scopes")

    def __str__(self) -> str:
        return self.name

    def refusal(self) -> str:
        """Whoever is in the scope would see more without it."""
        count = self.users.count()
        sentence = gettext(
            "The access scope %(name)s has %(count)d users, who would see more without it: empty it first."
        )
        return sentence % {"name": self.name, "count": count} if count else ""
