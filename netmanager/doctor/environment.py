"""Checks of settings and disks: nothing is asked over the network."""

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.core.checks import WARNING, run_checks

from netmanager.doctor.finding import Check, Finding, failed, passed, warned

SCARCE, ROOMY = 256, 1024  # MiB free


def app_env() -> Finding:
    """Development is for a look."""
    if settings.PRODUCTION:
        return passed("app_env", "APP_ENV is production.")
    return warned("app_env", "APP_ENV is development: set APP_ENV=production before real use.")


def key_strength() -> Finding:
    """Production refuses weak keys; development takes what it is given."""
    weak = [name for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY") if len(set(getattr(settings, name))) < 10]
    if weak:
        return failed(
            "key_strength", f"{', '.join(weak)} repeats a few characters: make a new one, runbook/en/keys.md."
        )
    if len(settings.FERNET_KEYS) > 1:
        cure = "run manage.py reencrypt_credentials and remove it when told so."
        return warned("key_strength", f"OLD_FIELD_ENCRYPTION_KEY is still set: {cure}")
    return passed("key_strength", "SECRET_KEY and FIELD_ENCRYPTION_KEY are set and not trivial.")


def system_checks() -> Finding:
    """What `manage.py check` says, such as of ALLOWED_HOSTS."""
    said = [one for one in run_checks(databases=[]) if one.level >= WARNING and not one.is_silenced()]
    if not said:
        return passed("system_checks", "manage.py check has nothing to say; ALLOWED_HOSTS names the hosts.")
    sentence = " ".join(f"{one.msg} {one.hint or ''}".strip() for one in said)
    return (
        failed("system_checks", sentence)
        if any(one.is_serious() for one in said)
        else warned("system_checks", sentence)
    )


def log_format() -> Finding:
    """Collectors of logs read JSON."""
    if settings.PRODUCTION and settings.LOG_FORMAT != "json":
        return warned("log_format", "LOG_FORMAT is text: set LOG_FORMAT=json so that logs can be collected.")
    return passed("log_format", f"LOG_FORMAT is {settings.LOG_FORMAT}.")


def metrics_token() -> Finding:
    """Without it /metrics answers this machine only."""
    if settings.METRICS_TOKEN or not settings.PRODUCTION:
        return passed("metrics_token", "/metrics is closed to strangers.")
    return warned("metrics_token", "METRICS_TOKEN is empty, so Prometheus cannot read /metrics: set one.")


def disks() -> Finding:
    """The folders NetManager writes to, each with room."""
    folders = {"DATA_DIR": settings.DATA_DIR, "FIRMWARE_STORAGE": Path(settings.FIRMWARE_STORAGE)}
    if settings.LOG_TO_FILE:
        folders["LOG_FILE"] = settings.LOG_FILE.parent
    closed = [f"{name} ({path})" for name, path in folders.items() if not os.access(_existing(path), os.W_OK | os.X_OK)]
    if closed:
        return failed("disks", f"{', '.join(closed)} cannot be written to: give it to the user who runs NetManager.")
    free, name = min((shutil.disk_usage(_existing(path)).free // 2**20, name) for name, path in folders.items())
    if free < ROOMY:
        say = failed if free < SCARCE else warned
        return say("disks", f"Only {free} MiB are free for {name}: make room or name a larger disk.")
    return passed("disks", f"{', '.join(folders)} can be written to; {free} MiB are free.")


def _existing(path: Path) -> Path:
    """The folder, or where it would be made."""
    return next(one for one in (path, *path.absolute().parents) if one.exists())


ENVIRONMENT: tuple[Check, ...] = (app_env, key_strength, system_checks, log_format, metrics_token, disks)
