"""The rules of the chosen standards, compiled once and kept until somebody changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db.models import Count, Max, QuerySet

from compliance.models import Rule, Standard
from compliance.rules import Rule as Demand
from compliance.rules import RuleError
from compliance.versions import digest_of

Version = tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A row and what it demands; a row that cannot be compiled says why in `problem`."""

    pk: int
    standard_id: int
    rule_id: str
    platforms: tuple[str, ...]
    demand: Demand | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Ruleset:
    standard_ids: tuple[int, ...]
    rules: tuple[StoredRule, ...]
    digests: Mapping[int, str]  # of the rules, by standard
    version: Version  # another one when a standard or a rule was changed, or another standard counts in the score

    def for_platform(self, slug: str) -> tuple[StoredRule, ...]:
        """The rules written for a platform."""
        return tuple(rule for rule in self.rules if slug in rule.platforms)


def ruleset(standards: QuerySet[Standard] | None = None) -> Ruleset:
    """The rules of these standards, of every enabled one without any given. One query as long as nothing changed."""
    chosen = Standard.objects.filter(enabled=True) if standards is None else standards
    marks = chosen.order_by("pk").annotate(rule_count=Count("rules"), newest=Max("rules__updated_at"))
    compiled = _compiled(tuple(marks.values_list("pk", "updated_at", "rule_count", "newest")))
    if standards is None:
        return compiled
    counting = tuple(Standard.objects.filter(enabled=True).order_by("pk").values_list("pk"))
    return replace(compiled, version=(*compiled.version, (), *counting))


@lru_cache(maxsize=16)
def _compiled(version: Version) -> Ruleset:
    standard_ids = tuple(int(str(mark[0])) for mark in version)
    rows = list(Rule.objects.filter(standard_id__in=standard_ids).order_by("standard_id", "rule_id"))
    digests = {pk: digest_of(row for row in rows if row.standard_id == pk) for pk in standard_ids}
    return Ruleset(standard_ids, tuple(_stored(row) for row in rows), digests, version)


def _stored(row: Rule) -> StoredRule:
    platforms = tuple(row.platforms) if isinstance(row.platforms, list) else ()
    try:
        return StoredRule(row.pk, row.standard_id, row.rule_id, platforms, row.compiled())
    except RuleError as error:
        return StoredRule(row.pk, row.standard_id, row.rule_id, platforms, None, str(error))
