"""manage.py demo: a lab of simulated devices, discovered, approved, read, backed up and scanned before your eyes."""

import json
import os
import shutil
import tempfile
import time
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from netmanager.demo import Journey, lab_command, let_log, start_lab
from netmanager.management.commands.run import start
from netmanager.processes import PYTHON, Processes, StartFailed, alone, free_port, interrupt_on_signals

LEAVE_OUT = (
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "OLD_FIELD_ENCRYPTION_KEY", "APP_ENV"),
    *("SYSLOG_HOST", "SYSLOG_SPOOL_DIR"),
)
BUSY = "A demo is running already; stop it first, or use --once beside it."


class Command(BaseCommand):
    help = "Show NetManager at work on a lab of simulated devices; everything binds to loopback."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when done and print a summary as JSON")
        parser.add_argument("--devices", type=int, default=24, help="size of the lab, 1 to 250 (24)")
        parser.add_argument("--port", type=int, default=8000, help="preferred TCP port of the web (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["devices"] <= 250:
            raise CommandError(f"--devices {options['devices']} is not from 1 to 250.", returncode=2)
        interrupt_on_signals()
        data = Path(tempfile.mkdtemp(prefix="netmanager-demo-")) if options["once"] else settings.DATA_DIR / "demo"
        try:
            with nullcontext() if options["once"] else alone(data.with_suffix(".lock"), BUSY):
                shutil.rmtree(data, ignore_errors=True)
                self.show(data, options)
        except KeyboardInterrupt:
            if options["once"]:
                raise CommandError("Stopped before the end.", returncode=130) from None
            self.say("Stopped.")
        except StartFailed as error:
            raise CommandError(str(error)) from None
        finally:
            if options["once"]:
                shutil.rmtree(data, ignore_errors=True)

    def show(self, data: Path, options: dict[str, Any]) -> None:
        """Start everything, walk the journey, then stay or print the summary."""
        began = time.monotonic()
        env = {name: value for name, value in os.environ.items() if name not in LEAVE_OUT}
        env |= {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "netmanager.settings", "LOG_TO_FILE": "false"}
        port = free_port(options["port"])
        with Processes(data / "log", env) as processes:
            self.say(f"Starting a lab of {options['devices']} simulated devices and NetManager ...")
            lab = start_lab(processes, lab_command(options["devices"]))
            login = json.loads(processes.output("first_start", [PYTHON, "manage.py", "first_start", "--json"]))
            syslog = start(processes, port, embedded=True)
            journey = Journey(f"http://127.0.0.1:{port}", login, lab, self.say, processes.require_alive)
            summary = journey.walk()
            summary["seconds"] = round(time.monotonic() - began, 1)
            if options["once"]:
                self.stdout.write(json.dumps(summary, indent=2))
                if not summary["complete"]:
                    raise CommandError("Not every device ended discovered, synced, backed up and scanned.")
                return
            let_log(lab, syslog)
            self.say(f"\n  NetManager: http://127.0.0.1:{port}/\n  Login:      {login['username']}")
            self.say(f"  Password:   {login['password']}\n\n{summary['sentence']}  Ctrl-C stops everything.")
            processes.look_after(self.say)

    def say(self, text: str) -> None:
        """Progress goes to standard error, so that standard output holds only the summary."""
        self.stderr.write(text, style_func=str)  # not in red: it is no error
