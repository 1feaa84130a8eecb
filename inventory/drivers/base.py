"""The contract of the only door to a device's management plane. No Django."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from inventory.drivers.host_key import OfferedKey
from inventory.errors import (
    AuthenticationFailed,
    CommandRejected,
    DeviceError,
    IncompleteConfig,
    Locked,
    SessionLost,
    Stopped,
    Unreachable,
    Unsupported,
)
from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, SystemFacts, VlanFact
from inventory.platforms import Platform
from inventory.secrets import Secret

__all__ = [
    "AuthenticationFailed",
    "CommandRejected",
    "DeviceError",
    "Driver",
    "IncompleteConfig",
    "Locked",
    "SessionLost",
    "Stopped",
    "Target",
    "Unreachable",
    "Unsupported",
]


def never() -> bool:
    """Nobody wants this to stop."""
    return False


def nothing() -> None:
    """What is done before a line when nobody asks for anything."""


def unasked(_key: OfferedKey) -> None:
    """What is done with a host key when nobody asks for it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how to log in. Timeouts in seconds."""

    name: str
    address: str
    platform: Platform
    username: str
    password: Secret = field(default_factory=lambda: Secret(""))
    enable_password: Secret = field(default_factory=lambda: Secret(""))
    private_key: Secret = field(default_factory=lambda: Secret(""))
    passphrase: Secret = field(default_factory=lambda: Secret(""))
    port: int = 22
    api_port: int | None = None  # eAPI or NETCONF port where it is not the platform's default
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    host_key_type: str = ""  # asked for first, where the device is known by a key of this type
    on_host_key: Callable[[OfferedKey], object] = unasked  # after each SSH login; what it raises ends the session
    stopped: Callable[[], bool] = never  # asked while the device is waited for; the session then ends with Stopped


class Driver(Protocol):
    """One open session with one device. Every method raises only DeviceError."""

    def system(self) -> SystemFacts: ...

    def interfaces(self) -> tuple[InterfaceFact, ...]: ...

    def vlans(self) -> tuple[VlanFact, ...]: ...

    def neighbours(self) -> tuple[NeighbourFact, ...]: ...

    def components(self) -> tuple[ComponentFact, ...]: ...

    def running_config(self) -> str:
        """The running configuration as the device printed it, complete (end marker seen)."""
        ...

    def startup_config(self) -> str:
        """What the device would start with, "" where nothing is saved; raises Unsupported where it is not asked."""
        ...

    def compare(self, commands: tuple[str, ...]) -> str:
        """What the device itself says these commands would change; raises Unsupported where it cannot say."""
        ...

    def apply(self, commands: tuple[str, ...], before_line: Callable[[], None] = nothing) -> str:
        """Enter the commands; returns the device's transcript, without secrets.

        `before_line` is called before each step that changes the device, and what it raises ends the work. Raises
        Locked when nothing was changed because somebody else holds the configuration, CommandRejected naming the
        refused line. Once the first line is entered `Target.stopped` is not asked any more in this session.
        """
        ...

    def pending(self) -> bool:
        """Whether a change waits for `confirm`, else the device undoes it by itself; also one of an earlier session."""
        ...

    def confirm(self) -> None:
        """Make what was applied permanent (commit confirm, write memory); raises CommandRejected when it is not."""
        ...

    def rollback(self) -> None:
        """Undo what was applied and not confirmed; raises Unsupported where the device cannot."""
        ...

    def close(self) -> None: ...
