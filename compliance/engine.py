"""Rules against a configuration: verdicts with the lines that show why. Pure.

Twenty times faster than object models of configurations because the text is split once and searched in C. Patterns
come from operators, so every search has a time limit and a rule that passes it ends as unknown.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise

import regex
from regex import Pattern

from compliance.parsed_config import ParsedConfig
from compliance.rules import (
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
    UnsupportedVersions,
    VersionAtLeast,
    Vlans,
)
from compliance.scope import Evidence, Scope, State, Verdict, first_visible, printable
from compliance.sections import Section, Sections
from compliance.vlans import judge_vlans

RULE_SECONDS = 0.9  # so that the rule is done with within a second
MAX_EVIDENCE = 20
SHOWN_WHEN_PASSED = 3
MAX_DIGITS = 18  # of a number in a configuration; a longer one is none


@dataclass(frozen=True, slots=True)
class RuleResult:
    rule_id: str
    state: State
    evidence: tuple[Evidence, ...]
    message: str


def evaluate(config: ParsedConfig, rules: Iterable[Rule]) -> tuple[RuleResult, ...]:
    """Judge a configuration by each rule, in their order.

    A rule that was not written for the platform, a configuration with a problem and a pattern that takes longer
    than `RULE_SECONDS` give unknown with the reason: never pass.
    """
    return tuple(_judge(config, rule) for rule in rules)


def undecided(rules: Iterable[Rule], reason: str) -> tuple[RuleResult, ...]:
    """Every rule unknown for one reason, e.g. because there is no configuration."""
    return tuple(RuleResult(rule.id, "unknown", (), reason) for rule in rules)


def _judge(config: ParsedConfig, rule: Rule) -> RuleResult:
    if config.platform not in rule.platforms:
        reason = f"the rule is for {', '.join(rule.platforms)}, not for {config.platform or 'an unknown platform'}"
        return RuleResult(rule.id, "unknown", (), reason)
    if config.problem:
        return RuleResult(rule.id, "unknown", (), config.problem)
    try:
        verdict = _check(rule.check, Scope(config, time.monotonic() + RULE_SECONDS))
    except TimeoutError:
        message = f"a regular expression of the rule took longer than {RULE_SECONDS:g} s on this configuration"
        return RuleResult(rule.id, "unknown", (), message)
    except (MemoryError, RecursionError, RuntimeError, regex.error) as error:
        # What a matcher may come to on patterns and texts nobody foresaw; the other rules go on.
        message = f"the rule could not be decided on this configuration ({type(error).__name__})"
        return RuleResult(rule.id, "unknown", (), message)
    return RuleResult(rule.id, verdict.state, verdict.evidence[:MAX_EVIDENCE], verdict.message)


def _check(check: Check, scope: Scope) -> Verdict:
    match check:
        case Contains(line):
            return _contains(line, scope)
        case NotContains(line):
            return _not_contains(line, scope)
        case Matches(pattern):
            return _matches(pattern, scope)
        case NotMatches(pattern):
            return _not_matches(pattern, scope)
        case EachSection():
            return _each_section(check, scope)
        case AbsentSection(header):
            return _absent_section(header, scope)
        case Ordered(patterns):
            return _ordered(patterns, scope)
        case InRange():
            return _in_range(check, scope)
        case Vlans():
            return judge_vlans(check, scope)
        case VersionAtLeast(version):
            return _version_at_least(version, scope.config.os_version)
        case UnsupportedVersions(versions):
            return _unsupported(versions, scope.config.os_version)
        case AnyOf(checks):
            return _any_of(checks, scope)
        case AllOf(checks):
            return _all_of(checks, scope)


def _contains(line: str, scope: Scope) -> Verdict:
    offset = scope.find_line(line)
    if offset < 0:
        return Verdict("fail", f"{scope.prefix}“{line}” is missing")
    return Verdict("pass", f"{scope.prefix}“{line}” is there", (scope.evidence(offset),))


def _not_contains(line: str, scope: Scope) -> Verdict:
    offset = scope.find_line(line)
    if offset < 0:
        return Verdict("pass", f"{scope.prefix}“{line}” is not there")
    return Verdict("fail", f"{scope.prefix}“{line}” must not be there", (scope.evidence(offset),))


def _matches(pattern: Pattern[str], scope: Scope) -> Verdict:
    offset = scope.find_match(pattern)
    if offset < 0:
        return Verdict("fail", f"{scope.prefix}no line matches {pattern.pattern}")
    return Verdict("pass", f"{scope.prefix}a line matches {pattern.pattern}", (scope.evidence(offset),))


def _not_matches(pattern: Pattern[str], scope: Scope) -> Verdict:
    if scope.find_match(pattern) >= 0:
        found = islice(scope.matches(pattern), MAX_EVIDENCE)
        evidence = tuple(dict.fromkeys(scope.evidence(first_visible(match)) for match in found))
        first = evidence[0]
        return Verdict("fail", f"{scope.prefix}line {first.line_number}, “{first.text}”, must not be there", evidence)
    return Verdict("pass", f"{scope.prefix}no line matches {pattern.pattern}")


def _each_section(check: EachSection, scope: Scope) -> Verdict:
    sections = scope.config.sections.with_header(check.header, scope.seconds_left())
    if check.exceptions:
        sections = sections.where(lambda section: not _excepted(section, check, scope))
    if not len(sections):
        return Verdict(check.if_none, f"there is no section {_plain(check.header)}")
    failed, unknown = [], []
    for section in _not_plainly_right(check.check, sections, scope):
        scope.seconds_left()
        verdict = _check(check.check, Scope(scope.config, scope.deadline, section))
        if verdict.state == "fail":
            failed.append((section, verdict))
        elif verdict.state == "unknown":
            unknown.append(verdict)
    if failed:
        return _sections_failed(failed, len(sections), scope)
    if unknown:
        return unknown[0]
    headers = tuple(_header_evidence(section, scope) for section in sections.first(SHOWN_WHEN_PASSED))
    return Verdict("pass", f"all {len(sections)} sections {_plain(check.header)} are as demanded", headers)


def _not_plainly_right(check: Check, sections: Sections, scope: Scope) -> Iterable[Section]:
    """The sections worth a closer look: explaining hundreds of interfaces that pass would take most of the time."""
    match check:
        case Contains(line):
            return (section for section in sections if section.find_line(line) < 0)
        case NotContains(line):
            return (section for section in sections if section.find_line(line) >= 0)
        case Matches(pattern) | NotMatches(pattern):
            matching = sections.matching(pattern, scope.seconds_left())
            if matching is not None:
                return sections.but(matching) if isinstance(check, Matches) else sections.only(matching)
    return sections


def _sections_failed(failed: list[tuple[Section, Verdict]], total: int, scope: Scope) -> Verdict:
    evidence: list[Evidence] = []
    for section, verdict in failed[:MAX_EVIDENCE]:
        evidence += verdict.evidence or (_header_evidence(section, scope),)
    message = failed[0][1].message
    if len(failed) > 1:
        message += f"; {len(failed)} of {total} sections fail"
    return Verdict("fail", message, tuple(evidence))


def _absent_section(header: Pattern[str], scope: Scope) -> Verdict:
    found = list(scope.config.sections.with_header(header, scope.seconds_left()).first(MAX_EVIDENCE))
    if not found:
        return Verdict("pass", f"there is no section {_plain(header)}")
    evidence = tuple(_header_evidence(section, scope) for section in found)
    return Verdict("fail", f"the section “{printable(found[0].header)}” must not be there", evidence)


def _ordered(patterns: tuple[Pattern[str], ...], scope: Scope) -> Verdict:
    offsets = []
    for pattern in patterns:
        offset = scope.search(pattern)
        if offset < 0:
            return Verdict("fail", f"{scope.prefix}no line matches {pattern.pattern}")
        offsets.append(offset)
    for (first, second), wanted in zip(pairwise(offsets), pairwise(patterns), strict=True):
        if first > second:
            late, early = scope.evidence(first), scope.evidence(second)
            found = f"line {early.line_number}, “{early.text}”, stands before line {late.line_number}, “{late.text}”"
            order = " before ".join(pattern.pattern for pattern in wanted)
            return Verdict("fail", f"{scope.prefix}{found}, the order must be {order}", (early, late))
    evidence = tuple(scope.evidence(offset) for offset in offsets[:SHOWN_WHEN_PASSED])
    return Verdict("pass", f"{scope.prefix}the lines are there, in order", evidence)


def _in_range(check: InRange, scope: Scope) -> Verdict:
    wanted = _bounds(check)
    inside: list[Evidence] = []
    for found in scope.matches(check.pattern):
        number = _number(found[1])
        wrong = number is None or not _between(number, check)
        if not wrong and len(inside) == SHOWN_WHEN_PASSED:
            continue
        shown = scope.evidence(first_visible(found))
        if wrong:
            told = printable(found[1] or "nothing")
            return Verdict("fail", f"{scope.prefix}{told} in “{shown.text}” is not {wanted}", (shown,))
        inside.append(shown)
    if not inside:
        return Verdict(check.if_none, f"{scope.prefix}no line matches {check.pattern.pattern}")
    return Verdict("pass", f"{scope.prefix}“{inside[0].text}” is {wanted}", tuple(inside))


def _number(text: str | None) -> int | None:
    return int(text) if text and len(text) <= MAX_DIGITS and text.isascii() and text.isdigit() else None


def _between(number: int, check: InRange) -> bool:
    return (check.low is None or number >= check.low) and (check.high is None or number <= check.high)


def _bounds(check: InRange) -> str:
    if check.low is None:
        return f"at most {check.high}"
    return f"at least {check.low}" if check.high is None else f"from {check.low} to {check.high}"


def _unsupported(releases: tuple[tuple[int, ...], ...], version: str) -> Verdict:
    found = _numbers(version)
    if not found:
        return Verdict("unknown", "the version is not known, so not whether it is still supported")
    shown = printable(version)
    for release in releases:
        if found[: len(release)] == release:
            return Verdict("fail", f"version {shown} belongs to the unsupported release {_dotted(release)}")
    return Verdict("pass", f"version {shown} is not among the unsupported releases")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number[:9]) for number in re.findall(r"\d+", version))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)


def _version_at_least(wanted: tuple[int, ...], version: str) -> Verdict:
    found, demand = _numbers(version), _dotted(wanted)
    if not found:
        return Verdict("unknown", f"the version is not known, so not whether it is {demand} or newer")
    shown = printable(version)
    if found[: len(wanted)] >= wanted:
        return Verdict("pass", f"version {shown} is {demand} or newer")
    return Verdict("fail", f"version {shown} is older than {demand}")


def _any_of(checks: tuple[Check, ...], scope: Scope) -> Verdict:
    verdicts = []
    for check in checks:
        verdict = _check(check, scope)
        if verdict.state == "pass":
            return verdict
        verdicts.append(verdict)
    state: State = "unknown" if any(verdict.state == "unknown" for verdict in verdicts) else "fail"
    return Verdict(state, " and ".join(verdict.message for verdict in verdicts), _all_evidence(verdicts))


def _all_of(checks: tuple[Check, ...], scope: Scope) -> Verdict:
    verdicts = [_check(check, scope) for check in checks]
    for state in ("fail", "unknown"):
        against = [verdict for verdict in verdicts if verdict.state == state]
        if against:
            return Verdict(state, "; ".join(verdict.message for verdict in against), _all_evidence(against))
    return Verdict("pass", "; ".join(verdict.message for verdict in verdicts), _all_evidence(verdicts))


def _excepted(section: Section, check: EachSection, scope: Scope) -> bool:
    return any(
        exception.search(f"{section.header}\n{section.body}", timeout=scope.seconds_left())
        for exception in check.exceptions
    )


def _header_evidence(section: Section, scope: Scope) -> Evidence:
    return Evidence(scope.config.line_number(section.offset), printable(section.header))


def _all_evidence(verdicts: list[Verdict]) -> tuple[Evidence, ...]:
    return tuple(evidence for verdict in verdicts for evidence in verdict.evidence)


def _plain(header: Pattern[str]) -> str:
    """A header's pattern as an operator reads it: most are plain words with anchors."""
    return f"“{header.pattern.removeprefix('^').removesuffix('$').strip()}”"
