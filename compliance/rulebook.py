"""Standards as YAML files: read, checked in every field, turned into rules. Pure.

The keys of a file are the fields of `StandardFile`, those of a rule the fields of `rules.Rule`; a check is a mapping
with one key, its kind. See `standards/hardening-baseline.yaml`.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import regex
import yaml

from compliance.proposal import check_template
from compliance.rules import (
    SEVERITIES,
    AbsentSection,
    AllOf,
    AnyOf,
    Check,
    Contains,
    EachSection,
    InRange,
    Matches,
    NotContains,
    NotMatches,
    Ordered,
    Rule,
    RuleError,
    Severity,
    UnsupportedVersions,
    VersionAtLeast,
    Vlans,
)
from inventory.parsing.vlan_list import parse_vlan_list

MAX_PATTERN_LENGTH = 500
MAX_REPEAT = 10_000
MAX_DEPTH = 6
MAX_FILE_BYTES = 1_000_000
MAX_REFERENCES, MAX_REFERENCE_LENGTH = 20, 100
MAX_ORDERED = 20
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_REPEAT = re.compile(r"\{(\d*)(?:,(\d*))?\}")
_RULE_FIELDS = {"id", "title", "severity", "platforms", "rationale", "remediation", "references", "check"}
_FILE_FIELDS = {"slug", "name", "version", "description", "rules"}


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A rule and its check as written, which is what is stored and shown for editing."""

    rule: Rule
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StandardFile:
    slug: str
    name: str
    version: str
    description: str
    rules: tuple[RuleEntry, ...]


def read_standard(path: Path) -> StandardFile:
    """Read a standard; raises RuleError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise RuleError(f"{path.name}: the file is longer than {MAX_FILE_BYTES} bytes")
    return parse_standard(path.read_text(encoding="utf-8", errors="replace"), path.name)


def parse_standard(text: str, source: str) -> StandardFile:
    """Parse the text of a standard; `source` names it in errors. Raises RuleError."""
    try:
        loaded = from_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RuleError(f"{source}: not readable as YAML: {_one_line(error)}") from None
    fields = _mapping(loaded, source, _FILE_FIELDS)
    rules_ = fields.get("rules")
    if not isinstance(rules_, list) or not rules_:
        raise RuleError(f"{source}: rules must be a list with at least one rule")
    entries = tuple(_entry(item, f"{source}: rule {_name(item, number)}") for number, item in enumerate(rules_, 1))
    _refuse_twins(entries, source)
    return StandardFile(
        slug=_slug(fields, "slug", source),
        name=_text(fields, "name", source),
        version=_text(fields, "version", source),
        description=_text(fields, "description", source, required=False),
        rules=entries,
    )


def write_standard(head: Mapping[str, str], rules: Sequence[Mapping[str, object]]) -> str:
    """The text of a standard from its fields and those of its rules, as `parse_standard` reads it."""
    return as_yaml({**head, "rules": list(rules)})


def from_yaml(text: str) -> Any:
    """What a piece of a standard's file stands for. Raises YAMLError, ValueError or RecursionError."""
    return yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506, a SafeLoader


def as_yaml(value: object) -> str:
    """A piece of a standard as its file has it."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def parse_rule(fields: Mapping[str, Any], where: str) -> Rule:
    """Build one rule from its fields; `where` names it in errors. Raises RuleError."""
    fields = _mapping(fields, where, _RULE_FIELDS)
    severity = fields.get("severity")
    if severity not in SEVERITIES:
        raise RuleError(f"{where}: severity is {_show(severity)}, must be one of {', '.join(SEVERITIES)}")
    remediation = _text(fields, "remediation", where, required=False)
    try:
        check_template(remediation)
    except RuleError as error:
        raise RuleError(f"{where}: {error}") from None
    return Rule(
        id=_slug(fields, "id", where),
        title=_text(fields, "title", where),
        severity=cast(Severity, severity),
        platforms=_platforms(fields.get("platforms"), where),
        check=parse_check(fields.get("check"), f"{where}: check"),
        rationale=_text(fields, "rationale", where, required=False),
        remediation=tuple(remediation.splitlines()),
        references=_references(fields.get("references"), where),
    )


def parse_check(definition: object, where: str, depth: int = 0) -> Check:
    """Build a check from a mapping of one kind to its value. Raises RuleError."""
    if depth > MAX_DEPTH:
        raise RuleError(f"{where}: checks nest deeper than {MAX_DEPTH} levels")
    if not isinstance(definition, Mapping) or len(definition) != 1:
        raise RuleError(f"{where}: must be a mapping with one key, one of {', '.join(KINDS)}")
    ((kind, value),) = definition.items()
    if kind not in KINDS:
        raise RuleError(f"{where}: {_show(kind)} is not a kind of check, must be one of {', '.join(KINDS)}")
    return KINDS[kind](value, f"{where}.{kind}", depth)


def compile_pattern(value: object, where: str) -> "regex.Pattern[str]":
    """Compile a pattern, refusing those that would already cost too much to compile. Raises RuleError."""
    if not isinstance(value, str) or not value:
        raise RuleError(f"{where}: must be a regular expression in quotes, is {_show(value)}")
    if len(value) > MAX_PATTERN_LENGTH:
        raise RuleError(f"{where}: the pattern has {len(value)} characters, at most {MAX_PATTERN_LENGTH} are accepted")
    repeats = 1
    for low, high in _REPEAT.findall(value):
        repeats *= max(int(low[:6] or 1), int(high[:6] or 1), 1)
    if repeats > MAX_REPEAT:
        raise RuleError(f"{where}: the counts in braces multiply to more than {MAX_REPEAT}")
    try:
        return regex.compile(value, regex.MULTILINE)
    except (regex.error, RecursionError, OverflowError, ValueError, KeyError) as error:
        raise RuleError(f"{where}: {_show(value)} is not a regular expression: {_one_line(error)}") from None


def _entry(item: object, where: str) -> RuleEntry:
    rule = parse_rule(cast(Mapping[str, Any], item), where)
    return RuleEntry(rule, cast(Mapping[str, Any], item)["check"])


def _line(value: object, where: str, _: int) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value.strip("\n"):
        raise RuleError(f"{where}: must be one line of text, is {_show(value)}")
    return value.rstrip()


def _version(value: object, where: str) -> tuple[int, ...]:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,6}(?:\.\d{1,6}){0,5}", value):
        raise RuleError(f'{where}: must be a version in quotes such as "15.2", is {_show(value)}')
    return tuple(int(part) for part in value.split("."))


def _versions(value: object, where: str, _: int) -> UnsupportedVersions:
    if not isinstance(value, list) or not value:
        raise RuleError(f'{where}: must be a list of versions such as ["12", "15.0"], is {_show(value)}')
    return UnsupportedVersions(tuple(_version(item, f"{where}[{number}]") for number, item in enumerate(value)))


def _ordered(value: object, where: str, _: int) -> Ordered:
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_ORDERED:
        raise RuleError(f"{where}: must be a list of 2 to {MAX_ORDERED} regular expressions, is {_show(value)}")
    return Ordered(tuple(compile_pattern(item, f"{where}[{number}]") for number, item in enumerate(value)))


def _in_range(value: object, where: str, _: int) -> InRange:
    fields = _mapping(value, where, {"pattern", "min", "max", "if_none"})
    pattern = _pattern_of_one(fields, where, "the number")
    low, high = (_bound(fields.get(name), f"{where}.{name}") for name in ("min", "max"))
    if low is None and high is None:
        raise RuleError(f"{where}: must have min, max or both")
    if low is not None and high is not None and low > high:
        raise RuleError(f"{where}: min is {low}, must not be above max, {high}")
    return InRange(pattern, low, high, _if_none(fields, where, "fail"))


def _vlans(value: object, where: str, _: int) -> Vlans:
    fields = _mapping(value, where, {"pattern", "must", "must_not", "only", "if_none"})
    if not fields.keys() & {"must", "must_not", "only"}:
        raise RuleError(f"{where}: must have must, must_not or only")
    return Vlans(
        pattern=_pattern_of_one(fields, where, "the list of VLANs"),
        must=_vids(fields, "must", where),
        must_not=_vids(fields, "must_not", where),
        only=_vids(fields, "only", where) if "only" in fields else None,
        if_none=_if_none(fields, where, "fail"),
    )


def _vids(fields: Mapping[str, Any], key: str, where: str) -> frozenset[int]:
    value = fields.get(key, "")
    if not isinstance(value, str) or (key in fields and not value.strip()):
        raise RuleError(f'{where}.{key}: must be VLANs in quotes such as "10,20-29", is {_show(value)}')
    try:
        return frozenset(parse_vlan_list(value))
    except ValueError as error:
        raise RuleError(f"{where}.{key}: {error}") from None


def _pattern_of_one(fields: Mapping[str, Any], where: str, what: str) -> "regex.Pattern[str]":
    pattern = compile_pattern(fields.get("pattern"), f"{where}.pattern")
    if pattern.groups != 1:
        raise RuleError(f"{where}.pattern: must have one group, {what}, has {pattern.groups}")
    return pattern


def _bound(value: object, where: str) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise RuleError(f"{where}: must be a whole number, is {_show(value)}")
    return value


def _if_none(fields: Mapping[str, Any], where: str, default: Literal["pass", "fail"]) -> Literal["pass", "fail"]:
    verdict = fields.get("if_none", default)
    if verdict not in ("pass", "fail"):
        raise RuleError(f"{where}.if_none: is {_show(verdict)}, must be pass or fail")
    return cast(Literal["pass", "fail"], verdict)


def _several(value: object, where: str, depth: int) -> tuple[Check, ...]:
    if not isinstance(value, list) or not value:
        raise RuleError(f"{where}: must be a list of checks, is {_show(value)}")
    return tuple(parse_check(item, f"{where}[{number}]", depth + 1) for number, item in enumerate(value))


def _each_section(value: object, where: str, depth: int) -> EachSection:
    fields = _mapping(value, where, {"header", "check", "except", "if_none"})
    if_none = _if_none(fields, where, "pass")
    exceptions = fields.get("except", [])
    if not isinstance(exceptions, list):
        raise RuleError(f"{where}.except: must be a list of regular expressions, is {_show(exceptions)}")
    check = parse_check(fields.get("check"), f"{where}.check", depth + 1)
    if _looks_for_sections(check):
        raise RuleError(f"{where}.check: a section cannot be looked for inside a section")
    return EachSection(
        header=compile_pattern(fields.get("header"), f"{where}.header"),
        check=check,
        exceptions=tuple(compile_pattern(item, f"{where}.except") for item in exceptions),
        if_none=if_none,
    )


def _looks_for_sections(check: Check) -> bool:
    if isinstance(check, AnyOf | AllOf):
        return any(_looks_for_sections(part) for part in check.checks)
    return isinstance(check, EachSection | AbsentSection)


KINDS: dict[str, Callable[[object, str, int], Check]] = {
    "contains": lambda value, where, depth: Contains(_line(value, where, depth)),
    "not_contains": lambda value, where, depth: NotContains(_line(value, where, depth)),
    "matches": lambda value, where, _: Matches(compile_pattern(value, where)),
    "not_matches": lambda value, where, _: NotMatches(compile_pattern(value, where)),
    "each_section": _each_section,
    "absent_section": lambda value, where, _: AbsentSection(compile_pattern(value, where)),
    "ordered": _ordered,
    "in_range": _in_range,
    "vlans": _vlans,
    "version_at_least": lambda value, where, _: VersionAtLeast(_version(value, where)),
    "unsupported_versions": _versions,
    "any_of": lambda value, where, depth: AnyOf(_several(value, where, depth)),
    "all_of": lambda value, where, depth: AllOf(_several(value, where, depth)),
}


def _mapping(value: object, where: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RuleError(f"{where}: must be a mapping with {', '.join(sorted(known))}, is {_show(value)}")
    unknown = [key for key in value if key not in known]
    if unknown:
        raise RuleError(f"{where}: {_show(unknown[0])} is not a field, must be one of {', '.join(sorted(known))}")
    return value


def _text(fields: Mapping[str, Any], key: str, where: str, required: bool = True) -> str:
    value = fields.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise RuleError(f"{where}: {key} must be text, is {_show(value)}")
    return value.strip()


def _slug(fields: Mapping[str, Any], key: str, where: str) -> str:
    value = _text(fields, key, where)
    if len(value) > 64 or not _SLUG.match(value):
        raise RuleError(f"{where}: {key} is {_show(value)}, must be up to 64 lower-case letters, digits and hyphens")
    return value


def _platforms(value: object, where: str) -> tuple[str, ...]:
    good = isinstance(value, list) and value and all(isinstance(item, str) and _SLUG.match(item) for item in value)
    if not good:
        raise RuleError(f"{where}: platforms must be a list of platform slugs such as cisco_ios, is {_show(value)}")
    return tuple(cast(list[str], value))


def _references(value: object, where: str) -> tuple[str, ...]:
    texts: Any = [] if value is None else value
    good = isinstance(texts, list) and len(texts) <= MAX_REFERENCES
    if not good or not all(isinstance(one, str) and 0 < len(one.strip()) <= MAX_REFERENCE_LENGTH for one in texts):
        raise RuleError(
            f"{where}: references must be a list of up to {MAX_REFERENCES} texts of up to {MAX_REFERENCE_LENGTH} "
            f"characters, is {_show(value)}"
        )
    return tuple(one.strip() for one in texts)


def _refuse_twins(entries: tuple[RuleEntry, ...], source: str) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.rule.id in seen:
            raise RuleError(f"{source}: rule {entry.rule.id}: the id is used twice")
        seen.add(entry.rule.id)


def _name(item: object, number: int) -> str:
    name = item.get("id") if isinstance(item, Mapping) else None
    return name[:64] if isinstance(name, str) else f"number {number}"


def _show(value: object) -> str:
    try:
        shown = repr(value)
    except RecursionError:
        shown = "a value that contains itself"
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


class _UniqueKeyLoader(yaml.SafeLoader):
    """A SafeLoader that refuses a mapping with the same key twice: the first would silently be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twin = next((key for key in keys if keys.count(key) > 1), None)
        if twin is not None:
            raise ValueError(f"the key {_show(twin)} is there twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, which people can edit."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text_node)
