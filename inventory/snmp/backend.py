"""What the client wants of an SNMP library: one request at a time, its answers and three ways to fail."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from inventory.snmp.values import Value


class Refused(Exception):
    """The agent does not accept the user or the key."""


class Garbled(Exception):
    """The answer cannot be read; the library's words say why."""


class Backend(Protocol):
    """A conversation with one agent. Every method raises TimeoutError, Refused or Garbled only."""

    @property
    def engine_known(self) -> bool:
        """Whether an SNMP v3 agent has said its engine id, so that it is there, whatever it keeps silent about."""
        ...

    async def open(self) -> None:
        """What has to be said first (SNMP v3 engine discovery); may be called again after a TimeoutError."""
        ...

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """One packet. Objects the agent does not have are left out; all of them when it says tooBig."""
        ...

    def table(self, oid: str, repetitions: int) -> AsyncIterator[tuple[str, Value]]:
        """Everything below an OID, `repetitions` a packet. After a TimeoutError the iteration may be continued."""
        ...
