"""The compliance app."""

from functools import partial
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.db import transaction
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        from compliance import models
        from inventory.audit import register

        register(models.Standard, leave_out=("updated_at",))
        register(models.Rule, leave_out=("updated_at",))
        register(models.Waiver, leave_out=("created_at",))
        post_save.connect(_version, sender=models.Rule)
        post_delete.connect(_version, sender=models.Rule)
        post_migrate.connect(_load_shipped_standards, sender=self)


def _load_shipped_standards(using: str, apps: Any = installed_apps, **kwargs: Any) -> None:
    """An upgrade brings its standards along; a migration back to a time before them leaves nothing to load.

    `flush` sends no apps of that time: then the tables are those of today.
    """
    from compliance.shipped import load_standards

    if using == "default" and "compliance.standardversion" in {model._meta.label_lower for model in apps.get_models()}:
        load_standards()


def _version(instance: Any, **kwargs: Any) -> None:
    """Whichever door a rule was changed by; many changes in one transaction make one version."""
    from compliance.versions import record_if_there
    from inventory import audit

    transaction.on_commit(partial(record_if_there, instance.standard_id, audit.current()))
