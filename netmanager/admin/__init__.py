"""The admin site's frame: sidebar, badge and home page; people and schedules in unfold's dress."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from netmanager.admin import audit, headers, logins, people, schedules
from netmanager.admin.home import dashboard
from netmanager.admin.navigation import navigation
from netmanager.login import throttled

__all__ = ["audit", "dashboard", "environment_badge", "headers", "logins", "navigation", "people", "schedules"]

admin.site.index_template = "netmanager/home.html"
admin.site.login = throttled(admin.site.login)  # type: ignore[method-assign, assignment]


def environment_badge(request: HttpRequest) -> tuple[str, str] | None:
    """The mark beside the title: production has none, so that the others stand out."""
    if settings.PRODUCTION:
        return None
    return (_("embedded"), "warning") if settings.EMBEDDED_DATABASE else (_("development"), "info")
