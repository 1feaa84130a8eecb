"""What a simulated device is at this moment. Every answer (CLI, eAPI, SNMP) is rendered from here.

Mutable on purpose: a change typed over SSH changes these objects and so every other view of the device.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

from tests.lab.config import ConfigLines
from tests.lab.hardware import Hardware

if TYPE_CHECKING:
    from tests.lab.snapshot import Snapshot
    from tests.lab.vendors.arista_eos_sessions import Candidate
    from tests.lab.vendors.juniper_junos_candidate import Commit

ALL_VLANS = frozenset(range(1, 4095))


@dataclass(slots=True, eq=False)
class Port:
    """One interface. `speed` in Mbit/s, `mtu` in bytes; `allowed` of a trunk: None means all VLANs."""

    device: "Device" = field(repr=False)
    name: str
    if_index: int
    kind: str  # ethernet, management, vlan, loopback
    mac: str = ""  # aa:bb:cc:dd:ee:ff, empty on a loopback
    speed: int = 1000
    mtu: int = 1500
    description: str = ""
    enabled: bool = True
    wired: bool = False  # something that is no lab device (a PC, a provider) is plugged in and alive
    peer: "Port | None" = field(default=None, repr=False)
    address: IPv4Interface | None = None
    mode: str = ""  # access, trunk, or "" for a routed port
    access_vlan: int = 1
    native_vlan: int = 1
    allowed: frozenset[int] | None = None
    extra: list[str] = field(default_factory=list)  # configuration lines the lab keeps without acting on them

    @property
    def vid(self) -> int:
        """VLAN of an SVI (Vlan99, Vlanif99); 0 for every other port."""
        return int("".join(c for c in self.name if c.isdigit())) if self.kind == "vlan" else 0

    @property
    def up(self) -> bool:
        """Operational state: both ends of a cable enabled, an SVI's VLAN existing."""
        if not self.enabled:
            return False
        if self.kind == "vlan":
            return self.vid in self.device.vlans
        if self.peer is not None:
            return self.peer.enabled
        return self.wired or self.kind in ("loopback", "management")

    @property
    def tagged(self) -> frozenset[int]:
        """Existing VLANs a trunk carries."""
        existing = frozenset(self.device.vlans)
        return existing if self.allowed is None else existing & self.allowed

    @property
    def pvid(self) -> int:
        """VLAN of untagged frames, 0 on a routed port."""
        return {"access": self.access_vlan, "trunk": self.native_vlan}.get(self.mode, 0)


@dataclass(slots=True, eq=False)
class Device:
    """One simulated device and everything it knows about itself."""

    address: str
    hostname: str
    hardware: Hardware
    serial: str
    base_mac: str
    engine_id: bytes
    site: str
    role: str  # core, distribution, access
    domain: str = "lab.example"
    location: str = ""
    contact: str = "noc@lab.example"
    uptime_at_start: int = 0  # seconds
    started: float = field(default_factory=time.monotonic)
    ports: dict[str, Port] = field(default_factory=dict)
    vlans: dict[int, str] = field(default_factory=dict)
    vlan_notes: dict[int, str] = field(default_factory=dict)  # descriptions, where the platform has them beside names
    config: ConfigLines = field(default_factory=ConfigLines)
    startup: str = ""
    saved: "Snapshot | None" = None  # what a reboot leads back to
    files: "dict[str, Snapshot]" = field(default_factory=dict)  # configurations kept beside the startup configuration
    candidates: "dict[str, Candidate]" = field(default_factory=dict)  # open configuration sessions by name
    commits: "list[Commit]" = field(default_factory=list)  # Junos: newest first
    version: int = 0  # grows with every change, so that rendered tables know when they are old
    applied: list[str] = field(default_factory=list)  # lines that changed the configuration, in order: "vlan10: name X"
    typed: list[str] = field(default_factory=list)  # every line of configuration that arrived, refused ones included
    configured: int = 0  # sessions that entered configuration mode
    logins: int = 0
    logins_now: int = 0
    logins_most: int = 0  # the most at the same time

    @property
    def platform(self) -> str:
        return self.hardware.platform

    @property
    def uptime(self) -> float:
        """Seconds since the simulated boot."""
        return self.uptime_at_start + time.monotonic() - self.started

    @property
    def system_name(self) -> str:
        """What SNMP, LLDP and CDP say: IOS appends the domain, the others do not."""
        return f"{self.hostname}.{self.domain}" if self.platform == "cisco_ios" and self.domain else self.hostname

    def touch(self) -> None:
        """Note that something changed."""
        self.version += 1

    def of_kind(self, *kinds: str) -> list[Port]:
        """Ports of these kinds in ifIndex order."""
        return sorted((p for p in self.ports.values() if p.kind in kinds), key=lambda p: p.if_index)

    def logged_in(self) -> None:
        """Count a login."""
        self.logins += 1
        self.logins_now += 1
        self.logins_most = max(self.logins_most, self.logins_now)

    def logged_out(self) -> None:
        """Count its end."""
        self.logins_now -= 1

    @property
    def sorted_ports(self) -> list[Port]:
        return sorted(self.ports.values(), key=lambda p: p.if_index)

    def lldp_ports(self) -> Iterator[Port]:
        """Ports with a living lab device at the other end."""
        return (p for p in self.sorted_ports if p.peer is not None and p.up)

    def cdp_ports(self) -> Iterator[Port]:
        """The same where both ends speak CDP."""
        return (p for p in self.lldp_ports() if speaks_cdp(self) and p.peer and speaks_cdp(p.peer.device))

    def members(self, vid: int) -> list[Port]:
        """Access ports of a VLAN."""
        return [p for p in self.of_kind("ethernet") if p.mode == "access" and p.access_vlan == vid]


def speaks_cdp(device: Device) -> bool:
    """Only Cisco's own systems send CDP here."""
    return device.platform.startswith("cisco_")


@dataclass(frozen=True, slots=True)
class Link:
    """A cable, as the topology made it."""

    a_device: str
    a_port: str
    b_device: str
    b_port: str
