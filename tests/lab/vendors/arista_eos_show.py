"""What EOS prints as text, rendered from the device's state."""

from typing import TYPE_CHECKING

from tests.lab.announce import lldp_port_id, power_supply_serial
from tests.lab.names import dotted, find_port, ranges, short, uptime_words
from tests.lab.state import Port
from tests.lab.vendors.arista_eos_json import carrying, status

if TYPE_CHECKING:
    from tests.lab.vendors.arista_eos import AristaEosCli


def version(cli: "AristaEosCli") -> str:
    """`show version`."""
    device = cli.device
    hardware = device.hardware
    return (
        f"Arista {hardware.model}\nHardware version: 11.00\nSerial number: {device.serial}\n"
        f"Hardware MAC address: {dotted(device.base_mac)}\nSystem MAC address: {dotted(device.base_mac)}\n\n"
        f"Software image version: {hardware.os_version}\nArchitecture: i686\n"
        f"Internal build version: {hardware.image}\nInternal build ID: 5c08e74b-ab2b-49fa-bde3-ef7238e2e1ca\n"
        "Image format version: 3.0\nImage optimization: Default\n\n"
        f"Uptime: {uptime_words(device.uptime)}\nTotal memory: 8099732 kB\nFree memory: 5000000 kB\n\n"
    )


def hostname(cli: "AristaEosCli") -> str:
    """`show hostname`."""
    return f"Hostname: {cli.device.hostname}\nFQDN:     {cli.device.hostname}.{cli.device.domain}\n"


def interfaces(cli: "AristaEosCli", name: str = "") -> str:
    """`show interfaces [NAME]`."""
    if not name:
        return "".join(_interface(p) for p in cli.device.sorted_ports)
    port = find_port(cli.device, name)
    return _interface(port) if port else cli.reject(name)


def _interface(port: Port) -> str:
    link = "up" if port.up else "administratively down" if not port.enabled else "down"
    mac = f", address is {dotted(port.mac)} (bia {dotted(port.mac)})" if port.mac else ""
    hardware = {"vlan": "Vlan", "loopback": "Loopback"}.get(port.kind, "Ethernet")
    lines = [f"{port.name} is {link}, line protocol is {'up' if port.up else 'down'} ({status(port)})"]
    lines.append(f"  Hardware is {hardware}{mac}")
    if port.description:
        lines.append(f"  Description: {port.description}")
    if port.address:
        lines.append(f"  Internet address is {port.address}")
        lines.append("  Broadcast address is 255.255.255.255")
    size = "IP MTU" if not port.mode else "Ethernet MTU"
    lines.append(f"  {size} {port.mtu} bytes , BW {port.speed * 1000} kbit")
    if port.kind == "ethernet":
        lines += ["  Full-duplex, 10Gb/s, auto negotiation: off, uni-link: n/a", "  Loopback Mode : None"]
    lines += [
        f"  {'Up' if port.up else 'Down'} 12 days, 3 hours, 10 minutes, 5 seconds",
        '  Last clearing of "show interface" counters never',
        "  0 packets input, 0 bytes",
        "  0 packets output, 0 bytes",
    ]
    return "\n".join(lines) + "\n"


def interfaces_status(cli: "AristaEosCli") -> str:
    """`show interfaces status`."""
    rows = [
        "Port       Name                           Status       Vlan     Duplex Speed  Type         Flags Encapsulation"
    ]
    for port in cli.device.of_kind("ethernet", "management"):
        vlan_text = {"trunk": "trunk", "access": str(port.access_vlan)}.get(port.mode, "routed")
        rows.append(
            f"{short(port):<10} {port.description[:30]:<30} {status(port):<12} {vlan_text:<8} full   10G    10GBASE-SR"
        )
    return "\n".join(rows) + "\n"


def interfaces_description(cli: "AristaEosCli") -> str:
    """`show interfaces description`."""
    rows = ["Interface                      Status         Protocol           Description"]
    for port in cli.device.sorted_ports:
        link = "up" if port.up else "admin down" if not port.enabled else "down"
        rows.append(f"{short(port):<30} {link:<14} {'up' if port.up else 'down':<18} {port.description}")
    return "\n".join(rows) + "\n"


def switchport(cli: "AristaEosCli") -> str:
    """`show interfaces switchport`."""
    names = cli.device.vlans
    text = ""
    for port in cli.device.of_kind("ethernet"):
        mode = "trunk" if port.mode == "trunk" else "static access"
        allowed = "ALL" if port.allowed is None else ranges(port.allowed) or "NONE"
        text += (
            f"Name: {short(port)}\nSwitchport: {'Enabled' if port.mode else 'Disabled'}\nAdministrative Mode: {mode}\n"
            f"Operational Mode: {mode}\nMAC Address Learning: enabled\nDot1q ethertype/TPID: 0x8100 (active)\n"
            f"Dot1q Vlan Tag Required (Administrative/Operational): No/No\n"
            f"Access Mode VLAN: {port.access_vlan} ({names.get(port.access_vlan, 'inactive')})\n"
            f"Trunking Native Mode VLAN: {port.native_vlan} ({names.get(port.native_vlan, 'inactive')})\n"
            f"Administrative Native VLAN tagging: disabled\nTrunking VLANs Enabled: {allowed}\nStatic Trunk Groups:\n\n"
        )
    return text


def trunk(cli: "AristaEosCli") -> str:
    """`show interfaces trunk`."""
    ports = [p for p in cli.device.of_kind("ethernet") if p.mode == "trunk"]
    rows = ["Port            Mode            Status          Native vlan"]
    rows += [
        f"{short(p):<15} trunk           {'trunking' if p.up else 'not-trunking':<15} {p.native_vlan}" for p in ports
    ]
    rows += ["", "Port            Vlans allowed"]
    rows += [f"{short(p):<15} {'All' if p.allowed is None else ranges(p.allowed) or 'None'}" for p in ports]
    return "\n".join(rows) + "\n"


def ip_interface_brief(cli: "AristaEosCli") -> str:
    """`show ip interface brief`."""
    rows = [
        "                                                                              Address",
        "Interface         IP Address            Status       Protocol           MTU   Owner  ",
        "----------------- --------------------- ------------ -------------- --------- -------",
    ]
    for port in cli.device.sorted_ports:
        if port.address:
            state = "up" if port.up else "admin down" if not port.enabled else "down"
            protocol = "up" if port.up else "down"
            rows.append(f"{port.name:<17} {port.address!s:<21} {state:<12} {protocol:<14} {port.mtu:>9}        ")
    return "\n".join(rows) + "\n"


def vlan(cli: "AristaEosCli", vid: str = "") -> str:
    """`show vlan [brief]` and `show vlan VID`."""
    wanted = {v: n for v, n in sorted(cli.device.vlans.items()) if not vid or str(v) == vid}
    if vid and not wanted:
        return f"% VLAN {vid} not found in current VLAN database\n"
    rows = ["VLAN  Name                             Status    Ports", f"----- {'-' * 32} --------- {'-' * 31}"]
    for number, name in wanted.items():
        members = [short(p) for p in carrying(cli.device, number)]
        chunks = [", ".join(members[i : i + 5]) for i in range(0, len(members), 5)] or [""]
        rows.append(f"{number:<5} {name:<32} active    {chunks[0]}")
        rows += [f"{'':<49}{chunk}" for chunk in chunks[1:]]
    return "\n".join([*rows, "", ""])


def lldp_neighbors(cli: "AristaEosCli") -> str:
    """`show lldp neighbors`."""
    rows = ["Port          Neighbor Device ID                Neighbor Port ID       TTL", "-" * 13]
    for port in cli.device.lldp_ports():
        if port.peer:
            rows.append(f"{short(port):<13} {port.peer.device.system_name:<33} {lldp_port_id(port.peer):<22} 120")
    return "\n".join(rows) + "\n"


def lldp_neighbors_detail(cli: "AristaEosCli") -> str:
    """`show lldp neighbors detail`."""
    text = ""
    for port in cli.device.of_kind("ethernet"):
        peer = port.peer if port.up else None
        text += f"Interface {port.name} detected {1 if peer else 0} LLDP neighbors:\n\n"
        if peer is None:
            continue
        description = peer.device.hardware.sys_descr.replace("\r\n", "\n")
        text += (
            f"  Neighbor {dotted(peer.device.base_mac)}/{lldp_port_id(peer)}, age 10 seconds\n"
            "  Discovered 12 days, 3:10:05 ago; Last changed 12 days, 3:10:05 ago\n"
            f"  - Chassis ID type: MAC address (4)\n    Chassis ID     : {dotted(peer.device.base_mac)}\n"
            f'  - Port ID type: Interface name (5)\n    Port ID     : "{lldp_port_id(peer)}"\n'
            "  - Time To Live: 120 seconds\n"
            f'  - Port Description: "{peer.description or peer.name}"\n'
            f'  - System Name: "{peer.device.system_name}"\n  - System Description: "{description}"\n'
            "  - System Capabilities : Bridge, Router\n    Enabled Capabilities: Bridge\n"
            "  - Management Address Subtype: IPv4 (1)\n"
            f"    Management Address        : {peer.device.address}\n    Interface Number Subtype : ifIndex (2)\n\n"
        )
    return text


def inventory(cli: "AristaEosCli") -> str:
    """`show inventory`."""
    device = cli.device
    return (
        "System information\n    Model                    Description\n"
        "    ------------------------ ----------------------------------------------------\n"
        f"    {device.hardware.model:<24} 48x10GBASE-T + 8x100GbE QSFP switch\n\n"
        "    HW Version  Serial Number  Mfg Date   Epoch\n    ----------- -------------- ---------- -----\n"
        f"    11.00       {device.serial:<14} 2021-03-11 01.00\n\n"
        "System has 1 power supply slot\n    Slot Model            Serial Number\n"
        f"    ---- ---------------- ----------------\n    1    PWR-500AC-F      {power_supply_serial(device)}\n\n"
    )
