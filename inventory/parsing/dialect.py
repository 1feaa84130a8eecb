"""One platform's way of answering: which pure function reads the text of which purpose. Pure.

The commands themselves stand in the platform record under the same purposes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, SystemFacts, VlanFact


@dataclass(frozen=True, slots=True)
class Switchport:
    """The layer 2 side of one interface; the fields mean what they mean on InterfaceFact."""

    name: str
    mode: str
    untagged_vlan: int | None = None
    tagged_vlans: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigInterface:
    """What only the configuration tells about one interface: VRF, secondary and IPv6 addresses."""

    name: str
    addresses: tuple[str, ...] = ()
    vrf: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A reader per purpose; None where the platform has no such text."""

    version: Callable[[str], SystemFacts] | None = None
    interfaces: Callable[[str], tuple[InterfaceFact, ...]] | None = None
    vlans: Callable[[str], tuple[VlanFact, ...]] | None = None
    switchports: Callable[[str], tuple[Switchport, ...]] | None = None
    config_interfaces: Callable[[str], tuple[ConfigInterface, ...]] | None = None
    lldp: Callable[[str], tuple[NeighbourFact, ...]] | None = None
    cdp: Callable[[str], tuple[NeighbourFact, ...]] | None = None
    inventory: Callable[[str], tuple[ComponentFact, ...]] | None = None
    chassis_serial: bool = False  # the device's serial is its chassis component's, not the one in `version`
    configure: str = ""  # the command that opens configuration mode; empty: the platform is not written to
    leave: str = ""  # the command that leaves it from any depth
    uncommitted: str = ""  # how a prompt begins while lines wait for `commit`; empty: each line is in force at once
    commit: str = ""
    discard: str = ""  # drops the lines that wait
    json: bool = False  # the texts are JSON from an API, and what has no reader here comes from NAPALM
