"""Which ports a name or a pattern means. Pure."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from inventory.parsing.names import canonical_interface


def ports_of(text: str, names: Iterable[str]) -> list[str]:
    """The ports that a name in any usual form, or a pattern with "*", means.

    >>> ports_of("gi1/0/*", ["GigabitEthernet1/0/1", "GigabitEthernet2/0/1"])
    ['GigabitEthernet1/0/1']
    """
    patterns = {_pattern(canonical_interface(text)), _pattern(canonical_interface(text[:1].upper() + text[1:]))}
    return [name for name in names if any(fnmatchcase(name.lower(), pattern) for pattern in patterns)]


def _pattern(name: str) -> str:
    """Only "*" is special."""
    return name.lower().replace("[", "[[]").replace("?", "[?]")
