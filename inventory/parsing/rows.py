"""Table rows under ntc-templates' column names become facts, for platforms without a reader of their own. Pure.

A row maps lower-case column names to a text or a list of texts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, SystemFacts, VlanFact
from inventory.parsing.dialect import ConfigInterface
from inventory.parsing.interface_stanzas import interface_address
from inventory.parsing.mac import mac_or_text, normalise_mac
from inventory.parsing.names import canonical_interface, interface_type, port_id
from inventory.parsing.text import uptime_seconds
from inventory.parsing.vlan_list import HIGHEST, LOWEST

Row = Mapping[str, str | Sequence[str]]

# FortiOS tells both in one: "FortiGate-60F v7.2.5,build1517,230606 (GA.F)".
_MODEL_AND_VERSION = re.compile(r"(\S+) v(\d[\d.]*),build")
_DOWN = frozenset({"down", "disabled", "no", "false", "notconnect", "inactive", "x"})
_DISABLED = frozenset({"administratively", "admin", "adm", "disabled", "no", "shutdown", "false", "x"})
_SPEED_UNITS = {"k": 1, "m": 1_000, "g": 1_000_000}


def system_of(rows: Sequence[Row]) -> SystemFacts:
    """System facts of the first row of a version output; empty facts when there is no row."""
    row = rows[0] if rows else {}
    told = _one(row, "version", "software_version", "sw_version", "os_version", "os")
    named = _MODEL_AND_VERSION.match(told)
    return SystemFacts(
        hostname=_one(row, "hostname", "name", "system_name"),
        model=named.group(1) if named else _one(row, "model", "hardware", "board_name", "platform"),
        os_version=named.group(2) if named else told.partition(" (")[0],
        serial=_one(row, "serial", "serial_number", "serialnum"),
        uptime_seconds=uptime_seconds(_one(row, "uptime")),
        chassis_mac=normalise_mac(_one(row, "mac_address", "mac")),
    )


def interfaces_of(rows: Iterable[Row]) -> tuple[InterfaceFact, ...]:
    """One interface per row that names one; the first row of a name wins."""
    found: dict[str, InterfaceFact] = {}
    for row in rows:
        name = _one(row, "interface", "port", "name", "intf")
        if name:
            found.setdefault(name, _interface(name, row))
    return tuple(found.values())


def addresses_of(table: Iterable[Row]) -> tuple[ConfigInterface, ...]:
    """Addresses by interface, of an output that lists the addresses apart from the interfaces."""
    found: dict[str, tuple[str, ...]] = {}
    for row in table:
        name = _one(row, "interface", "intf")
        found[name] = found.get(name, ()) + _addresses(row)
    return tuple(ConfigInterface(name, addresses) for name, addresses in found.items() if name and addresses)


def vlans_of(rows: Iterable[Row]) -> tuple[VlanFact, ...]:
    """VLANs of the rows whose id is within 1 to 4094."""
    found = {}
    for row in rows:
        vid = _int(_one(row, "vlan_id", "vid", "vlan", "id"))
        if vid is not None and LOWEST <= vid <= HIGHEST:
            found[vid] = VlanFact(vid, _one(row, "vlan_name", "name", "description"))
    return tuple(found[vid] for vid in sorted(found))


def neighbours_of(protocol: str, rows: Iterable[Row]) -> tuple[NeighbourFact, ...]:
    """Neighbours of the rows that name a local interface; `protocol` is lldp or cdp."""
    return tuple(_neighbour(protocol, row) for row in rows if _one(row, "local_interface", "local_port", "interface"))


def components_of(rows: Iterable[Row]) -> tuple[ComponentFact, ...]:
    """Parts of the rows that carry a serial number or a model."""
    return tuple(
        ComponentFact(
            name=_one(row, "name", "slot", "device_name") or "chassis",
            model=_one(row, "pid", "model", "product_number", "device_name"),
            serial=_one(row, "sn", "serial", "serial_number", "device_serial_number"),
            description=_one(row, "descr", "description"),
        )
        for row in rows
        if _one(row, "sn", "serial", "serial_number", "device_serial_number", "pid", "model")
    )


def _interface(name: str, row: Row) -> InterfaceFact:
    link = _words(_one(row, "link_status", "line_status", "link", "status", "state"))
    admin = _words(_one(row, "admin_state", "enabled"))
    protocol = _words(_one(row, "protocol_status", "protocol"))
    return InterfaceFact(
        name=canonical_interface(name),
        description=_one(row, "description", "comment"),
        type=interface_type(name),
        enabled=not (admin | link) & _DISABLED if link or admin else None,
        up=not (link | protocol) & _DOWN if link or protocol else None,
        mac_address=normalise_mac(_one(row, "mac_address", "mac", "hardware_address", "hw_address")),
        mtu=_int(_one(row, "mtu")),
        speed_kbps=_speed(_one(row, "speed", "bandwidth")),
        addresses=_addresses(row),
    )


def _neighbour(protocol: str, row: Row) -> NeighbourFact:
    return NeighbourFact(
        protocol=protocol,
        local_interface=canonical_interface(_one(row, "local_interface", "local_port", "interface")),
        remote_name=_one(row, "neighbor_name", "system_name", "identity", "neighbor"),
        remote_chassis_id=mac_or_text(_one(row, "chassis_id", "mac_address")),
        remote_port=port_id(_one(row, "neighbor_interface", "neighbor_port_id", "port_id", "interface_name")),
        remote_port_description=_one(
            row, "neighbor_port_description", "neighbor_interface_description", "port_description"
        ),
        remote_address=_one(row, "mgmt_address", "management_ip", "management_address", "ip_address", "address"),
        remote_description=_one(row, "neighbor_description", "system_description", "platform"),
    )


def _one(row: Row, *names: str) -> str:
    """The first of the named columns that holds something."""
    for name in names:
        value = row.get(name, "")
        text = value if isinstance(value, str) else next((item for item in value if item), "")
        if text.strip():
            return text.strip()
    return ""


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text.lower()))


def _addresses(row: Row) -> tuple[str, ...]:
    """Addresses with their prefix lengths, which stand behind a slash or in a column of their own."""
    lengths = _all(row, "prefix_length", "netmask", "subnet_mask", "mask", "subnet")
    found = []
    for place, address in enumerate(_all(row, "ip_address", "ip", "address")):
        bare, _, length = address.partition("/")
        beside = lengths[place] if place < len(lengths) else ""
        found.append(interface_address(bare, length or beside))
    return tuple(dict.fromkeys(address for address in found if address))


def _all(row: Row, *names: str) -> list[str]:
    """Every value of the first of the named columns that holds something."""
    values = next((row[name] for name in names if row.get(name)), "")
    return [values] if isinstance(values, str) else list(values)


def _int(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def _speed(text: str) -> int | None:
    """Kilobits per second of "1000", "1000Mbps", "10Gb/s"; a number without a unit is in Mbit/s."""
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    value = _int(digits)
    unit = text[len(digits) :].strip().lower()[:1]
    return value * _SPEED_UNITS.get(unit, 1_000) if value is not None else None
