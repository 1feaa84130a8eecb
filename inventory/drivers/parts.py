"""Parts of a reading that may be missing without harm. No Django."""

from collections.abc import Callable
from typing import TypeVar

from inventory.errors import CommandRejected, IncompleteConfig, Unsupported
from inventory.parsing.dialect import ConfigInterface, Dialect

T = TypeVar("T")


def optional(read: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
    """What was read; nothing where the device does not know the command or refuses it."""
    try:
        return read()
    except (CommandRejected, Unsupported):
        return ()


def config_interfaces(dialect: Dialect, running_config: Callable[[], str]) -> tuple[ConfigInterface, ...]:
    """Interfaces as the running configuration tells them; raises IncompleteConfig."""
    reader = dialect.config_interfaces
    if reader is None:
        return ()
    try:
        return optional(lambda: reader(running_config()))
    except IncompleteConfig as error:
        # Half a configuration would take addresses away from interfaces that still have them.
        raise IncompleteConfig(f"{error} Interfaces were not read either.") from None
