"""manage.py generate_field_encryption_key: print a new key for FIELD_ENCRYPTION_KEY."""

from typing import Any

from cryptography.fernet import Fernet
from django.core.management import BaseCommand


class Command(BaseCommand):
    help = "Print a new key for FIELD_ENCRYPTION_KEY. Keep it in two safe places: without it, secrets are lost."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(Fernet.generate_key().decode())
