"""A switch as one session found it: what a change to it is planned from, and what it is verified against."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from inventory.drivers.base import Driver
from inventory.errors import Unsupported
from inventory.facts import InterfaceFact, Snapshot, VlanFact
from inventory.models import Device
from inventory.parsing import config_text
from inventory.platforms import get_platform
from inventory.protection import protected_on
from inventory.record import record
from inventory.vlans import Protected, SwitchState, switch_state

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Present:
    """`config` is the running configuration as the device printed it, with its secrets: never shown, never logged."""

    state: SwitchState
    protected: Protected
    config: str
    vlans: tuple[VlanFact, ...]
    interfaces: tuple[InterfaceFact, ...]
    fingerprint: str

    def __repr__(self) -> str:
        return f"Present({self.fingerprint[:12]})"


def read_present(driver: Driver, device: Device) -> Present:
    """Read VLANs, ports and configuration; raises DeviceError. Asked again after a change, the device answers anew."""
    platform = get_platform(device.platform)
    vlans, interfaces = _told(driver.vlans), _told(driver.interfaces)
    config = driver.running_config()
    state = switch_state(platform, vlans, interfaces, config)
    fingerprint = config_text.fingerprint(config_text.normalise(config, platform))
    return Present(state, protected_on(device, state, interfaces), config, vlans, interfaces, fingerprint)


def keep_facts(device: Device, present: Present) -> None:
    """Let the inventory show the VLANs and ports that were read."""
    record(device, Snapshot(vlans=present.vlans or None, interfaces=present.interfaces or None))


def _told(get: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
    """Nothing where the platform's configuration tells it instead."""
    try:
        return get()
    except Unsupported:
        return ()
