"""manage.py first_start: create the tables and, when there is no administrator yet, one with a generated password."""

import json
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = "Create or update the tables; create the user admin with a generated password when nobody can log in yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the login as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        login = create_administrator()
        if options["json"]:
            self.stdout.write(json.dumps(login or {}))
        elif login:
            self.stdout.write(
                f"Login: {login['username']}   Password: {login['password']}   (shown only now; change it in the admin)"
            )
        else:
            forgot = f"{sys.executable} manage.py changepassword NAME"
            self.stdout.write(f"There is an administrator already. When the password is lost: {forgot}")


def create_administrator() -> dict[str, str] | None:
    """The login of a new administrator, or None when there is one already."""
    users = get_user_model().objects
    if users.filter(is_superuser=True, is_active=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    users.create_superuser("admin", "", password)  # type: ignore[attr-defined]
    return {"username": "admin", "password": password}
