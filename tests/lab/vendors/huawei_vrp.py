"""Huawei VRP: views and commands."""

import re
from collections.abc import Callable
from ipaddress import IPv4Interface

from tests.lab import snapshot
from tests.lab.cli import Cli, commands
from tests.lab.config import drop_line, put_line
from tests.lab.faults import FaultBox
from tests.lab.names import find_port, vid_set
from tests.lab.state import ALL_VLANS, Device, Port
from tests.lab.vendors import huawei_vrp_show as show
from tests.lab.vendors.huawei_vrp_text import running_config

_BLOCKS = (
    "aaa",
    "user-interface",
    "acl",
    "hwtacacs-server template",
    "radius-server template",
    "ospf",
    "bgp",
    "domain",
)
_GLOBALS = frozenset(
    "aaa acl arp bgp clock cpu-defend dhcp dns domain drop-profile ftp header http hwtacacs-server info-center ip ipv6"
    " lldp loopback-detect mac-address ntp-service observe-port ospf poe qos radius-server set snmp-agent ssh stelnet"
    " stp telnet traffic undo user-interface vlan voice-vlan".split()
)
_INTERFACE = frozenset(
    "arp auto bpdu combo dhcp duplex eth-trunk flow-control ip ipv6 jumboframe lldp loopback-detect mac-address"
    " negotiation ntp-service poe port-isolate port-security qos speed storm-control stp traffic-policy trust"
    " undo voice-vlan".split()
)
_STAGES = ("commit", "clear configuration candidate")
_SINGLE = ("info-center loghost source", "snmp-agent sys-info location", "snmp-agent sys-info contact",
           "snmp-agent sys-info version", "header login")  # fmt: skip
_SINGLE_CHILD = ("idle-timeout", "protocol inbound", "authentication-mode", "speed", "duplex")


class HuaweiVrpCli(Cli):
    """A VRP login: user view `<name>`, system view `[name]`, and the views below it."""

    invalid = "Error: Unrecognized command found at '^' position."
    pager = "  ---- More ----"
    svi = r"vlanif(\d{1,4})"
    svi_name = "Vlanif"
    locked = "Error: Current configuration database is locked by user bob (VTY 1).\n"
    save_failed = "Error: Failed to save the configuration: the device storage is busy.\n"
    table = commands(
        {
            "display version": show.version,
            "display device": show.device,
            "display device manufacture-info": show.manufacture_info,
            "display elabel": show.elabel,
            "display esn": lambda cli: f"ESN of slot 0: {cli.device.serial}\n",
            "display current-configuration": lambda cli: cli.configuration(),
            "display current-configuration interface REST": show.current_interface,
            "display saved-configuration": lambda cli: cli.device.startup,
            "display interface": show.interfaces,
            "display interface brief": show.interface_brief,
            "display interface description": show.interface_description,
            "display interface NAME": show.interfaces,
            "display ip interface brief": show.ip_interface_brief,
            "display vlan": show.vlan,
            "display vlan brief": show.vlan,
            "display vlan VID": show.vlan,
            "display port vlan": show.port_vlan,
            "display lldp neighbor": show.lldp_neighbor,
            "display lldp neighbor brief": show.lldp_neighbor_brief,
            "display clock": lambda cli: "2025-03-03 09:00:00\nMonday\nTime Zone(DefaultZoneName) : UTC\n",
            "display snmp-agent local-engineid": lambda cli: (
                f"SNMP local EngineID: {cli.device.engine_id.hex().upper()}\n"
            ),
            "screen-length LINES temporary": lambda cli, lines: cli.set_length(lines),
            "undo screen-length temporary": lambda cli: cli.set_length("24"),
        }
    )

    def __init__(self, device: Device, enable_password: str = "", faults: FaultBox | None = None) -> None:
        super().__init__(device, enable_password, faults)
        self.staged = False  # lines wait for `commit`
        self.sure = False  # the question about this line was answered with yes
        self.view = ""  # "" user view, system, or the name of a view below it
        self.port: Port | None = None
        self.vid = 0
        self.block = ""

    @property
    def place(self) -> str:
        if self.port is not None and self.view == self.port.name:
            return f"interface {self.port.name}"
        if re.fullmatch(r"vlan\d+", self.view):
            return f"vlan {self.vid}"
        return self.block if self.view not in ("", "system") else ""

    @property
    def prompt(self) -> str:
        if not self.view:
            return f"<{self.device.hostname}>"
        mark = ("*" if self.twin and self.twin.applied else "~") if self.staged else ""
        return f"[{mark}{self.device.hostname}{'' if self.view == 'system' else '-' + self.view}]"

    @property
    def greeting(self) -> str:
        return "Info: The max number of VTY users is 5, and the number of current VTY users on line is 1."

    def in_text(self, line: str) -> bool:
        return bool(self.view) and not line.strip().startswith("dis")

    def run(self, line: str) -> str:
        words = line.split()
        if words[0] in ("quit", "return"):
            return self._leave(words[0])
        if "display".startswith(words[0]) and len(words[0]) > 2:
            return super().run(line)
        if self.view:
            if self.staged and line in _STAGES:
                return self._staged(line)
            return self.locked if self.faults.has("config-locked") else self.change(line, self.configure)
        if "system-view".startswith(words[0]) and len(words[0]) > 2:
            if not self.faults.has("config-locked"):  # the view opens all the same, each line is refused
                self.opened()
            self.staged = self.faults.has("two-stage")
            self.twin = snapshot.copy(self.device) if self.staged else self.twin
            self.view = "system"
            return "Enter system view, return user view with Ctrl+Z.\n"
        if words == ["save"]:
            question = "The current configuration will be written to flash:/vrpcfg.zip.\nAre you sure to continue?[Y/N]"
            return self.ask(question, self._saved)
        return super().run(line)

    def _leave(self, word: str) -> str:
        inside = word == "quit" and self.view not in ("", "system")
        if self.view and not inside and self.staged and self.twin and self.twin.applied:
            return self.ask(
                "Warning: Uncommitted configurations found. Are you sure to commit them before exiting? [Y/N/C]:",
                self._left,
            )
        self.closed = self.closed or (word == "quit" and not self.view)
        self.view = "system" if inside else ""
        return ""

    def _left(self, typed: str) -> str:
        if typed.strip().lower() in ("y", "n"):
            self._staged("commit" if typed.strip().lower() == "y" else "")
            self.view = ""
        return ""

    def _staged(self, line: str) -> str:
        """`commit` puts the lines in force that wait; anything else drops them."""
        if self.twin and line == "commit":
            self.device.applied += self.twin.applied
            snapshot.restore(self.device, snapshot.take(self.twin))
        self.twin = snapshot.copy(self.device)
        return ""

    def _saved(self, typed: str) -> str:
        if not typed.strip().lower().startswith("y"):
            return ""
        done = "Now saving the current configuration to the slot 0..\nSave the configuration successfully.\n"
        return self.store(self.text(), done)

    def configuration(self) -> str:
        """`display current-configuration`."""
        self.showed_config = True
        return self.text()

    def text(self) -> str:
        """The running configuration."""
        return running_config(self.device)

    def set_length(self, lines: str) -> str:
        """`screen-length N temporary`; 0 turns paging off."""
        self.page_length = int(lines) if lines.isdigit() else self.page_length
        return "Info: The configuration takes effect on the current user terminal interface only.\n"

    def configure(self, line: str) -> str:
        """One line in a view; empty text means accepted."""
        negated = line.startswith("undo ")
        body = line.removeprefix("undo ").split()
        if not body:
            return self.reject(line)
        if self.port is not None and self.view == self.port.name:
            known = self._port_line(self.port, body, negated, line)
        elif self.view.startswith("vlan"):
            known = self._vlan_line(body, negated)
        elif self.view != "system" and self.block:
            known = self._block_line(body, negated, line)
        else:
            known = None
        return self._system_line(body, negated, line) if known is None else known

    def _system_line(self, body: list[str], negated: bool, line: str) -> str:
        head = body[0]
        if head == "sysname" and not negated and len(body) == 2:
            self.device.hostname = body[1]
        elif head == "vlan" and len(body) > 1:
            return self._vlan(body[1:], negated, line)
        elif head == "interface" and len(body) > 1:
            return self._interface("".join(body[1:]), negated, line)
        elif head not in _GLOBALS:
            return self.reject(line)
        elif negated:
            if not self.device.config.drop(" ".join(body)):
                self.device.config.put(line)
        else:
            self.device.config.blocks.pop(f"undo {line}", None)
            self.device.config.put(line, _SINGLE)
            self.view = "system"
            if line in _BLOCKS or line.startswith(tuple(f"{b} " for b in _BLOCKS)):
                self.view, self.block = line.replace("user-interface", "ui").replace(" ", "-"), line
        return ""

    def _block_line(self, body: list[str], negated: bool, line: str) -> str | None:
        if body[0] in ("interface", "vlan", "sysname", "snmp-agent", "user-interface", "ntp-service"):
            return None
        if negated:
            self.device.config.drop_child(self.block, " ".join(body))
        else:
            self.device.config.put_child(self.block, line, _SINGLE_CHILD)
        return ""

    def _vlan(self, rest: list[str], negated: bool, line: str) -> str:
        batch = rest[0] == "batch"
        try:
            vids = vid_set(" ".join(rest[1:] if batch else rest))
        except ValueError:
            return self.reject(line)
        if not batch and len(vids) > 1:
            return self.reject(line)
        if negated:
            if 1 in vids:
                return "Error: The default VLAN cannot be deleted.\n"
            if batch and not self.sure:
                return self.ask(
                    "Warning: The configurations of the VLAN will be deleted. Continue?[Y/N]:", self._sure(line)
                )
            for vid in vids:
                self.device.vlans.pop(vid, None)
                self.device.vlan_notes.pop(vid, None)
            return ""
        for vid in vids:
            self.device.vlans.setdefault(vid, f"VLAN {vid:04d}")
        if batch:
            return ""
        (self.vid,) = vids
        self.view = f"vlan{self.vid}"
        return ""

    def _sure(self, line: str) -> Callable[[str], str]:
        def answered(typed: str) -> str:
            self.sure = typed.strip().lower().startswith("y")
            text = self.change(line, self.configure) if self.sure else ""
            self.sure = False
            return text

        return answered

    def _vlan_line(self, body: list[str], negated: bool) -> str | None:
        if body[0] not in ("name", "description"):
            return None
        if body[0] == "description" and negated:
            self.device.vlan_notes.pop(self.vid, None)
        elif body[0] == "description":
            self.device.vlan_notes[self.vid] = " ".join(body[1:])
        if body[0] == "name":
            self.device.vlans[self.vid] = f"VLAN {self.vid:04d}" if negated else " ".join(body[1:])
        return ""

    def _interface(self, name: str, negated: bool, line: str) -> str:
        port = find_port(self.device, name)
        if negated:
            if port is None or port.kind not in ("vlan", "loopback"):
                return self.reject(line)
            del self.device.ports[port.name]
            return ""
        port = port or self._new_svi(name)
        if port is None:
            return self.reject(line)
        self.port, self.view = port, port.name
        return ""

    def _new_svi(self, name: str) -> Port | None:
        match = re.fullmatch(self.svi, name, re.IGNORECASE)
        if not match or int(match[1]) not in self.device.vlans:
            return None
        index = max(p.if_index for p in self.device.ports.values()) + 1
        full = f"{self.svi_name}{match[1]}"
        return self.device.ports.setdefault(full, Port(self.device, full, index, "vlan", self.device.base_mac))

    def _port_line(self, port: Port, body: list[str], negated: bool, line: str) -> str | None:
        head = body[0]
        if head == "description":
            port.description = "" if negated else line.split(None, 1)[1]
        elif head == "shutdown":
            port.enabled = negated
        elif head == "port" or head == "portswitch":
            if body[:3] == ["port", "default", "vlan"] and not negated and not self._exists(body[3:]):
                return "Error: The VLAN does not exist.\n"
            try:
                return "" if _membership(port, body, negated) else self.reject(line)
            except (ValueError, IndexError):
                return self.reject(line)
        elif body[:2] == ["ip", "address"]:
            return self._address(port, body[2:], negated, line)
        elif head in _INTERFACE:
            if not negated:
                put_line(port.extra, line, _SINGLE_CHILD)
            elif not drop_line(port.extra, " ".join(body)):
                put_line(port.extra, line)
        else:
            return None
        return ""

    def _exists(self, rest: list[str]) -> bool:
        return not rest or not rest[0].isdigit() or int(rest[0]) in self.device.vlans

    def _address(self, port: Port, rest: list[str], negated: bool, line: str) -> str:
        try:
            port.address = None if negated else IPv4Interface("/".join(rest))
        except ValueError:
            return self.reject(line)
        return ""


def _membership(port: Port, body: list[str], negated: bool) -> bool:
    """Apply a `port ...` line; False when it is none we know. Raises ValueError or IndexError for bad VLANs."""
    setters: dict[tuple[str, ...], Callable[[list[str]], None]] = {
        ("port", "link-type"): lambda rest: setattr(port, "mode", _link_type(rest, negated)),
        ("port", "default", "vlan"): lambda rest: setattr(port, "access_vlan", _one(rest, negated)),
        ("port", "trunk", "pvid", "vlan"): lambda rest: setattr(port, "native_vlan", _one(rest, negated)),
        ("port", "trunk", "allow-pass", "vlan"): lambda rest: _allow(port, rest, negated),
        ("portswitch",): lambda rest: setattr(port, "mode", "" if negated else "access"),
    }
    for words, setter in setters.items():
        if tuple(body[: len(words)]) == words:
            setter(body[len(words) :])
            return True
    return False


def _link_type(rest: list[str], negated: bool) -> str:
    if negated:
        return "access"
    if rest[0] not in ("access", "trunk"):
        raise ValueError(rest[0])
    return rest[0]


def _one(rest: list[str], negated: bool) -> int:
    (vid,) = {1} if negated else vid_set(rest[0])
    return vid


def _allow(port: Port, rest: list[str], negated: bool) -> None:
    """`allow-pass` adds; only `undo` takes away."""
    vids = ALL_VLANS if rest == ["all"] else vid_set(" ".join(rest))
    before = ALL_VLANS if port.allowed is None else port.allowed
    port.allowed = before - vids if negated else before | vids
