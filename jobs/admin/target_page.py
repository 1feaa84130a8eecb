"""One target of a job, opened: the commands, the difference and the log."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inventory.display import visible
from inventory.parsing.redaction import redact
from inventory.platforms import Platform, get_platform, platforms
from jobs.models import JobTarget

MOST = 5000  # lines of one text
SIGNS = {"+++": "nm-fold", "---": "nm-fold", "@@ ": "nm-fold"}  # of the head and the places of a unified difference
TONES = {"+": "nm-new", "-": "nm-old"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference; `tone` is the class of its row."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known of a target; texts are redacted and plain."""

    target: JobTarget
    commands_title: str
    commands: list[str]
    diff: list[Line]
    device_diff: list[Line]
    log: list[tuple[str, str]]
    open: bool


def opened(target: JobTarget) -> Opened:
    """The target with its long texts. Redacted once more on the way out: what a device said is shown to everybody."""
    generic = get_platform("generic")
    platform = platforms().get(target.device.platform, generic) if target.device else generic
    commands = commands_of(target)
    done = target.journal is not None or (target.state == JobTarget.State.SUCCESS and target.changed)
    return Opened(
        target,
        _("Commands entered") if done else _("Planned commands"),
        visible(redact("\n".join(commands), platform)).splitlines()[:MOST],
        diff_lines(target.diff, platform),
        diff_lines(told(target.result, "device_diff"), platform),
        [log_line(line) for line in visible(target.log).splitlines()[-MOST:]],
        target.state in JobTarget.OPEN,
    )


def told(stored: Any, name: str) -> str:
    """A text in a stored object; empty where there is none."""
    return str(stored.get(name) or "") if isinstance(stored, dict) else ""


def commands_of(target: JobTarget) -> list[str]:
    """What was, or would be, entered: as begun, as planned, or as the dry run tells."""
    for stored in (target.journal, target.plan, target.result):
        found: Any = stored.get("commands") if isinstance(stored, dict) else None
        if isinstance(found, list | tuple):
            return [str(command) for command in found]
    return []


def diff_lines(text: str, platform: Platform) -> list[Line]:
    """A difference line by line, with the tone of each."""
    shown = visible(redact(text, platform)).splitlines()[:MOST]
    return [Line(line, SIGNS.get(line[:3]) or TONES.get(line[:1], "")) for line in shown]


def log_line(line: str) -> tuple[str, str]:
    """(time, sentence) of a line of the log: "2026-03-01 22:00:00 Planned."."""
    day, _space, rest = line.partition(" ")
    time, _space, sentence = rest.partition(" ")
    return f"{day} {time}", sentence
