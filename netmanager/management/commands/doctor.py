"""manage.py doctor: look at everything the runbook's checklists ask for, and say what to do."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError

from netmanager.doctor import Level, examine


class Command(BaseCommand):
    help = (
        "Look at keys, settings, disks, database, broker, workers, beat, secrets, backups and the audit trail. "
        "Each finding is pass, warn or fail with its cure. Exit code 0: nothing failed; 1: something did."
    )
    requires_system_checks: list[str] = []  # it reports them itself

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        failures = sum(one.level is Level.FAIL for one in findings)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not failures, "findings": [asdict(one) for one in findings]}))
        else:
            self.stdout.write("\n".join(f"{one.level:<5} {one.check:<14} {one.sentence}" for one in findings))
        if failures:
            raise CommandError(f"{failures} of {len(findings)} checks failed.", returncode=1)
