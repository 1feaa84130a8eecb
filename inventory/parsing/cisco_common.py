"""Forms that IOS, IOS-XE and NX-OS share: CDP, inventory, VLAN tables, switchports. Pure."""

import re

from inventory.facts import ComponentFact, NeighbourFact, VlanFact
from inventory.parsing.dialect import Switchport
from inventory.parsing.names import canonical_interface, port_id
from inventory.parsing.text import blocks, first
from inventory.parsing.vlan_list import HIGHEST, LOWEST, vlans_in

_CDP_DEVICE = re.compile(r"^Device ID:[ \t]*(\S[^\n]*)", re.MULTILINE)
_CDP_SYSTEM_NAME = re.compile(r"^System Name:[ \t]*(\S*)", re.MULTILINE)
_CDP_PORTS = re.compile(r"^Interface: ?([^,\s]+),[ \t]+Port ID \(outgoing port\): ?([^\n]*)", re.MULTILINE)
_CDP_PLATFORM = re.compile(r"^Platform: ?([^\n]*?),[ \t]+Capabilities: ?([^\n]*)", re.MULTILINE)
_CDP_ADDRESS = re.compile(r"^[ \t]+IP(?:v4|v6)? address: ?(\S+)", re.MULTILINE | re.IGNORECASE)
_CDP_MANAGEMENT = re.compile(
    r"^(?:Management|Mgmt) address\(es\)[^\n]*\n[ \t]+IP(?:v4|v6)? address: ?(\S+)", re.M | re.I
)
_CDP_SERIAL = re.compile(r"\([A-Za-z0-9]{6,20}\)$")
_CDP_CAPABILITIES = (
    ("router", "router"),
    ("switch", "bridge"),
    ("bridge", "bridge"),
    ("phone", "telephone"),
    ("host", "station-only"),
    ("repeater", "repeater"),
)
_LLDP_CAPABILITIES = {
    "B": "bridge",
    "R": "router",
    "W": "wlan-access-point",
    "T": "telephone",
    "S": "station-only",
    "C": "docsis-cable-device",
    "P": "repeater",
    "O": "other",
}

_PART = re.compile(
    r'^NAME: "([^"\n]*)",[ \t]*DESCR: "([^\n]*)"[ \t]*\nPID: ?([^,\n]*+),[ \t]*VID: ?([^,\n]*+),[ \t]*SN: ?(\S*)',
    re.MULTILINE,
)
_PART_KINDS = (
    (("power", "psu"), "power-supply"),
    (("fan",), "fan"),
    (("transceiver", "sfp", "qsfp", "xfp", "gbic", "base-", "gbase"), "transceiver"),
    (("module", "slot", "linecard", "supervisor", "card", "processor", "engine"), "module"),
    (("stack",), "stack"),
    (("chassis",), "chassis"),
)

# A switch names itself "1", "Switch 1" or "Switch 1 System", a router "Chassis"; their parts add words after it.
_CHASSIS = re.compile(r"(?:switch )?\d+(?: system)?(?=\t)|chassis\t")

_VLAN = re.compile(
    r"^(\d{1,4})\s+(\S+)\s+(active|suspended|act/lshut|act/ishut|sus/lshut|sus/ishut)\b",
    re.MULTILINE,
)

_PORT = re.compile(r"^Name: ?(\S+)", re.MULTILINE)
_PORT_ENABLED = re.compile(r"^[ \t]*Switchport: ?(\S+)", re.MULTILINE)
_PORT_OPERATIONAL = re.compile(r"^[ \t]*Operational Mode: ?([^\n]*)", re.MULTILINE)
_PORT_ADMINISTRATIVE = re.compile(r"^[ \t]*Administrative Mode: ?([^\n]*)", re.MULTILINE)
_PORT_ACCESS = re.compile(r"^[ \t]*Access Mode VLAN: ?(\d+)", re.MULTILINE)
_PORT_NATIVE = re.compile(r"^[ \t]*Trunking Native Mode VLAN: ?(\d+)", re.MULTILINE)
_PORT_ALLOWED = re.compile(
    r"^[ \t]*Trunking VLANs (?:Enabled|Allowed): ?([^\n]*(?:\n[ \t][\d, \t-]*$)*)",
    re.MULTILINE,
)


def parse_cdp(text: str) -> tuple[NeighbourFact, ...]:
    """Neighbours of `show cdp neighbors detail`."""
    found = (_cdp_neighbour(match.group(1), block) for match, block in blocks(_CDP_DEVICE, text))
    return tuple(neighbour for neighbour in found if neighbour is not None)


def lldp_capabilities(letters: str) -> tuple[str, ...]:
    """LLDP capability names of the letters that Cisco prints: "B, R"."""
    return tuple(_LLDP_CAPABILITIES[letter] for letter in re.findall(r"[A-Z]", letters) if letter in _LLDP_CAPABILITIES)


def parse_inventory(text: str) -> tuple[ComponentFact, ...]:
    """Parts of `show inventory`."""
    return tuple(
        ComponentFact(
            name=name,
            kind=component_kind(f"{name}\t{description}"),
            model=model.strip(),
            serial="" if serial == "N/A" else serial,
            description=description,
            hardware_revision=revision.strip(),
        )
        for name, description, model, revision, serial in _PART.findall(text)
    )


def component_kind(text: str) -> str:
    """The kind of a part, from its name and description, parted by a tab."""
    lower = text.lower()
    if _CHASSIS.match(lower):
        return "chassis"
    return next((kind for words, kind in _PART_KINDS if any(word in lower for word in words)), "other")


def parse_vlans(text: str) -> tuple[VlanFact, ...]:
    """VLANs of `show vlan brief`, also where a long name pushes its status to the next line.

    VLANs 1002 to 1005 (FDDI and Token Ring, status act/unsup) carry nothing and are left out.
    """
    found = {
        int(vid): VlanFact(vid=int(vid), name=name, active=status == "active")
        for vid, name, status in _VLAN.findall(text)
        if LOWEST <= int(vid) <= HIGHEST
    }
    return tuple(found[vid] for vid in sorted(found))


def parse_switchports(text: str) -> tuple[Switchport, ...]:
    """Layer 2 side of each interface in `show interfaces switchport`; routed ports are left out."""
    found = (_switchport(match.group(1), block) for match, block in blocks(_PORT, text))
    return tuple(port for port in found if port is not None)


def _cdp_neighbour(device: str, block: str) -> NeighbourFact | None:
    ports = _CDP_PORTS.search(block)
    if ports is None:
        return None
    platform = _CDP_PLATFORM.search(block)
    name = first(_CDP_SYSTEM_NAME, block) or _CDP_SERIAL.sub("", device.strip())
    return NeighbourFact(
        protocol="cdp",
        local_interface=canonical_interface(ports.group(1)),
        remote_name=name,
        remote_port=port_id(ports.group(2)),
        remote_address=first(_CDP_MANAGEMENT, block) or first(_CDP_ADDRESS, block),
        remote_description=platform.group(1).strip() if platform else "",
        capabilities=_cdp_capabilities(platform.group(2) if platform else ""),
    )


def _cdp_capabilities(text: str) -> tuple[str, ...]:
    lower = text.lower()
    return tuple(dict.fromkeys(name for word, name in _CDP_CAPABILITIES if word in lower))


def _switchport(name: str, block: str) -> Switchport | None:
    if first(_PORT_ENABLED, block).lower() != "enabled":
        return None
    if _is_trunk(block):
        return _trunk(canonical_interface(name), block)
    access = first(_PORT_ACCESS, block)
    return Switchport(canonical_interface(name), "access", int(access) if access else None)


def _is_trunk(block: str) -> bool:
    operational = first(_PORT_OPERATIONAL, block).lower()
    if operational.startswith("down") or not operational:
        return first(_PORT_ADMINISTRATIVE, block).lower() == "trunk"
    return "trunk" in operational


def _trunk(name: str, block: str) -> Switchport:
    native_text = first(_PORT_NATIVE, block)
    native = int(native_text) if native_text else None
    allowed = re.sub(r"\s+", "", first(_PORT_ALLOWED, block))
    if allowed.upper() in {"ALL", "1-4094"}:
        return Switchport(name, "tagged-all", native)
    vids = vlans_in(allowed)
    return Switchport(name, "tagged", native, tuple(vid for vid in vids if vid != native))
