"""The inventory app."""

from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

# What monitoring, discovery and the readings note by themselves: no person decides it.
OBSERVED = (
    *("uptime_seconds", "sys_name", "sys_descr", "sys_object_id", "sys_location", "reachable", "reachable_since"),
    *("last_seen_at", "last_sync_at", "last_sync_error", "last_backup_at", "last_backup_error"),
    *("compliance_score", "discovered_at", "created_at"),
)


def plant_canary(**_kwargs: Any) -> None:
    """After migrate: what tells a wrong key at the next start. Migrated backwards, there is no table for it."""
    from inventory.keys import plant
    from inventory.models import KeyCanary

    if KeyCanary._meta.db_table in connection.introspection.table_names():
        plant()


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        post_migrate.connect(plant_canary, sender=self, dispatch_uid="inventory.plant_canary")
        from auditlog.models import LogEntry

        from inventory import models
        from inventory.audit import register
        from inventory.scope import UNSCOPED

        for model in (models.Site, models.Prefix, models.Credential, models.FirmwareImage):
            register(model)
        register(models.AccessScope, many=("sites", "users"))
        register(models.Device, leave_out=OBSERVED)
        register(models.HostKey, leave_out=("key", "offered_key", "pinned_at", "offered_at", "accepted_at"))
        register(models.Link, when=lambda link: link.manual)
        register(models.Tombstone, leave_out=("deleted_at",))
        LogEntry.scoped = UNSCOPED  # entries name what lies in other scopes
