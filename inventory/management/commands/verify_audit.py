"""manage.py verify_audit: hold the audit trail against its chain of hashes."""

import json
import re
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError

from inventory import audit


class Command(BaseCommand):
    help = (
        "Say what was changed, deleted or slipped in behind NetManager's back. Write down the head that is printed: "
        "given back with --expect-head and --expect-count, it shows later that nothing was cut off at the end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--limit", type=int, help="check the newest N entries only (all)")
        parser.add_argument("--expect-head", default="", metavar="SHA256", help="a head that was written down")
        parser.add_argument("--expect-count", type=int, default=0, metavar="N", help="the sequence it stood at")
        parser.add_argument(
            "--seal", action="store_true", help="first seal entries that stand without a seal, once you know why"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError(f"--limit {options['limit']} is not 1 or more.", returncode=2)
        if not re.fullmatch(r"[0-9a-f]{64}|", options["expect_head"]):
            raise CommandError("--expect-head is not a SHA-256: 64 characters from 0 to 9 and a to f.", returncode=2)
        if options["seal"]:
            self.stderr.write(f"{audit.seal(late=True)} entries sealed.", style_func=str)
        found = audit.verify(options["limit"], options["expect_head"], options["expect_count"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found)))
        else:
            self.stdout.write("\n".join(found.findings) or found.sentence)
            self.stdout.write(f"Head: --expect-count {found.sequence} --expect-head {found.head}")
        if not found.ok:
            raise CommandError(f"{found.found} findings; {found.checked} entries were checked.", returncode=1)
