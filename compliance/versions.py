"""Versions of standards: made when a rule has changed, kept as long as a result came of one."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from compliance.models import Result, Rule, Standard, StandardVersion
from inventory import audit

KEPT = 50  # versions of a standard that are kept although no result came of them


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of rules: what a version has that the one before had not, what it has not any more, what is another."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def fields_of(rule: Rule) -> dict[str, object]:
    """A rule as a standard's file has it."""
    fields = {
        "id": rule.rule_id,
        "title": rule.title,
        "severity": rule.severity,
        "platforms": rule.platforms,
        "references": rule.references,
        "rationale": rule.rationale,
        "remediation": rule.remediation,
        "check": rule.definition,
    }
    return {name: value for name, value in fields.items() if value}


def digest_of(rules: Iterable[Rule]) -> str:
    """The same for the same rules of a standard; SHA-256, hexadecimal."""
    return _digest([fields_of(rule) for rule in sorted(rules, key=lambda rule: rule.rule_id)])


def current(digests: Mapping[int, str]) -> dict[int, int]:
    """Standard id -> id of the version whose rules have this digest; one that nobody made yet is made."""
    newest = StandardVersion.objects.filter(standard=OuterRef("pk")).order_by("-number")
    rows = Standard.objects.filter(pk__in=digests).annotate(
        newest=Subquery(newest.values("pk")[:1]), of_rules=Subquery(newest.values("digest")[:1])
    )
    found = rows.values_list("pk", "newest", "of_rules")
    return {pk: version if told == digests[pk] else record(pk).pk for pk, version, told in found}


@transaction.atomic
def record(standard_id: int, who: audit.Who | None = None) -> StandardVersion:
    """The newest version of a standard, made by `who` acts if its rules are others than those of the last one."""
    Standard.objects.select_for_update().only("pk").get(pk=standard_id)
    rules = [fields_of(rule) for rule in Rule.objects.filter(standard=standard_id).order_by("rule_id")]
    digest = _digest(rules)
    newest = StandardVersion.objects.filter(standard=standard_id).order_by("-number").first()
    if newest is not None and newest.digest == digest:
        return newest
    made = StandardVersion.objects.create(
        standard_id=standard_id,
        number=newest.number + 1 if newest else 1,
        rules=rules,
        digest=digest,
        created_by=(who or audit.current()).person(),
    )
    old = StandardVersion.objects.filter(standard=standard_id, number__lte=made.number - KEPT)
    old.exclude(pk__in=Result.objects.filter(standard_version__in=old).values("standard_version")).delete()
    return made


@dataclass(frozen=True, slots=True)
class Explained:
    """By which version of its standard a result came about, and whether another one is in force by now.

    `rule`: the rule's fields as they were then, where they are others now.
    """

    version: StandardVersion
    newest: StandardVersion
    rule: dict[str, object] | None

    @property
    def outdated(self) -> bool:
        """The standard has changed since."""
        return self.version.pk != self.newest.pk


def explained(result: Result) -> Explained | None:
    """None for a result of before there were versions."""
    version = result.standard_version
    if version is None:
        return None
    newest = StandardVersion.objects.filter(standard=version.standard_id).order_by("-number")[0]
    then = version.rule(result.rule.rule_id)
    return Explained(version, newest, then if then != fields_of(result.rule) else None)


def record_if_there(standard_id: int, who: audit.Who) -> None:
    """After a change of a rule; a standard that went with its rules needs no version."""
    with suppress(Standard.DoesNotExist):
        record(standard_id, who)


def changes(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Changes:
    """What differs between the rules of two versions."""
    old, new = {rule["id"]: rule for rule in before}, {rule["id"]: rule for rule in after}
    return Changes(
        added=tuple(key for key in new if key not in old),
        removed=tuple(key for key in old if key not in new),
        changed=tuple(key for key in new if key in old and new[key] != old[key]),
    )


def _digest(rules: list[dict[str, object]]) -> str:
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()
