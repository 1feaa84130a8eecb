"""Parts of sentences for operators. Pure."""

from collections.abc import Iterable


def first_few(names: Iterable[object], most: int) -> str:
    """The first `most` of the names, and how many more there are.

    >>> first_few(["a", "b", "c"], 2), first_few(["a"], 2)
    ('a, b and 1 more', 'a')
    """
    told = [str(name) for name in names]
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return f"{', '.join(told[:most])}{more}"


def sentences(*parts: str) -> str:
    """One text of several sentences; an empty one is left out.

    >>> sentences("It is down", "", "Look at it.")
    'It is down. Look at it.'
    """
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
