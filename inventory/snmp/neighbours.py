"""Neighbours from LLDP-MIB and CISCO-CDP-MIB columns. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.facts import NeighbourFact
from inventory.snmp.values import Value, address, bits, mac, number, octets, text

Column = Mapping[tuple[int, ...], Value]

# IEEE 802.1AB-2005, LldpChassisIdSubtype and LldpPortIdSubtype
CHASSIS_MAC, CHASSIS_NETWORK = 4, 5
PORT_ALIAS, PORT_MAC, PORT_NETWORK, PORT_NAME, PORT_LOCAL = 1, 3, 4, 5, 7
# LldpSystemCapabilitiesMap
CAPABILITIES = (
    "other",
    "repeater",
    "bridge",
    "wlan-access-point",
    "router",
    "telephone",
    "docsis-cable-device",
    "station-only",
)
CDP_CAPABILITIES = {
    0x01: "router",
    0x02 | 0x04 | 0x08: "bridge",
    0x10: "station-only",
    0x40: "repeater",
    0x80: "telephone",
}
SERIAL_IN_NAME = re.compile(r"\([^()]*\)$")  # NX-OS puts its serial number behind its name


@dataclass(frozen=True, slots=True)
class LldpColumns:
    """The columns as walked, by time, local port and number; local ports by their number."""

    local_subtype: Column = field(default_factory=dict)
    local_id: Column = field(default_factory=dict)
    local_descr: Column = field(default_factory=dict)
    chassis_subtype: Column = field(default_factory=dict)
    chassis_id: Column = field(default_factory=dict)
    port_subtype: Column = field(default_factory=dict)
    port_id: Column = field(default_factory=dict)
    port_descr: Column = field(default_factory=dict)
    sys_name: Column = field(default_factory=dict)
    sys_descr: Column = field(default_factory=dict)
    supported: Column = field(default_factory=dict)
    enabled: Column = field(default_factory=dict)
    management: Column = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CdpColumns:
    """The columns as walked, by ifIndex and number."""

    device_id: Column = field(default_factory=dict)
    address: Column = field(default_factory=dict)
    port: Column = field(default_factory=dict)
    platform: Column = field(default_factory=dict)
    capabilities: Column = field(default_factory=dict)
    sys_name: Column = field(default_factory=dict)
    management: Column = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LocalPorts:
    """What names the device's own ports: names, descriptions and MACs of interfaces, bridge ports."""

    names: Mapping[int, str]  # ifIndex -> the interface's name
    aliases: Mapping[str, str] = field(default_factory=dict)  # any other word for it (ifName, ifDescr, MAC) -> name
    bridge: Mapping[int, int] = field(default_factory=dict)  # bridge port -> ifIndex


def neighbours(lldp: LldpColumns, cdp: CdpColumns, ports: LocalPorts) -> tuple[NeighbourFact, ...]:
    """LLDP's neighbours, then CDP's, in the order of the tables."""
    return (*_lldp(lldp, ports), *_cdp(cdp, ports))


def chassis_id(subtype: Value, value: Value) -> str:
    """A MAC or a network address as text where the subtype says so, else what was sent."""
    raw = octets(value)
    if number(subtype) == CHASSIS_MAC and len(raw) == 6:
        return mac(raw)
    if number(subtype) == CHASSIS_NETWORK:
        return address(raw[1:])  # the first octet is the IANA address family
    return text(value)


def capabilities(enabled: Value, supported: Value) -> tuple[str, ...]:
    """Names of the enabled capabilities, of the supported ones where none is enabled."""
    found = bits(enabled) or bits(supported)
    return tuple(CAPABILITIES[bit] for bit in found if bit < len(CAPABILITIES))


def remote_port(subtype: Value, value: Value, descr: Value) -> str:
    """The remote interface's name where told, else its id."""
    kind, raw, said = number(subtype), octets(value), text(descr)
    if kind == PORT_MAC and len(raw) == 6:
        return said or mac(raw)
    if kind == PORT_NETWORK:
        return said or address(raw[1:])
    identity = text(value)
    # Some send the ifIndex as a local id and the interface's name as description.
    return said if kind == PORT_LOCAL and identity.isdecimal() and said else identity or said


def _lldp(columns: LldpColumns, ports: LocalPorts) -> list[NeighbourFact]:
    addresses = _management_addresses(columns.management)
    found = []
    for key, subtype in columns.chassis_subtype.items():
        if len(key) != 3:
            continue
        port_subtype, port_id = columns.port_subtype.get(key), columns.port_id.get(key)
        found.append(
            NeighbourFact(
                protocol="lldp",
                local_interface=_local_interface(key[1], columns, ports),
                remote_name=text(columns.sys_name.get(key)),
                remote_chassis_id=chassis_id(subtype, columns.chassis_id.get(key)),
                remote_port=remote_port(port_subtype, port_id, columns.port_descr.get(key)),
                remote_port_description=text(columns.port_descr.get(key)),
                remote_address=addresses.get(key, ""),
                remote_description=text(columns.sys_descr.get(key)),
                capabilities=capabilities(columns.enabled.get(key), columns.supported.get(key)),
            )
        )
    return found


def _local_interface(local_port: int, columns: LldpColumns, ports: LocalPorts) -> str:
    """The interface a local port number stands for; the number is not the ifIndex on every device."""
    key = (local_port,)
    identity, descr = columns.local_id.get(key), columns.local_descr.get(key)
    kind = number(columns.local_subtype.get(key))
    words = [mac(identity)] if kind == PORT_MAC else [text(identity)]
    known = set(ports.names.values())
    for word in filter(None, [*words, text(descr)]):
        if word in known:
            return word
        if word in ports.aliases:
            return ports.aliases[word]
    index = ports.bridge.get(local_port, local_port)
    if index in ports.names:
        return ports.names[index]
    return words[0] or f"port {local_port}"


def _management_addresses(column: Column) -> dict[tuple[int, ...], str]:
    """The first IPv4, else the first IPv6 address; the index ends with subtype, length and octets."""
    found: dict[tuple[int, ...], str] = {}
    for key in column:
        length = key[4] if len(key) > 4 else 0
        rest = key[5 : 5 + length]
        host = address(bytes(rest)) if len(rest) in (4, 16) and all(part < 256 for part in rest) else ""
        if host and (key[:3] not in found or (":" in found[key[:3]] and ":" not in host)):
            found[key[:3]] = host
    return found


def _cdp(columns: CdpColumns, ports: LocalPorts) -> list[NeighbourFact]:
    found = []
    for key, device_id in columns.device_id.items():
        management = address(octets(columns.management.get(key)))
        found.append(
            NeighbourFact(
                protocol="cdp",
                local_interface=ports.names.get(key[0], f"ifIndex {key[0]}"),
                remote_name=text(columns.sys_name.get(key)) or SERIAL_IN_NAME.sub("", text(device_id)),
                remote_port=text(columns.port.get(key)),
                remote_address=management or address(octets(columns.address.get(key))),
                remote_description=text(columns.platform.get(key)),
                capabilities=_cdp_capabilities(columns.capabilities.get(key)),
            )
        )
    return found


def _cdp_capabilities(value: Value) -> tuple[str, ...]:
    flags = int.from_bytes(octets(value)[-4:], "big")
    return tuple(name for mask, name in CDP_CAPABILITIES.items() if flags & mask)
