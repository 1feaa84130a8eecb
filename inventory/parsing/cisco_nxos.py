"""Cisco NX-OS show commands. Pure."""

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

_NAME = re.compile(r"^[ \t]*Device name: (\S+)", re.MULTILINE)
_MODEL = re.compile(r"^[ \t]+cisco ([A-Za-z0-9][^\n(]*)", re.MULTILINE)
_VERSION = re.compile(r"^[ \t]+(?:NXOS|system):\s+version (\S+)", re.MULTILINE)
_BOARD = re.compile(r"^[ \t]+Processor Board ID (\S+)", re.MULTILINE)
_UPTIME = re.compile(r"^Kernel uptime is ([^\n]*)", re.MULTILINE)

_INTERFACE = re.compile(r"^(\S+) is (up|down)\b([^\n]*)", re.MULTILINE)
_ADMIN = re.compile(r"^admin state is (\w+)", re.MULTILINE)
_DESCRIPTION = re.compile(r"^  Description: ([^\n]*)", re.MULTILINE)
_ADDRESS = re.compile(r"^  Internet Address is ([\d.]+)/(\d+)", re.MULTILINE)
_HARDWARE = re.compile(r"^  Hardware[^\n]*?, address(?:: | is  ?)([0-9a-f.]+)", re.MULTILINE)
_MTU = re.compile(r"^  MTU (\d+) bytes", re.MULTILINE)
_BANDWIDTH = re.compile(r"\bBW (\d+) Kbit")

_LLDP = re.compile(r"^Chassis id: ?([^\n]*)\nPort id: ?([^\n]*)\nLocal Port id: ?(\S+)", re.MULTILINE)
_LLDP_PORT_DESCRIPTION = re.compile(r"^Port Description: ([^\n]*)", re.MULTILINE)
_LLDP_NAME = re.compile(r"^System Name: ([^\n]*)", re.MULTILINE)
_LLDP_ENABLED = re.compile(r"^Enabled Capabilities: ([^\n]*)", re.MULTILINE)
_LLDP_ADDRESS = re.compile(r"^Management Address(?: IPV6)?: ([0-9a-f]*+[.:][0-9a-f.:]*+)[ \t]*$", re.MULTILINE | re.I)


def parse_version(text: str) -> SystemFacts:
    """System facts of `show version`; the serial is the board's, the chassis' stands in `show inventory`."""
    model = [word for word in first(_MODEL, text).split() if word.lower() != "chassis"]
    return SystemFacts(
        hostname=first(_NAME, text),
        vendor="Cisco",
        model=model[-1] if model else "",
        os_version=first(_VERSION, text),
        serial=first(_BOARD, text),
        uptime_seconds=uptime_seconds(first(_UPTIME, text)),
    )


def parse_interfaces(text: str) -> tuple[InterfaceFact, ...]:
    """Interfaces of `show interface`, without their VLANs."""
    return tuple(
        _interface(match.group(1), match.group(2), match.group(3), block) for match, block in blocks(_INTERFACE, text)
    )


def parse_lldp(text: str) -> tuple[NeighbourFact, ...]:
    """Neighbours of `show lldp neighbors detail`."""
    return tuple(
        _neighbour(match.group(1), match.group(2), match.group(3), block) for match, block in blocks(_LLDP, text)
    )


def _interface(name: str, state: str, reason: str, block: str) -> InterfaceFact:
    address = _ADDRESS.search(block)
    own = interface_address(*address.groups()) if address else ""
    admin = first(_ADMIN, block)
    return InterfaceFact(
        name=canonical_interface(name) if name[0].isupper() else name,
        description=first(_DESCRIPTION, block),
        type=interface_type(name),
        enabled=admin == "up" if admin else "dministratively down" not in reason,
        up=state == "up" and "line protocol is down" not in reason,
        mac_address=normalise_mac(first(_HARDWARE, block)),
        mtu=number(_MTU, block),
        speed_kbps=number(_BANDWIDTH, block),
        addresses=(own,) if own else (),
    )


def _neighbour(chassis: str, port: str, local: str, block: str) -> NeighbourFact:
    # The neighbour's free text stands between these two lines: nothing is looked up inside it.
    head, _, rest = block.partition("\nSystem Description: ")
    description, _, tail = rest.rpartition("\nTime remaining:")
    return NeighbourFact(
        protocol="lldp",
        local_interface=canonical_interface(local),
        remote_name=_told(first(_LLDP_NAME, head)),
        remote_chassis_id=mac_or_text(chassis),
        remote_port=port_id(port),
        remote_port_description=_told(first(_LLDP_PORT_DESCRIPTION, head)),
        remote_address=first(_LLDP_ADDRESS, tail),
        remote_description=_told(description.strip()),
        capabilities=lldp_capabilities(_told(first(_LLDP_ENABLED, tail))),
    )


def _told(text: str) -> str:
    return "" if text in {"not advertised", "null"} else text


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
    chassis_serial=True,
)
