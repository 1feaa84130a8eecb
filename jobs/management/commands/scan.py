"""manage.py scan: one job on the named devices, or on all active ones."""

from argparse import ArgumentParser
from typing import Any

from jobs.command import JobCommand, devices_named


class Command(JobCommand):
    help = "Check the stored configurations of devices against the compliance standards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("devices", nargs="*", help="names, addresses or ids; none: all active devices")
        parser.add_argument("--again", action="store_true", help="also where nothing is new since the last scan")

    def handle(self, *args: Any, **options: Any) -> None:
        self.start("scan", {"again": options["again"]}, options, devices=devices_named(options["devices"]))
