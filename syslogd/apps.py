"""The syslog app. Its listener and store come with a later release; the queue and its worker exist already."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SyslogdConfig(AppConfig):
    name = "syslogd"
    verbose_name = _("Syslog")
