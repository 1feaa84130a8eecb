"""manage.py createsuperuser: Django's, without its two ways around the rules for passwords.

Django offers to "bypass password validation", and does not look at the password that --noinput takes at all.
"""

import os
from getpass import getpass
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError

VARIABLE = "DJANGO_SUPERUSER_PASSWORD"
TRIES = 3


class Command(createsuperuser.Command):
    help = "Create a superuser. The password must satisfy the rules that hold in the admin."

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"] or os.environ.get("DJANGO_SUPERUSER_USERNAME", "")
        if options["interactive"] and self.stdin.isatty():
            self.ask(name, options)
            return
        if VARIABLE in os.environ and not options["interactive"]:
            if problems := self.problems_of(os.environ[VARIABLE], name):
                raise CommandError(problems)
        super().handle(*args, **options)

    def ask(self, name: str, options: dict[str, Any]) -> None:
        """From the terminal; raises CommandError when the name is taken or three passwords were refused."""
        name = name or input("Username: ").strip()
        if wrong := self._validate_username(name, "username", options["database"]):  # type: ignore[attr-defined]
            raise CommandError(wrong)
        password = self.ask_password(name)
        User.objects.db_manager(options["database"]).create_superuser(name, options["email"] or "", password)
        self.stdout.write("Superuser created successfully.")

    def ask_password(self, name: str) -> str:
        """Typed twice and within the rules; raises CommandError after three tries."""
        for _try in range(TRIES):
            password = getpass()
            if problems := self.problems_of(password, name):
                self.stderr.write(problems)
            elif getpass("Password (again): ") != password:
                self.stderr.write("The two passwords differ.")
            else:
                return password
        raise CommandError(f"No superuser was made: {TRIES} passwords were refused.")

    def problems_of(self, password: str, name: str) -> str:
        """Every rule the password breaks, or nothing."""
        try:
            validate_password(password, User(username=name))
        except ValidationError as error:
            return " ".join(error.messages)
        return ""
