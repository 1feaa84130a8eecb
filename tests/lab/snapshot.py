"""A device's whole configuration at one moment: to compare, to put back, to work on a copy of."""

import time
from dataclasses import dataclass, replace
from ipaddress import IPv4Interface

from tests.lab.config import ConfigLines
from tests.lab.state import Device, Port


@dataclass(frozen=True, slots=True)
class PortConfig:
    """What is configured on one port; the fields mean what they mean on Port."""

    if_index: int
    kind: str
    mac: str
    description: str
    enabled: bool
    mtu: int
    address: IPv4Interface | None
    mode: str
    access_vlan: int
    native_vlan: int
    allowed: frozenset[int] | None
    extra: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Equal snapshots are equal configurations."""

    hostname: str
    vlans: tuple[tuple[int, str], ...]
    notes: tuple[tuple[int, str], ...]
    blocks: tuple[tuple[str, tuple[str, ...]], ...]
    ports: tuple[tuple[str, PortConfig], ...]


def take(device: Device) -> Snapshot:
    """The configuration as it is now."""
    return Snapshot(
        device.hostname,
        tuple(sorted(device.vlans.items())),
        tuple(sorted(device.vlan_notes.items())),
        tuple((header, tuple(lines)) for header, lines in device.config.blocks.items() if header[:9] != "hostname "),
        tuple((name, _port_config(port)) for name, port in device.ports.items()),
    )


def restore(device: Device, snapshot: Snapshot) -> None:
    """Put the configuration back. Ports that are in both stay the same objects, with their cables."""
    device.hostname = snapshot.hostname
    device.vlans = dict(snapshot.vlans)
    device.vlan_notes = dict(snapshot.notes)
    device.config.blocks = {header: list(lines) for header, lines in snapshot.blocks}
    wanted = dict(snapshot.ports)
    for name in [name for name in device.ports if name not in wanted]:
        del device.ports[name]
    for name, config in wanted.items():
        port = device.ports.get(name) or Port(device, name, config.if_index, config.kind, config.mac)
        device.ports[name] = port
        port.description, port.enabled, port.mtu, port.address = (
            config.description,
            config.enabled,
            config.mtu,
            config.address,
        )
        port.mode, port.access_vlan, port.native_vlan, port.allowed = (
            config.mode,
            config.access_vlan,
            config.native_vlan,
            config.allowed,
        )
        port.extra = list(config.extra)
    device.touch()


def reboot(device: Device) -> None:
    """Start again from the saved configuration."""
    for candidate in device.candidates.values():
        candidate.forget()
    device.candidates.clear()
    if device.saved is not None:
        restore(device, device.saved)
    device.uptime_at_start, device.started = 0, time.monotonic()


def copy(device: Device) -> Device:
    """A device of the same configuration that nobody sees: what is typed into it has no effect."""
    twin = replace(
        device, ports={}, vlans={}, vlan_notes={}, config=ConfigLines(), applied=[], typed=[], candidates={}, commits=[]
    )
    for name, port in device.ports.items():
        twin.ports[name] = replace(port, device=twin, extra=list(port.extra))
    restore(twin, take(device))
    return twin


def _port_config(port: Port) -> PortConfig:
    return PortConfig(
        port.if_index,
        port.kind,
        port.mac,
        port.description,
        port.enabled,
        port.mtu,
        port.address,
        port.mode,
        port.access_vlan,
        port.native_vlan,
        port.allowed,
        tuple(port.extra),
    )
