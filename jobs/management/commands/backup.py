"""manage.py backup: one job on the named devices, or on all active ones."""

from argparse import ArgumentParser
from typing import Any

from jobs.command import JobCommand, devices_named


class Command(JobCommand):
    help = "Back up the running configuration of devices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("devices", nargs="*", help="names, addresses or ids; none: all active devices")

    def handle(self, *args: Any, **options: Any) -> None:
        self.start("backup", {}, options, devices=devices_named(options["devices"]))
