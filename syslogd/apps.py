"""The syslog app: from a datagram to an answer."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SyslogdConfig(AppConfig):
    name = "syslogd"
    verbose_name = _("Syslog")

    def ready(self) -> None:
        from prometheus_client import REGISTRY

        from inventory.audit import register
        from syslogd.metrics import SyslogCollector
        from syslogd.models import SyslogPoison

        register(SyslogPoison, leave_out=("payload",))
        REGISTRY.register(SyslogCollector())
