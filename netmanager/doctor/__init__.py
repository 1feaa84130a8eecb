"""What `manage.py doctor` looks at: each check is a function that returns a finding with the cure in one sentence."""

from netmanager.doctor.data import DATA
from netmanager.doctor.environment import ENVIRONMENT
from netmanager.doctor.finding import Check, Finding, Level, found
from netmanager.doctor.servers import BROKER, DATABASE, WORKERS, limit_patience
from netmanager.doctor.syslog import SYSLOG

__all__ = ["Finding", "Level", "examine"]


def examine() -> list[Finding]:
    """All checks. What a server that is away would be asked is left out: its own finding says enough."""
    limit_patience()
    findings = [found(check) for check in ENVIRONMENT]
    findings += _behind(DATABASE, (*DATA, *SYSLOG))
    return findings + _behind(BROKER, WORKERS)


def _behind(gate: Check, checks: tuple[Check, ...]) -> list[Finding]:
    first = found(gate)
    return [first] if first.level is Level.FAIL else [first, *(found(check) for check in checks)]
