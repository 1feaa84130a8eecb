"""The configuration mode that IOS, NX-OS and EOS have in common. What is understood changes the device's state."""

import re
from collections.abc import Callable
from ipaddress import IPv4Interface

from tests.lab.cli import Cli
from tests.lab.config import drop_line, put_line
from tests.lab.faults import FaultBox
from tests.lab.names import find_port, interface_names, ranges, vid_set, wrapped
from tests.lab.state import ALL_VLANS, Device, Port

SINGLE_GLOBAL = (
    "hostname",
    "enable secret",
    "enable password",
    "logging buffered",
    "logging trap",
    "ip domain name",
    "ip domain-name",
    "banner login",
    "banner motd",
    "snmp-server location",
    "snmp-server contact",
    "ip default-gateway",
    "clock timezone",
    "ip ssh version",
)
SINGLE_CHILD = ("exec-timeout", "transport input", "description", "speed", "duplex", "mtu", "key", "idle-timeout")
BLOCKS = (
    "line",
    "router",
    "aaa group server",
    "ip access-list",
    "tacacs server",
    "radius server",
    "management",
    "vrf",
    "ip vrf",
    "class-map",
    "policy-map",
    "archive",
)
GLOBALS = frozenset(
    "aaa access-list archive arp banner boot cdp cfs class-map clock copp crypto daemon enable errdisable event feature"
    " file hostname ip ipv6 key lacp license line lldp logging login mac management memory mls no ntp password"
    " policy-map power privilege qos queue-monitor radius radius-server redundancy rmon role router route-map security"
    " service snmp snmp-server spanning-tree ssh stp switch system tacacs tacacs-server telnet transceiver udld"
    " username version vpc vrf vstack vtp".split()
)
INTERFACE_LINES = frozenset(
    "arp auto authentication bandwidth carrier-delay cdp channel-group delay dot1x duplex encapsulation flowcontrol ip"
    " ipv6 keepalive lacp lldp load-interval logging mac mls mtu negotiation no ntp power qos service-policy snmp"
    " spanning-tree speed standby storm-control switchport udld vrf vrrp".split()
)


_LIST_WIDTH = 60  # characters of a VLAN list on one line


def allowed_lines(port: Port, width: int = _LIST_WIDTH) -> list[str]:
    """`switchport trunk allowed vlan 1,2`, and `... add 30,31` for what has no room on the first line."""
    if port.allowed is None:
        return []
    first, *more = wrapped(ranges(port.allowed) or "none", width)
    return [
        f"switchport trunk allowed vlan {first}",
        *(f"switchport trunk allowed vlan add {piece}" for piece in more),
    ]


class IosStyleCli(Cli):
    """exec, enable, config and its sub-modes."""

    privileged = True
    starts_block: tuple[str, ...] = BLOCKS
    prefix_length = True  # `ip address 10.0.0.1/24` is understood
    svi_enabled = True  # a new SVI is up without `no shutdown`
    warning = "%"
    unique_names = False  # two VLANs cannot have the same name

    def __init__(self, device: Device, enable_password: str = "", faults: FaultBox | None = None) -> None:
        super().__init__(device, enable_password, faults)
        self.privileged = not enable_password
        self.mode = ""  # "" exec, config, config-if, config-vlan, or the sub-mode of a block
        self.port: Port | None = None
        self.vids: frozenset[int] = frozenset()
        self.block = ""

    @property
    def place(self) -> str:
        if self.mode == "config-if" and self.port:
            return f"interface {self.port.name}"
        if self.mode == "config-vlan":
            return f"vlan {ranges(self.vids)}"
        return self.block if self.mode not in ("", "config") else ""

    @property
    def prompt(self) -> str:
        mode = f"({self.mode})" if self.mode else ""
        return f"{self.device.hostname}{mode}{'#' if self.privileged else '>'}"

    def in_text(self, line: str) -> bool:
        return bool(self.mode) and not line.strip().startswith(("do ", "show "))

    def run(self, line: str) -> str:
        if not self.mode:
            return self.run_exec(line)
        words = line.split()
        if words[0] == "do" and len(words) > 1:
            return self.run_exec(line.split(None, 1)[1])
        return self.configure(line)

    def run_exec(self, line: str) -> str:
        """A line outside configuration mode."""
        words = line.lower().split()
        if "exit".startswith(words[0]) or words[0] in ("quit", "logout"):
            self.closed = True
            return ""
        if words[0] in ("enable", "en"):
            return self._enable()
        if words[0] == "disable":
            self.privileged = False
            return ""
        if "configure".startswith(words[0]) and len(words[0]) > 3 and (len(words) == 1 or words[1].startswith("t")):
            if not self.privileged:
                return self.reject(line)
            refusal = self.opened()
            self.mode = self.mode if refusal else "config"
            return refusal or "Enter configuration commands, one per line.  End with CNTL/Z.\n"
        return super().run(line)

    def _enable(self) -> str:
        if self.privileged or not self.enable_password:
            self.privileged = True
            return ""
        return self.ask("Password: ", self._enabled, hidden=True)

    def _enabled(self, typed: str) -> str:
        self.privileged = typed == self.enable_password
        return "" if self.privileged else "% Access denied\n"

    def configure(self, line: str) -> str:
        """One line of configuration. Unknown lines change nothing."""
        if line in ("end", "exit"):
            self.mode = "config" if line == "exit" and self.mode != "config" else ""
            return ""
        return self.change(line, self._configured)

    def _configured(self, line: str) -> str:
        error = self.scoped(line)
        return self.global_line(line) if error is None else error

    def scoped(self, line: str) -> str | None:
        """A line inside an interface, a VLAN or a block; None: not one of theirs, try it as a global line."""
        if self.mode == "config-if" and self.port:
            return self.interface_line(self.port, line)
        if self.mode == "config-vlan":
            return self.vlan_line(line)
        if self.mode != "config":
            return self.block_line(line)
        return None

    def block_line(self, line: str) -> str | None:
        """A line of a kept block; a global command leaves the block as on the real systems."""
        head = line.removeprefix("no ").split()[0]
        if head in ("interface", "vlan", "hostname", "snmp-server", "line", "ntp", "username", "banner", "aaa"):
            return None
        if line.startswith("no "):
            if not self.device.config.drop_child(self.block, line[3:]):
                self.device.config.put_child(self.block, line, SINGLE_CHILD)
        else:
            self.device.config.put_child(self.block, line, SINGLE_CHILD)
        return ""

    def vlan_line(self, line: str) -> str | None:
        """`name`, `state`, `no name` of the VLANs chosen with `vlan ...`."""
        words = line.split()
        if words[0] == "name" and len(words) == 2:
            if len(self.vids) > 1:
                return "% Name cannot be given to more than one VLAN\n"
            twin = next((v for v, n in self.device.vlans.items() if n == words[1] and v not in self.vids), None)
            if twin and self.unique_names:
                return f"%VLAN #{max(self.vids)} and #{twin} have an identical name: {words[1]}\n"
            self.device.vlans.update(dict.fromkeys(self.vids, words[1]))
            return ""
        if line == "no name":
            self.device.vlans.update({vid: f"VLAN{vid:04d}" for vid in self.vids})
            return ""
        return "" if words[0] in ("state", "no", "shutdown") else None

    def global_line(self, line: str) -> str:
        """A line of global configuration; empty text means accepted."""
        self.mode = "config"
        words = line.split()
        negated = words[0] == "no" and len(words) > 1
        head = words[1] if negated else words[0]
        body = line.split(None, 1)[1] if negated else line
        if "interface".startswith(head) and len(head) > 2:
            return self._interface(body.split(None, 1)[-1], negated)
        if head == "vlan" and len(body.split()) > 1:
            return self._vlan(body.split(None, 1)[1], negated, line)
        if head == "hostname" and not negated and len(words) == 2:
            self.device.hostname = words[1]
            return ""
        if head == "banner" and not negated:
            return self._banner(line)
        if head not in GLOBALS:
            return self.reject(line)
        return self._keep(line, body, negated)

    def _keep(self, line: str, body: str, negated: bool) -> str:
        config = self.device.config
        if negated:
            if not config.drop(body):
                config.put(line)
            return ""
        config.put(line, SINGLE_GLOBAL)
        if line.startswith(tuple(f"{b} " for b in self.starts_block)):
            self.mode, self.block = f"config-{line.split()[0]}", line
        return ""

    def _banner(self, line: str) -> str:
        words = line.split(None, 2)
        if len(words) < 3:
            return self.reject(line)
        mark = "^C" if words[2].startswith("^C") else words[2][0]
        text = words[2][len(mark) :]
        if mark in text:
            self.device.config.put(f"banner {words[1]} ^C{text.partition(mark)[0]}^C", SINGLE_GLOBAL)
            return ""
        return self.ask(
            f"Enter TEXT message.  End with the character '{mark}'.\n", self._banner_more(words[1], mark, text)
        )

    def _banner_more(self, kind: str, mark: str, text: str) -> Callable[[str], str]:
        def more(line: str) -> str:
            joined = f"{text} {line}".strip()
            if mark not in line:
                return self.ask("", self._banner_more(kind, mark, joined))
            self.device.config.put(f"banner {kind} ^C{joined.partition(mark)[0]}^C", SINGLE_GLOBAL)
            self.device.touch()
            return ""

        return more

    def _interface(self, name: str, negated: bool) -> str:
        port = find_port(self.device, name)
        if negated:
            if port is None or port.kind not in ("vlan", "loopback"):
                return self.reject(name)
            del self.device.ports[port.name]
            return ""
        port = port or self._new_port(name)
        if port is None:
            return self.reject(name)
        self.mode, self.port = "config-if", port
        return ""

    def _new_port(self, name: str) -> Port | None:
        names = interface_names(self.device.platform)
        match = re.fullmatch(r"(vlan|loopback|lo|vl)\s*(\d{1,4})", name.strip(), re.IGNORECASE)
        if not match or (match[1][0] in "vV" and not 1 <= int(match[2]) <= 4094):
            return None
        svi = match[1][0] in "vV"
        full = f"{names.svi if svi else names.loopback}{match[2]}"
        index = max(p.if_index for p in self.device.ports.values()) + 1
        mac = self.device.base_mac if svi else ""
        port = Port(self.device, full, index, "vlan" if svi else "loopback", mac, enabled=self.svi_enabled or not svi)
        return self.device.ports.setdefault(full, port)

    def _vlan(self, text: str, negated: bool, line: str) -> str:
        try:
            vids = vid_set(text)
        except ValueError:
            return self.reject(line)
        if negated:
            for vid in vids - {1}:
                self.device.vlans.pop(vid, None)
            return ""
        if any(1002 <= vid <= 1005 for vid in vids):
            return "Command rejected: Bad VLAN list - vlan IDs 1002 to 1005 are reserved.\n"
        for vid in vids:
            self.device.vlans.setdefault(vid, f"VLAN{vid:04d}")
        self.mode, self.vids = "config-vlan", vids
        return ""

    def interface_line(self, port: Port, line: str) -> str | None:
        """A line inside `interface ...`; None when it is a global command."""
        words = line.split()
        negated = words[0] == "no" and len(words) > 1
        body = words[1:] if negated else words
        if body[0] in ("interface", "hostname", "vlan", "snmp-server", "line", "username", "banner"):
            return None
        known = self._known_interface_line(port, body, negated, line)
        if known is not None:
            return known
        if body[0] not in INTERFACE_LINES:
            return None if body[0] in GLOBALS else self.reject(line)
        if not negated:
            put_line(port.extra, line, SINGLE_CHILD)
        elif not drop_line(port.extra, " ".join(body)):
            put_line(port.extra, line)
        return ""

    def _known_interface_line(self, port: Port, body: list[str], negated: bool, line: str) -> str | None:
        head = body[0]
        if head == "description":
            port.description = "" if negated else line.split(None, 1)[1]
        elif head == "shutdown":
            port.enabled = negated
        elif head == "switchport":
            return self._switchport(port, body[1:], negated, line)
        elif body[:2] == ["ip", "address"] and (negated or len(body) > 2):
            return self._address(port, body[2:], negated, line)
        elif head == "mtu" and not negated and body[-1].isdigit():
            port.mtu = int(body[-1])
        else:
            return None
        return ""

    def _address(self, port: Port, rest: list[str], negated: bool, line: str) -> str:
        if negated:
            port.address = None
            return ""
        if len(rest) != (1 if "/" in rest[0] else 2) or ("/" in rest[0] and not self.prefix_length):
            return self.reject(line)
        try:
            port.address = IPv4Interface("/".join(rest))
        except ValueError:
            return self.reject(line)
        return ""

    def _switchport(self, port: Port, rest: list[str], negated: bool, line: str) -> str | None:
        try:
            known = _switchport(port, rest, negated)
        except (ValueError, IndexError):
            return self.reject(line)
        return self._new_access_vlan(port.access_vlan) if known == "" and rest[:2] == ["access", "vlan"] else known

    def _new_access_vlan(self, vid: int) -> str:
        """What happens where an access port's VLAN does not exist."""
        if vid in self.device.vlans:
            return ""
        self.device.vlans[vid] = f"VLAN{vid:04d}"
        return f"{self.warning} Access VLAN does not exist. Creating vlan {vid}\n"


def _switchport(port: Port, rest: list[str], negated: bool) -> str | None:
    """Change the VLAN membership of a port. Raises ValueError or IndexError for what is no VLAN list."""
    if not rest:
        port.mode = "" if negated else port.mode or "access"
    elif rest[0] == "mode":
        port.mode = "access" if negated else {"access": "access", "trunk": "trunk"}[_word(rest[1], "access", "trunk")]
    elif rest[:2] == ["access", "vlan"]:
        (port.access_vlan,) = {1} if negated else vid_set(rest[2])
    elif rest[:3] == ["trunk", "native", "vlan"]:
        (port.native_vlan,) = {1} if negated else vid_set(rest[3])
    elif rest[:3] == ["trunk", "allowed", "vlan"]:
        port.allowed = None if negated else _allowed(port, rest[3:])
    else:
        return None
    return ""


def _word(typed: str, *accepted: str) -> str:
    found = [word for word in accepted if word.startswith(typed)]
    if len(found) != 1:
        raise ValueError(typed)
    return found[0]


def _allowed(port: Port, rest: list[str]) -> frozenset[int] | None:
    before = ALL_VLANS if port.allowed is None else port.allowed
    if rest[0] in ("all", "none"):
        return None if rest[0] == "all" else frozenset()
    if rest[0] == "add":
        return before | vid_set(rest[1])
    if rest[0] in ("remove", "except"):
        return (before if rest[0] == "remove" else ALL_VLANS) - vid_set(rest[1])
    return vid_set(rest[0])
