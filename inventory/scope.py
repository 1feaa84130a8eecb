"""Who sees and touches which devices. Every door asks here, every model says by its `scoped` what holds for its rows.

`user=None` is nobody in particular: a schedule or the command line, which work on everything.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

# A user of any kind. django.contrib.auth's classes cannot be imported where models are made.
Somebody = Any
M = TypeVar("M", bound=Model)
NOTHING = Q(pk__in=())
CACHED = "_netmanager_access"


@dataclass(frozen=True, slots=True)
class Area:
    """One scope: ids of sites and names of roles; where both are given, a device must fit both."""

    sites: frozenset[int]
    roles: frozenset[str]

    def holds(self, site: int | None, role: str) -> bool:
        """Whether a device of this site and role lies in it; an area of neither holds nothing."""
        if not self.sites and not self.roles:
            return False
        return (not self.sites or site in self.sites) and (not self.roles or role in self.roles)

    def devices(self, path: str) -> Q:
        """The same for the database; `path` leads to the device ("device__")."""
        if not self.sites and not self.roles:
            return NOTHING
        at_site = Q(**{f"{path}site_id__in": sorted(self.sites)}) if self.sites else Q()
        return at_site & Q(**{f"{path}role__in": sorted(self.roles)}) if self.roles else at_site


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody with scopes may see: the union of the areas."""

    user_id: int | None
    areas: tuple[Area, ...]

    @property
    def sites(self) -> frozenset[int]:
        """Sites that the scopes name."""
        return frozenset().union(*(area.sites for area in self.areas))

    @property
    def whole_sites(self) -> frozenset[int]:
        """Those of them that are not limited to roles: what is about a whole site may be touched there."""
        return frozenset().union(*(area.sites for area in self.areas if not area.roles))

    def holds(self, site: int | None, role: str) -> bool:
        """Whether a device of this site and role is among the own ones."""
        return any(area.holds(site, role) for area in self.areas)

    def devices(self, path: str = "") -> Q:
        """The own devices; `path` leads to the device from the model that is asked."""
        found = NOTHING
        for area in self.areas:
            found |= area.devices(path)
        return found

    def seen_sites(self) -> Q:
        """Sites that are named, and those where a device of a role stands that is named without a site."""
        everywhere = frozenset[str]().union(*(area.roles for area in self.areas if not area.sites))
        device = apps.get_model("inventory", "Device")
        there = Exists(device._default_manager.filter(site=OuterRef("pk"), role__in=sorted(everywhere)))
        return Q(pk__in=sorted(self.sites)) | Q(there) if everywhere else Q(pk__in=sorted(self.sites))


def _always(_access: Access, _row: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """What scopes mean for a model: which rows are `seen`, and whether one of these may be made or touched as it is.

    `field` is where a form says that a row would lie outside.
    """

    seen: Callable[[Access], Q]
    touched: Callable[[Access, Any], bool] = _always
    field: str = ""


def of_device(*paths: str) -> Rule:
    """Rows of one device, or of several of which all must be own ones; a path names a foreign key to a device."""

    def seen(access: Access) -> Q:
        found = Q()
        for path in paths:
            found &= access.devices(f"{path}__")
        return found

    def touched(access: Access, row: Any) -> bool:
        devices = [getattr(row, path, None) for path in paths]  # None: the form refused it already
        return all(device is not None and access.holds(device.site_id, device.role) for device in devices)

    return Rule(seen, touched, paths[0])


# For who sees everything only.
UNSCOPED = Rule(lambda access: NOTHING, lambda access, row: False)

# Of other people's apps: what tells of devices without belonging to one.
BORROWED = {"auditlog.logentry": UNSCOPED}


def rule_of(model: type[Model] | Model) -> Rule | None:
    """The model's rule; None for what is not about devices."""
    found: Rule | None = getattr(model, "scoped", None) or BORROWED.get(model._meta.label_lower)
    return found


def access_of(user: Somebody) -> Access | None:
    """What the user may see; None: everything. Asked once for each user object, so once a request."""
    if user is None or getattr(user, "is_superuser", False):
        return None
    if not hasattr(user, CACHED):
        setattr(user, CACHED, _read(user))
    found: Access | None = getattr(user, CACHED)
    return found


def _read(user: Any) -> Access | None:
    if not user.is_authenticated:
        return Access(None, ())
    sites: dict[int, set[int]] = {}
    roles: dict[int, frozenset[str]] = {}
    for scope, named, site in user.access_scopes.order_by("pk").values_list("pk", "roles", "sites"):
        roles[scope] = frozenset(named)
        sites.setdefault(scope, set()).update({site} - {None})
    areas = tuple(Area(frozenset(sites[scope]), roles[scope]) for scope in sites)
    return Access(user.pk, areas) if areas else None


def scoped(queryset: QuerySet[M], user: Somebody) -> QuerySet[M]:
    """Those of the rows that the user may see, by the rule of their model; models without one are not about devices."""
    rule = rule_of(queryset.model)
    access = access_of(user) if rule else None
    return queryset.filter(rule.seen(access)) if rule and access else queryset


def own_devices(user: Somebody, path: str) -> Q:
    """For counts over a relation: the user's own devices, which `path` leads to ("devices__")."""
    access = access_of(user)
    return access.devices(path) if access else Q()


def may_touch(row: Model, user: Somebody) -> bool:
    """Whether the user may make, change or delete the row as it is."""
    rule = rule_of(row)
    access = access_of(user) if rule else None
    return rule.touched(access, row) if rule and access else True


def place_errors(row: Model, user: Somebody) -> dict[str, str]:
    """Field -> sentence for a row that would lie outside of the user's scopes; empty where all is well."""
    rule = rule_of(row)
    access = access_of(user) if rule else None
    if rule is None or access is None or rule.touched(access, row):
        return {}
    if rule.field == "site" and hasattr(row, "role") and any(_fits(area, row) for area in access.areas):
        return {"role": _role_sentence(access, row)}
    if rule.field == "site":
        return {"site": _site_sentence(access)}
    sentence = _("This lies outside of your access scopes; somebody who sees every device has to do it.")
    return {rule.field: sentence}


def _fits(area: Area, row: Any) -> bool:
    """Whether the site is right, so that the role must be what is wrong."""
    return bool(area.roles) and (not area.sites or row.site_id in area.sites)


def _role_sentence(access: Access, row: Any) -> str:
    accepted = frozenset[str]().union(*(area.roles for area in access.areas if _fits(area, row)))
    return _("The role %(role)s lies outside of your access scopes; accepted are %(accepted)s.") % {
        "role": row.role[:60],
        "accepted": _listed(accepted),
    }


def _site_sentence(access: Access) -> str:
    site = apps.get_model("inventory", "Site")
    names = site._default_manager.filter(pk__in=access.sites).values_list("name", flat=True)
    return _("Choose a site of your access scopes: %(accepted)s.") % {"accepted": _listed(names)}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or _("none")
