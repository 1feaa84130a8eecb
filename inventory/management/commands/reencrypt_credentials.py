"""manage.py reencrypt_credentials: bring stored secrets under the key in use, or tell what stands under which key."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError

from inventory.reencrypt import FieldReport, Report, look, reencrypt, row_count

COLUMNS = ("new", "old", "plain", "unreadable")
YES, NO = ("1", "true", "yes"), ("0", "false", "no")


class Command(BaseCommand):
    help = (
        "Bring every stored secret under FIELD_ENCRYPTION_KEY: what stands under OLD_FIELD_ENCRYPTION_KEY and what is "
        "not encrypted. Without --apply (or DRY_RUN=0) it changes nothing and tells what stands under which key. "
        "Exit code 0: all under the key in use; 1: something is left; 2: the request was wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="re-encrypt; the same as DRY_RUN=0")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        applied = options["apply"] or not dry_run()
        progress = self._progress(row_count())
        report = reencrypt(progress) if applied else look(progress)
        if sys.stderr.isatty():
            self.stderr.write("")
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report, applied)))
        else:
            self.stdout.write("\n".join([*table(report), "", *sentences(report, applied)]))
        if report.left:
            raise CommandError(f"{report.left} values are not under the key in use.", returncode=1)

    def _progress(self, total: int) -> Callable[[int], None]:
        """A bar for somebody who watches; a log gets none."""
        seen = 0

        def show(rows: int) -> None:
            nonlocal seen
            seen += rows
            if sys.stderr.isatty():
                part = min(seen / total, 1.0) if total else 1.0
                self.stderr.write(f"\r[{'#' * int(part * 40):<40}] {seen} of {total} rows", ending="")

        return show


def dry_run() -> bool:
    """What DRY_RUN in the environment says; raises CommandError for a word that is neither yes nor no."""
    word = os.environ.get("DRY_RUN", "1").strip().lower() or "1"
    if word not in YES + NO:
        raise CommandError(f"DRY_RUN={word!r} is not one of {', '.join(YES + NO)}.", returncode=2)
    return word in YES


def as_json(report: Report, applied: bool) -> dict[str, Any]:
    """The report for programs."""
    fields = [asdict(one) for one in report.fields]
    summary = {"rotated": report.rotated, "left": report.left, "old_keys_may_go": report.old_keys_may_go}
    return {"applied": applied, **summary, "fields": fields}


def table(report: Report) -> list[str]:
    """One line a field, numbers right under their names."""
    names = [f"{one.model}.{one.field}" for one in report.fields]
    width = max(map(len, names), default=0)
    head = f"{'':<{width}}" + "".join(f"{column:>12}" for column in COLUMNS)
    return [head, *(_line(name, one, width) for name, one in zip(names, report.fields, strict=True))]


def _line(name: str, one: FieldReport, width: int) -> str:
    return f"{name:<{width}}" + "".join(f"{getattr(one, column):>12}" for column in COLUMNS)


def sentences(report: Report, applied: bool) -> list[str]:
    """What it means, and what to do."""
    said = [f"Re-encrypted: {report.rotated}." if applied else "Nothing was changed: this was a dry run."]
    if not applied and report.left:
        said.append("To re-encrypt what is old or plain: DRY_RUN=0, or --apply.")
    for one in report.fields:
        if one.unreadable:
            ids = ", ".join(map(str, one.unreadable_ids))
            more = f" and {rest} more" if (rest := one.unreadable - len(one.unreadable_ids)) else ""
            said.append(f"No key of this process opens {one.model}.{one.field} of id {ids}{more}; left as they are.")
    if not report.old_keys_may_go:
        still = "Some process still writes with an old key: restart it." if applied else ""
        said.append(f"The old key is still needed. {still}".rstrip())
    elif report.left == 0:
        said.append("Nothing is stored under an old key: OLD_FIELD_ENCRYPTION_KEY may be removed.")
    else:
        said.append("Nothing is stored under an old key that this process knows.")
    return said
