"""Gives the roles their permissions, each permission once.

Permissions come into being after the migrations of a run (`post_migrate`), so there are two moments: migration
0006_roles makes the groups and gives them what exists by then, and each later `migrate` gives them what that very run
brought into being. What an operator took from a group or added to it stays; a group that was deleted stays deleted.
"""

from collections.abc import Iterable
from typing import Any

from jobs.roles import ROLES, permissions_of

_before: dict[str, frozenset[int]] = {}  # database -> permissions that were there when this run of migrate began


def create_roles(groups: Any, permissions: Any) -> None:
    """Make the groups that are missing, with all that the table gives them; one that is there keeps its own."""
    there = set(groups.filter(name__in=ROLES).values_list("name", flat=True))
    for role in ROLES:
        if role not in there:
            _give(groups.create(name=role), permissions.select_related("content_type"))


def remember(using: str, **_kwargs: Any) -> None:
    """At `pre_migrate` of each app: what is there already is the operators' affair."""
    from django.contrib.auth.models import Permission
    from django.db import connections

    there = Permission._meta.db_table in connections[using].introspection.table_names()
    _before[using] = frozenset(Permission.objects.using(using).values_list("pk", flat=True) if there else ())


def give_new(app_config: Any, using: str, **_kwargs: Any) -> None:
    """At `post_migrate` of each app: its new permissions go to the roles that still exist."""
    from django.contrib.auth.models import Group, Permission

    if using not in _before:  # tables were emptied (a test), not migrated
        return
    new = (
        Permission.objects.using(using).filter(content_type__app_label=app_config.label).exclude(pk__in=_before[using])
    )
    if rows := list(new.select_related("content_type")):
        for group in Group.objects.using(using).filter(name__in=ROLES):
            _give(group, rows)
    if app_config is _last_app():
        del _before[using]


def _last_app() -> Any:
    from django.apps import apps

    return [app for app in apps.get_app_configs() if app.models_module is not None][-1]


def _give(group: Any, permissions: Iterable[Any]) -> None:
    named = {f"{row.content_type.app_label}.{row.codename}": row for row in permissions}
    group.permissions.add(*(named[name] for name in permissions_of(group.name, named)))
