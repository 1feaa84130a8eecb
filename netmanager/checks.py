"""System checks: what is set in a way that will hurt, and how to mend it."""

import shutil
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security)
def hosts(**_kwargs: Any) -> list[CheckMessage]:
    """In production the web must know its own names."""
    if settings.PRODUCTION and not settings.ALLOWED_HOSTS:
        return [
            Error(
                "ALLOWED_HOSTS is empty: every request would be refused.",
                hint="Set ALLOWED_HOSTS to the names users type, e.g. ALLOWED_HOSTS=netmanager.example.com",
                id="netmanager.E001",
            )
        ]
    return []


@register(Tags.security)
def wildcard_hosts(**_kwargs: Any) -> list[CheckMessage]:
    """A wildcard lets anyone forge the host of links."""
    if settings.PRODUCTION and "*" in settings.ALLOWED_HOSTS:
        return [
            Warning(
                "ALLOWED_HOSTS accepts any host name.",
                hint="Name the hosts users type instead of *.",
                id="netmanager.W001",
            )
        ]
    return []


@register(Tags.security)
def plain_http(**_kwargs: Any) -> list[CheckMessage]:
    """An intranet without TLS works, but nobody should run one without knowing."""
    if not settings.PRODUCTION or settings.HTTPS:
        return []
    return [
        Warning(
            "CSRF_TRUSTED_ORIGINS names an http:// address: passwords and sessions cross the network in the clear.",
            hint="Put a TLS proxy in front and name https:// addresses only: runbook/en/tls.md",
            id="netmanager.W004",
        )
    ]


@register()
def disk(**_kwargs: Any) -> list[CheckMessage]:
    """A full disk loses logs, spools and, with SQLite, the database."""
    folder = settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR
    free = shutil.disk_usage(folder).free // 2**20
    if free < 256:
        return [
            Warning(
                f"Only {free} MiB are free on the disk of {folder}.",
                hint="Free some space or set DATA_DIR to a larger disk.",
                id="netmanager.W002",
            )
        ]
    return []


@register()
def embedded(**_kwargs: Any) -> list[CheckMessage]:
    """Half of the full default is a mistake: the two servers belong together."""
    if bool(settings.REDIS_URL) == (not settings.EMBEDDED_DATABASE):
        return []
    return [
        Warning(
            "Only one of DATABASE_URL (PostgreSQL) and REDIS_URL is set.",
            hint="Set both for real use, or none for the embedded default.",
            id="netmanager.W003",
        )
    ]
