"""What an operator may ask for: the shape of a VLAN request, checked. Pure."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from inventory.parsing.vlan_list import HIGHEST
from inventory.vlans.model import ALL, VlanRequest, WantedVlan

FIRST = 2  # VLAN 1 is on every port of every switch: it is not deployed
MOST_VLANS = 200
MOST_PORTS = 100
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", re.ASCII)
_PORT = re.compile(r"[A-Za-z0-9*][A-Za-z0-9/._:*-]{0,63}", re.ASCII)
_MEANT = ("all", "default", "none")
_FIELDS = {"vid", "name", "address", "access_ports"}

Errors = Iterator[tuple[str, str]]


def request_of(data: Mapping[str, Any]) -> VlanRequest:
    """The request of data that `request_errors` finds nothing wrong with."""
    vlans = tuple(
        WantedVlan(
            vid=one["vid"],
            name=one.get("name") or "",
            address=str(ipaddress.IPv4Interface(one["address"])) if one.get("address") else "",
            access_ports=tuple(one.get("access_ports") or ()),
        )
        for one in data["vlans"]
    )
    return VlanRequest(vlans, tuple(data.get("trunks") or ()))


def request_errors(data: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong, a sentence per field such as "vlans[0].vid"; empty when it can be planned."""
    vlans = data.get("vlans")
    if not isinstance(vlans, list) or not 1 <= len(vlans) <= MOST_VLANS:
        return {"vlans": f"Give a list of 1 to {MOST_VLANS} VLANs, each with at least its vid."}
    errors: dict[str, str] = {}
    for number, one in enumerate(vlans):
        for field, sentence in _vlan_errors(one):
            errors[f"vlans[{number}]{field}"] = sentence
    if not errors:
        errors |= dict(_twice(vlans))
    errors |= dict(_port_errors("trunks", data.get("trunks")))
    return errors


def _vlan_errors(one: Any) -> Errors:
    if not isinstance(one, dict):
        yield "", "A VLAN is an object with a vid, and perhaps a name, an address and access_ports."
        return
    for unknown in sorted(str(name) for name in one.keys() - _FIELDS):
        yield f".{unknown[:40]}", f"{unknown[:40]!r} is not a field of a VLAN: {', '.join(sorted(_FIELDS))}."
    vid = one.get("vid")
    if type(vid) is not int or not FIRST <= vid <= HIGHEST:
        yield ".vid", f"{str(vid)[:40]!r} is not a VLAN id from {FIRST} to {HIGHEST}."
    name = one.get("name") or ""
    if isinstance(name, str) and name.lower() in _MEANT:
        yield ".name", f"{name!r} means something else on some devices: give the VLAN another name."
    if not isinstance(name, str) or (name and not _NAME.fullmatch(name)):
        yield ".name", f"{str(name)[:60]!r} is not a name of 1 to 32 letters, digits, - _ or . with a letter in it."
    yield from _address_errors(one.get("address") or "")
    for field, sentence in _port_errors("access_ports", one.get("access_ports")):
        yield f".{field}", sentence


ALL_ACCESS = "Name the access ports: all of a switch's ports at once is not a deployment."


def _address_errors(address: Any) -> Errors:
    if not address:
        return
    try:
        parsed = ipaddress.ip_interface(address if isinstance(address, str) and "/" in address else "no prefix length")
        if not isinstance(parsed, ipaddress.IPv4Interface):
            raise ValueError("IPv6")
        network = parsed.network
        host = network.prefixlen >= 31 or parsed.ip not in (network.network_address, network.broadcast_address)
        if not host or parsed.ip.is_multicast or parsed.ip.is_unspecified or parsed.ip.is_loopback:
            raise ValueError("no host")
    except ValueError:
        yield ".address", f"{str(address)[:60]!r} is not an IPv4 address of a host with its prefix, as 10.1.10.1/24."


def _port_errors(field: str, ports: Any) -> Errors:
    if ports is None:
        return
    if not isinstance(ports, list) or len(ports) > MOST_PORTS:
        yield field, f"Give a list of at most {MOST_PORTS} port names or patterns such as GigabitEthernet1/0/*."
        return
    wrong = [port for port in ports if not isinstance(port, str) or not _PORT.fullmatch(port)]
    if wrong:
        yield field, f"{str(wrong[0])[:60]!r} is not a port name or a pattern such as GigabitEthernet1/0/*."
    elif field == "access_ports" and ALL in ports:
        yield field, ALL_ACCESS


def _twice(vlans: list[dict[str, Any]]) -> Errors:
    """VLANs, names and access ports that stand in the request more than once."""
    seen: dict[tuple[str, Any], int] = {}
    counts = Counter(one["vid"] for one in vlans)
    networks: list[ipaddress.IPv4Network] = []
    for number, one in enumerate(vlans):
        if one.get("address"):
            network = ipaddress.IPv4Interface(one["address"]).network
            if any(network.overlaps(other) for other in networks):
                yield f"vlans[{number}].address", f"{one['address']} overlaps the address of another VLAN here."
            networks.append(network)
        if counts[one["vid"]] > 1:
            yield f"vlans[{number}].vid", f"VLAN {one['vid']} is asked for {counts[one['vid']]} times."
        for field, values in (("name", [one.get("name")]), ("access_ports", one.get("access_ports") or [])):
            for value in filter(None, values):
                if seen.setdefault((field, value.lower()), number) != number:
                    yield f"vlans[{number}].{field}", f"{value!r} stands under another VLAN, too."
