"""The inventory app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# What monitoring, discovery and the readings note by themselves: no person decides it.
OBSERVED = (
    *("uptime_seconds", "sys_name", "sys_descr", "sys_object_id", "sys_location", "reachable", "reachable_since"),
    *("last_seen_at", "last_sync_at", "last_sync_error", "last_backup_at", "last_backup_error"),
    *("compliance_score", "discovered_at", "created_at"),
)


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
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
