"""What IOS prints, rendered from the device's state."""

from typing import TYPE_CHECKING

from tests.lab.announce import cdp_device_id, cdp_platform, lldp_port_id, power_supply_serial
from tests.lab.names import dotted, find_port, ranges, short, uptime_words
from tests.lab.state import Device, Port

if TYPE_CHECKING:
    from tests.lab.vendors.cisco_ios import CiscoIosCli


def _system_description(device: Device) -> str:
    return device.hardware.sys_descr.replace("\r\n", "\n")


def version(cli: "CiscoIosCli") -> str:
    """`show version`."""
    device = cli.device
    hardware = device.hardware
    family = hardware.image.split()[0]
    image = "flash:packages.conf" if "16." in hardware.os_version else "flash:/c2960x-universalk9-mz.152-7.E4.bin"
    text = (
        f"{_system_description(device)}\n\nROM: IOS-XE ROMMON\nBOOTLDR: {family} Boot Loader\n\n"
        f"{device.hostname} uptime is {uptime_words(device.uptime)}\n"
        f"System returned to ROM by power-on\n"
        f'System image file is "{image}"\nLast reload reason: Reload command\n\n\n'
        f"cisco {hardware.model} (APM86XXX) processor (revision B0) with 524288K/4096K bytes of memory.\n"
        f"Processor board ID {device.serial}\nLast reset from power-on\n"
        f"{len(device.of_kind('ethernet'))} Gigabit Ethernet interfaces\n\n"
    )
    if hardware.switch:
        text += (
            f"Base Ethernet MAC Address       : {device.base_mac.upper()}\n"
            f"Model Number                    : {hardware.model}\n"
            f"System Serial Number            : {device.serial}\n\n\n"
            "Switch Ports Model              SW Version            SW Image\n"
            "------ ----- -----              ----------            ----------\n"
            f"*    1 {len(device.of_kind('ethernet')):<5} {hardware.model:<18} {hardware.os_version:<21} "
            "UNIVERSALK9\n\n\n"
        )
    return text + "Configuration register is 0xF\n\n"


def startup(cli: "CiscoIosCli") -> str:
    """`show startup-config`."""
    cli.showed_config = True
    return f"Using {len(cli.device.startup)} out of 524288 bytes\n{cli.device.startup}"


def running_interface(cli: "CiscoIosCli", name: str) -> str:
    """`show running-config interface NAME`."""
    from tests.lab.vendors.cisco_ios import interface

    port = find_port(cli.device, name)
    if port is None:
        return cli.reject(name)
    block = "\n".join(interface(port))
    return f"Building configuration...\n\nCurrent configuration : {len(block)} bytes\n!\n{block}\nend\n\n"


def _status(port: Port) -> tuple[str, str]:
    if not port.enabled:
        return "administratively down", "down"
    return ("up", "up") if port.up else ("down", "down")


def _chosen(cli: "CiscoIosCli", name: str) -> list[Port]:
    found = find_port(cli.device, name) if name else None
    return ([found] if found else []) if name else cli.device.sorted_ports


def interfaces(cli: "CiscoIosCli", name: str = "") -> str:
    """`show interfaces [NAME]`."""
    ports = _chosen(cli, name)
    return "".join(_interface(p) for p in ports) if ports else cli.reject(name)


def _interface(port: Port) -> str:
    link, protocol = _status(port)
    if port.kind == "ethernet":
        suffix = f" ({'connected' if port.up else 'disabled' if not port.enabled else 'notconnect'})"
    else:
        suffix = ""
    mac = f", address is {dotted(port.mac)} (bia {dotted(port.mac)})" if port.mac else ""
    hardware = {"vlan": "Ethernet SVI", "loopback": "Loopback"}.get(port.kind, "Gigabit Ethernet")
    lines = [f"{port.name} is {link}, line protocol is {protocol}{suffix} ", f"  Hardware is {hardware}{mac}"]
    if port.description:
        lines.append(f"  Description: {port.description}")
    if port.address:
        lines.append(f"  Internet address is {port.address}")
    lines += [
        f"  MTU {port.mtu} bytes, BW {port.speed * 1000} Kbit/sec, DLY 10 usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        f"  Encapsulation {'LOOPBACK' if port.kind == 'loopback' else 'ARPA'}, loopback not set",
    ]
    if port.kind == "ethernet":
        duplex = "Full-duplex" if port.up else "Auto-duplex"
        speed = ("10Gb/s" if port.speed == 10000 else "1000Mb/s") if port.up else "Auto-speed"
        lines += ["  Keepalive set (10 sec)", f"  {duplex}, {speed}, media type is 10/100/1000BaseTX"]
    lines += [
        "  Last input 00:00:01, output 00:00:00, output hang never",
        '  Last clearing of "show interface" counters never',
        "  Input queue: 0/75/0/0 (size/max/drops/flushes); Total output drops: 0",
        "  Queueing strategy: fifo",
        "  5 minute input rate 2000 bits/sec, 3 packets/sec",
        "  5 minute output rate 2000 bits/sec, 3 packets/sec",
        f"     {port.if_index * 7919} packets input, {port.if_index * 790019} bytes, 0 no buffer",
        "     Received 0 broadcasts (0 IP multicasts)",
        "     0 runts, 0 giants, 0 throttles ",
        "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored",
        f"     {port.if_index * 6007} packets output, {port.if_index * 590027} bytes, 0 underruns",
        "     0 output errors, 0 collisions, 1 interface resets",
    ]
    return "\n".join(lines) + "\n"


def interfaces_description(cli: "CiscoIosCli") -> str:
    """`show interfaces description`."""
    rows = ["Interface                      Status         Protocol Description"]
    for port in cli.device.sorted_ports:
        link, protocol = _status(port)
        status = "admin down" if link.startswith("admin") else link
        rows.append(f"{short(port):<30} {status:<14} {protocol:<8} {port.description}")
    return "\n".join(rows) + "\n"


def interfaces_status(cli: "CiscoIosCli") -> str:
    """`show interfaces status`."""
    rows = ["", "Port         Name               Status       Vlan       Duplex  Speed Type "]
    for port in cli.device.of_kind("ethernet"):
        status = "disabled" if not port.enabled else "connected" if port.up else "notconnect"
        vlan = {"trunk": "trunk", "access": str(port.access_vlan)}.get(port.mode, "routed")
        duplex, speed = ("a-full", "a-1000") if port.up else ("auto", "auto")
        rows.append(
            f"{short(port):<12} {port.description[:18]:<18} {status:<12} {vlan:<10} {duplex:>6} {speed:>6} "
            "10/100/1000BaseTX"
        )
    return "\n".join(rows) + "\n"


def interfaces_switchport(cli: "CiscoIosCli", name: str = "") -> str:
    """`show interfaces [NAME] switchport`."""
    return "".join(_switchport(p) for p in _chosen(cli, name) if p.kind == "ethernet" and cli.device.hardware.switch)


def _switchport(port: Port) -> str:
    trunk = port.mode == "trunk"
    names = port.device.vlans
    operational = ("trunk" if trunk else "static access") if port.up else "down"
    allowed = "ALL" if port.allowed is None or not trunk else ranges(port.allowed) or "NONE"
    return (
        f"Name: {short(port)}\nSwitchport: {'Enabled' if port.mode else 'Disabled'}\n"
        f"Administrative Mode: {'trunk' if trunk else 'static access'}\nOperational Mode: {operational}\n"
        f"Administrative Trunking Encapsulation: dot1q\n"
        f"Operational Trunking Encapsulation: {'dot1q' if trunk else 'native'}\nNegotiation of Trunking: On\n"
        f"Access Mode VLAN: {port.access_vlan} ({names.get(port.access_vlan, 'Inactive')})\n"
        f"Trunking Native Mode VLAN: {port.native_vlan} ({names.get(port.native_vlan, 'Inactive')})\n"
        "Administrative Native VLAN tagging: enabled\nVoice VLAN: none\n"
        "Administrative private-vlan host-association: none \nAdministrative private-vlan mapping: none \n"
        "Operational private-vlan: none\n"
        f"Trunking VLANs Enabled: {allowed}\nPruning VLANs Enabled: 2-1001\nCapture Mode Disabled\n"
        "Capture VLANs Allowed: ALL\n\nProtected: false\nUnknown unicast blocked: disabled\n"
        "Unknown multicast blocked: disabled\nAppliance trust: none\n\n"
    )


def interfaces_trunk(cli: "CiscoIosCli") -> str:
    """`show interfaces trunk`: nothing at all without a working trunk."""
    trunks = [p for p in cli.device.of_kind("ethernet") if p.mode == "trunk" and p.up]
    if not trunks:
        return ""
    rows = ["", "Port        Mode             Encapsulation  Status        Native vlan"]
    rows += [f"{short(p):<11} on               802.1q         trunking      {p.native_vlan}" for p in trunks]
    rows += ["", "Port        Vlans allowed on trunk"]
    rows += [f"{short(p):<11} {'1-4094' if p.allowed is None else ranges(p.allowed) or 'none'}" for p in trunks]
    for title in (
        "Vlans allowed and active in management domain",
        "Vlans in spanning tree forwarding state and not pruned",
    ):
        rows += ["", f"Port        {title}"]
        rows += [f"{short(p):<11} {ranges(p.tagged) or 'none'}" for p in trunks]
    return "\n".join(rows) + "\n"


def ip_interface_brief(cli: "CiscoIosCli") -> str:
    """`show ip interface brief`."""
    rows = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for port in cli.device.sorted_ports:
        link, protocol = _status(port)
        address = str(port.address.ip) if port.address else "unassigned"
        method = "NVRAM" if port.address else "unset"
        rows.append(f"{port.name:<22} {address:<15} YES {method:<6} {link:<21} {protocol}")
    return "\n".join(rows) + "\n"


def ip_interface(cli: "CiscoIosCli") -> str:
    """`show ip interface`."""
    text = ""
    for port in cli.device.sorted_ports:
        link, protocol = _status(port)
        text += f"{port.name} is {link}, line protocol is {protocol}\n"
        if port.address:
            text += f"  Internet address is {port.address}\n  Broadcast address is 255.255.255.255\n"
            text += f"  MTU is {port.mtu} bytes\n"
        else:
            text += "  Internet protocol processing disabled\n"
    return text


def vlan(cli: "CiscoIosCli", vid: str = "") -> str:
    """`show vlan [brief]` and `show vlan id VID`."""
    device = cli.device
    if not device.hardware.switch:
        return cli.reject("show vlan")
    wanted = {v: n for v, n in sorted(device.vlans.items()) if not vid or str(v) == vid}
    if vid and not wanted:
        return f"VLAN id {vid} not found in current VLAN database\n"
    rows = ["", "VLAN Name                             Status    Ports", "---- " + "-" * 32 + " --------- " + "-" * 31]
    for number, name in wanted.items():
        members = [short(p) for p in device.members(number)]
        chunks = [", ".join(members[i : i + 4]) for i in range(0, len(members), 4)] or [""]
        rows.append(f"{number:<4} {name:<32} active    {chunks[0]}")
        rows += [f"{'':<48}{chunk}" for chunk in chunks[1:]]
    if not vid:
        rows += [f"{number} {name:<32} act/unsup " for number, name in _LEGACY]
    return "\n".join(rows) + "\n"


_LEGACY = ((1002, "fddi-default"), (1003, "token-ring-default"), (1004, "fddinet-default"), (1005, "trnet-default"))


def _capabilities(device: Device) -> str:
    return ("B,R" if device.role != "access" else "B") if device.hardware.switch else "R"


def lldp_neighbors(cli: "CiscoIosCli") -> str:
    """`show lldp neighbors`."""
    rows = [
        "Capability codes:",
        "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
        "",
        "Device ID           Local Intf     Hold-time  Capability      Port ID",
    ]
    ports = list(cli.device.lldp_ports())
    for port in ports:
        peer = port.peer
        assert peer
        name = peer.device.system_name[:20]
        rows.append(f"{name:<20}{short(port):<15}120        {_capabilities(peer.device):<16}{lldp_port_id(peer)}")
    return "\n".join([*rows, "", f"Total entries displayed: {len(ports)}", "", ""])


def lldp_neighbors_detail(cli: "CiscoIosCli", name: str = "") -> str:
    """`show lldp neighbors [NAME] detail`."""
    wanted = find_port(cli.device, name) if name else None
    ports = [p for p in cli.device.lldp_ports() if wanted in (None, p)]
    text = ""
    for port in ports:
        peer = port.peer
        assert peer
        codes = _capabilities(peer.device)
        text += (
            "------------------------------------------------\n"
            f"Local Intf: {short(port)}\nChassis id: {dotted(peer.device.base_mac)}\nPort id: {lldp_port_id(peer)}\n"
            f"Port Description: {peer.description or peer.name}\nSystem Name: {peer.device.system_name}\n\n"
            f"System Description: \n{_system_description(peer.device)}\n\n"
            f"Time remaining: 97 seconds\nSystem Capabilities: {codes}\nEnabled Capabilities: {codes}\n"
            f"Management Addresses:\n    IP: {peer.device.address}\nAuto Negotiation - supported, enabled\n"
            "Physical media capabilities:\n    1000baseT(FD)\nMedia Attachment Unit type: 30\n"
            f"Vlan ID: {peer.pvid or '- not advertised'}\n\n"
        )
    return f"{text}\nTotal entries displayed: {len(ports)}\n"


def cdp_neighbors(cli: "CiscoIosCli") -> str:
    """`show cdp neighbors`."""
    rows = [
        "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge",
        "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone, ",
        "                  D - Remote, C - CVTA, M - Two-port Mac Relay ",
        "",
        "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID",
    ]
    ports = list(cli.device.cdp_ports())
    for port in ports:
        peer = port.peer
        assert peer
        local, remote = _spaced(short(port)), _spaced(short(peer))
        rows.append(
            f"{cdp_device_id(peer.device)}\n{'':<17}{local:<18}150             R S I  "
            f"{peer.device.hardware.model[:9]:<9} {remote}"
        )
    return "\n".join([*rows, "", f"Total cdp entries displayed : {len(ports)}", ""])


def _spaced(name: str) -> str:
    letters = "".join(c for c in name if c.isalpha())
    return f"{letters[:3]} {name[len(letters) :]}"


def cdp_neighbors_detail(cli: "CiscoIosCli") -> str:
    """`show cdp neighbors detail`."""
    text = ""
    ports = list(cli.device.cdp_ports())
    for port in ports:
        peer = port.peer
        assert peer
        kind = "Switch IGMP" if peer.device.hardware.switch else "Router"
        text += (
            "-------------------------\n"
            f"Device ID: {cdp_device_id(peer.device)}\nEntry address(es): \n  IP address: {peer.device.address}\n"
            f"Platform: {cdp_platform(peer.device)},  Capabilities: {kind} \n"
            f"Interface: {port.name},  Port ID (outgoing port): {peer.name}\nHoldtime : 143 sec\n\n"
            f"Version :\n{_system_description(peer.device)}\n\nadvertisement version: 2\n"
            f"Native VLAN: {peer.pvid or 1}\nDuplex: full\nManagement address(es): \n"
            f"  IP address: {peer.device.address}\n\n"
        )
    return f"{text}\nTotal cdp entries displayed : {len(ports)}\n"


def inventory(cli: "CiscoIosCli") -> str:
    """`show inventory`."""
    device = cli.device
    model = device.hardware.model
    name = "Switch 1" if device.hardware.switch else "Chassis"
    supply = "PWR-C1-350WAC" if device.hardware.switch else "PWR-4330-AC"
    return (
        f'NAME: "{name}", DESCR: "{model}"\nPID: {model:<18}, VID: V02  , SN: {device.serial}\n\n'
        f'NAME: "{name} - Power Supply A", DESCR: "{name} - Power Supply A"\n'
        f"PID: {supply:<18}, VID: V02  , SN: {power_supply_serial(device)}\n\n"
    )


def clock(cli: "CiscoIosCli") -> str:
    """`show clock`: the lab's clock stands still, so that two readings are equal."""
    return "*09:00:00.000 UTC Mon Mar 3 2025\n"
