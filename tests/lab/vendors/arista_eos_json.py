"""What eAPI answers in JSON (and `| json` prints), with the attribute names of EOS 4.28."""

import time
from typing import TYPE_CHECKING, Any

from tests.lab.announce import lldp_port_id, power_supply_serial
from tests.lab.names import dotted, ranges
from tests.lab.state import Device, Port

if TYPE_CHECKING:
    from tests.lab.vendors.arista_eos import AristaEosCli

Json = dict[str, Any]


def version(cli: "AristaEosCli") -> Json:
    """`show version`."""
    device = cli.device
    return {
        "mfgName": "Arista",
        "modelName": device.hardware.model,
        "hardwareRevision": "11.00",
        "serialNumber": device.serial,
        "systemMacAddress": device.base_mac,
        "hwMacAddress": device.base_mac,
        "configMacAddress": "00:00:00:00:00:00",
        "version": device.hardware.os_version,
        "architecture": "i686",
        "internalVersion": device.hardware.image,
        "internalBuildId": "5c08e74b-ab2b-49fa-bde3-ef7238e2e1ca",
        "bootupTimestamp": time.time() - device.uptime,
        "uptime": device.uptime,
        "memTotal": 8099732,
        "memFree": 5000000,
        "isIntlVersion": False,
    }


def hostname(cli: "AristaEosCli") -> Json:
    """`show hostname`."""
    return {"hostname": cli.device.hostname, "fqdn": f"{cli.device.hostname}.{cli.device.domain}"}


def status(port: Port) -> str:
    """interfaceStatus of EOS: connected, notconnect or disabled."""
    return "connected" if port.up else "disabled" if not port.enabled else "notconnect"


def _address(port: Port) -> Json:
    address = port.address
    return {
        "primaryIp": {"address": str(address.ip), "maskLen": address.network.prefixlen}
        if address
        else {"address": "0.0.0.0", "maskLen": 0},
        "secondaryIps": {},
        "secondaryIpsOrderedList": [],
        "broadcastAddress": "255.255.255.255",
        "dhcp": False,
    }


def interfaces(cli: "AristaEosCli") -> Json:
    """`show interfaces`."""
    return {"interfaces": {p.name: _interface(p) for p in cli.device.sorted_ports}}


def _interface(port: Port) -> Json:
    entry: Json = {
        "name": port.name,
        "forwardingModel": "bridged" if port.mode else "routed",
        "lineProtocolStatus": "up" if port.up else "down",
        "interfaceStatus": status(port),
        "hardware": "loopback" if port.kind == "loopback" else "vlan" if port.kind == "vlan" else "ethernet",
        "interfaceAddress": [_address(port)] if port.address else [],
        "bandwidth": port.speed * 1_000_000,
        "mtu": port.mtu,
        "description": port.description,
        "lastStatusChangeTimestamp": 1735689600.0,
    }
    if port.mac:
        entry["physicalAddress"] = entry["burnedInAddress"] = port.mac
    return entry


def interfaces_status(cli: "AristaEosCli") -> Json:
    """`show interfaces status`."""
    return {
        "interfaceStatuses": {
            p.name: {
                "description": p.description,
                "linkStatus": status(p),
                "lineProtocolStatus": "up" if p.up else "down",
                "bandwidth": p.speed * 1_000_000,
                "vlanInformation": {"interfaceMode": p.mode or "routed", "vlanId": p.pvid},
            }
            for p in cli.device.of_kind("ethernet", "management")
        }
    }


def switchport(cli: "AristaEosCli") -> Json:
    """`show interfaces switchport`."""
    names = cli.device.vlans
    return {
        "switchports": {
            p.name: {
                "enabled": bool(p.mode),
                "switchportInfo": {
                    "mode": p.mode or "access",
                    "accessVlanId": p.access_vlan,
                    "accessVlanName": names.get(p.access_vlan, ""),
                    "trunkingNativeVlanId": p.native_vlan,
                    "trunkingNativeVlanName": names.get(p.native_vlan, ""),
                    "trunkAllowedVlans": "ALL" if p.allowed is None else ranges(p.allowed) or "NONE",
                    "macLearning": True,
                },
            }
            for p in cli.device.of_kind("ethernet")
        }
    }


def ip_interface(cli: "AristaEosCli") -> Json:
    """`show ip interface`: only ports with an address."""
    return {
        "interfaces": {
            p.name: {
                "name": p.name,
                "lineProtocolStatus": "up" if p.up else "down",
                "interfaceStatus": status(p),
                "mtu": p.mtu,
                "interfaceAddress": _address(p),
                "ipv4Routable240": False,
            }
            for p in cli.device.sorted_ports
            if p.address
        }
    }


def vlan(cli: "AristaEosCli") -> Json:
    """`show vlan`."""
    device = cli.device
    return {
        "sourceDetail": "",
        "vlans": {
            str(vid): {
                "name": name,
                "status": "active",
                "dynamic": False,
                "interfaces": {p.name: {"privatePromoted": False} for p in carrying(device, vid)},
            }
            for vid, name in sorted(device.vlans.items())
        },
    }


def carrying(device: Device, vid: int) -> list[Port]:
    """Access ports of the VLAN, then working trunks that carry it."""
    trunks = [p for p in device.of_kind("ethernet") if p.mode == "trunk" and p.up and vid in p.tagged]
    return device.members(vid) + trunks


def lldp_neighbors(cli: "AristaEosCli") -> Json:
    """`show lldp neighbors`."""
    rows = [
        {"port": p.name, "neighborDevice": p.peer.device.system_name, "neighborPort": lldp_port_id(p.peer), "ttl": 120}
        for p in cli.device.lldp_ports()
        if p.peer
    ]
    return {"tablesLastChangeTime": 1735689600.0, "tablesInserts": len(rows), "lldpNeighbors": rows}


def lldp_neighbors_detail(cli: "AristaEosCli") -> Json:
    """`show lldp neighbors detail`."""
    neighbours: Json = {p.name: {"lldpNeighborInfo": []} for p in cli.device.of_kind("ethernet")}
    for port in cli.device.lldp_ports():
        if port.peer:
            neighbours[port.name] = {"lldpNeighborInfo": [_neighbour(port.peer)]}
    return {"lldpNeighbors": neighbours}


def _neighbour(peer: Port) -> Json:
    device = peer.device
    return {
        "chassisIdType": "macAddress",
        "chassisId": dotted(device.base_mac),
        "systemName": device.system_name,
        "systemDescription": device.hardware.sys_descr,
        "systemCapabilities": {"bridge": device.hardware.switch, "router": device.role != "access"},
        "managementAddresses": [{"addressType": "ipv4", "address": device.address, "interfaceNumType": "ifIndex"}],
        "neighborInterfaceInfo": {
            "interfaceIdType": "interfaceName",
            "interfaceId": f'"{lldp_port_id(peer)}"',
            "interfaceId_v2": lldp_port_id(peer),
            "interfaceDescription": peer.description or peer.name,
            "portVlanId": peer.pvid,
        },
        "ttl": 120,
    }


def inventory(cli: "AristaEosCli") -> Json:
    """`show inventory`."""
    device = cli.device
    return {
        "systemInformation": {
            "name": device.hardware.model,
            "description": "48x10GBASE-T + 8x100GbE QSFP switch",
            "serialNum": device.serial,
            "hardwareRev": "11.00",
            "mfgDate": "2021-03-11",
        },
        "powerSupplySlots": {"1": {"name": "PWR-500AC-F", "serialNum": power_supply_serial(device)}},
        "fanTraySlots": {},
        "portCount": len(device.of_kind("ethernet")),
        "xcvrSlots": {},
    }
