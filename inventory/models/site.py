"""Where devices stand and which addresses NetManager may touch."""

import ipaddress

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inventory.models.guarded import Guarded
from inventory.scope import Access, Rule


class Site(Guarded):
    """A place: a building, a campus, a data centre."""

    scoped = Rule(Access.seen_sites, lambda access, site: site.pk in access.whole_sites)
    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("slug"), max_length=100, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name

    def refusal(self) -> str:
        """A scope that loses its site may hold every device of a role instead."""
        scope = self.access_scopes.filter(users__isnull=False).first()  # type: ignore[attr-defined]
        sentence = gettext("The access scope %(scope)s limits its users to %(site)s; take the site out there first.")
        return sentence % {"site": self.name, "scope": scope.name} if scope else ""


def validate_network(value: str) -> None:
    """Raise ValidationError unless the value is an IPv4 or IPv6 network in CIDR form without host bits."""
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValidationError(
            _("%(value)s is not a network such as 10.0.0.0/16: %(reason)s"),
            params={"value": value, "reason": str(error)},
        ) from error


class Prefix(models.Model):
    """A range of addresses NetManager is allowed to touch, or (excluded) must never touch.

    Discovery, crawl and logins refuse every address outside the allowed prefixes.
    """

    scoped = Rule(
        lambda access: models.Q(site_id__in=sorted(access.sites)),
        lambda access, prefix: prefix.site_id in access.whole_sites,
        "site",
    )
    prefix = models.CharField(_("prefix"), max_length=50, unique=True, validators=[validate_network])
    site = models.ForeignKey(Site, models.SET_NULL, null=True, blank=True, verbose_name=_("site"))
    excluded = models.BooleanField(
        _("excluded"), default=False, help_text=_("Never probe these addresses, even inside an allowed prefix.")
    )
    auto_approve = models.BooleanField(
        _("approve automatically"),
        default=False,
        help_text=_("Devices found here become active at once instead of waiting in quarantine."),
    )
    ssh_credential = models.ForeignKey(
        "inventory.Credential",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("SSH credential"),
        help_text=_("Given to devices found here that have none."),
    )
    description = models.CharField(_("description"), max_length=200, blank=True)

    class Meta:
        ordering = ["prefix"]
        verbose_name = _("prefix")
        verbose_name_plural = _("prefixes")

    def __str__(self) -> str:
        return self.prefix
