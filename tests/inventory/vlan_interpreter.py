"""A second, independent reading of the commands: what a switch of each family does when they are entered."""

import ipaddress
import re
from dataclasses import replace

from inventory.vlans import PortState, SwitchState

DEFAULT_NAMES = {"huawei_vrp": "VLAN {:04d}", "hp_comware": "VLAN {:04d}"}


class Switch:
    """Mutable: `line` does what the device would do."""

    def __init__(self, state: SwitchState, slug: str) -> None:
        self.slug = slug
        self.vlans, self.ports, self.svis = dict(state.vlans), dict(state.ports), dict(state.svis)
        self.taken = state.taken
        self.vid, self.port, self.svi = 0, "", 0

    def line(self, text: str) -> None:
        for pattern, do in RULES[self.slug == "juniper_junos"]:
            if match := re.fullmatch(pattern, text):
                do(self, *match.groups())
                return
        raise AssertionError(f"no switch understands {text!r}")

    def enter_vlan(self, vid: str) -> None:
        self.vid = int(vid)
        self.vlans.setdefault(self.vid, "")

    def name(self, text: str) -> None:
        self.vlans[self.vid] = text

    def no_name(self) -> None:
        self.vlans[self.vid] = DEFAULT_NAMES.get(self.slug, "VLAN{:04d}").format(self.vid)

    def no_vlan(self, vid: str) -> None:
        del self.vlans[int(vid)]

    def enter_svi(self, vid: str) -> None:
        self.svi = int(vid)
        self.svis.setdefault(self.svi, ())

    def no_svi(self, vid: str) -> None:
        del self.svis[int(vid)]

    def address(self, address: str, mask: str) -> None:
        self.svis[self.svi] = (str(ipaddress.ip_interface(f"{address}/{mask}")),)

    def no_address(self, address: str, mask: str) -> None:
        self.svis[self.svi] = ()

    def enter_port(self, name: str) -> None:
        assert name in self.ports
        self.port = name

    def change(self, **fields: object) -> None:
        self.ports[self.port] = replace(self.ports[self.port], **fields)

    def access(self, vid: str) -> None:
        assert int(vid) in self.vlans
        self.change(access_vlan=int(vid))

    def trunk(self, verb: str, text: str) -> None:
        before = self.ports[self.port].allowed
        vids = set()
        for run in re.findall(r"\d+(?: to \d+|-\d+)?", text):
            low, *high = map(int, re.split(r" to |-", run))
            vids.update(range(low, (high or [low])[0] + 1))
        removing = verb in ("remove", "undo port trunk")
        assert before is not None
        self.change(allowed=frozenset(before - vids if removing else before | vids))

    def member(self, verb: str, port: str, name: str) -> None:
        vids = {vid for vid, called in self.vlans.items() if called == name} or {int(name)}
        assert vids <= self.vlans.keys()
        self.port = port
        now: PortState = self.ports[port]
        if now.mode == "trunk":
            self.change(allowed=now.allowed | vids if verb == "set" else now.allowed - vids)
        else:
            (vid,) = vids
            self.change(access_vlan=vid if verb == "set" else 1)

    def junos_vlan(self, name: str, vid: str) -> None:
        assert name not in self.vlans.values()
        assert name not in self.taken
        assert int(vid) not in self.vlans
        self.vlans[int(vid)] = name

    def no_junos_vlan(self, name: str) -> None:
        self.vlans = {vid: called for vid, called in self.vlans.items() if called != name}

    def irb(self, vid: str, address: str) -> None:
        self.svis[int(vid)] = (*self.svis.get(int(vid), ()), address)

    def no_irb_address(self, vid: str, address: str) -> None:
        self.svis[int(vid)] = tuple(one for one in self.svis[int(vid)] if one != address)


def nothing(_switch: Switch, *_words: str) -> None:
    """A line without effect on what is looked at."""


LINES = (
    (r"vlan (\d+)", Switch.enter_vlan),
    (r"name (\S+)", Switch.name),
    (r"(?:no|undo) name", Switch.no_name),
    (r"(?:no|undo) vlan (\d+)", Switch.no_vlan),
    (r"interface Vlan(?:if|-interface)?(\d+)", Switch.enter_svi),
    (r"(?:no|undo) interface Vlan(?:if|-interface)?(\d+)", Switch.no_svi),
    (r"ip address ([\d.]+)[ /]([\d.]+)", Switch.address),
    (r"(?:no|undo) ip address ([\d.]+)[ /]([\d.]+)", Switch.no_address),
    (r"interface (\S+)", Switch.enter_port),
    (r"switchport mode access|port link-type access", lambda switch: switch.change(mode="access")),
    (r"no switchport mode|undo port link-type", lambda switch: switch.change(mode="dynamic")),
    (r"(?:switchport access vlan|port default vlan|port access vlan) (\d+)", Switch.access),
    (
        r"no switchport access vlan|undo port default vlan|undo port access vlan",
        lambda switch: switch.change(access_vlan=1),
    ),
    (r"switchport trunk allowed vlan (add|remove) ([\d,-]+)", Switch.trunk),
    (r"(port trunk|undo port trunk) (?:allow-pass|permit) vlan ([\d to]+)", Switch.trunk),
    (r"no shutdown|undo shutdown|quit", nothing),
)
BRACES = (
    (r"set vlans (\S+) vlan-id (\d+)", Switch.junos_vlan),
    (r"delete vlans (\S+)", Switch.no_junos_vlan),
    (r"(?:set|delete) vlans \S+ l3-interface.*", nothing),
    (r"set interfaces irb unit (\d+) family inet address (\S+)", Switch.irb),
    (r"delete interfaces irb unit (\d+) family inet address (\S+)", Switch.no_irb_address),
    (r"delete interfaces irb unit (\d+)", Switch.no_svi),
    (r"(set|delete) interfaces (\S+) unit 0 family ethernet-switching vlan members (\S+)", Switch.member),
)
RULES = {False: LINES, True: BRACES}


def enter(commands: tuple[str, ...], state: SwitchState, slug: str) -> SwitchState:
    """The state after the commands."""
    switch = Switch(state, slug)
    for command in commands:
        switch.line(command)
    return replace(state, vlans=dict(sorted(switch.vlans.items())), ports=switch.ports, svis=switch.svis)
