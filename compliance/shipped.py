"""Brings the standards that come with the program into the database."""

import hashlib
import logging
from pathlib import Path

from django.db import transaction

from compliance.models import Rule, Standard
from compliance.rulebook import StandardFile, read_standard
from compliance.versions import record

STANDARDS = Path(__file__).parent / "standards"
_FIELDS = ("title", "severity", "platforms", "definition", "rationale", "remediation", "references")
log = logging.getLogger(__name__)


def load_standards(folder: Path = STANDARDS) -> tuple[str, ...]:
    """Create or renew the shipped standards; returns the slugs of those that changed.

    Idempotent. A standard of the operators is never touched, and neither is the `enabled` switch of a shipped one.
    Raises RuleError if a file is wrong, before anything is stored.
    """
    files = [(read_standard(path), _digest(path)) for path in sorted(folder.glob("*.yaml"))]
    return tuple(standard.slug for standard, digest in files if _store(standard, digest))


@transaction.atomic
def _store(file: StandardFile, digest: str) -> bool:
    standard, created = Standard.objects.select_for_update().get_or_create(
        slug=file.slug, defaults={"name": file.name, "shipped": True}
    )
    if not standard.shipped:
        log.warning("standard %s: the operators have one of this name, the shipped one is not loaded", file.slug)
        return False
    if not created and standard.digest == digest:
        return False
    standard.name, standard.version, standard.description = file.name, file.version, file.description
    standard.digest = digest
    standard.save()
    store_rules(standard, file)
    return True


def store_rules(standard: Standard, file: StandardFile) -> None:
    """Make the stored rules of a standard those of its file; rules that keep their id keep waivers and results."""
    rows = [
        Rule(
            standard=standard,
            rule_id=entry.rule.id,
            title=entry.rule.title,
            severity=entry.rule.severity,
            platforms=list(entry.rule.platforms),
            definition=entry.definition,
            rationale=entry.rule.rationale,
            remediation="\n".join(entry.rule.remediation),
            references=list(entry.rule.references),
        )
        for entry in file.rules
    ]
    Rule.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["standard", "rule_id"], update_fields=[*_FIELDS, "updated_at"]
    )
    standard.rules.exclude(rule_id__in=[row.rule_id for row in rows]).delete()
    record(standard.pk)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
