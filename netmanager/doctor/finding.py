"""One finding, and how a check that broke becomes one."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: `warn` works today, `fail` does not work."""

    PASS = "pass"  # noqa: S105  no password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `sentence` ends with the cure unless all is well."""

    check: str
    level: Level
    sentence: str


Check = Callable[[], Finding]


def found(check: Check) -> Finding:
    """The check's finding, also when it broke: its type only, for messages of drivers may hold a password."""
    try:
        return check()
    except Exception as error:
        cure = "See its server's log and runbook/en/troubleshooting.md."
        return Finding(check.__name__, Level.FAIL, f"The check failed ({type(error).__name__}). {cure}")


def passed(check: str, sentence: str) -> Finding:
    """All is well."""
    return Finding(check, Level.PASS, sentence)


def warned(check: str, sentence: str) -> Finding:
    """It works, and will hurt."""
    return Finding(check, Level.WARN, sentence)


def failed(check: str, sentence: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.FAIL, sentence)
