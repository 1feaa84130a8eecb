"""Cisco IOS and IOS-XE: prompt, running configuration, commands."""

from tests.lab.cli import commands
from tests.lab.names import ranges
from tests.lab.state import Device, Port
from tests.lab.vendors import cisco_ios_show as show
from tests.lab.vendors.ios_style import IosStyleCli, allowed_lines

ORDER = (
    "version", "service", "no service", "hostname", "boot-start-marker", "boot-end-marker", "logging buffered",
    "logging console", "no logging console", "enable", "username", "aaa", "no aaa", "clock", "switch", "ip domain",
    "no ip domain", "login", "vtp", "lldp", "no lldp", "spanning-tree", "errdisable", "archive", "vlan", "interface",
    "ip default-gateway", "ip http", "no ip http", "ip route", "ip ssh", "ip access-list", "logging", "access-list",
    "snmp-server", "tacacs", "radius", "banner", "line", "ntp",
)  # fmt: skip


def running_config(device: Device) -> str:
    """`show running-config` without its preamble; ends with `end`."""
    device.config.put(f"hostname {device.hostname}", ("hostname",))
    sections = device.config.ranked(ORDER)
    sections += [(ORDER.index("vlan"), block) for block in _vlans(device)]
    sections += [(ORDER.index("interface"), interface(p)) for p in device.sorted_ports]
    sections.sort(key=lambda item: item[0])
    lines: list[str] = ["!"]
    place = 0
    for rank, block in sections:
        if rank != place or len(block) > 1:
            lines.append("!")
        lines += block
        place = rank
    text = "\n".join([*lines, "!", "end", ""])
    return text.replace("!\n!\n", "!\n")


def _vlans(device: Device) -> list[list[str]]:
    """A block a VLAN with a name; all without one share a line, as IOS prints them."""
    named = {vid: name for vid, name in device.vlans.items() if vid != 1 and name != f"VLAN{vid:04d}"}
    nameless = set(device.vlans) - set(named) - {1}
    blocks = {vid: [f"vlan {vid}", f" name {name}"] for vid, name in named.items()}
    if nameless:
        blocks[min(nameless)] = [f"vlan {ranges(nameless)}"]
    return [blocks[vid] for vid in sorted(blocks)]


def interface(port: Port) -> list[str]:
    """The interface's block."""
    lines = [f"interface {port.name}"]
    if port.description:
        lines.append(f" description {port.description}")
    if port.kind == "ethernet" and not port.mode and port.device.hardware.switch:
        lines.append(" no switchport")
    if port.mode == "access":
        lines += [f" switchport access vlan {port.access_vlan}"] if port.access_vlan != 1 else []
        lines.append(" switchport mode access")
    elif port.mode == "trunk":
        lines += [f" switchport trunk native vlan {port.native_vlan}"] if port.native_vlan != 1 else []
        lines += [f" {line}" for line in allowed_lines(port)]
        lines.append(" switchport mode trunk")
    elif port.address:
        lines.append(f" ip address {port.address.ip} {port.address.netmask}")
    else:
        lines.append(" no ip address")
    lines += [f" {extra}" for extra in port.extra]
    return lines if port.enabled else [*lines, " shutdown"]


class CiscoIosCli(IosStyleCli):
    """An IOS login."""

    prefix_length = False
    unique_names = True

    locked = "Configuration mode locked exclusively by user 'bob' process '7' from terminal '1'. Please try later.\n"
    save_failed = "startup-config file open failed (Device or resource busy)\n"

    table = commands(
        {
            "show version": show.version,
            "show running-config": lambda cli: cli.configuration(),
            "show running-config all": lambda cli: cli.configuration(),
            "show running-config interface REST": show.running_interface,
            "show startup-config": show.startup,
            "show interfaces": show.interfaces,
            "show interfaces description": show.interfaces_description,
            "show interfaces status": show.interfaces_status,
            "show interfaces switchport": show.interfaces_switchport,
            "show interfaces trunk": show.interfaces_trunk,
            "show interfaces NAME": show.interfaces,
            "show interfaces NAME switchport": show.interfaces_switchport,
            "show ip interface": show.ip_interface,
            "show ip interface brief": show.ip_interface_brief,
            "show ipv6 interface": lambda cli: "",
            "show vlan": show.vlan,
            "show vlan brief": show.vlan,
            "show vlan id VID": show.vlan,
            "show lldp neighbors": show.lldp_neighbors,
            "show lldp neighbors detail": show.lldp_neighbors_detail,
            "show lldp neighbors NAME detail": show.lldp_neighbors_detail,
            "show cdp neighbors": show.cdp_neighbors,
            "show cdp neighbors detail": show.cdp_neighbors_detail,
            "show inventory": show.inventory,
            "show hosts": lambda cli: f"Default domain is {cli.device.domain}\nName servers are 255.255.255.255\n",
            "show clock": show.clock,
            "show snmp engineID": lambda cli: f"Local SNMP engineID: {cli.device.engine_id.hex().upper()}\n",
            "show privilege": lambda cli: f"Current privilege level is {15 if cli.privileged else 1}\n",
            "terminal length LINES": lambda cli, lines: cli.set_length(lines),
            "terminal width COLUMNS": lambda cli, columns: "",
            "terminal no monitor": lambda cli: "",
            "write memory": lambda cli: cli.save(),
            "write": lambda cli: cli.save(),
            "copy running-config startup-config": lambda cli: cli.copy_save(),
            "dir": lambda cli: "Directory of flash:/\n\n11353194496 bytes total (9504149504 bytes free)\n",
        }
    )

    def run_exec(self, line: str) -> str:
        if not self.privileged and line.split()[0].startswith(("sh", "wr", "cop")) and " run" in f" {line}":
            return self.reject(line)
        return super().run_exec(line)

    def configuration(self) -> str:
        """`show running-config` with its preamble."""
        self.showed_config = True
        text = running_config(self.device)
        return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}\n"

    def set_length(self, lines: str) -> str:
        """`terminal length N`; 0 turns paging off."""
        self.page_length = int(lines) if lines.isdigit() else self.page_length
        return ""

    def save(self) -> str:
        """Copy the running configuration to the startup configuration."""
        return self.store(running_config(self.device), "Building configuration...\n[OK]\n")

    def copy_save(self) -> str:
        """The same, with the question IOS asks first."""
        return self.ask("Destination filename [startup-config]? ", lambda typed: self.save())
