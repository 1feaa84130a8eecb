"""What VRP prints, rendered from the device's state."""

from typing import TYPE_CHECKING

from tests.lab.announce import lldp_port_id, power_supply_serial
from tests.lab.names import dashed, find_port, ranges, short, uptime_words
from tests.lab.state import Device, Port

if TYPE_CHECKING:
    from tests.lab.vendors.huawei_vrp import HuaweiVrpCli


def version(cli: "HuaweiVrpCli") -> str:
    """`display version`."""
    hardware = cli.device.hardware
    model = hardware.model
    return (
        "Huawei Versatile Routing Platform Software\n"
        f"VRP (R) software, Version {hardware.image}\n"
        "Copyright (C) 2000-2018 HUAWEI TECH Co., Ltd.\n"
        f"HUAWEI {model} Routing Switch uptime is {uptime_words(cli.device.uptime)}\n\n"
        f"ES5D2S50Q002 0(Master)  : uptime is {uptime_words(cli.device.uptime)}\n"
        "DDR             Memory Size : 2048  M bytes\nFLASH Total     Memory Size : 512   M bytes\n"
        "Pcb           Version :  VER.B\nBootROM       Version :  020b.0a05\nCPLD          Version :  0107\n"
        f"Software      Version : VRP (R) Software, Version {hardware.image}\n"
    )


def device(cli: "HuaweiVrpCli") -> str:
    """`display device`."""
    model = cli.device.hardware.model
    return (
        f"{model}'s Device status:\n"
        "Slot Sub Type                   Online    Power    Register     Status   Role  \n"
        "-------------------------------------------------------------------------------\n"
        f"0    -   {model:<22} Present   PowerOn  Registered   Normal   Master\n"
        "     PWR1 POWER                 Present   PowerOn  Registered   Normal   NA    \n"
    )


def manufacture_info(cli: "HuaweiVrpCli") -> str:
    """`display device manufacture-info`."""
    return (
        "Slot  Sub  Serial-number          Manu-date\n"
        "- - - - - - - - - - - - - - - - - - - - - -\n"
        f"0     -    {cli.device.serial:<22} 2019-05-14\n"
        f"      PWR1 {power_supply_serial(cli.device):<22} 2019-04-02\n"
    )


def elabel(cli: "HuaweiVrpCli") -> str:
    """`display elabel`."""
    model = cli.device.hardware.model
    text = "/$[System Integration Version]\n/$SystemIntegrationVersion=3.0\n\n\n[Slot_0]\n"
    for section, part, serial in (
        ("Main_Board", model, cli.device.serial),
        ("Port_XGigabitEthernet0/0/1", "SFP-10G-USR", "MT" + cli.device.serial[-8:]),
        ("Power_Slot_1", "PAC-600WA-B", power_supply_serial(cli.device)),
    ):
        text += (
            f"/$[Board Integration Version]\n/$BoardIntegrationVersion=3.0\n\n\n[{section}]\n\n"
            f"/$[ArchivesInfo Version]\n/$ArchivesInfoVersion=3.0\n\n\n[Board Properties]\nBoardType={part}\n"
            f"BarCode={serial}\nItem=02350DMN\nDescription=Assembling Components,{part}\n"
            "Manufactured=2019-05-14\nVendorName=Huawei\nIssueNumber=00\nCLEICode=\nBOM=\n\n"
        )
    return text


def current_interface(cli: "HuaweiVrpCli", name: str) -> str:
    """`display current-configuration interface NAME`."""
    from tests.lab.vendors.huawei_vrp_text import interface

    port = find_port(cli.device, name)
    return cli.reject(name) if port is None else "\n".join(["#", *interface(port), "#", "return", ""])


def _physical(port: Port) -> str:
    return "UP" if port.up else "DOWN" if port.enabled else "Administratively DOWN"


def interfaces(cli: "HuaweiVrpCli", name: str = "") -> str:
    """`display interface [NAME]`."""
    if not name:
        return "\n".join(_interface(p) for p in cli.device.sorted_ports)
    port = find_port(cli.device, name)
    return _interface(port) if port else f"Error: Wrong parameter found at '^' position.\n{name}\n"


def _interface(port: Port) -> str:
    lines = [
        f"{port.name} current state : {_physical(port)}",
        f"Line protocol current state : {'UP' if port.up else 'DOWN'}",
    ]
    if port.kind == "loopback":
        lines[1] += " (spoofing)"
    lines.append(f"Description:{port.description}")
    if port.kind == "ethernet" and port.mode:
        lines.append(f"Switch Port, Link-type : {port.mode}(configured),")
        lines.append(f"PVID : {port.pvid:>4}, TPID : 8100(Hex), The Maximum Frame Length is {9216}")
        lines.append(f"IP Sending Frames' Format is PKTFMT_ETHNT_2, Hardware address is {dashed(port.mac)}")
        lines.append("Last physical up time   : 2025-01-02 03:04:05" if port.up else "Last physical up time   : -")
        lines += [
            "Last physical down time : 2025-01-02 03:03:35",
            "Current system time: 2025-03-03 09:00:00",
            "Port Mode: COMMON COPPER",
            f"Speed : {port.speed:>4},  Loopback: NONE",
            "Duplex: FULL,  Negotiation: ENABLE",
            "Mdi   : AUTO,  Flow-control: DISABLE",
            "Last 300 seconds input rate 2000 bits/sec, 3 packets/sec",
            "Last 300 seconds output rate 2000 bits/sec, 3 packets/sec",
        ]
    else:
        lines.append(f"Route Port,The Maximum Transmit Unit is {port.mtu}")
        lines.append(
            f"Internet Address is {port.address}" if port.address else "Internet protocol processing : disabled"
        )
        if port.mac:
            lines.append(f"IP Sending Frames' Format is PKTFMT_ETHNT_2, Hardware address is {dashed(port.mac)}")
        lines.append("Current system time: 2025-03-03 09:00:00")
    return "\n".join(lines) + "\n"


def _state(port: Port) -> str:
    return "up" if port.up else "down" if port.enabled else "*down"


def interface_brief(cli: "HuaweiVrpCli") -> str:
    """`display interface brief`."""
    rows = [
        "PHY: Physical",
        "*down: administratively down",
        "(l): loopback",
        "(s): spoofing",
        "(E): E-Trunk down",
        "(b): BFD down",
        "(e): ETHOAM down",
        "(dl): DLDP down",
        "(d): Dampening Suppressed",
        "InUti/OutUti: input utility/output utility",
        "Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors",
    ]
    for port in cli.device.sorted_ports:
        protocol = "up(s)" if port.kind == "loopback" else "up" if port.up else "down"
        rows.append(f"{port.name:<27} {_state(port):<5} {protocol:<9} 0.01%  0.01%          0          0")
    return "\n".join(rows) + "\n"


def interface_description(cli: "HuaweiVrpCli") -> str:
    """`display interface description`."""
    rows = [
        "PHY: Physical",
        "*down: administratively down",
        "Interface                     PHY     Protocol Description",
    ]
    for port in cli.device.sorted_ports:
        rows.append(f"{port.name:<29} {_state(port):<7} {'up' if port.up else 'down':<8} {port.description}")
    return "\n".join(rows) + "\n"


def ip_interface_brief(cli: "HuaweiVrpCli") -> str:
    """`display ip interface brief`."""
    ports = [p for p in cli.device.sorted_ports if p.kind in ("vlan", "loopback", "management") or not p.mode]
    up = sum(p.up for p in ports)
    rows = [
        "*down: administratively down",
        "^down: standby",
        "(l): loopback",
        "(s): spoofing",
        f"The number of interface that is UP in Physical is {up}",
        f"The number of interface that is DOWN in Physical is {len(ports) - up}",
        f"The number of interface that is UP in Protocol is {up}",
        f"The number of interface that is DOWN in Protocol is {len(ports) - up}",
        "",
        "Interface                         IP Address/Mask      Physical   Protocol  ",
    ]
    for port in ports:
        protocol = "up(s)" if port.kind == "loopback" else "up" if port.up else "down"
        address = str(port.address) if port.address else "unassigned"
        rows.append(f"{port.name:<33} {address:<20} {_state(port):<10} {protocol:<10}")
    return "\n".join(rows) + "\n"


def _members(device: Device, vid: int) -> list[tuple[str, list[Port]]]:
    untagged = [p for p in device.of_kind("ethernet") if p.pvid == vid]
    tagged = [p for p in device.of_kind("ethernet") if p.mode == "trunk" and vid in p.tagged and p.pvid != vid]
    return [("UT", untagged), ("TG", tagged)]


def vlan(cli: "HuaweiVrpCli", vid: str = "") -> str:
    """`display vlan`, `display vlan brief` and `display vlan VID`."""
    vlans = {v: n for v, n in sorted(cli.device.vlans.items()) if not vid or str(v) == vid}
    if vid and not vlans:
        return "Error: The VLAN does not exist.\n"
    bar = "-" * 80
    rows = [
        f"The total number of VLANs is : {len(vlans)}",
        bar,
        "U: Up;         D: Down;         TG: Tagged;         UT: Untagged;",
        "MP: Vlan-mapping;               ST: Vlan-stacking;",
        "#: ProtocolTransparent-vlan;    *: Management-vlan;",
        bar,
        "",
        "VID  Type    Ports",
        bar,
    ]
    for number in vlans:
        rows += _vlan_ports(cli.device, number)
    rows += ["", "VID  Status  Property      MAC-LRN Statistics Description", bar]
    rows += [f"{v:<4} enable  default       enable  disable    {n}" for v, n in vlans.items()]
    return "\n".join(rows) + "\n"


def _vlan_ports(device: Device, vid: int) -> list[str]:
    rows: list[str] = []
    for kind, ports in _members(device, vid):
        cells = [f"{short(p)}({'U' if p.up else 'D'})" for p in ports]
        for i in range(0, len(cells), 4):
            lead = f"{vid:<4} common  " if not rows else " " * 13
            label = f"{kind}:" if i == 0 else "   "
            rows.append(f"{lead}{label}" + "".join(f"{cell:<16}" for cell in cells[i : i + 4]))
    return rows or [f"{vid:<4} common  "]


def port_vlan(cli: "HuaweiVrpCli") -> str:
    """`display port vlan`."""
    rows = ["Port                    Link Type    PVID  Trunk VLAN List", "-" * 79]
    for port in cli.device.of_kind("ethernet"):
        if port.mode:
            trunk = "-" if port.mode == "access" else ranges(port.tagged, "-", " ") or "-"
            rows.append(f"{port.name:<23} {port.mode:<12} {port.pvid:<5} {trunk}")
    return "\n".join(rows) + "\n"


def lldp_neighbor(cli: "HuaweiVrpCli") -> str:
    """`display lldp neighbor`."""
    text = ""
    for port in cli.device.of_kind("ethernet"):
        peer = port.peer if port.up else None
        text += f"{port.name} has {1 if peer else 0} neighbor(s):\n\n"
        if peer is None:
            continue
        capabilities = "bridge router" if peer.device.role != "access" else "bridge"
        description = peer.device.hardware.sys_descr.replace("\r\n", "\n")
        text += (
            "Neighbor index : 1\nChassis type   : macAddress \n"
            f"Chassis ID     : {dashed(peer.device.base_mac)} \nPort ID type   : interfaceName \n"
            f"Port ID        : {lldp_port_id(peer)}\nPort description    : {peer.description or peer.name}\n"
            f"System name         : {peer.device.system_name}\nSystem description  : {description}\n"
            f"System capabilities supported   : {capabilities} \nSystem capabilities enabled     : {capabilities} \n"
            "Management address type  : ipv4 \n"
            f"Management address value : {peer.device.address} \nOID  : 0.6.15.43.6.1.4.1.2011.5.25.41.1.2.1.1.1.\n"
            f"Expired time   : 104s\n\nPort VLAN ID(PVID)  : {peer.pvid or '--'}\n\n"
        )
    return text


def lldp_neighbor_brief(cli: "HuaweiVrpCli") -> str:
    """`display lldp neighbor brief`."""
    rows = ["Local Intf       Neighbor Dev             Neighbor Intf             Exptime(s)"]
    for port in cli.device.lldp_ports():
        if port.peer:
            rows.append(f"{short(port):<16} {port.peer.device.system_name:<24} {lldp_port_id(port.peer):<25} 104")
    return "\n".join(rows) + "\n"
