"""The compliance app."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.db.models.signals import post_migrate
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
        post_migrate.connect(_load_shipped_standards, sender=self)


def _load_shipped_standards(using: str, apps: Any = installed_apps, **kwargs: Any) -> None:
    """An upgrade brings its standards along; a migration back to a time before them leaves nothing to load.

    `flush` sends no apps of that time: then the tables are those of today.
    """
    from compliance.shipped import load_standards

    if using == "default" and "compliance" in {model._meta.app_label for model in apps.get_models()}:
        load_standards()
