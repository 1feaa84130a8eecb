"""Arista EOS: prompt, running configuration, commands (text and JSON)."""

from tests.lab.cli import commands
from tests.lab.names import ranges
from tests.lab.state import Device, Port
from tests.lab.vendors import arista_eos_json as data
from tests.lab.vendors import arista_eos_show as show
from tests.lab.vendors.ios_style import BLOCKS, IosStyleCli

ORDER = (
    "transceiver", "service", "logging", "hostname", "dns", "ntp", "snmp-server", "spanning-tree", "tacacs-server",
    "no aaa", "aaa", "enable", "username", "vlan", "interface", "ip", "banner", "management",
)  # fmt: skip
_INDENT = "   "


def running_config(device: Device) -> str:
    """`show running-config`; ends with `end`."""
    device.config.put(f"hostname {device.hostname}", ("hostname",))
    sections = device.config.ranked(ORDER, _INDENT)
    vlan, interfaces = ORDER.index("vlan"), ORDER.index("interface")
    for vid, name in sorted(device.vlans.items()):
        if vid != 1:
            named = [f"{_INDENT}name {name}"] if name != f"VLAN{vid:04d}" else []
            sections.append((vlan, [f"vlan {vid}", *named]))
    sections += [(interfaces, interface(p)) for p in device.sorted_ports]
    sections.sort(key=lambda item: item[0])
    hardware = device.hardware
    lines = [f"! device: {device.hostname} ({hardware.model}, EOS-{hardware.os_version})", "!"]
    lines += ["! boot system flash:/EOS.swi"]
    place = -1
    for rank, block in sections:
        if rank != place or len(block) > 1 or rank == interfaces:
            lines.append("!")
        lines += block
        place = rank
    return "\n".join([*lines, "!", "end", ""])


def interface(port: Port) -> list[str]:
    """The interface's block."""
    lines = [f"interface {port.name}"]
    if port.description:
        lines.append(f"{_INDENT}description {port.description}")
    if not port.enabled:
        lines.append(f"{_INDENT}shutdown")
    if port.kind == "ethernet" and not port.mode:
        lines.append(f"{_INDENT}no switchport")
    if port.mode == "access" and port.access_vlan != 1:
        lines.append(f"{_INDENT}switchport access vlan {port.access_vlan}")
    if port.mode == "trunk":
        native = [f"{_INDENT}switchport trunk native vlan {port.native_vlan}"] if port.native_vlan != 1 else []
        allowed = "" if port.allowed is None else f"{_INDENT}switchport trunk allowed vlan {ranges(port.allowed)}"
        lines += [*native, *([allowed] if allowed else []), f"{_INDENT}switchport mode trunk"]
    if port.address:
        lines.append(f"{_INDENT}ip address {port.address}")
    return [*lines, *(f"{_INDENT}{extra}" for extra in port.extra)]


class AristaEosCli(IosStyleCli):
    """An EOS login."""

    invalid = "% Invalid input"
    locked = "% Unable to enter configuration mode: the configuration is locked by user bob on vty3\n"
    save_failed = "% Error copying system:/running-config to flash:startup-config (No space left on device)\n"
    starts_block = (*BLOCKS, "daemon")
    json_table = commands(
        {
            "show version": data.version,
            "show hostname": data.hostname,
            "show interfaces": data.interfaces,
            "show interfaces status": data.interfaces_status,
            "show interfaces switchport": data.switchport,
            "show ip interface": data.ip_interface,
            "show ip interface brief": data.ip_interface,
            "show ipv6 interface": lambda cli: {"interfaces": {}},
            "show vlan": data.vlan,
            "show vlan brief": data.vlan,
            "show lldp neighbors": data.lldp_neighbors,
            "show lldp neighbors detail": data.lldp_neighbors_detail,
            "show inventory": data.inventory,
            "show configuration sessions": lambda cli: {"sessions": {}, "maxSavedSessions": 1, "maxOpenSessions": 5},
            "show running-config": lambda cli: {"cmds": {}, "comments": []},
        }
    )
    table = commands(
        {
            "show version": show.version,
            "show hostname": show.hostname,
            "show running-config": lambda cli: cli.configuration(),
            "show running-config all": lambda cli: cli.configuration(),
            "show startup-config": lambda cli: cli.device.startup,
            "show interfaces": show.interfaces,
            "show interfaces NAME": show.interfaces,
            "show interfaces status": show.interfaces_status,
            "show interfaces description": show.interfaces_description,
            "show interfaces switchport": show.switchport,
            "show interfaces trunk": show.trunk,
            "show ip interface brief": show.ip_interface_brief,
            "show vlan": show.vlan,
            "show vlan brief": show.vlan,
            "show vlan VID": show.vlan,
            "show lldp neighbors": show.lldp_neighbors,
            "show lldp neighbors detail": show.lldp_neighbors_detail,
            "show inventory": show.inventory,
            "show clock": lambda cli: "Mon Mar  3 09:00:00 2025\nTimezone: UTC\nClock source: NTP server (10.0.0.1)\n",
            "terminal length LINES": lambda cli, lines: cli.set_length(lines),
            "terminal width COLUMNS": lambda cli, columns: f"Width set to {columns} columns.\n",
            "write memory": lambda cli: cli.save(),
            "write": lambda cli: cli.save(),
            "copy running-config startup-config": lambda cli: cli.save(),
        }
    )

    def run(self, line: str) -> str:
        if self.mode and line.startswith(("show ", "write", "copy ")):
            return self.run_exec(line)
        return super().run(line)

    def reject(self, line: str) -> str:
        """EOS prints no caret."""
        return f"{self.invalid}\n"

    def configuration(self) -> str:
        """`show running-config` with its preamble."""
        self.showed_config = True
        return f"! Command: show running-config\n{running_config(self.device)}"

    def set_length(self, lines: str) -> str:
        """`terminal length N`; 0 turns paging off."""
        self.page_length = int(lines) if lines.isdigit() else self.page_length
        return "Pagination disabled.\n" if self.page_length == 0 else f"Pagination set to {lines} lines.\n"

    def save(self) -> str:
        """Copy the running configuration to the startup configuration."""
        return self.store(running_config(self.device), "Copy completed successfully.\n")
