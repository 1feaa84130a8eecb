"""A configuration is handed on only when its end was seen. No Django.

`parsing/config_text.check_complete` looks closer before a backup is stored; it normalises the text, which costs more
than all the reading, so it is not done twice.
"""

from inventory.drivers.base import Target
from inventory.drivers.faults import sentence
from inventory.errors import CommandRejected, IncompleteConfig, Unsupported
from inventory.parsing.rejection import refused_command, unknown_command
from inventory.platforms import StartupConfig

EDGE = 10  # lines in which a device says that there is nothing


def startup_record(target: Target) -> StartupConfig:
    """How the device is asked what it would start with; raises Unsupported."""
    record = target.platform.startup_config
    if record is None:
        raise Unsupported(sentence(target, f"is not asked what it would start with ({target.platform.slug})"))
    return record


def saved_config(target: Target, record: StartupConfig, text: str) -> str:
    """The text itself, "" where the device says that nothing is saved; raises as `complete_config`."""
    if any(pattern.search(line) for pattern in record.nothing for line in text.splitlines()[:EDGE]):
        return ""
    return complete_config(target, text, record.command)


def complete_config(target: Target, text: str, command: str = "") -> str:
    """The text itself; raises CommandRejected when the command was refused, IncompleteConfig when it is not whole."""
    record = target.platform.running_config
    if record is None:
        return text
    command = command or record.command
    if refused_command(text) or unknown_command(text):
        raise CommandRejected(
            sentence(
                target,
                f"does not let {target.username} enter '{command}': check the user's privileges or the platform",
            )
        )
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]  # an indented brace ends nothing
    if not lines:
        raise IncompleteConfig(sentence(target, f"answered '{command}' with nothing. The old backup is kept."))
    if record.end_marker and not record.end_marker.search(lines[-1]):
        raise IncompleteConfig(
            sentence(
                target,
                f"broke off its configuration after {len(lines)} lines, with no end marker. The old backup is kept.",
            )
        )
    return text
