"""manage.py run: the whole product on this machine, on loopback, until Ctrl-C."""

import os
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from netmanager.processes import (
    PYTHON,
    Processes,
    StartFailed,
    beat_command,
    free_port,
    interrupt_on_signals,
    web_command,
    worker_commands,
)


class Command(BaseCommand):
    help = "Start web, worker and beat on this machine (loopback only); Ctrl-C stops them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="preferred TCP port of the web (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        interrupt_on_signals()
        try:
            port = free_port(options["port"])
            with Processes(settings.DATA_DIR / "log", os.environ) as processes:
                self.stdout.write("Preparing the database ...")
                first = [PYTHON, "manage.py", "first_start"]
                self.stdout.write(processes.output("first_start", first))
                start(processes, port, embedded=not settings.REDIS_URL)
                self.stdout.write(f"NetManager runs at http://127.0.0.1:{port}/   Ctrl-C stops it.")
                while not threading.Event().wait(1):
                    processes.require_alive()
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
        except StartFailed as error:
            raise CommandError(str(error)) from None


def start(processes: Processes, port: int, embedded: bool) -> None:
    """Start web, workers and beat and wait until the web answers."""
    processes.start("web", web_command(port))
    for name, command in worker_commands(embedded).items():
        processes.start(name, command)
    processes.start("beat", beat_command())
    processes.wait_for_url(f"http://127.0.0.1:{port}/readyz")
