"""What NX-OS prints, rendered from the device's state."""

from typing import TYPE_CHECKING, Any

from tests.lab.announce import cdp_device_id, cdp_platform, lldp_port_id, power_supply_serial
from tests.lab.names import dotted, find_port, ranges, short
from tests.lab.state import Device, Port

if TYPE_CHECKING:
    from tests.lab.vendors.cisco_nxos import CiscoNxosCli

PID = "N9K-C93180YC-EX"


def version(cli: "CiscoNxosCli") -> str:
    """`show version`."""
    device = cli.device
    minutes, seconds = divmod(int(device.uptime), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (
        "Cisco Nexus Operating System (NX-OS) Software\nTAC support: http://www.cisco.com/tac\n"
        "Copyright (C) 2002-2021, Cisco and/or its affiliates.\nAll rights reserved.\n\n"
        f"Software\n  BIOS: version 05.39\n NXOS: version {device.hardware.os_version}\n"
        "  BIOS compile time:  08/30/2019\n"
        f"  NXOS image file is: bootflash:///{device.hardware.image}\n  NXOS compile time:  8/4/2021 13:00:00\n\n\n"
        f"Hardware\n  cisco {device.hardware.model} Chassis \n"
        f"  Intel(R) Xeon(R) CPU  @ 1.80GHz with 24632796 kB of memory.\n  Processor Board ID {device.serial}\n\n"
        f"  Device name: {device.hostname}\n  bootflash:   53298520 kB\n"
        f"Kernel uptime is {days} day(s), {hours} hour(s), {minutes} minute(s), {seconds} second(s)\n\n"
        "Last reset at 410000 usecs after Mon Mar  3 09:00:00 2025\n  Reason: Reset Requested by CLI command reload\n"
        f"  System version: {device.hardware.os_version}\n  Service: \n\nplugin\n  Core Plugin, Ethernet Plugin\n\n"
    )


def running_interface(cli: "CiscoNxosCli", name: str) -> str:
    """`show running-config interface NAME`."""
    from tests.lab.vendors.cisco_nxos import interface

    port = find_port(cli.device, name)
    return cli.reject(name) if port is None else "\n" + "\n".join(interface(port)) + "\n\n"


def hosts(cli: "CiscoNxosCli") -> str:
    """`show hosts`."""
    domain = cli.device.domain
    return f"DNS lookup enabled\nDefault domain for vrf:default is {domain}\nName servers for vrf:default is 0\n"


def interfaces(cli: "CiscoNxosCli", name: str = "") -> str:
    """`show interface [NAME]`."""
    if not name:
        return "\n".join(_interface(p) for p in cli.device.sorted_ports)
    port = find_port(cli.device, name)
    return _interface(port) if port else cli.reject(name)


def _down_reason(port: Port) -> str:
    return "Administratively down" if not port.enabled else "Link not connected"


def _interface(port: Port) -> str:
    state = "up" if port.up else f"down ({_down_reason(port)})"
    if port.kind == "vlan":
        lines = [f"{port.name} is {state}, line protocol is {'up' if port.up else 'down'}, autostate enabled"]
        lines.append(f"  Hardware is EtherSVI, address is  {dotted(port.mac)}")
    else:
        lines = [f"{port.name} is {state}", f"admin state is {'up' if port.enabled else 'down'},"]
        hardware = {"ethernet": "100/1000/10000 Ethernet", "management": "GigabitEthernet"}.get(port.kind, "Loopback")
        mac = f", address: {dotted(port.mac)} (bia {dotted(port.mac)})" if port.mac else ""
        lines.append(f"  Hardware: {hardware}{mac}")
    if port.description:
        lines.append(f"  Description: {port.description}")
    if port.address:
        lines.append(f"  Internet Address is {port.address}")
    lines.append(f"  MTU {port.mtu} bytes, BW {port.speed * 1000} Kbit, DLY 10 usec")
    lines.append("  reliability 255/255, txload 1/255, rxload 1/255")
    if port.kind == "ethernet":
        mode = port.mode or "routed"
        lines += [
            "  Encapsulation ARPA, medium is broadcast",
            f"  Port mode is {mode}",
            f"  {'full' if port.up else 'auto'}-duplex, {port.speed // 1000} Gb/s, media type is 10G",
            "  Beacon is turned off",
            "  Auto-Negotiation is turned on  FEC mode is Auto",
            "  Last link flapped never",
            '  Last clearing of "show interface" counters never',
            "  1 interface resets",
            "  RX",
            f"    {port.if_index} unicast packets  0 multicast packets  0 broadcast packets",
            f"    {port.if_index} input packets  {port.if_index * 99} bytes",
            "  TX",
            f"    {port.if_index} unicast packets  0 multicast packets  0 broadcast packets",
            f"    {port.if_index} output packets  {port.if_index * 99} bytes",
        ]
    return "\n".join(lines) + "\n"


def _status(port: Port) -> str:
    return "connected" if port.up else "disabled" if not port.enabled else "notconnec"


def interface_status(cli: "CiscoNxosCli") -> str:
    """`show interface status`."""
    bar = "-" * 80
    rows = [bar, "Port          Name               Status    Vlan      Duplex  Speed   Type", bar]
    for port in [p for p in cli.device.sorted_ports if p.kind != "loopback"]:
        vlan = {"trunk": "trunk", "access": str(port.access_vlan)}.get(port.mode, "routed")
        rows.append(
            f"{short(port):<13} {port.description[:18] or '--':<18} {_status(port):<9} {vlan:<9} "
            f"{'full' if port.up else 'auto':<7} {'10G' if port.up else 'auto':<7} 10Gbase-SR"
        )
    return "\n".join(rows) + "\n"


def interface_description(cli: "CiscoNxosCli") -> str:
    """`show interface description`."""
    bar = "-" * 79
    rows = [bar, "Port          Type   Speed   Description", bar]
    rows += [f"{short(p):<13} eth    10G     {p.description or '--'}" for p in cli.device.of_kind("ethernet")]
    return "\n".join(rows) + "\n"


def interface_brief(cli: "CiscoNxosCli") -> str:
    """`show interface brief`: the Ethernet part."""
    bar = "-" * 80
    rows = [
        bar,
        "Ethernet      VLAN    Type Mode   Status  Reason                   Speed     Port",
        "Interface                                                                    Ch #",
        bar,
    ]
    for port in cli.device.of_kind("ethernet"):
        vlan = str(port.pvid) if port.mode else "--"
        status, reason = ("up", "none") if port.up else ("down", _down_reason(port))
        rows.append(
            f"{short(port):<13} {vlan:<7} eth  {port.mode or 'routed':<6} {status:<7} {reason:<24}  10G(D)   --"
        )
    return "\n".join(rows) + "\n"


def switchport(cli: "CiscoNxosCli") -> str:
    """`show interface switchport`."""
    names = cli.device.vlans
    text = ""
    for port in cli.device.of_kind("ethernet"):
        allowed = "1-4094" if port.allowed is None else ranges(port.allowed) or "none"
        text += (
            f"Name: {port.name}\n  Switchport: {'Enabled' if port.mode else 'Disabled'}\n"
            "  Switchport Monitor: Not enabled \n"
            f"  Operational Mode: {port.mode or 'access'}\n"
            f"  Access Mode VLAN: {port.access_vlan} ({names.get(port.access_vlan, 'none')})\n"
            f"  Trunking Native Mode VLAN: {port.native_vlan} ({names.get(port.native_vlan, 'none')})\n"
            f"  Trunking VLANs Allowed: {allowed}\n  Voice VLAN: none\n  Extended Trust State : not trusted [COS = 0]\n"
            "  Administrative private-vlan primary host-association: none\n\n"
        )
    return text


def trunk(cli: "CiscoNxosCli") -> str:
    """`show interface trunk`."""
    ports = [p for p in cli.device.of_kind("ethernet") if p.mode == "trunk"]
    bar = "-" * 80
    rows = [bar, "Port          Native  Status        Port", "              Vlan                  Channel", bar]
    rows += [f"{short(p):<13} {p.native_vlan:<7} {'trunking' if p.up else 'not-trunking':<13} --" for p in ports]
    rows += ["", bar, "Port          Vlans Allowed on Trunk", bar]
    rows += [f"{short(p):<13} {'1-4094' if p.allowed is None else ranges(p.allowed) or 'none'}" for p in ports]
    return "\n".join(rows) + "\n"


def _protocol(port: Port) -> str:
    up = "up" if port.up else "down"
    return f"protocol-{up}/link-{up}/admin-{'up' if port.enabled else 'down'}"


def _ip(port: Port) -> str:
    return str(port.address.ip) if port.address else "none"


def _by_vrf(device: Device) -> dict[str, list[Port]]:
    addressed = [p for p in device.sorted_ports if p.address]
    vrfs = {
        "default": [p for p in addressed if p.kind != "management"],
        "management": [p for p in addressed if p.kind == "management"],
    }
    return {vrf: ports for vrf, ports in vrfs.items() if ports}


def ip_interface_brief(cli: "CiscoNxosCli") -> str:
    """`show ip interface brief vrf all`."""
    text = ""
    for number, (vrf, ports) in enumerate(_by_vrf(cli.device).items(), start=1):
        text += (
            f'IP Interface Status for VRF "{vrf}"({number})\nInterface            IP Address      Interface Status\n'
        )
        text += "".join(f"{short(p):<20} {_ip(p):<15} {_protocol(p)}       \n" for p in ports)
    return text


def ip_interface(cli: "CiscoNxosCli") -> str:
    """`show ip interface vrf all`."""
    text = ""
    for vrf, ports in _by_vrf(cli.device).items():
        text += f'IP Interface Status for VRF "{vrf}"\n'
        for port in ports:
            assert port.address
            text += (
                f"{port.name}, Interface status: {_protocol(port)}, iod: 2,\n"
                f"  IP address: {port.address.ip}, IP subnet: {port.address.network} route-preference: 0, tag: 0 \n"
                f"  IP broadcast address: 255.255.255.255\n  IP MTU: {port.mtu} bytes (using link MTU)\n"
            )
    return text


def vlan(cli: "CiscoNxosCli", vid: str = "") -> str:
    """`show vlan [brief]` and `show vlan id VID`."""
    device = cli.device
    wanted = {v: n for v, n in sorted(device.vlans.items()) if not vid or str(v) == vid}
    if vid and not wanted:
        return f"VLAN {vid} not found in current VLAN database\n"
    rows = ["", "VLAN Name                             Status    Ports", f"---- {'-' * 32} --------- {'-' * 31}"]
    for number, name in wanted.items():
        members = [short(p) for p in _carrying(device, number)]
        chunks = [", ".join(members[i : i + 4]) for i in range(0, len(members), 4)] or [""]
        rows.append(f"{number:<4} {name:<32} active    {chunks[0]}")
        rows += [f"{'':<48}{chunk}" for chunk in chunks[1:]]
    return "\n".join(rows) + "\n"


def _carrying(device: Device, vid: int) -> list[Port]:
    """NX-OS lists trunks beside access ports."""
    return [
        p
        for p in device.of_kind("ethernet")
        if (p.mode == "access" and p.access_vlan == vid) or (p.mode == "trunk" and vid in p.tagged)
    ]


def vlan_json(cli: "CiscoNxosCli") -> dict[str, Any]:
    """`show vlan brief | json`."""
    rows = [
        {
            "vlanshowbr-vlanid": str(vid),
            "vlanshowbr-vlanid-utf": str(vid),
            "vlanshowbr-vlanname": name,
            "vlanshowbr-vlanstate": "active",
            "vlanshowbr-shutstate": "noshutdown",
            "vlanshowplist-ifidx": ",".join(p.name for p in _carrying(cli.device, vid)),
        }
        for vid, name in sorted(cli.device.vlans.items())
    ]
    return {"TABLE_vlanbriefxbrief": {"ROW_vlanbriefxbrief": rows}}


def _parts(device: Device) -> list[tuple[str, str, str, str]]:
    return [
        ("Chassis", f"{device.hardware.model} Chassis", PID, device.serial),
        ("Slot 1", "48x10/25G + 6x40/100G Ethernet Module", PID, device.serial),
        ("Power Supply 1", "Nexus9000 650W Platinum Power Supply", "NXA-PAC-650W-PE", power_supply_serial(device)),
    ]


def inventory(cli: "CiscoNxosCli") -> str:
    """`show inventory`."""
    return "".join(
        f'NAME: "{name}",  DESCR: "{text}"  \nPID: {pid:<18} ,  VID: V02 ,  SN: {serial}          \n\n'
        for name, text, pid, serial in _parts(cli.device)
    )


def inventory_json(cli: "CiscoNxosCli") -> dict[str, Any]:
    """`show inventory | json`."""
    rows = [
        {"name": name, "desc": text, "productid": pid, "vendorid": "V02", "serialnum": serial}
        for name, text, pid, serial in _parts(cli.device)
    ]
    return {"TABLE_inv": {"ROW_inv": rows}}


def hostname_json(cli: "CiscoNxosCli") -> dict[str, Any]:
    """`show hostname | json`."""
    return {"hostname": cli.device.hostname}


def _capabilities(device: Device) -> str:
    return ("B, R" if device.role != "access" else "B") if device.hardware.switch else "R"


def lldp_neighbors(cli: "CiscoNxosCli") -> str:
    """`show lldp neighbors`."""
    rows = [
        "Capability codes:",
        "  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
        "Device ID            Local Intf      Hold-time  Capability  Port ID  ",
    ]
    ports = list(cli.device.lldp_ports())
    for port in ports:
        peer = port.peer
        assert peer
        codes = _capabilities(peer.device).replace(", ", "")
        rows.append(f"{peer.device.system_name:<20} {short(port):<15} 120        {codes:<11} {lldp_port_id(peer)}")
    return "\n".join([*rows, f"Total entries displayed: {len(ports)}", ""])


def lldp_neighbors_detail(cli: "CiscoNxosCli") -> str:
    """`show lldp neighbors detail`."""
    text = (
        "Capability codes:\n  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n"
        "  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\nDevice ID            Local Intf      "
        "Hold-time  Capability  Port ID  \n\n"
    )
    ports = list(cli.device.lldp_ports())
    for port in ports:
        peer = port.peer
        assert peer
        codes = _capabilities(peer.device)
        description = peer.device.hardware.sys_descr.replace("\r\n", "\n")
        text += (
            f"Chassis id: {dotted(peer.device.base_mac)}\nPort id: {lldp_port_id(peer)}\nLocal Port id: {short(port)}\n"
            f"Port Description: {peer.description or peer.name}\nSystem Name: {peer.device.system_name}\n"
            f"System Description: {description}\nTime remaining: 101 seconds\n"
            f"System Capabilities: {codes}\nEnabled Capabilities: {codes}\n"
            f"Management Address: {peer.device.address}\nManagement Address IPV6: not advertised\n"
            f"Vlan ID: {peer.pvid or 'not advertised'}\n\n"
        )
    return f"{text}Total entries displayed: {len(ports)}\n"


def cdp_neighbors_detail(cli: "CiscoNxosCli") -> str:
    """`show cdp neighbors detail`."""
    text = ""
    for port in cli.device.cdp_ports():
        peer = port.peer
        assert peer
        kind = "Switch IGMP Filtering" if peer.device.hardware.switch else "Router"
        description = peer.device.hardware.sys_descr.replace("\r\n", "\n")
        text += (
            "----------------------------------------\n"
            f"Device ID:{cdp_device_id(peer.device)}\nSystem Name: {peer.device.system_name}\n\n"
            f"Interface address(es):\n    IPv4 Address: {peer.device.address}\n"
            f"Platform: {cdp_platform(peer.device)}, Capabilities: {kind}\n"
            f"Interface: {port.name}, Port ID (outgoing port): {peer.name}\nHoldtime: 150 sec\n\n"
            f"Version:\n{description}\n\nAdvertisement Version: 2\n\nNative VLAN: {peer.pvid or 1}\nDuplex: full\n"
            f"MTU: 1500\nMgmt address(es):\n    IPv4 Address: {peer.device.address}\n\n"
        )
    return text
