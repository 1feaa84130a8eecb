"""VLANs in configurations of nested braces, and in their flat "set" form. Pure.

The enhanced layer 2 software is understood (`family ethernet-switching`, `interface-mode` or `port-mode`). What ports
get from an interface range or an applied group is read as theirs and marked as shared.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from inventory.parsing.braces import statements
from inventory.parsing.vlan_list import HIGHEST, LOWEST, vlans_in
from inventory.vlans.configured import Configured, PortConfig

_ETHERNET = ("unit", "0", "family", "ethernet-switching")
Path = tuple[str, ...]


def read(config: str, names: Iterable[str] = ()) -> Configured:
    """VLANs, ports and addresses as configured; what is not understood is left out.

    `names`: ports the device has, which ranges and groups may mean without naming each.
    """
    paths = list(statements(config))
    told = Configured()
    vids = _vlans(told, paths)
    _routed_vlans(told, paths, vids)
    known = {*names, *(path[1] for path in paths if path[:1] == ("interfaces",) and len(path) > 1)}
    inherited = list(_inherited(paths, {name for name in known if "." not in name}))
    for path in (*inherited, *paths):
        _port(told, path, vids)
    for path in inherited:
        if path[1] in told.ports and path[2:6] == _ETHERNET:
            told.ports[path[1]] = replace(told.ports[path[1]], shared=True)
    return told


def _inherited(paths: list[Path], names: set[str]) -> Iterator[Path]:
    """What interface ranges and applied groups say of ports, as if each port said it."""
    applied = {path[-1] for path in paths if "apply-groups" in path[:-1]}
    members: dict[str, list[Path]] = {}
    for path in paths:
        if path[:2] == ("interfaces", "interface-range") and path[3:4] in (("member",), ("member-range",)):
            members.setdefault(path[2], []).append(path[4:])
    for path in paths:
        if path[:2] == ("interfaces", "interface-range") and len(path) > 3:
            ports = {name for name in names if any(_means(member, name) for member in members.get(path[2], ()))}
            yield from (("interfaces", name, *path[3:]) for name in sorted(ports))
        elif path[:1] == ("groups",) and path[1:2] and path[1] in applied and path[2:3] == ("interfaces",):
            rest = tuple("0" if word == "<*>" else word for word in path[4:])
            ports = {name for name in names if path[3:4] and _means((path[3].strip("<>"),), name)}
            yield from (("interfaces", name, *rest) for name in sorted(ports))


def _means(member: Path, name: str) -> bool:
    """Whether a range's `member ge-0/0/*` or `member-range ge-0/0/0 to ge-0/0/9` means a port."""
    if len(member) == 3 and member[1] == "to":
        (kind, first), (_, last), (own, place) = map(_place, (member[0], member[2], name))
        return kind == own and first <= place <= last
    return fnmatchcase(name, member[0]) if member else False


def _place(name: str) -> tuple[str, tuple[int, ...]]:
    kind, _, numbers = name.partition("-")
    return kind, tuple(int(number) for number in re.findall(r"\d{1,6}", numbers))


def _vlans(told: Configured, paths: list[Path]) -> dict[str, tuple[int, ...]]:
    """Names to VLAN ids; one name may stand for several."""
    vids: dict[str, tuple[int, ...]] = {}
    for path in paths:
        if path[:1] == ("vlans",) and len(path) == 4 and path[2] in ("vlan-id", "vlan-id-list", "vlan-range"):
            found = vlans_in(path[3])
            vids[path[1]] = vids.get(path[1], ()) + found
            for vid in found:
                told.vlans[vid] = path[1]
    # two names have a meaning of their own, and a VLAN without an id would be given one
    told.taken.update({"all", "default", *(path[1] for path in paths if path[:1] == ("vlans",) and path[1:])})
    told.taken.difference_update(name for name in vids if vids[name])
    return vids


def _routed_vlans(told: Configured, paths: list[Path], vids: dict[str, tuple[int, ...]]) -> None:
    """`interfaces irb unit 10 family inet address A` and `vlans users l3-interface irb.10`; the numbers may differ."""
    units: dict[int, tuple[str, ...]] = {}
    for path in paths:
        if path[:1] == ("interfaces",) and path[2:3] == ("unit",) and (address := _address(path)):
            if path[1] not in ("irb", "vlan"):
                told.routed[path[1]] = (*told.routed.get(path[1], ()), address)
            elif unit := _number(path[3]):
                units[unit] = (*units.get(unit, ()), address)
    bound: dict[int, int] = {}
    for path in paths:
        if path[:1] == ("vlans",) and len(path) == 4 and path[2] == "l3-interface":
            unit = _number(path[3].rpartition(".")[2])
            bound.update((unit, vid) for vid in vids.get(path[1], ()) if unit)
    for unit, vid in bound.items():
        told.svis[vid] = units.pop(unit, ())
        if unit != vid:
            told.elsewhere[vid] = f"its routed interface is irb.{unit}"
            told.elsewhere.setdefault(unit, f"irb.{unit} is the routed interface of VLAN {vid}")
    for unit, addresses in units.items():
        if LOWEST <= unit <= HIGHEST:
            told.svis.setdefault(unit, addresses)
        else:
            told.routed[f"irb.{unit}"] = addresses


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _address(path: Path) -> str:
    """The address of `interfaces X unit N family inet address A`, with its prefix length."""
    if path[4:5] != ("family",) or path[5:6] not in (("inet",), ("inet6",)) or path[6:7] != ("address",):
        return ""
    try:
        return str(ipaddress.ip_interface(path[7]))
    except (ValueError, IndexError):
        return ""


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
        case ("unit", "0", "family", _, *_):
            told.ports.setdefault(name, PortConfig(mode="routed", allowed=frozenset()))
        case ("unit", number, *_) if number != "0":
            told.ports.setdefault(name, PortConfig(mode="routed", allowed=frozenset()))


def _known(told: Configured, name: str) -> PortConfig:
    return told.ports.get(name) or PortConfig(mode="access", allowed=frozenset())


def _switched(port: PortConfig, words: list[str], vids: dict[str, tuple[int, ...]]) -> PortConfig:
    match words:
        case ["interface-mode" | "port-mode", mode]:
            return replace(port, mode=mode)
        case ["vlan", "members", "all"]:
            return replace(port, allowed=None)
        case ["vlan", "members", member]:
            found = vids.get(member) or vlans_in(member) or ((1,) if member == "default" else ())
            if port.allowed is not None and found:
                return replace(port, access=found[0], allowed=port.allowed | frozenset(found))
    return port
