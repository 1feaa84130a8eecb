"""What a VLAN deployment knows: what is asked for, what a switch is like now, what would be entered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

DEFAULT_VLAN = 1  # every switch has it on every port
ALL = "all"  # in `trunks`: every port that is a trunk already


@dataclass(frozen=True, slots=True)
class WantedVlan:
    """`address`: of the VLAN's routed interface, "10.1.10.1/24", or empty. `access_ports`: its untagged ports."""

    vid: int
    name: str = ""
    address: str = ""
    access_ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VlanRequest:
    """VLANs that shall exist, and the trunks that shall carry all of them.

    Ports are names in any usual form ("Gi1/0/1"), patterns ("GigabitEthernet1/0/*") or, for trunks, ALL.
    """

    vlans: tuple[WantedVlan, ...]
    trunks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortState:
    """A port's layer 2 side as configured. `allowed` None: the trunk carries every VLAN.

    `negotiated`: it has no fixed mode and is a trunk at the moment. `shared`: its VLANs are configured elsewhere, for
    several ports at once (an interface range, a group, a template, a profile), so that it is not changed by itself.
    """

    name: str
    mode: str  # access, trunk, dynamic (would negotiate), routed (no layer 2)
    access_vlan: int = 1
    native_vlan: int = 1
    allowed: frozenset[int] | None = frozenset()
    up: bool | None = None
    negotiated: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class SwitchState:
    """VLANs by id with their names ("" where the device shows none), ports by name, addresses of routed VLANs.

    Members of a link aggregation are no ports of their own: what is done to the aggregation is done to them.
    `elsewhere`: why a routed VLAN is given no address. `taken`: names that belong to no VLAN with an id of its own.
    """

    vlans: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    ports: Mapping[str, PortState] = field(default_factory=lambda: MappingProxyType({}))
    svis: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    members: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # port -> its link aggregation
    routed: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))  # other addresses
    elsewhere: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Protected:
    """What a deployment must leave alone on this device."""

    management_vlan: int | None = None
    ports: frozenset[str] = frozenset()  # marked by an operator, or carrying our own session


@dataclass(frozen=True, slots=True)
class VlanPlan:
    """`commands` lead from the present state to `predicted`. `refusals`: sentences; with any, nothing may be entered.

    `diff` shows the change as configuration lines with a leading "+", "-" or blank, for people.
    """

    commands: tuple[str, ...]
    predicted: SwitchState
    diff: str = ""
    refusals: tuple[str, ...] = ()
