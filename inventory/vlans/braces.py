"""Configurations of nested braces, and their flat "set" form. Pure.

The enhanced layer 2 software is understood (`family ethernet-switching`, `interface-mode` or `port-mode`). Ports that
get their VLANs from an interface range or a group are left alone.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace

from inventory.parsing.vlan_list import HIGHEST, LOWEST, parse_vlan_list
from inventory.vlans.configured import Configured, PortConfig

_WORD = re.compile(r'/\*.*?\*/|#[^\n]*|"(?:[^"\\]|\\.)*"|[{};\[\]]|[^\s{};\[\]]+', re.DOTALL)
_DEPTH = 60  # deeper nesting is no configuration
Path = tuple[str, ...]


def read(config: str) -> Configured:
    """VLANs, ports and addresses as configured; what is not understood is left out."""
    paths = list(_flat(config) if config.lstrip().startswith("set ") else _nested(config))
    told = Configured()
    vids = _vlans(told, paths)
    for path in paths:
        _routed_vlan(told, path)
        _port(told, path, vids)
    ranged: set[str] = set()
    for path in paths:
        if path[:2] == ("interfaces", "interface-range") and path[3:4] in (("member",), ("member-range",)):
            ranged.update(path[4:])
    for name in ranged & told.ports.keys():
        told.ports[name] = replace(told.ports[name], mode="range")
    return told


def _flat(config: str) -> Iterator[Path]:
    for line in config.splitlines():
        words = [word for word in _WORD.findall(line) if word not in "[]{};"]
        if words[:1] == ["set"]:
            yield tuple(word.strip('"') for word in words[1:])


def _nested(config: str) -> Iterator[Path]:
    """Each statement with the blocks around it; inactive ones are left out. A list yields a path per member."""
    around: list[Path] = []
    words: list[str] = []
    members: list[str] | None = None
    for word in _WORD.findall(config):
        if word.startswith(("#", "/*")):
            continue
        if word == "[":
            members = []
        elif word == "]":
            continue
        elif word == "{" and len(around) < _DEPTH:
            around.append(tuple(words))
            words = []
        elif word == "}":
            if around:
                around.pop()
            words, members = [], None
        elif word == ";":
            yield from _statement(around, words, members)
            words, members = [], None
        elif members is None:
            words.append(word.strip('"'))
        else:
            members.append(word.strip('"'))


def _statement(around: list[Path], words: list[str], members: list[str] | None) -> Iterator[Path]:
    path = (*(word for block in around for word in block), *words)
    if "inactive:" in path:
        return
    for member in members if members is not None else [None]:
        yield path if member is None else (*path, member)


def _vlans(told: Configured, paths: list[Path]) -> dict[str, tuple[int, ...]]:
    """Names to VLAN ids."""
    vids: dict[str, tuple[int, ...]] = {}
    for path in paths:
        if path[:1] == ("vlans",) and len(path) == 4 and path[2] in ("vlan-id", "vlan-id-list", "vlan-range"):
            found = _list(path[3])
            vids[path[1]] = vids.get(path[1], ()) + found
            for vid in found:
                told.vlans[vid] = path[1]
        elif path[:1] == ("vlans",) and len(path) == 4 and path[2] == "l3-interface":
            told.svis.setdefault(int(path[3].rpartition(".")[2]) if path[3].rpartition(".")[2].isdecimal() else 0, ())
    told.svis.pop(0, None)
    return vids


def _list(text: str) -> tuple[int, ...]:
    try:
        return parse_vlan_list(text)
    except ValueError:
        return ()


def _routed_vlan(told: Configured, path: Path) -> None:
    """`interfaces irb unit 10 family inet address A`: a routed VLAN; of another interface: a routed port."""
    if path[:1] != ("interfaces",) or path[2:3] != ("unit",) or path[4:7] != ("family", "inet", "address"):
        return
    try:
        address = str(ipaddress.IPv4Interface(path[7]))
    except (ValueError, IndexError):
        return
    if path[1] in ("irb", "vlan") and path[3].isdecimal() and LOWEST <= int(path[3]) <= HIGHEST:
        vid = int(path[3])
        told.svis[vid] = (*told.svis.get(vid, ()), address)
    else:
        told.routed[path[1]] = (*told.routed.get(path[1], ()), address)
        told.ports[path[1]] = replace(told.ports.get(path[1], PortConfig()), mode="routed")


def _port(told: Configured, path: Path, vids: dict[str, tuple[int, ...]]) -> None:
    if path[:1] != ("interfaces",) or len(path) < 3 or path[1] == "interface-range":
        return
    name, rest = path[1], path[2:]
    match rest:
        case ("ether-options" | "gigether-options", "802.3ad", aggregation, *_):
            told.members[name] = aggregation
        case ("native-vlan-id", vid) if vid.isdecimal():
            told.ports[name] = replace(_known(told, name), native=int(vid))
        case ("unit", "0", "family", "ethernet-switching", *words):
            told.ports[name] = _switched(_known(told, name), words, vids)
        case ("unit", *_):
            told.ports.setdefault(name, PortConfig(mode="routed"))


def _known(told: Configured, name: str) -> PortConfig:
    return told.ports.get(name) or PortConfig(mode="access", allowed=frozenset())


def _switched(port: PortConfig, words: list[str], vids: dict[str, tuple[int, ...]]) -> PortConfig:
    match words:
        case ["interface-mode" | "port-mode", mode]:
            return replace(port, mode="trunk" if mode == "trunk" else "access" if mode == "access" else mode)
        case ["vlan", "members", "all"]:
            return replace(port, allowed=None)
        case ["vlan", "members", member]:
            found = vids.get(member) or _list(member) or ((1,) if member == "default" else ())
            if port.allowed is not None and found:
                return replace(port, access=found[0], allowed=port.allowed | frozenset(found))
    return port
