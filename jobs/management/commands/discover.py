"""manage.py discover 10.0.0.0/24: find devices over SNMP."""

from argparse import ArgumentParser
from typing import Any

from jobs.command import JobCommand


class Command(JobCommand):
    help = "Find devices in address ranges inside the allowed prefixes, over SNMP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("ranges", nargs="+", help="10.0.0.0/24, 10.0.0.5 or 10.0.0.1-10.0.0.20")
        parser.add_argument("--exclude", nargs="*", default=[], help="ranges to leave out")
        parser.add_argument("--snmp-port", default=161)
        parser.add_argument("--ssh-port", default=22)
        parser.add_argument("--pps", default=2000, help="packets per second (2000)")
        parser.add_argument("--confirm-large", action="store_true", help="yes, more than 65,536 addresses")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("ranges", "exclude", "snmp_port", "ssh_port", "pps")
        parameters = {name: options[name] for name in names}
        self.start("discover", parameters | {"confirmed": options["confirm_large"]}, options)
