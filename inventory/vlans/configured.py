"""What a configuration says of VLANs, whatever its form. Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PortConfig:
    """`mode` as configured, empty where the configuration does not say: then the device's tables or `otherwise` do.

    `shared`: several ports get it from one place.
    """

    mode: str = ""  # access, trunk, dynamic, routed, or a word of the vendor's for what we leave alone
    access: int = 1
    native: int = 1
    allowed: frozenset[int] | None = None
    otherwise: str = "routed"
    shared: bool = False


@dataclass(slots=True)
class Configured:
    """`members`: port -> its link aggregation; `svis`: addresses of routed VLANs; `routed`: of other interfaces.

    `elsewhere`: routed VLAN -> why it is given no address; `taken`: names that belong to no VLAN with an id.
    """

    vlans: dict[int, str] = field(default_factory=dict)
    ports: dict[str, PortConfig] = field(default_factory=dict)
    svis: dict[int, tuple[str, ...]] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    routed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: dict[int, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
