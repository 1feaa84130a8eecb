"""What a newcomer does first, in order, each step with its form and whether it is done."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.models import Credential, Prefix
from inventory.scope import scoped

SNMP = (Credential.Kind.SNMP_V2C, Credential.Kind.SNMP_V3)


@dataclass(frozen=True, slots=True)
class Step:
    """`done` is None for the last step: it ends the list by filling the inventory."""

    title: str | Promise
    why: str | Promise
    url: str
    done: bool | None


def first_steps(request: HttpRequest) -> list[Step]:
    """The way to the first devices; empty for those who may not go all of it."""
    needed = ("inventory.add_credential", "inventory.add_prefix", "inventory.run_discovery")
    if not request.user.has_perms(needed):
        return []
    kinds = set(Credential.objects.values_list("kind", flat=True).distinct())
    credential = reverse("admin:inventory_credential_add")
    return [
        Step(
            _("Add an SNMP credential"),
            _("Discovery asks with it what each device is."),
            f"{credential}?kind=snmp_v2c",
            not kinds.isdisjoint(SNMP),
        ),
        Step(
            _("Add an SSH credential"),
            _("Configurations are read with it. An account that may only read is enough."),
            f"{credential}?kind=ssh",
            Credential.Kind.SSH in kinds,
        ),
        Step(
            _("Add a prefix and choose the SSH credential there"),
            _("Only addresses inside your prefixes are ever touched."),
            reverse("admin:inventory_prefix_add"),
            scoped(Prefix.objects.filter(excluded=False), request.user).exists(),
        ),
        Step(
            _("Discover"),
            _("What answers waits in the device list for your approval; then sync, back up and scan it."),
            reverse("admin:inventory_device_discover"),
            None,
        ),
    ]
