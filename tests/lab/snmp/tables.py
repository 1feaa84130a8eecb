"""MIB tables as (object identifier, encoded value), each function naming the MIB it renders."""

from collections.abc import Iterator
from functools import lru_cache

from tests.lab.announce import cdp_device_id, cdp_platform, lldp_port_id, power_supply_serial
from tests.lab.names import short
from tests.lab.snmp import ber
from tests.lab.snmp.ber import Oid
from tests.lab.state import ALL_VLANS, Device, Port

Row = tuple[Oid, bytes]

_MIB2 = (1, 3, 6, 1, 2, 1)
_TRUE, _FALSE = ber.integer(1), ber.integer(2)
_IF_TYPES = {"ethernet": 6, "management": 6, "vlan": 53, "loopback": 24}  # IANAifType-MIB; Cisco SVIs are propVirtual


def mac_bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def system(device: Device) -> Iterator[Row]:
    """SNMPv2-MIB system group and SNMP-FRAMEWORK-MIB snmpEngine."""
    group = (*_MIB2, 1)
    services = 78 if device.hardware.switch else 72
    yield (*group, 1, 0), ber.octets(device.hardware.sys_descr)
    yield (*group, 2, 0), ber.oid_value(device.hardware.sys_object_id)
    yield (*group, 3, 0), ber.timeticks(device.uptime)
    yield (*group, 4, 0), ber.octets(device.contact)
    yield (*group, 5, 0), ber.octets(device.system_name)
    yield (*group, 6, 0), ber.octets(device.location)
    yield (*group, 7, 0), ber.integer(services)
    engine = (1, 3, 6, 1, 6, 3, 10, 2, 1)
    yield (*engine, 1, 0), ber.octets(device.engine_id)
    yield (*engine, 2, 0), ber.integer(7)
    yield (*engine, 3, 0), ber.integer(int(device.uptime))
    yield (*engine, 4, 0), ber.integer(1500)


def interfaces(device: Device) -> Iterator[Row]:
    """IF-MIB ifTable and ifXTable (RFC 2863)."""
    ports = device.sorted_ports
    yield (*_MIB2, 2, 1, 0), ber.integer(len(ports))
    for port in ports:
        for column, value in _if_entry(port).items():
            yield (*_MIB2, 2, 2, 1, column, port.if_index), value
        for column, value in _ifx_entry(port).items():
            yield (*_MIB2, 31, 1, 1, 1, column, port.if_index), value


def _if_entry(port: Port) -> dict[int, bytes]:
    octets = port.if_index % 100_000 * 79_001
    return {
        1: ber.integer(port.if_index),
        2: ber.octets(port.name),
        3: ber.integer(_IF_TYPES[port.kind]),
        4: ber.integer(port.mtu),
        5: ber.gauge32(min(port.speed * 1_000_000, 0xFFFFFFFF)),
        6: ber.octets(mac_bytes(port.mac)),
        7: _TRUE if port.enabled else _FALSE,
        8: _TRUE if port.up else _FALSE,
        9: ber.timeticks(12 if port.up else 0),
        10: ber.counter32(octets),
        11: ber.counter32(octets // 500),
        13: ber.counter32(0),
        14: ber.counter32(0),
        16: ber.counter32(octets // 2),
        17: ber.counter32(octets // 900),
        19: ber.counter32(0),
        20: ber.counter32(0),
    }


def _ifx_entry(port: Port) -> dict[int, bytes]:
    octets = port.if_index % 100_000 * 79_001
    name = port.name if port.device.platform in ("cisco_nxos", "arista_eos", "huawei_vrp") else short(port)
    return {
        1: ber.octets(name),
        6: ber.counter64(octets),
        10: ber.counter64(octets // 2),
        14: _TRUE,
        15: ber.gauge32(port.speed),
        16: _FALSE,
        17: _TRUE if port.kind == "ethernet" else _FALSE,
        18: ber.octets(port.description),
    }


def ip(device: Device) -> Iterator[Row]:
    """IP-MIB ipAddrTable (RFC 1213 form) and ipAddressTable (RFC 4293)."""
    for port in device.sorted_ports:
        if port.address is None:
            continue
        address, network = port.address.ip, port.address.network
        octets = tuple(address.packed)
        entry = (*_MIB2, 4, 20, 1)
        yield (*entry, 1, *octets), ber.ip_address(address)
        yield (*entry, 2, *octets), ber.integer(port.if_index)
        yield (*entry, 3, *octets), ber.ip_address(port.address.netmask)
        yield (*entry, 4, *octets), ber.integer(1)
        entry = (*_MIB2, 4, 34, 1)
        index = (1, 4, *octets)
        prefix = ".".join(map(str, (*_MIB2, 4, 32, 1, 5, port.if_index, 1, 4, *network.network_address.packed)))
        yield (*entry, 3, *index), ber.integer(port.if_index)
        yield (*entry, 4, *index), ber.integer(1)
        yield (*entry, 5, *index), ber.oid_value(f"{prefix}.{network.prefixlen}")
        yield (*entry, 6, *index), ber.integer(2)
        yield (*entry, 7, *index), ber.integer(1)


def bridge_ports(device: Device) -> dict[int, Port]:
    """dot1dBasePort number -> switch port; bridge ports are numbered from 1, not by ifIndex."""
    return dict(enumerate((p for p in device.of_kind("ethernet") if p.mode), start=1))


def bridge(device: Device) -> Iterator[Row]:
    """BRIDGE-MIB dot1dBase and, except on IOS which has VTP instead, Q-BRIDGE-MIB VLAN tables."""
    if not device.hardware.switch:
        return
    numbered = bridge_ports(device)
    base = (*_MIB2, 17, 1)
    yield (*base, 1, 0), ber.octets(mac_bytes(device.base_mac))
    yield (*base, 2, 0), ber.integer(len(numbered))
    yield (*base, 3, 0), ber.integer(2)
    for number, port in numbered.items():
        yield (*base, 4, 1, 1, number), ber.integer(number)
        yield (*base, 4, 1, 2, number), ber.integer(port.if_index)
    if device.platform == "cisco_ios":
        return
    dot1q = (*_MIB2, 17, 7, 1)
    yield (*dot1q, 1, 4, 0), ber.gauge32(len(device.vlans))
    for vid, name in device.vlans.items():
        egress, untagged = _port_lists(numbered, vid)
        yield (*dot1q, 4, 2, 1, 3, 0, vid), ber.gauge32(vid)
        yield (*dot1q, 4, 2, 1, 4, 0, vid), egress
        yield (*dot1q, 4, 2, 1, 5, 0, vid), untagged
        yield (*dot1q, 4, 2, 1, 6, 0, vid), ber.integer(2)
        yield (*dot1q, 4, 3, 1, 1, vid), ber.octets(name)
        yield (*dot1q, 4, 3, 1, 2, vid), egress
        yield (*dot1q, 4, 3, 1, 3, vid), ber.octets(bytes(-(-len(numbered) // 8)))
        yield (*dot1q, 4, 3, 1, 4, vid), untagged
        yield (*dot1q, 4, 3, 1, 5, vid), ber.integer(1)
    for number, port in numbered.items():
        yield (*dot1q, 4, 5, 1, 1, number), ber.gauge32(port.pvid)


def _port_lists(numbered: dict[int, Port], vid: int) -> tuple[bytes, bytes]:
    untagged = {n for n, p in numbered.items() if p.pvid == vid}
    tagged = {n for n, p in numbered.items() if p.mode == "trunk" and vid in p.tagged}
    return bits(untagged | tagged, len(numbered)), bits(untagged, len(numbered))


def bits(numbers: set[int], size: int) -> bytes:
    """PortList (RFC 4363): port 1 is the highest bit of the first octet."""
    value = bytearray(-(-size // 8))
    for number in numbers:
        value[(number - 1) // 8] |= 0x80 >> (number - 1) % 8
    return ber.octets(bytes(value))


def entity(device: Device) -> Iterator[Row]:
    """ENTITY-MIB entPhysicalTable: chassis (1) and one power supply (2)."""
    hardware = device.hardware
    vendor = {"arista_eos": "Arista Networks", "huawei_vrp": "Huawei"}.get(device.platform, "Cisco Systems, Inc.")
    parts = (
        (1001, f"{hardware.model} chassis", 0, 3, "Chassis", device.serial, hardware.model, hardware.os_version),
        (1002, "Power supply", 1001, 6, "Power Supply 1", power_supply_serial(device), "PWR-350", ""),
    )
    for index, description, inside, kind, name, serial, model, software in parts:
        values = {
            2: ber.octets(description),
            3: ber.oid_value("0.0"),
            4: ber.integer(inside),
            5: ber.integer(kind),
            6: ber.integer(1),
            7: ber.octets(name),
            8: ber.octets("V02"),
            9: ber.octets(""),
            10: ber.octets(software),
            11: ber.octets(serial),
            12: ber.octets(vendor),
            13: ber.octets(model),
            16: _TRUE,
        }
        for column, value in values.items():
            yield (*_MIB2, 47, 1, 1, 1, 1, column, index), value


def capability_bits(device: Device) -> bytes:
    """LldpSystemCapabilitiesMap: bridge is bit 2, router bit 4."""
    bridge_bit = 0x20 if device.hardware.switch else 0
    return bytes((bridge_bit | (0x08 if device.role != "access" or not bridge_bit else 0),))


def lldp(device: Device) -> Iterator[Row]:
    """LLDP-MIB (IEEE 802.1AB) local and remote tables; lldpRemLocalPortNum is the ifIndex."""
    root = (1, 0, 8802, 1, 1, 2, 1)
    local = (*root, 3)
    yield (*local, 1, 0), ber.integer(4)
    yield (*local, 2, 0), ber.octets(mac_bytes(device.base_mac))
    yield (*local, 3, 0), ber.octets(device.system_name)
    yield (*local, 4, 0), ber.octets(device.hardware.sys_descr)
    yield (*local, 5, 0), ber.octets(capability_bits(device))
    yield (*local, 6, 0), ber.octets(capability_bits(device))
    for port in device.of_kind("ethernet"):
        yield (*local, 7, 1, 2, port.if_index), ber.integer(5)
        yield (*local, 7, 1, 3, port.if_index), ber.octets(lldp_port_id(port))
        yield (*local, 7, 1, 4, port.if_index), ber.octets(port.description or port.name)
    for number, port in enumerate(device.lldp_ports(), start=1):
        yield from _lldp_remote(root, number, port)


def _lldp_remote(root: Oid, number: int, port: Port) -> Iterator[Row]:
    peer = port.peer
    assert peer is not None
    index = (0, port.if_index, number)
    values = {
        4: ber.integer(4),
        5: ber.octets(mac_bytes(peer.device.base_mac)),
        6: ber.integer(5),
        7: ber.octets(lldp_port_id(peer)),
        8: ber.octets(peer.description or peer.name),
        9: ber.octets(peer.device.system_name),
        10: ber.octets(peer.device.hardware.sys_descr),
        11: ber.octets(capability_bits(peer.device)),
        12: ber.octets(capability_bits(peer.device)),
    }
    for column, value in values.items():
        yield (*root, 4, 1, 1, column, *index), value
    address = (1, 4, *map(int, peer.device.address.split(".")))
    yield (*root, 4, 2, 1, 3, *index, *address), ber.integer(2)
    yield (*root, 4, 2, 1, 4, *index, *address), ber.integer(1)
    yield (*root, 4, 2, 1, 5, *index, *address), ber.oid_value("1.3.6.1.2.1.2.2.1.1")


def juniper(device: Device) -> Iterator[Row]:
    """JUNIPER-MIB's box, which stands where others have an ENTITY-MIB."""
    box = (1, 3, 6, 1, 4, 1, 2636, 3, 1)
    yield (*box, 2, 0), ber.octets(f"Juniper {device.hardware.model} Internet Ethernet Switch")
    yield (*box, 3, 0), ber.octets(device.serial)


def cisco(device: Device) -> Iterator[Row]:
    """CISCO-CDP-MIB, CISCO-VTP-MIB and CISCO-VLAN-MEMBERSHIP-MIB."""
    root = (1, 3, 6, 1, 4, 1, 9, 9)
    for number, port in enumerate(device.cdp_ports(), start=1):
        peer = port.peer
        assert peer is not None
        values = {
            3: ber.integer(1),
            4: ber.octets(bytes(map(int, peer.device.address.split(".")))),
            5: ber.octets(peer.device.hardware.sys_descr),
            6: ber.octets(cdp_device_id(peer.device)),
            7: ber.octets(peer.name),
            8: ber.octets(cdp_platform(peer.device)),
            9: ber.octets(bytes((0, 0, 0, 0x28 if peer.device.hardware.switch else 0x01))),
            11: ber.integer(peer.pvid),
            12: ber.integer(3),
        }
        for column, value in values.items():
            yield (*root, 23, 1, 2, 1, 1, column, port.if_index, number), value
    if device.hardware.switch:
        yield from _vtp(device, root)


def _vtp(device: Device, root: Oid) -> Iterator[Row]:
    for vid, name in device.vlans.items():
        entry = (*root, 46, 1, 3, 1, 1)
        yield (*entry, 2, 1, vid), ber.integer(1)
        yield (*entry, 3, 1, vid), ber.integer(1)
        yield (*entry, 4, 1, vid), ber.octets(name)
    for port in device.of_kind("ethernet"):
        entry = (*root, 46, 1, 6, 1, 1)
        allowed = ALL_VLANS if port.allowed is None else port.allowed
        yield (*entry, 4, port.if_index), _vlan_bits(allowed, 0)
        yield (*entry, 5, port.if_index), ber.integer(port.native_vlan)
        yield (*entry, 14, port.if_index), _TRUE if port.mode == "trunk" and port.up else _FALSE
        if port.mode == "access":
            yield (*root, 68, 1, 2, 2, 1, 2, port.if_index), ber.integer(port.access_vlan)
        for column, block in ((17, 1), (18, 2), (19, 3)):
            yield (*entry, column, port.if_index), _vlan_bits(allowed, block)


@lru_cache(maxsize=1024)
def _vlan_bits(vids: frozenset[int], block: int) -> bytes:
    """vlanTrunkPortVlansEnabled: 1024 VLANs a column, VLAN 0 is the highest bit of the first octet."""
    value = 0
    for vid in vids:
        if vid // 1024 == block:
            value |= 1 << (1023 - vid % 1024)
    return ber.octets(value.to_bytes(128, "big"))
