"""A secret value that can be carried around without leaking. Pure: no Django, see `fields.py` for storage."""

from typing import Any, NoReturn

MASK = "********"


class SecretUnreadable(Exception):
    """A stored secret cannot be decrypted with the keys this process has.

    The message names model, field and row, never the stored value.
    """


class Secret:
    """A text that shows itself only through `reveal()`.

    `repr`, `str`, `format`, pickling and JSON never contain the value.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The plain value. Call it at the last moment, next to the library that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK if self else ""

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: pass the id of the row that holds it")

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self
