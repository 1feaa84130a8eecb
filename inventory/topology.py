"""Links between devices from what each end says of its neighbours over LLDP (IEEE 802.1AB) and CDP. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inventory.facts import NeighbourFact

# Short forms of interface types in lower case -> the one they are compared by. Vendors shorten at will:
# Gi0/1, GigabitEthernet0/1, GE0/0/1; a name of another form is compared as it stands.
INTERFACE_TYPES = {
    short: long
    for long, shorts in {
        "ethernet": "e et eth",
        "fastethernet": "f fa fas fast",
        "gigabitethernet": "g gi gig gige ge gigethernet",
        "twogigabitethernet": "tw two",
        "fivegigabitethernet": "fi five",
        "tengigabitethernet": "t te ten tengig tengige tengigethernet xge xgigabitethernet ten-gigabitethernet xgei",
        "twentyfivegigabitethernet": "twe twentyfivegig twentyfivegige 25ge twenty-fivegige wge",
        "fortygigabitethernet": "fo fortygig fortygige 40ge fge fortygigethernet",
        "fiftygigabitethernet": "fif 50ge",
        "hundredgigabitethernet": "hu hundredgig hundredgige 100ge hge hundredgigethernet",
        "fourhundredgigabitethernet": "fou fourhundredgig fourhundredgige 400ge",
        "port-channel": "po pch portchannel bridge-aggregation bagg bundle-ether be",
        "eth-trunk": "ethtrunk",
        "management": "ma mgmt mgmteth m-ge m-gigabitethernet",
        "loopback": "lo",
        "vlan": "vl vlan-interface vlanif",
        "tunnel": "tu tun",
        "serial": "s se ser",
    }.items()
    for short in (long, *shorts.split())
}
# Letters, then a number that may have a first digit in the type (100GE1/0/1)
SPELLING = re.compile(r"(\d{0,3}[a-z][a-z-]*?)[ -]?(\d[\d/.:]*)")
SLOT_FORM = re.compile(r"((?:ge|xe|et|fe|mge|so|t1|e1)-\d+/\d+/\d+(?::\d+)?)(?:\.0)?")
MAC = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Node:
    """A known device as its neighbours may name it."""

    id: int
    names: tuple[str, ...] = ()  # sysName, host name, with or without domain
    chassis_ids: tuple[str, ...] = ()  # chassis MAC addresses and others it may announce
    addresses: tuple[str, ...] = ()  # without prefix length
    interfaces: tuple[str, ...] = ()  # names as the inventory stores them


@dataclass(frozen=True, slots=True)
class Seen:
    """One neighbour as one device sees it."""

    device_id: int
    neighbour: NeighbourFact


@dataclass(frozen=True, slots=True)
class LinkFact:
    """One cable. The end with the lower device id is `a`; an interface nobody told is empty."""

    a_device: int
    a_interface: str
    b_device: int
    b_interface: str
    protocols: tuple[str, ...]  # sorted: cdp, lldp
    agreed: bool  # both ends report each other


@dataclass(frozen=True, slots=True)
class Topology:
    """`unknown`: neighbours that are no known device, which a crawl may visit."""

    links: tuple[LinkFact, ...]
    unknown: tuple[Seen, ...]


def build(seen: Iterable[Seen], nodes: Sequence[Node]) -> Topology:
    """Links and unknown neighbours. LLDP and CDP on one cable are one link; the order of input does not matter."""
    index = _Index(nodes)
    claims: dict[tuple[_End, _End], set[str]] = defaultdict(set)
    unknown: list[Seen] = []
    for row in seen:
        device = index.find(row.neighbour, row.device_id)
        if device is None:
            unknown.append(row)
            continue
        near = index.end(row.device_id, row.neighbour.local_interface)
        far = index.end(device, row.neighbour.remote_port, row.neighbour.remote_port_description)
        if near != far:
            claims[near, far].add(row.neighbour.protocol)
    links = _links(_complete(claims, index), index)
    unknown.sort(key=lambda row: (row.device_id, row.neighbour.local_interface, row.neighbour.protocol))
    return Topology(links, tuple(unknown))


def interface_key(name: str) -> str:
    """The form in which two spellings of one interface are equal: Gi0/1 and GigabitEthernet0/1.

    >>> interface_key("Gi1/0/1") == interface_key("GigabitEthernet1/0/1") == interface_key("GE1/0/1")
    True
    """
    text = " ".join(name.strip().lower().split())
    slotted = SLOT_FORM.fullmatch(text)
    if slotted:
        return slotted[1]
    match = SPELLING.fullmatch(text)
    return f"{INTERFACE_TYPES.get(match[1], match[1])}{match[2]}" if match else text


def device_key(name: str) -> str:
    """A device's name for comparison: lower case, without domain, without the serial CDP appends "(FOC1234)"."""
    name = name.strip().lower().split("(", 1)[0]
    return name if re.fullmatch(r"[\d.]+", name) else name.split(".", 1)[0]


def mac_key(text: str) -> str:
    """Twelve hexadecimal digits where the text is a MAC address in any spelling, else the text in lower case."""
    plain = re.sub(r"[\s:.-]", "", text.strip().lower())
    return plain if MAC.fullmatch(plain) else text.strip().lower()


@dataclass(frozen=True, slots=True, order=True)
class _End:
    device: int
    key: str  # interface_key, empty when not told


class _Index:
    """Devices by chassis id, address and name, and each device's interfaces by key."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._chassis, self._addresses, self._names = _Unique(), _Unique(), _Unique()
        self._interfaces = {node.id: {interface_key(name): name for name in node.interfaces} for node in nodes}
        for node in nodes:
            for text in node.chassis_ids:
                self._chassis.add(mac_key(text), node.id)
            for text in node.addresses:
                self._addresses.add(text.strip().lower(), node.id)
            for text in node.names:
                self._names.add(device_key(text), node.id)

    def find(self, neighbour: NeighbourFact, seen_by: int) -> int | None:
        """The device a neighbour is: by chassis id, by name, by management address. Never the one that sees it."""
        answers = (
            self._chassis.get(mac_key(neighbour.remote_chassis_id)),
            self._names.get(device_key(neighbour.remote_name)),
            self._addresses.get(neighbour.remote_address.strip().lower()),
        )
        return next((answer for answer in answers if answer is not None and answer != seen_by), None)

    def end(self, device: int, *names: str) -> _End:
        """The device's interface by the first of the names it has; a name it has not is taken as told."""
        known = self._interfaces.get(device, {})
        keys = [interface_key(name) for name in names if name.strip()]
        return _End(device, next((key for key in keys if key in known), keys[0] if keys else ""))

    def has(self, end: _End) -> bool:
        return end.key in self._interfaces.get(end.device, {})

    def name(self, end: _End) -> str:
        return self._interfaces.get(end.device, {}).get(end.key, end.key)


class _Unique:
    """Text -> device id, where only one device has the text."""

    def __init__(self) -> None:
        self._ids: dict[str, int | None] = {}

    def add(self, text: str, device: int) -> None:
        if text:
            self._ids[text] = device if self._ids.get(text, device) == device else None

    def get(self, text: str) -> int | None:
        return self._ids.get(text) if text else None


def _complete(claims: dict[tuple[_End, _End], set[str]], index: _Index) -> dict[tuple[_End, _End], set[str]]:
    """Fill in far interfaces a neighbour did not name, or named in its own way, from what the far end says.

    Only where exactly one claim of the far end points back at the near interface, or where the other protocol
    on the near interface names exactly one.
    """
    pointing_back: dict[tuple[int, _End], set[_End]] = defaultdict(set)
    told: dict[tuple[int, _End], set[_End]] = defaultdict(set)
    for near, far in claims:
        pointing_back[near.device, far].add(near)
        if index.has(far):
            told[far.device, near].add(far)
    completed: dict[tuple[_End, _End], set[str]] = defaultdict(set)
    for (near, far), protocols in claims.items():
        better = pointing_back.get((far.device, near)) or told.get((far.device, near)) or {far}
        completed[near, far if far in better or len(better) > 1 else next(iter(better))] |= protocols
    return completed


def _links(claims: dict[tuple[_End, _End], set[str]], index: _Index) -> tuple[LinkFact, ...]:
    cables: dict[tuple[_End, _End], set[str]] = defaultdict(set)
    for (near, far), protocols in claims.items():
        cables[min(near, far), max(near, far)] |= protocols
    return tuple(
        LinkFact(
            a_device=a.device,
            a_interface=index.name(a),
            b_device=b.device,
            b_interface=index.name(b),
            protocols=tuple(sorted(protocols)),
            agreed=(a, b) in claims and (b, a) in claims,
        )
        for (a, b), protocols in sorted(cables.items())
    )
