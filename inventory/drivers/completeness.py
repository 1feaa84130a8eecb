"""A configuration is handed on only when it is whole. No Django."""

from inventory.drivers.base import Target
from inventory.drivers.faults import sentence
from inventory.errors import CommandRejected, IncompleteConfig
from inventory.parsing.rejection import refused_command, unknown_command


def complete_config(target: Target, text: str) -> str:
    """The text itself; raises CommandRejected when it is an error, IncompleteConfig when it ends too early."""
    record = target.platform.running_config
    if record is None:
        return text
    if refused_command(text) or unknown_command(text):
        raise CommandRejected(
            sentence(
                target,
                f"does not let {target.username} enter '{record.command}': check the user's privileges or the platform",
            )
        )
    if not text.strip():
        raise IncompleteConfig(sentence(target, f"answered '{record.command}' with nothing: the old backup is kept."))
    if record.end_marker and not record.end_marker.search(_last_line(text)):
        raise IncompleteConfig(
            sentence(
                target,
                f"broke off its configuration after {text.count(chr(10))} lines, without its end marker: "
                "the old backup is kept.",
            )
        )
    return text


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()
