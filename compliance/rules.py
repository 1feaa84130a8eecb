"""What a compliance rule is. Pure; `rulebook.py` reads rules from YAML, `engine.py` applies them.

A check is one small frozen class a kind. Patterns are compiled with MULTILINE, so `^` is the start of a line and
a line that belongs to a section keeps its indentation: `^ntp server` finds the global command only.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from regex import Pattern

Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)

# How much a rule counts in the score of a device; info is advice and counts nothing.
SEVERITY_WEIGHT: Final[dict[str, int]] = {"critical": 10, "high": 5, "medium": 3, "low": 1, "info": 0}


@dataclass(frozen=True, slots=True)
class Contains:
    """The exact line is there, at the outermost level (inside `each_section`: directly in the section)."""

    line: str


@dataclass(frozen=True, slots=True)
class NotContains:
    line: str


@dataclass(frozen=True, slots=True)
class Matches:
    pattern: Pattern[str]


@dataclass(frozen=True, slots=True)
class NotMatches:
    """No line matches; every line that does is evidence."""

    pattern: Pattern[str]


@dataclass(frozen=True, slots=True)
class VersionAtLeast:
    """The operating system is this version or newer; unknown where the version is not known."""

    version: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnsupportedVersions:
    """The operating system is none of these releases, each told by the numbers its version begins with."""

    versions: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line matches each pattern, the first of each pattern behind the first of the pattern before."""

    patterns: tuple[Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class InRange:
    """Group 1 of every match is a whole number between the bounds, which count as inside.

    `if_none` is the verdict when no line matches.
    """

    pattern: Pattern[str]
    low: int | None
    high: int | None
    if_none: Literal["pass", "fail"] = "fail"


@dataclass(frozen=True, slots=True)
class Vlans:
    """Group 1 of the matches lists VLANs, together all that must be there, none that must not, only those that may.

    `if_none` is the verdict when no line matches.
    """

    pattern: Pattern[str]
    must: frozenset[int] = frozenset()
    must_not: frozenset[int] = frozenset()
    only: frozenset[int] | None = None
    if_none: Literal["pass", "fail"] = "fail"


@dataclass(frozen=True, slots=True)
class EachSection:
    """Every section whose header matches fulfils the check, but for the excepted ones.

    `if_none` is the verdict when there is no such section at all.
    """

    header: Pattern[str]
    check: "Check"
    exceptions: tuple[Pattern[str], ...] = ()  # over header and body: a section that matches one is left out
    if_none: Literal["pass", "fail"] = "pass"


@dataclass(frozen=True, slots=True)
class AbsentSection:
    header: Pattern[str]


@dataclass(frozen=True, slots=True)
class AnyOf:
    checks: tuple["Check", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    checks: tuple["Check", ...]


Check: TypeAlias = (
    Contains
    | NotContains
    | Matches
    | NotMatches
    | Ordered
    | InRange
    | Vlans
    | VersionAtLeast
    | UnsupportedVersions
    | EachSection
    | AbsentSection
    | AnyOf
    | AllOf
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand on a configuration."""

    id: str
    title: str
    severity: Severity
    platforms: tuple[str, ...]  # platform slugs it was written for
    check: Check
    rationale: str = ""
    remediation: tuple[str, ...] = ()  # configuration lines, proposed to the operator
    references: tuple[str, ...] = ()  # public controls that it serves, e.g. NIST 800-53 AC-17(2)


class RuleError(ValueError):
    """A rule is wrong; the message names file, rule and field, and what is accepted."""
