"""Huawei VRP 5 and 8 display commands. Pure."""

import re

from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, SystemFacts, VlanFact
from inventory.parsing.dialect import Dialect, Switchport
from inventory.parsing.interface_stanzas import interface_address, parse_config_interfaces
from inventory.parsing.mac import mac_or_text, normalise_mac
from inventory.parsing.names import canonical_interface, interface_type, port_id
from inventory.parsing.text import blocks, first, number, uptime_seconds
from inventory.parsing.vlan_list import HIGHEST, LOWEST, vlans_in

_VERSION = re.compile(r"VRP \(R\) software, Version [^\n(]*\((?:[^\n)]* )?(\S+)\)", re.IGNORECASE)
_ANY_VERSION = re.compile(r"VRP \(R\) software, Version (\S+)", re.IGNORECASE)
_UPTIME = re.compile(
    r"^(?:HUAWEI|Huawei|Quidway) (\S+)[^\n]*? uptime is ([^\n]*)",
    re.MULTILINE,
)
_ESN = re.compile(r"^ESN of (?:slot \S+|device|master)[^:\n]*: ?(\S+)", re.MULTILINE)
# The slot stands in the first row of its parts only; the type is missing in older versions.
_MANUFACTURE = re.compile(
    r"^(\d+|[ ])[ \t]+(\S+)[ \t]+(?:(\S+)[ \t]+)?([A-Z0-9]{10,24})[ \t]+\d{4}-\d\d-\d\d", re.MULTILINE
)

_INTERFACE = re.compile(
    r"^(\S+) current state ?: ?([A-Za-z ]*+)[^\n]*+\n\n?Line protocol current state ?: ?(\w+)", re.MULTILINE
)
_DESCRIPTION = re.compile(r"^Description: ?([^\n]*)", re.MULTILINE)
_ADDRESSES = re.compile(r"^Internet Address is ([\d.]+)/(\d+)", re.MULTILINE)
_HARDWARE = re.compile(r"Hardware address is (\S+)")
_MTU = re.compile(r"The (?:Maximum Transmit Unit|MTU) is (\d+)")
_SPEED = re.compile(r"^Speed ?: *(\d+),", re.MULTILINE)

_PORT = re.compile(
    r"^(\S+) +(access|trunk|hybrid|desirable|auto|dot1q-tunnel) +(\d+) +([\d \t-]++(?:\n {20}[\d \t-]++)*+)", re.M
)

_VLAN_TABLE = re.compile(r"^VID .*\bDescription[ \t]*$", re.MULTILINE)
_VLAN_ROW = re.compile(r"[ \t]*\d{1,4}[ \t]")
_VLAN_PORTS_ROW = re.compile(r"^[ \t]*(\d{1,4})[ \t]+(?:common|super|sub|mux|principal|\*common)\b", re.MULTILINE)
_DEFAULT_NAME = re.compile(r"VLAN \d{4}")

_LLDP_PORT = re.compile(r"^(\S+) has (\d+) neighbors?(?:\(s\))?", re.MULTILINE)
_LLDP_NEIGHBOUR = re.compile(r"^[ \t]*Neighbor index[ \t]*:[ \t]*\d+", re.MULTILINE)
_LLDP_FIELD = re.compile(
    r"^[ \t]*(Chassis ?ID|Port ?ID|Port description|System name|System capabilities enabled"
    r"|Management address(?: value)?)[ \t]*:[ \t]*([^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
_LLDP_DESCRIPTION = re.compile(r"^[ \t]*System description[ \t]*:", re.MULTILINE | re.IGNORECASE)
_LLDP_DESCRIPTION_END = re.compile(r"^[ \t]*System capabilities supported", re.MULTILINE | re.IGNORECASE)
_CAPABILITIES = {
    "bridge": "bridge",
    "router": "router",
    "wlanaccesspoint": "wlan-access-point",
    "telephone": "telephone",
    "stationonly": "station-only",
    "repeater": "repeater",
    "docsiscabledevice": "docsis-cable-device",
    "other": "other",
}


def parse_version(text: str) -> SystemFacts:
    """System facts of `display version`; it tells neither host name nor serial number."""
    named = _UPTIME.search(text)
    return SystemFacts(
        vendor="Huawei",
        model=named.group(1) if named else "",
        os_version=first(_VERSION, text) or first(_ANY_VERSION, text),
        uptime_seconds=uptime_seconds(named.group(2)) if named else None,
    )


def parse_inventory(text: str) -> tuple[ComponentFact, ...]:
    """Parts of `display device manufacture-info`, or the chassis alone of `display esn`."""
    slot, parts = "", []
    for told_slot, card, model, serial in _MANUFACTURE.findall(text):
        slot = told_slot.strip() or slot
        parts.append(_part(slot, card, model, serial))
    return tuple(parts) or tuple(ComponentFact("chassis", "chassis", serial=serial) for serial in _ESN.findall(text))


def parse_interfaces(text: str) -> tuple[InterfaceFact, ...]:
    """Interfaces of `display interface`, without their VLANs."""
    return tuple(
        _interface(match.group(1), match.group(2), match.group(3), block) for match, block in blocks(_INTERFACE, text)
    )


def parse_switchports(text: str) -> tuple[Switchport, ...]:
    """Layer 2 side of each interface in `display port vlan`, whose VLAN lists run over several lines."""
    return tuple(_switchport(*row) for row in _PORT.findall(text))


def parse_vlans(text: str) -> tuple[VlanFact, ...]:
    """VLANs of `display vlan`: names come from its second table, which carries the descriptions."""
    header = _VLAN_TABLE.search(text)
    found = dict(_vlan_rows(text[header.start() :])) if header else {}
    for vid in map(int, _VLAN_PORTS_ROW.findall(text)):
        found.setdefault(vid, VlanFact(vid))
    return tuple(found[vid] for vid in sorted(found) if LOWEST <= vid <= HIGHEST)


def parse_lldp(text: str) -> tuple[NeighbourFact, ...]:
    """Neighbours of `display lldp neighbor`."""
    return tuple(
        _neighbour(port.group(1), block)
        for port, section in blocks(_LLDP_PORT, text)
        for _, block in blocks(_LLDP_NEIGHBOUR, section)
    )


def _part(slot: str, card: str, model: str, serial: str) -> ComponentFact:
    if card in {"-", "--"}:
        return ComponentFact(f"slot {slot}", "chassis", model, serial)
    kind = "power-supply" if card.upper().startswith("PWR") else "module"
    return ComponentFact(f"slot {slot} card {card}", kind, model, serial)


def _interface(name: str, state: str, protocol: str, block: str) -> InterfaceFact:
    found = (interface_address(address, length) for address, length in _ADDRESSES.findall(block))
    speed = number(_SPEED, block)
    return InterfaceFact(
        name=name,
        description=first(_DESCRIPTION, block),
        type=interface_type(name),
        enabled="dministratively" not in state,
        up=state.strip().upper() == "UP" and protocol.upper() == "UP",
        mac_address=normalise_mac(first(_HARDWARE, block)),
        mtu=number(_MTU, block),
        speed_kbps=speed * 1000 if speed is not None else None,
        addresses=tuple(address for address in found if address),
    )


def _switchport(name: str, link_type: str, pvid: str, listed: str) -> Switchport:
    untagged = int(pvid) or None
    if link_type not in {"trunk", "hybrid"}:
        return Switchport(canonical_interface(name), "access", untagged)
    vids = vlans_in(listed)
    if len(vids) == HIGHEST:
        return Switchport(canonical_interface(name), "tagged-all", untagged)
    return Switchport(canonical_interface(name), "tagged", untagged, tuple(vid for vid in vids if vid != untagged))


def _vlan_rows(table: str) -> list[tuple[int, VlanFact]]:
    """Rows of the table whose last column, Description, may hold spaces; its other columns may not."""
    lines = table.splitlines()
    columns = len(lines[0].split()) - 1
    rows = [line.split(None, columns) for line in lines[1:] if _VLAN_ROW.match(line)]
    return [
        (
            int(row[0]),
            VlanFact(int(row[0]), _vlan_name(row[columns] if len(row) > columns else ""), "enable" in row[1:3]),
        )
        for row in rows
        if len(row) > 2
    ]


def _vlan_name(description: str) -> str:
    text = description.strip()
    return "" if _DEFAULT_NAME.fullmatch(text) else text


def _neighbour(local: str, block: str) -> NeighbourFact:
    description, rest = _cut_description(block)
    told = {name.lower().replace(" ", ""): value.strip() for name, value in reversed(_LLDP_FIELD.findall(rest))}
    capabilities = (_CAPABILITIES.get(word.lower()) for word in told.get("systemcapabilitiesenabled", "").split())
    return NeighbourFact(
        protocol="lldp",
        local_interface=canonical_interface(local),
        remote_name=_told(told.get("systemname", "")),
        remote_chassis_id=mac_or_text(told.get("chassisid", "")),
        remote_port=port_id(told.get("portid", "")),
        remote_port_description=_told(told.get("portdescription", "")),
        remote_address=_told(told.get("managementaddressvalue", "") or told.get("managementaddress", "")),
        remote_description=_told(description),
        capabilities=tuple(name for name in capabilities if name),
    )


def _cut_description(block: str) -> tuple[str, str]:
    """The neighbour's free text, and the block without it, so that it cannot pose as one of the fields."""
    start = _LLDP_DESCRIPTION.search(block)
    end = _LLDP_DESCRIPTION_END.search(block, start.end()) if start else None
    if start is None or end is None:
        return "", block
    return block[start.end() : end.start()].strip(), block[: start.start()] + block[end.start() :]


def _told(text: str) -> str:
    return "" if text in {"--", "-"} else text


DIALECT = Dialect(
    version=parse_version,
    interfaces=parse_interfaces,
    vlans=parse_vlans,
    switchports=parse_switchports,
    config_interfaces=parse_config_interfaces,
    lldp=parse_lldp,
    inventory=parse_inventory,
    configure="system-view",
    leave="return",
    uncommitted="[*",
    commit="commit",
    discard="clear configuration candidate",
    chassis_serial=True,
)
