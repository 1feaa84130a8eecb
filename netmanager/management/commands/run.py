"""manage.py run: the whole product on this machine, on loopback, until Ctrl-C."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from netmanager.processes import (
    PYTHON,
    Processes,
    StartFailed,
    alone,
    beat_command,
    free_port,
    interrupt_on_signals,
    syslogd_command,
    web_command,
    worker_commands,
)

ATTEMPTS = 5
CANNOT_LISTEN = 2  # how syslogd ends then


class Command(BaseCommand):
    help = "Start web, worker, beat and syslogd on this machine (loopback only); Ctrl-C stops them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="preferred TCP port of the web (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        interrupt_on_signals()
        logs = settings.DATA_DIR / "log"
        busy = f"NetManager runs already on the data in {settings.DATA_DIR}; stop it first, or set another DATA_DIR."
        try:
            port = free_port(options["port"])
            with alone(settings.DATA_DIR / "run.lock", busy), Processes(logs, os.environ) as processes:
                self.stdout.write("Preparing the database ...")
                self.stdout.write(processes.output("first_start", [PYTHON, "manage.py", "first_start"]))
                syslog = start(processes, port, embedded=not settings.REDIS_URL, host=settings.SYSLOG_HOST[0])
                self.stdout.write(f"Syslog is received on port {syslog} of {', '.join(settings.SYSLOG_HOST)}.")
                self.stdout.write(f"NetManager runs at http://127.0.0.1:{port}/   Ctrl-C stops it.   Logs: {logs}")
                processes.look_after(self.stderr.write)
        except KeyboardInterrupt:
            self.stderr.write("Stopped.", style_func=str)
        except StartFailed as error:
            raise CommandError(str(error)) from None


def start(processes: Processes, port: int, embedded: bool, host: str = "127.0.0.1") -> int:
    """Start web, workers and beat, wait until the web answers, then start syslogd; returns the port of syslog."""
    processes.start("web", web_command(port))
    for name, command in worker_commands(embedded).items():
        processes.start(name, command)
    processes.start("beat", beat_command())
    processes.wait_for_url(f"http://127.0.0.1:{port}/readyz")
    return start_syslogd(processes, host)


def start_syslogd(processes: Processes, host: str) -> int:
    """Start it on SYSLOG_PORT or, where that is taken, on any free port, which is returned.

    Another program may take a port after we looked and before syslogd listens: then it gets the next one. Whatever
    else keeps it from listening, the rest runs.
    """
    for _attempt in range(ATTEMPTS):
        port = free_port(settings.SYSLOG_PORT, host, udp=True)
        process = processes.start("syslogd", syslogd_command(port))
        if processes.wait_for_words("syslogd", "Listening on") or process.poll() != CANNOT_LISTEN:
            break
    return port
