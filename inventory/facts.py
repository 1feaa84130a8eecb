"""What a device told us, whichever way we asked. Pure.

Every reader (SNMP, NAPALM, netmiko, eAPI) answers with these; every verb stores these.
`None` means "was not read: keep what is known"; an empty tuple means "was read, there is none".
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Who the device is. Empty text: the device did not say."""

    hostname: str = ""
    vendor: str = ""
    model: str = ""
    os_version: str = ""
    serial: str = ""
    uptime_seconds: int | None = None
    sys_descr: str = ""
    sys_object_id: str = ""
    sys_location: str = ""
    sys_contact: str = ""
    snmp_engine_id: str = ""  # lower-case hexadecimal, no separators
    chassis_mac: str = ""  # aa:bb:cc:dd:ee:ff


@dataclass(frozen=True, slots=True)
class InterfaceFact:
    name: str
    if_index: int | None = None
    description: str = ""  # ifAlias, what the engineer typed
    type: str = ""  # IANA ifType name, e.g. ethernetCsmacd, softwareLoopback, l3ipvlan
    enabled: bool | None = None  # administrative state
    up: bool | None = None  # operational state
    mac_address: str = ""  # aa:bb:cc:dd:ee:ff
    mtu: int | None = None  # bytes
    speed_kbps: int | None = None
    addresses: tuple[str, ...] = ()  # with prefix length: "10.0.0.1/24"
    vrf: str = ""
    mode: str = ""  # "", access, tagged (trunk with a list), tagged-all
    untagged_vlan: int | None = None  # access VLAN, or native VLAN of a trunk
    tagged_vlans: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VlanFact:
    vid: int  # 1 to 4094
    name: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class NeighbourFact:
    """One LLDP or CDP neighbour as seen on one local interface."""

    protocol: str  # lldp, cdp
    local_interface: str
    remote_name: str = ""
    remote_chassis_id: str = ""  # MAC aa:bb:.. when it is one, else as told
    remote_port: str = ""  # the remote interface's name where told, else its id
    remote_port_description: str = ""
    remote_address: str = ""  # management address
    remote_description: str = ""  # sysDescr or CDP platform
    capabilities: tuple[str, ...] = ()  # lower case: bridge, router, wlan-access-point, telephone, station-only, other


@dataclass(frozen=True, slots=True)
class ComponentFact:
    """A physical part (ENTITY-MIB entPhysicalTable or `show inventory`)."""

    name: str
    kind: str = ""  # chassis, module, power-supply, fan, transceiver, stack, other
    model: str = ""
    serial: str = ""
    description: str = ""
    hardware_revision: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one reading found. A part that is None was not read."""

    system: SystemFacts | None = None
    interfaces: tuple[InterfaceFact, ...] | None = None
    vlans: tuple[VlanFact, ...] | None = None
    neighbours: tuple[NeighbourFact, ...] | None = None
    components: tuple[ComponentFact, ...] | None = None
    problems: tuple[str, ...] = field(default=())  # sentences: what could not be read and why
