#!/usr/bin/env python
"""NetManager's command line."""

import os
import sys

HELP = {"help", "--help", "-h", "version", "--version"}
# What needs no key, or tells of a wrong one itself.
WITHOUT_KEY = HELP | {
    *("migrate", "showmigrations", "makemigrations", "sqlmigrate", "check", "collectstatic", "makemessages"),
    *("compilemessages", "diffsettings", "generate_field_encryption_key", "reencrypt_credentials", "doctor", "test"),
}


def main() -> None:
    """Run a command; a wrong setting is one sentence and exit code 2, never a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.INSTALLED_APPS  # noqa: B018  reads the environment now, before any command starts
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    if not ({*sys.argv[1:2], *HELP.intersection(sys.argv)} & WITHOUT_KEY) and len(sys.argv) > 1:
        refuse_wrong_key()
    execute_from_command_line(sys.argv)


def refuse_wrong_key() -> None:
    """A command with a wrong key would store secrets that nobody else can read: it does not start."""
    import django

    django.setup()
    from inventory.keys import WrongKey, require_key

    try:
        require_key()
    except WrongKey as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
