"""The wiring app: checks, the admin site, templates shared by all."""

from django.apps import AppConfig


class NetManagerConfig(AppConfig):
    name = "netmanager"
    verbose_name = "NetManager"

    def ready(self) -> None:
        from netmanager import checks  # noqa: F401  registers the system checks
