"""Arista EOS: prompt and commands (text and JSON)."""

from tests.lab.cli import commands
from tests.lab.faults import FaultBox
from tests.lab.state import Device
from tests.lab.vendors import arista_eos_json as data
from tests.lab.vendors import arista_eos_sessions as sessions
from tests.lab.vendors import arista_eos_show as show
from tests.lab.vendors.arista_eos_text import running_config
from tests.lab.vendors.ios_style import BLOCKS, IosStyleCli


class AristaEosCli(IosStyleCli):
    """An EOS login."""

    invalid = "% Invalid input"
    locked = "% Unable to enter configuration mode: the configuration is locked by user bob on vty3\n"
    save_failed = "% Error copying system:/running-config to flash:startup-config (No space left on device)\n"
    warning = "!"
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
            "show configuration sessions": sessions.listing,
            "show configuration sessions detail": sessions.listing,
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
            "copy startup-config FILE": sessions.keep_startup,
            "configure replace FILE": sessions.replace,
            "configure session": sessions.enter,
            "configure session NAME": sessions.enter,
            "configure session NAME commit": sessions.commit,
            "configure session NAME commit timer TIME": sessions.commit,
            "configure session NAME abort": sessions.abort,
            "show session-config named NAME diffs": sessions.diffs,
        }
    )

    def __init__(self, device: Device, enable_password: str = "", faults: FaultBox | None = None) -> None:
        super().__init__(device, enable_password, faults)
        self.session: sessions.Candidate | None = None

    @property
    def prompt(self) -> str:
        within = f"(config-s-{self.session.name[:6]}" if self.session else ""
        return super().prompt.replace("(config", within, 1) if within else super().prompt

    def configure(self, line: str) -> str:
        if self.session and line.split()[0] in ("commit", "abort"):
            return self._end_session(self.session.name, line.split())
        answer = super().configure(line)
        if not self.mode:
            self.session = self.twin = None
        return answer

    def _end_session(self, name: str, words: list[str]) -> str:
        answer = sessions.abort(self, name) if words == ["abort"] else sessions.commit(self, name, "".join(words[2:]))
        self.mode, self.session, self.twin = "", None, None
        return answer

    def run(self, line: str) -> str:
        if self.session and line == "show session-config diffs":
            return sessions.diffs(self, self.session.name)
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
