"""What HPE Comware 7 prints."""

from typing import TYPE_CHECKING

from tests.lab.announce import lldp_port_id
from tests.lab.names import dashed, find_port, ranges, uptime_words
from tests.lab.state import Port

if TYPE_CHECKING:
    from tests.lab.vendors.hp_comware import HpComwareCli


def version(cli: "HpComwareCli") -> str:
    """`display version`."""
    hardware = cli.device.hardware
    return (
        f"HPE Comware Software, Version {hardware.os_version}\n"
        "Copyright (c) 2010-2017 Hewlett Packard Enterprise Development LP\n"
        f"HPE {hardware.model} uptime is {uptime_words(cli.device.uptime)}\n"
        "Last reboot reason : User reboot\n\n"
        f"Boot image: flash:/{hardware.image}-boot.bin\n"
        f"Boot image version: {hardware.os_version}\n\n"
        "Slot 1:\nUptime is 2 weeks,1 day,4 hours,12 minutes\n"
        f"{hardware.model} with 1 Processor\n"
    )


def manuinfo(cli: "HpComwareCli") -> str:
    """`display device manuinfo`."""
    device = cli.device
    return (
        f"Slot 1 CPU 0:\nDEVICE_NAME          : {device.hardware.model}\nDEVICE_SERIAL_NUMBER : {device.serial}\n"
        f"MAC_ADDRESS          : {dashed(device.base_mac)}\nMANUFACTURING_DATE   : 2017-05-04\n"
        "VENDOR_NAME          : HPE\n"
    )


def interfaces(cli: "HpComwareCli", name: str = "") -> str:
    """`display interface [NAME]`."""
    ports = cli.device.sorted_ports
    if name:
        found = find_port(cli.device, name)
        ports = [found] if found else []
    return "".join(_interface(port) for port in ports) or cli.reject(name)


def _physical(port: Port) -> str:
    return "UP" if port.up else "DOWN" if port.enabled else "Administratively DOWN"


def _interface(port: Port) -> str:
    lines = [port.name, f"Current state: {_physical(port)}", f"Line protocol state: {'UP' if port.up else 'DOWN'}"]
    if port.mac:
        lines.append(f"IP packet frame type: Ethernet II, hardware address: {dashed(port.mac)}")
    lines.append(f"Description: {port.description or f'{port.name} Interface'}")
    lines.append(f"Bandwidth: {port.speed * 1000} kbps")
    if port.kind == "ethernet" and port.mode:
        lines.append(f"{port.speed}Mbps-speed mode, full-duplex mode")
        lines += ["Maximum frame length: 9216", f"PVID: {port.pvid}", f"Port link-type: {port.mode.title()}"]
        lines += _membership(port)
    else:
        lines.append(f"Maximum transmission unit: {port.mtu}")
        lines.append(
            f"Internet address: {port.address} (primary)" if port.address else "Internet protocol processing: Disabled"
        )
    return "\n".join(lines) + "\n\n"


def _membership(port: Port) -> list[str]:
    if port.mode == "access":
        return [" Tagged VLANs:   None", f" Untagged VLANs: {port.access_vlan}"]
    passing = ranges(port.tagged, "-", ", ") or "None"
    permitted = ranges(port.allowed if port.allowed is not None else frozenset(range(1, 4095)), "-", ", ") or "None"
    return [f" VLAN Passing:   {passing}", f" VLAN permitted: {permitted}", " Trunk port encapsulation: IEEE 802.1q"]


def ip_interface(cli: "HpComwareCli") -> str:
    """`display ip interface`."""
    text = ""
    for port in cli.device.sorted_ports:
        if port.address:
            text += (
                f"{port.name} current state: {_physical(port)}\n"
                f"Line protocol current state: {'UP' if port.up else 'DOWN'}\n"
                f"Internet Address is {port.address} Primary\n"
                f"Broadcast address: {port.address.network.broadcast_address}\n"
                f"The Maximum Transmit Unit: {port.mtu} bytes\n\n"
            )
    return text


def vlan_all(cli: "HpComwareCli") -> str:
    """`display vlan all`."""
    return "".join(_vlan(cli, vid) for vid in sorted(cli.device.vlans))


def _vlan(cli: "HpComwareCli", vid: int) -> str:
    device = cli.device
    svi = device.ports.get(f"Vlan-interface{vid}")
    lines = [f" VLAN ID: {vid}", " VLAN type: Static", f" Route interface: {'Configured' if svi else 'Not configured'}"]
    if svi and svi.address:
        lines += [f" IPv4 address: {svi.address.ip}", f" IPv4 subnet mask: {svi.address.netmask}"]
    lines += [f" Description: {device.vlan_notes.get(vid, f'VLAN {vid:04d}')}", f" Name: {device.vlans[vid]}"]
    tagged = [port for port in device.of_kind("ethernet") if port.mode == "trunk" and vid in port.tagged]
    for kind, ports in (("Tagged", tagged), ("Untagged", device.members(vid))):
        lines.append(f" {kind} ports:" + ("" if ports else "   None"))
        lines += [f"    {port.name}{'(U)' if port.up else ''}" for port in ports]
    return "\n".join(lines) + "\n\n"


def lldp_verbose(cli: "HpComwareCli") -> str:
    """`display lldp neighbor-information verbose`."""
    text = ""
    for number, port in enumerate(cli.device.lldp_ports(), start=1):
        peer = port.peer
        if peer is None:
            continue
        text += (
            f"LLDP neighbor-information of port {number}[{port.name}]:\nLLDP agent nearest-bridge:\n"
            " LLDP neighbor index : 1\n Update time         : 0 days, 0 hours, 1 minutes, 1 seconds\n"
            f" Chassis type        : MAC address\n Chassis ID          : {dashed(peer.device.base_mac)}\n"
            f" Port ID type        : Interface name\n Port ID             : {lldp_port_id(peer)}\n"
            f" Time to live        : 121\n Port description    : {peer.description or peer.name}\n"
            f" System name         : {peer.device.system_name}\n"
            " Management address type           : IPv4\n"
            f" Management address                : {peer.device.address}\n"
            f" Port VLAN ID(PVID)  : {peer.pvid}\n Maximum frame size              : 9216\n\n"
        )
    return text
