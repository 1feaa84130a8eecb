"""Juniper Junos: what each statement of a configuration changes, and a small command line."""

import re
from ipaddress import IPv4Interface

from tests.lab.cli import Cli, commands
from tests.lab.state import Device, Port
from tests.lab.vendors.juniper_junos_text import running_config, words_of

SYNTAX = "syntax error"
_NAME = re.compile(r"[A-Za-z][\w.-]{0,63}")
_GLOBAL = ("system", "snmp", "protocols", "version")


class Refused(Exception):
    """Why a statement is refused, and the word at which it is."""

    def __init__(self, bad: str, why: str = SYNTAX) -> None:
        super().__init__(why)
        self.bad = bad


class JunosCli(Cli):
    """A Junos login; also keeps the count of statements that a NETCONF session loads."""

    invalid = "syntax error."
    table = commands(
        {
            "show configuration": lambda cli: cli.configuration(),
            "show version": lambda cli: _version(cli.device),
            "set cli screen-length LINES": lambda cli, lines: "",
        }
    )
    refused: Refused | None = None  # why the last statement was

    @property
    def prompt(self) -> str:
        return f"netops@{self.device.hostname}> "

    def configuration(self) -> str:
        """`show configuration`."""
        self.showed_config = True
        return running_config(self.device)

    def reject(self, line: str) -> str:
        """What the fault `reject-line` answers."""
        self.refused = Refused(line.split()[-1])
        return self.invalid

    def statement(self, line: str) -> None:
        """Enter `set ...` or `delete ...`. Raises Refused."""
        self.refused = None
        self.change(line, self._entered)
        if self.refused:
            raise self.refused

    def _entered(self, line: str) -> str:
        verb, *words = words_of(line)
        try:
            if verb not in ("set", "delete") or not words:
                raise Refused(verb)
            enter(self.device, verb == "set", words)
        except Refused as refused:
            self.refused = refused
        return ""


def enter(device: Device, on: bool, words: list[str]) -> None:
    """`set` or `delete` of one statement. Raises Refused."""
    match words:
        case ["vlans", name, *rest]:
            _vlan(device, on, name, rest)
        case ["interfaces", "irb", "unit", unit, *rest] if unit.isdecimal():
            _irb(device, on, int(unit), rest)
        case ["interfaces", name, *rest]:
            _interface(_port(device, name), on, rest)
        case ["system", "host-name", name] if on:
            device.hostname = name
        case [first, _, *_] if first in _GLOBAL:
            device.config.put(" ".join(words)) if on else device.config.drop(" ".join(words))
        case _:
            raise Refused(words[0])


def _port(device: Device, name: str) -> Port:
    port = device.ports.get(name)
    if port is None:
        raise Refused(name, "invalid interface type")
    return port


def _vlan(device: Device, on: bool, name: str, rest: list[str]) -> None:
    vid = next((vid for vid, known in device.vlans.items() if known == name), 0)
    match rest:
        case ["vlan-id", number] if on:
            wanted = int(number) if number.isdecimal() else 0
            if not 1 <= wanted <= 4094 or not _NAME.fullmatch(name):
                raise Refused(number, f"Invalid numeric value: '{number}'")
            if device.vlans.get(wanted, name) != name:
                raise Refused(number, f"duplicate vlan-id exists for vlan {device.vlans[wanted]}")
            device.vlans.pop(vid, None)
            device.vlans[wanted] = name
        case ["l3-interface", unit] if on and vid:
            device.vlan_notes[vid] = unit
        case ["l3-interface", *_] if vid:
            device.vlan_notes.pop(vid, None)
        case [] if not on and vid:
            del device.vlans[vid]
            device.vlan_notes.pop(vid, None)
        case _:
            raise Refused(name, SYNTAX if on else "statement not found")


def _irb(device: Device, on: bool, unit: int, rest: list[str]) -> None:
    name = f"irb.{unit}"
    match rest:
        case ["family", "inet", "address", address] if on:
            port = device.ports.get(name) or Port(device, name, 500 + unit, "vlan", device.base_mac)
            port.address = IPv4Interface(address)
            device.ports[name] = port
        case ["family", "inet", "address", address] if str(_port(device, name).address) == address:
            device.ports[name].address = None
        case [] if not on:
            del device.ports[_port(device, name).name]
        case _:
            raise Refused(rest[-1] if rest else str(unit))


def _interface(port: Port, on: bool, rest: list[str]) -> None:
    match rest:
        case ["description", text] if on:
            port.description = text.strip('"')
        case ["disable"]:
            port.enabled = not on
        case ["unit", "0", "family", "ethernet-switching", "interface-mode", mode] if on and mode in (
            "access",
            "trunk",
        ):
            port.mode, port.allowed = mode, port.allowed if port.mode == "trunk" else frozenset()
        case ["unit", "0", "family", "ethernet-switching", "vlan", "members", member]:
            _member(port, on, member)
        case _:
            raise Refused(rest[0] if rest else port.name)


def _member(port: Port, on: bool, member: str) -> None:
    named = {name: vid for vid, name in port.device.vlans.items()}
    vid = named.get(member) or (int(member) if member.isdecimal() else 0)
    if not vid:
        raise Refused(member, "vlan members: no such vlan")
    if port.mode == "trunk":
        kept = port.allowed or frozenset()
        port.allowed = kept | {vid} if on else kept - {vid}
    elif on and port.access_vlan not in (1, vid):
        raise Refused(member, f"Access interface <{port.name}.0> has more than one vlan member")
    else:
        port.mode, port.access_vlan = "access", vid if on else 1


def _version(device: Device) -> str:
    hardware = device.hardware
    return f"Hostname: {device.hostname}\nModel: {hardware.model.lower()}\nJunos: {hardware.os_version}\n"
