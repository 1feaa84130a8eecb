"""The jobs app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        from jobs import follow, grants

        # After django.contrib.auth's own receiver, which makes the permissions: this app stands behind it.
        pre_migrate.connect(grants.remember, dispatch_uid="jobs.grants.remember")
        post_migrate.connect(grants.give_new, dispatch_uid="jobs.grants.give_new")
        follow.connect()
