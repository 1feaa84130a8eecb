"""Cisco NX-OS: prompt, running configuration, commands."""

from tests.lab.cli import commands
from tests.lab.names import ranges
from tests.lab.state import Device, Port
from tests.lab.vendors import cisco_nxos_show as show
from tests.lab.vendors.ios_style import IosStyleCli, allowed_lines

ORDER = (
    "version", "hostname", "feature", "no password", "username", "banner", "ip domain-lookup", "ip domain-name",
    "tacacs-server", "aaa group", "snmp-server", "ntp", "aaa", "vlan", "vrf", "interface", "line", "router",
    "logging",
)  # fmt: skip


def running_config(device: Device) -> str:
    """`show running-config` without its preamble. NX-OS prints no end marker."""
    device.config.put(f"hostname {device.hostname}", ("hostname",))
    sections = device.config.ranked(ORDER, "  ")
    vlan, interfaces = ORDER.index("vlan"), ORDER.index("interface")
    sections.append((vlan, [f"vlan {ranges(set(device.vlans))}"]))
    named = [(v, n) for v, n in sorted(device.vlans.items()) if v != 1 and n != f"VLAN{v:04d}"]
    sections += [(vlan, [f"vlan {v}", f"  name {n}"]) for v, n in named]
    sections += [(interfaces, ["", *interface(p)]) for p in device.sorted_ports]
    sections.sort(key=lambda item: item[0])
    return "\n".join(line for _, block in sections for line in block) + "\n"


def interface(port: Port) -> list[str]:
    """The interface's block."""
    lines = [f"interface {port.name}"]
    if port.description:
        lines.append(f"  description {port.description}")
    if port.kind == "ethernet" and not port.mode:
        lines.append("  no switchport")
    if port.kind == "management":
        lines.append("  vrf member management")
    if port.mode == "access" and port.access_vlan != 1:
        lines.append(f"  switchport access vlan {port.access_vlan}")
    if port.mode == "trunk":
        lines.append("  switchport mode trunk")
        lines += [f"  switchport trunk native vlan {port.native_vlan}"] if port.native_vlan != 1 else []
        lines += [f"  {line}" for line in allowed_lines(port)]
    if port.address:
        lines.append(f"  ip address {port.address}")
    lines += [f"  {extra}" for extra in port.extra]
    if not port.enabled:
        lines.append("  shutdown")
    elif port.kind == "vlan" or not port.mode:
        lines.append("  no shutdown")
    return lines


class CiscoNxosCli(IosStyleCli):
    """An NX-OS login: always privileged."""

    invalid = "% Invalid command at '^' marker."
    pager = "--More--"
    svi_enabled = False
    locked = "Error: Configuration is locked by user 'bob' on terminal 'pts/1'. Please try later.\n"
    save_failed = "Configuration update aborted: request was aborted\n"
    json_table = commands(
        {"show vlan brief": show.vlan_json, "show inventory": show.inventory_json, "show hostname": show.hostname_json}
    )
    table = commands(
        {
            "show version": show.version,
            "show running-config": lambda cli: cli.configuration(),
            "show running-config all": lambda cli: cli.configuration(),
            "show startup-config": lambda cli: cli.configuration(startup=True),
            "show running-config interface REST": show.running_interface,
            "show hostname": lambda cli: f"{cli.device.hostname} \n",
            "show hosts": show.hosts,
            "show interface": show.interfaces,
            "show interface NAME": show.interfaces,
            "show interface brief": show.interface_brief,
            "show interface status": show.interface_status,
            "show interface description": show.interface_description,
            "show interface switchport": show.switchport,
            "show interface trunk": show.trunk,
            "show ip interface brief": show.ip_interface_brief,
            "show ip interface brief vrf all": show.ip_interface_brief,
            "show ip interface vrf all": show.ip_interface,
            "show ipv6 interface vrf all": lambda cli: "",
            "show vlan": show.vlan,
            "show vlan brief": show.vlan,
            "show vlan id VID": show.vlan,
            "show lldp neighbors": show.lldp_neighbors,
            "show lldp neighbors detail": show.lldp_neighbors_detail,
            "show cdp neighbors detail": show.cdp_neighbors_detail,
            "show inventory": show.inventory,
            "show clock": lambda cli: "09:00:00.000 UTC Mon Mar 03 2025\nTime source is NTP\n",
            "terminal length LINES": lambda cli, lines: cli.set_length(lines),
            "terminal width COLUMNS": lambda cli, columns: "",
            "terminal dont-ask": lambda cli: "",
            "copy running-config startup-config": lambda cli: cli.save(),
        }
    )

    def _new_access_vlan(self, vid: int) -> str:
        """NX-OS leaves the port without one and says nothing."""
        return ""

    @property
    def prompt(self) -> str:
        return super().prompt + " " if self.mode else super().prompt

    @property
    def greeting(self) -> str:
        return "\nCisco Nexus Operating System (NX-OS) Software\nTAC support: http://www.cisco.com/tac\n"

    def run(self, line: str) -> str:
        if self.mode and line.startswith(("show ", "copy ")):
            return self.run_exec(line)
        return super().run(line)

    def configuration(self, startup: bool = False) -> str:
        """`show running-config` or `show startup-config` with its preamble."""
        self.showed_config = True
        kind = "startup" if startup else "running"
        text = self.device.startup if startup else running_config(self.device)
        return f"\n!Command: show {kind}-config\n!Time: Mon Mar  3 09:00:00 2025\n\n{text}\n"

    def set_length(self, lines: str) -> str:
        """`terminal length N`; 0 turns paging off."""
        self.page_length = int(lines) if lines.isdigit() else self.page_length
        return ""

    def save(self) -> str:
        """Copy the running configuration to the startup configuration."""
        done = f"[{'#' * 40}] 100%\nCopy complete, now saving to disk (please wait)...\nCopy complete.\n"
        return self.store(running_config(self.device), done)
