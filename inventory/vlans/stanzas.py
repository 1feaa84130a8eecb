"""Configurations of interface stanzas with indented lines. Pure.

Forms: "negotiating" and "switchport" (a port is made by `switchport` lines; the first kind negotiates its mode where
none is configured), "link-type" and "link-mode" (`port link-type` and `port` lines; the second tells routed ports by
`port link-mode route`).
"""

import re
from collections.abc import Callable
from dataclasses import replace

from inventory.parsing.config_text import split_sections
from inventory.parsing.interface_stanzas import interface_address
from inventory.parsing.names import canonical_interface, interface_type
from inventory.parsing.vlan_list import HIGHEST, parse_vlan_list, vlans_in
from inventory.platforms import Platform
from inventory.vlans.configured import Configured, PortConfig

EVERY = frozenset(range(1, HIGHEST + 1))
SVI = re.compile(r"(?:vlan|vlanif|vlan-interface) ?(\d{1,4})", re.IGNORECASE)
_ADDRESS = re.compile(r"ip address (\d+\.\d+\.\d+\.\d+)(?: |/)(\d+\.\d+\.\d+\.\d+|\d{1,2})\b")
_GIVEN = re.compile(r"ip (?:address (?:dhcp-alloc|dhcp|bootp-alloc|negotiated)|unnumbered)\b")
_SHARED = re.compile(r"(?:source template|inherit port-profile|profile) ")
_VLAN = re.compile(r"vlan (?:batch )?(\d[\d,\- to]*)$")
_NAMED = re.compile(r"(name|description) \"?(.*?)\"?$")
_LAG = re.compile(r"(?:channel-group|eth-trunk|port link-aggregation group) (\d+)")
_AGGREGATIONS = {"channel-group": "Port-channel", "eth-trunk": "Eth-Trunk", "port": "Bridge-Aggregation"}


def read(config: str, platform: Platform, form: str) -> Configured:
    """VLANs, ports and addresses as configured; what is not understood is left out."""
    told = Configured()
    for section in split_sections(config, platform):
        header, lines = section.header.strip(), [line.strip() for line in section.lines]
        if header.startswith("interface "):
            _interface(told, header.removeprefix("interface ").strip(), lines, form)
        elif match := _VLAN.match(header):
            for vid in vlans_in(match[1]):
                told.vlans[vid] = _vlan_name(lines) or told.vlans.get(vid, "")
    return told


def _vlan_name(lines: list[str]) -> str:
    found = {match[1]: match[2] for line in lines if (match := _NAMED.match(line))}
    return found.get("name") or found.get("description", "")


def _interface(told: Configured, name: str, lines: list[str], form: str) -> None:
    addresses = tuple(address for line in lines if (address := _address(line)))
    svi = SVI.fullmatch(name)
    if svi:
        told.svis[int(svi[1])] = addresses
        if given := next(filter(None, map(_GIVEN.match, lines)), None):
            told.elsewhere[int(svi[1])] = f"its routed interface has '{given[0]}'"
        return
    name = canonical_interface(name)
    if addresses:
        told.routed[name] = addresses
    for line in lines:
        if match := _LAG.match(line):
            told.members[name] = _AGGREGATIONS[line.split()[0]] + match[1]
    reader = _switchport_line if form in ("negotiating", "switchport") else _port_line
    port = PortConfig(shared=any(map(_SHARED.match, lines)))
    if form == "link-mode" and interface_type(name):
        port = replace(port, otherwise="access")
    for line in lines:
        port = _understood(reader, port, line)
    if addresses and not port.mode:
        port = replace(port, mode="routed")
    if port.mode == "trunk" and port.allowed is None and form in ("link-type", "link-mode"):
        port = replace(port, allowed=frozenset({1}))
    if port.allowed == EVERY:
        port = replace(port, allowed=None)
    told.ports[name] = port


def _understood(reader: Callable[[PortConfig, list[str]], PortConfig], port: PortConfig, line: str) -> PortConfig:
    try:
        return reader(port, line.split())
    except (ValueError, IndexError):  # a form nobody has seen: the port is what the other lines say
        return port


def _address(line: str) -> str:
    match = _ADDRESS.match(line)
    return interface_address(match[1], match[2]) if match else ""


def _switchport_line(port: PortConfig, words: list[str]) -> PortConfig:
    match words:
        case ["no", "switchport"]:
            return replace(port, mode="routed")
        case ["switchport", "mode", mode, *_]:
            return replace(port, mode=mode)
        case ["switchport", "access", "vlan", vid]:
            return replace(port, access=int(vid))
        case ["switchport", "trunk", "native", "vlan", vid]:
            return replace(port, native=int(vid))
        case ["switchport", "trunk", "allowed", "vlan", *vids]:
            return replace(port, allowed=_allowed(port.allowed, vids))
    return port


def _allowed(before: frozenset[int] | None, words: list[str]) -> frozenset[int] | None:
    """The list after one line: `1,2`, `add 3-5`, `remove 4`, `except 9`, `all`, `none`."""
    if words == ["all"]:
        return None
    if words == ["none"]:
        return frozenset()
    verb = words[0] if words[0] in ("add", "remove", "except") else ""
    vids = frozenset(parse_vlan_list("".join(words[1:] if verb else words)))
    base = EVERY if before is None else before
    return {"add": base | vids, "remove": base - vids, "except": EVERY - vids}.get(verb, vids)


def _port_line(port: PortConfig, words: list[str]) -> PortConfig:
    allowed = frozenset({1}) if port.allowed is None else port.allowed
    match words:
        case ["undo", "portswitch"] | ["port", "link-mode", "route"]:
            return replace(port, mode="routed")
        case ["port", "link-mode", "bridge"]:
            return replace(port, otherwise="access")
        case ["port", "link-type", mode, *_]:
            return replace(port, mode=mode)
        case ["port", "hybrid", *_]:  # where hybrid is the default, no line says that the port is one
            return replace(port, mode=port.mode or "hybrid")
        case ["port", "default" | "access", "vlan", vid]:
            return replace(port, access=int(vid))
        case ["port", "trunk", "pvid", "vlan", vid]:
            return replace(port, native=int(vid))
        case ["undo", "port", "trunk", "allow-pass" | "permit", "vlan", *vids]:
            return replace(port, allowed=allowed - frozenset(parse_vlan_list(" ".join(vids))))
        case ["port", "trunk", "allow-pass" | "permit", "vlan", "all"]:
            return replace(port, allowed=EVERY)
        case ["port", "trunk", "allow-pass" | "permit", "vlan", *vids]:
            return replace(port, allowed=allowed | frozenset(parse_vlan_list(" ".join(vids))))
    return port
