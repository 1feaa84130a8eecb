"""What Arista EOS answers over eAPI, where NAPALM's getters leave something out. Pure.

The texts are the JSON of `show interfaces switchport`, `show lldp neighbors detail` and `show inventory`.
"""

import json
from collections.abc import Iterator
from typing import Any

from inventory.facts import ComponentFact, NeighbourFact
from inventory.parsing.dialect import Dialect, Switchport
from inventory.parsing.interface_stanzas import parse_config_interfaces
from inventory.parsing.mac import mac_or_text
from inventory.parsing.names import canonical_interface, port_id
from inventory.parsing.vlan_list import vlans_in

_CAPABILITIES = {
    "bridge": "bridge",
    "router": "router",
    "wlanAccessPoint": "wlan-access-point",
    "telephone": "telephone",
    "stationOnly": "station-only",
    "repeater": "repeater",
    "docsis": "docsis-cable-device",
    "other": "other",
}
_SLOTS = (
    ("cardSlots", "Card", "module"),
    ("powerSupplySlots", "PowerSupply", "power-supply"),
    ("fanTraySlots", "FanTray", "fan"),
    ("xcvrSlots", "Ethernet", "transceiver"),
)


def parse_switchports(text: str) -> tuple[Switchport, ...]:
    """Layer 2 side of each interface; routed ports are left out. Raises ValueError when the text is no JSON."""
    ports = _mapping(_mapping(json.loads(text)).get("switchports"))
    return tuple(
        _switchport(name, _mapping(port.get("switchportInfo"))) for name, port in _named(ports) if port.get("enabled")
    )


def parse_lldp(text: str) -> tuple[NeighbourFact, ...]:
    """LLDP neighbours with their management addresses. Raises ValueError when the text is no JSON."""
    ports = _mapping(_mapping(json.loads(text)).get("lldpNeighbors"))
    return tuple(
        _neighbour(name, _mapping(neighbour))
        for name, port in _named(ports)
        for neighbour in _sequence(port.get("lldpNeighborInfo"))
    )


def parse_inventory(text: str) -> tuple[ComponentFact, ...]:
    """The chassis and the parts in its slots. Raises ValueError when the text is no JSON."""
    tree = _mapping(json.loads(text))
    chassis = _component("Chassis", "chassis", _mapping(tree.get("systemInformation")))
    parts = (
        _component(f"{label}{slot}", kind, part)
        for key, label, kind in _SLOTS
        for slot, part in _named(_mapping(tree.get(key)))
    )
    return tuple(part for part in (chassis, *parts) if part.model or part.serial)


def _switchport(name: str, info: dict[str, Any]) -> Switchport:
    if info.get("mode") != "trunk":
        return Switchport(name, "access", _vid(info.get("accessVlanId")))
    native = _vid(info.get("trunkingNativeVlanId"))
    allowed = _text(info.get("trunkAllowedVlans"))
    if allowed.upper() in {"ALL", "1-4094"}:
        return Switchport(name, "tagged-all", native)
    vids = vlans_in(allowed)
    return Switchport(name, "tagged", native, tuple(vid for vid in vids if vid != native))


def _neighbour(local: str, told: dict[str, Any]) -> NeighbourFact:
    port = _mapping(told.get("neighborInterfaceInfo"))
    addresses = [_text(_mapping(item).get("address")) for item in _sequence(told.get("managementAddresses"))]
    enabled = [name for name, on in _mapping(told.get("systemCapabilities")).items() if on]
    return NeighbourFact(
        protocol="lldp",
        local_interface=canonical_interface(local),
        remote_name=_text(told.get("systemName")),
        remote_chassis_id=mac_or_text(_text(told.get("chassisId"))),
        remote_port=port_id(_text(port.get("interfaceId_v2") or port.get("interfaceId")).strip('"')),
        remote_port_description=_text(port.get("interfaceDescription")),
        remote_address=next((address for address in addresses if address), ""),
        remote_description=_text(told.get("systemDescription")),
        capabilities=tuple(_CAPABILITIES[name] for name in enabled if name in _CAPABILITIES),
    )


def _component(name: str, kind: str, part: dict[str, Any]) -> ComponentFact:
    return ComponentFact(
        name=name,
        kind=kind,
        model=_text(part.get("modelName") or part.get("name")),
        serial=_text(part.get("serialNum")).removeprefix("N/A"),
        description=_text(part.get("description") or part.get("mfgName")),
        hardware_revision=_text(part.get("hardwareRev") or part.get("hwVersion")),
    )


def _named(mapping: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, value) for name, value in mapping.items() if isinstance(value, dict))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _vid(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


DIALECT = Dialect(
    switchports=parse_switchports,
    config_interfaces=parse_config_interfaces,
    lldp=parse_lldp,
    inventory=parse_inventory,
    json=True,
)
