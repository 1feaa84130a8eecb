"""Cisco IOS and IOS-XE show commands. Pure."""

import re

from inventory.facts import InterfaceFact, NeighbourFact, SystemFacts
from inventory.parsing.cisco_common import (
    lldp_capabilities,
    parse_cdp,
    parse_inventory,
    parse_switchports,
    parse_vlans,
)
from inventory.parsing.dialect import Dialect
from inventory.parsing.interface_stanzas import interface_address, parse_config_interfaces
from inventory.parsing.mac import mac_or_text, normalise_mac
from inventory.parsing.names import canonical_interface, interface_type, port_id
from inventory.parsing.text import blocks, first, number, uptime_seconds

_UPTIME = re.compile(r"^(\S+) uptime is ([^\n]*)", re.MULTILINE)
_VERSION = re.compile(r"Software \([^)\n]*\), Version ([^,\s]+)")
_ANY_VERSION = re.compile(r"\bVersion ([^,\s]+)")
_MODEL = re.compile(r"^Model [Nn]umber\s*:\s*(\S+)", re.MULTILINE)
_PROCESSOR = re.compile(r"^[Cc]isco (\S+) [^\n]*(?:processor|with \d{1,12}K)", re.MULTILINE)
_SERIAL = re.compile(r"^System [Ss]erial [Nn]umber\s*:\s*(\S+)", re.MULTILINE)
_BOARD = re.compile(r"^Processor board ID (\S+)", re.MULTILINE)
_BASE_MAC = re.compile(r"^Base [Ee]thernet MAC [Aa]ddress\s*:\s*(\S+)", re.MULTILINE)

_INTERFACE = re.compile(
    r"^(\S+) is (administratively down|up|down|reset|deleted|standby mode|initializing)\b[^,\n]*"
    r", line protocol is (\w+)",
    re.MULTILINE,
)
_DESCRIPTION = re.compile(r"^  Description: ([^\n]*)", re.MULTILINE)
_ADDRESS = re.compile(r"^  Internet address is ([\d.]+)/(\d+)", re.MULTILINE)
_HARDWARE = re.compile(r"^  Hardware is [^\n]*?, address is ([0-9a-f.]+)", re.MULTILINE)
_MTU = re.compile(r"^  MTU (\d+) bytes", re.MULTILINE)
_BANDWIDTH = re.compile(r"\bBW (\d+) Kbit")

_LLDP = re.compile(r"^Local Intf: (\S+)", re.MULTILINE)
_LLDP_CHASSIS = re.compile(r"^Chassis id: ([^\n]*)", re.MULTILINE)
_LLDP_PORT = re.compile(r"^Port id: ([^\n]*)", re.MULTILINE)
_LLDP_PORT_DESCRIPTION = re.compile(r"^Port Description: ([^\n]*)", re.MULTILINE)
_LLDP_NAME = re.compile(r"^System Name: ([^\n]*)", re.MULTILINE)
_LLDP_ENABLED = re.compile(r"^Enabled Capabilities: ([^\n]*)", re.MULTILINE)
_LLDP_ADDRESS = re.compile(r"^[ \t]+IP: (\S+)|^[ \t]+IPV6: (\S+)", re.MULTILINE)


def parse_version(text: str) -> SystemFacts:
    """System facts of `show version`."""
    named = _UPTIME.search(text)
    return SystemFacts(
        hostname=named.group(1) if named else "",
        vendor="Cisco",
        model=first(_MODEL, text) or first(_PROCESSOR, text),
        os_version=first(_VERSION, text) or first(_ANY_VERSION, text),
        serial=first(_SERIAL, text) or first(_BOARD, text),
        uptime_seconds=uptime_seconds(named.group(2)) if named else None,
        chassis_mac=normalise_mac(first(_BASE_MAC, text)),
    )


def parse_interfaces(text: str) -> tuple[InterfaceFact, ...]:
    """Interfaces of `show interfaces`, without their VLANs."""
    return tuple(
        _interface(match.group(1), match.group(2), match.group(3), block) for match, block in blocks(_INTERFACE, text)
    )


def parse_lldp(text: str) -> tuple[NeighbourFact, ...]:
    """Neighbours of `show lldp neighbors detail`."""
    return tuple(_neighbour(match.group(1), block) for match, block in blocks(_LLDP, text))


def _interface(name: str, state: str, protocol: str, block: str) -> InterfaceFact:
    address = _ADDRESS.search(block)
    own = interface_address(*address.groups()) if address else ""
    return InterfaceFact(
        name=name,
        description=first(_DESCRIPTION, block),
        type=interface_type(name),
        enabled=state != "administratively down",
        up=state == "up" and protocol == "up",
        mac_address=normalise_mac(first(_HARDWARE, block)),
        mtu=number(_MTU, block),
        speed_kbps=number(_BANDWIDTH, block),
        addresses=(own,) if own else (),
    )


def _neighbour(local: str, block: str) -> NeighbourFact:
    # The system description is free text of the neighbour: fields that stand before it are read before it, the
    # others after it, so that it cannot pose as them.
    head, _, rest = block.partition("\nSystem Description")
    description, _, tail = rest.rpartition("\nTime remaining:")
    address = _LLDP_ADDRESS.search(tail)
    return NeighbourFact(
        protocol="lldp",
        local_interface=canonical_interface(local),
        remote_name=_told(first(_LLDP_NAME, head)),
        remote_chassis_id=mac_or_text(first(_LLDP_CHASSIS, head)),
        remote_port=port_id(first(_LLDP_PORT, head)),
        remote_port_description=_told(first(_LLDP_PORT_DESCRIPTION, head)),
        remote_address=(address.group(1) or address.group(2)) if address else "",
        remote_description=_told(description.lstrip(": \n").rstrip()),
        capabilities=lldp_capabilities(_told(first(_LLDP_ENABLED, tail))),
    )


def _told(text: str) -> str:
    return "" if text.lstrip("- ").startswith("not advertised") else text


DIALECT = Dialect(
    version=parse_version,
    interfaces=parse_interfaces,
    vlans=parse_vlans,
    switchports=parse_switchports,
    config_interfaces=parse_config_interfaces,
    lldp=parse_lldp,
    cdp=parse_cdp,
    inventory=parse_inventory,
    configure="configure terminal",
    leave="end",
)
