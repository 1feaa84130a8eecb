"""FRRouting's vtysh as the login shell of a Linux router. Pure."""

import re

from inventory.facts import InterfaceFact, SystemFacts
from inventory.parsing.dialect import Dialect
from inventory.parsing.interface_stanzas import interface_address, parse_config_interfaces
from inventory.parsing.mac import normalise_mac
from inventory.parsing.names import interface_type
from inventory.parsing.text import blocks, first, number

_VERSION = re.compile(r"^(FRRouting \S+) \(([^)\n]*)\)(?: on Linux\(([^)\n]*)\))?", re.MULTILINE)
_INTERFACE = re.compile(r"^Interface (\S+) is (up|down)(?:, line protocol is (\w+))?", re.MULTILINE)
_DESCRIPTION = re.compile(r"^  Description: ([^\n]*)", re.MULTILINE)
_VRF = re.compile(r"^  vrf: (\S+)", re.MULTILINE)
_INDEX = re.compile(r"^  index (\d+)", re.MULTILINE)
_MTU = re.compile(r"^  index [^\n]*\bmtu (\d+)", re.MULTILINE)
_SPEED = re.compile(r"^  index [^\n]*\bspeed (\d+)", re.MULTILINE)
_HARDWARE = re.compile(r"^  HWaddr: (\S+)", re.MULTILINE)
_FLAGS = re.compile(r"^  flags: <([^>\n]*)>", re.MULTILINE)
_TYPE = re.compile(r"^  Type: (\S+)", re.MULTILINE)
_ADDRESSES = re.compile(r"^  inet6? (\S+)/(\d+)", re.MULTILINE)
_TYPES = {"Loopback": "softwareLoopback", "Ethernet": "ethernetCsmacd"}
_UNKNOWN_SPEED = 4_294_967_295  # the kernel's -1 read as unsigned, in Mbit/s


def parse_version(text: str) -> SystemFacts:
    """System facts of `show version`: the kernel is the operating system's version, as SNMP tells it too."""
    told = _VERSION.search(text)
    model, hostname, kernel = told.groups("") if told else ("", "", "")
    return SystemFacts(hostname=hostname, vendor="Linux" if told else "", model=model, os_version=kernel)


def parse_interfaces(text: str) -> tuple[InterfaceFact, ...]:
    """Interfaces of `show interface`."""
    return tuple(
        _interface(match.group(1), match.group(2), match.group(3), block) for match, block in blocks(_INTERFACE, text)
    )


def _interface(name: str, state: str, protocol: str | None, block: str) -> InterfaceFact:
    flags = first(_FLAGS, block).split(",")
    found = (interface_address(address, length) for address, length in _ADDRESSES.findall(block))
    speed = number(_SPEED, block)
    vrf = first(_VRF, block)
    return InterfaceFact(
        name=name,
        if_index=number(_INDEX, block),
        description=first(_DESCRIPTION, block),
        type=_type(name, first(_TYPE, block)),
        enabled="UP" in flags if flags != [""] else state == "up",
        up=state == "up" and protocol in {"up", None},
        mac_address=normalise_mac(first(_HARDWARE, block)),
        mtu=number(_MTU, block),
        speed_kbps=speed * 1000 if speed and speed < _UNKNOWN_SPEED else None,
        addresses=tuple(address for address in found if address),
        vrf="" if vrf == "default" else vrf,
    )


def _type(name: str, told: str) -> str:
    """What the name tells (a bridge, a VLAN) is finer than what vtysh tells: all of them are Ethernet to it."""
    named = interface_type(name)
    return named if named not in {"", "ethernetCsmacd"} else _TYPES.get(told, "")


DIALECT = Dialect(
    version=parse_version,
    interfaces=parse_interfaces,
    config_interfaces=parse_config_interfaces,
    configure="configure terminal",
    leave="end",
)
