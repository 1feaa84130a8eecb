"""manage.py syslogd: receive syslog until it is stopped."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connections

from syslogd.sockets import CannotListen
from syslogd.supervisor import Supervisor


class Command(BaseCommand):
    help = "Receive syslog over UDP and TCP (SYSLOG_HOST, SYSLOG_PORT) and hand it to the workers, until stopped."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="instead of SYSLOG_PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["port"] is not None:
            if not 1 <= options["port"] <= 65535:
                raise CommandError(f"--port {options['port']} is not from 1 to 65535.", returncode=2)
            settings.SYSLOG_PORT = options["port"]
        try:
            connections.close_all()  # a child must not inherit one
            Supervisor(self.say).run()
        except CannotListen as error:
            raise CommandError(str(error), returncode=2) from None
        except OSError as error:
            raise CommandError(f"{settings.SYSLOG_SPOOL_DIR} cannot be written to: {error.strerror}.") from None

    def say(self, text: str) -> None:
        """Where it listens."""
        self.stdout.write(text)
        self.stdout.flush()
