"""Interfaces from IF-MIB and IP-MIB columns. Pure."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.facts import InterfaceFact
from inventory.snmp.values import Value, address, mac, number, text
from inventory.snmp.vlans import Membership

Column = Mapping[tuple[int, ...], Value]

# IANAifType-MIB, the ones network devices have
TYPES = {
    1: "other",
    6: "ethernetCsmacd",
    22: "propPointToPointSerial",
    23: "ppp",
    24: "softwareLoopback",
    32: "frameRelay",
    37: "atm",
    39: "sonet",
    49: "aal5",
    53: "propVirtual",
    62: "fastEther",
    71: "ieee80211",
    77: "lapd",
    94: "adsl",
    108: "pppMultilinkBundle",
    117: "gigabitEthernet",
    131: "tunnel",
    135: "l2vlan",
    136: "l3ipvlan",
    142: "ipForward",
    150: "mplsTunnel",
    161: "ieee8023adLag",
    166: "mpls",
    209: "bridge",
    244: "wwanPP2",
    246: "ifPwType",
}
SPEED_UNKNOWN = 4_294_967_295  # ifSpeed of anything faster than it can say
UNICAST = 1
INTEGER_LIMIT = 2**31 - 1  # of an InterfaceIndex, and of what a database column holds
NAME = re.compile(r"([A-Za-z][A-Za-z-]*)(\d\S*)")


@dataclass(frozen=True, slots=True)
class InterfaceColumns:
    """The columns as walked, by ifIndex (addresses by their own index)."""

    descr: Column = field(default_factory=dict)
    name: Column = field(default_factory=dict)
    alias: Column = field(default_factory=dict)
    type: Column = field(default_factory=dict)
    mtu: Column = field(default_factory=dict)
    speed: Column = field(default_factory=dict)
    high_speed: Column = field(default_factory=dict)
    mac: Column = field(default_factory=dict)
    admin: Column = field(default_factory=dict)
    oper: Column = field(default_factory=dict)
    ip_if_index: Column = field(default_factory=dict)
    ip_mask: Column = field(default_factory=dict)
    address_if_index: Column = field(default_factory=dict)
    address_type: Column = field(default_factory=dict)
    address_prefix: Column = field(default_factory=dict)


def interfaces(columns: InterfaceColumns, memberships: Mapping[int, Membership]) -> tuple[InterfaceFact, ...]:
    """One fact an ifIndex, in the order of the index."""
    names = interface_names(columns)
    addresses = addresses_by_interface(columns)
    return tuple(_fact(columns, index, name, addresses.get(index, ()), memberships) for index, name in names.items())


def interface_names(columns: InterfaceColumns) -> dict[int, str]:
    """The name of each ifIndex, unique: a second interface of the same name carries its index."""
    names: dict[int, str] = {}
    for key in sorted(set(columns.descr) | set(columns.name)):
        if len(key) != 1 or not 0 < key[0] <= INTEGER_LIMIT:
            continue
        name = best_name(text(columns.name.get(key)), text(columns.descr.get(key))) or f"ifIndex {key[0]}"
        names[key[0]] = f"{name} (ifIndex {key[0]})" if name in names.values() else name
    return names


def best_name(short: str, descr: str) -> str:
    """ifName, or the long form of it that ifDescr has: GigabitEthernet0/1 for Gi0/1, but not a card's description."""
    brief, long = NAME.fullmatch(short), NAME.fullmatch(descr)
    if brief and long and brief[2] == long[2] and _abbreviates(brief[1], long[1]):
        return descr
    return short or descr


def addresses_by_interface(columns: InterfaceColumns) -> dict[int, tuple[str, ...]]:
    """Addresses with prefix length by ifIndex, from both address tables, each once."""
    found: dict[int, list[str]] = {}
    prefixes = {**_old_table(columns), **_new_table(columns)}
    for (index, host), prefix in prefixes.items():
        found.setdefault(index, []).append(f"{host}/{prefix}")
    return {index: tuple(members) for index, members in found.items()}


def _fact(
    columns: InterfaceColumns, index: int, name: str, addresses: tuple[str, ...], memberships: Mapping[int, Membership]
) -> InterfaceFact:
    key = (index,)
    kind, mtu = number(columns.type.get(key)), number(columns.mtu.get(key)) or 0
    port = memberships.get(index, Membership())
    return InterfaceFact(
        name=name,
        if_index=index,
        description=text(columns.alias.get(key)),
        type="" if kind is None else TYPES.get(kind, f"ifType {kind}"),
        enabled={1: True, 2: False, 3: True}.get(number(columns.admin.get(key)) or 0),
        up={1: True, 2: False, 3: True, 5: False, 6: False, 7: False}.get(number(columns.oper.get(key)) or 0),
        mac_address=mac(columns.mac.get(key)),
        mtu=mtu if 0 < mtu <= INTEGER_LIMIT else None,
        speed_kbps=_speed(columns, key),
        addresses=addresses,
        mode=port.mode,
        untagged_vlan=port.untagged,
        tagged_vlans=port.tagged,
    )


def _speed(columns: InterfaceColumns, key: tuple[int, ...]) -> int | None:
    """Kilobits per second; None where the device says 0 or cannot say."""
    megabits = number(columns.high_speed.get(key)) or 0
    if megabits > 0:
        return megabits * 1000
    bits = number(columns.speed.get(key)) or 0
    return bits // 1000 if 0 < bits < SPEED_UNKNOWN else None


def _abbreviates(brief: str, long: str) -> bool:
    """Gi of GigabitEthernet, Po of Port-channel; letters in order, the first two at the front."""
    brief, long = brief.lower(), long.lower()
    if not long.startswith(brief[:2]):
        return False
    letters = iter(long)
    return all(letter in letters for letter in brief)


def _old_table(columns: InterfaceColumns) -> dict[tuple[int, str], int]:
    """(ifIndex, address) -> prefix length of ipAddrTable, whose index is the IPv4 address."""
    found = {}
    for key, value in columns.ip_if_index.items():
        index, host = number(value), _packed(key) if len(key) == 4 else ""
        if index is not None and host:
            found[index, host] = _mask_length(text(columns.ip_mask.get(key)))
    return found


def _new_table(columns: InterfaceColumns) -> dict[tuple[int, str], int]:
    """(ifIndex, address) -> prefix length of ipAddressTable, indexed by address type, length and octets."""
    found = {}
    old = _old_table(columns)
    for key, value in columns.address_if_index.items():
        index, host = number(value), _packed(key[2:]) if len(key) > 2 else ""
        if index is None or not host or number(columns.address_type.get(key, UNICAST)) != UNICAST:
            continue
        longest = 128 if ":" in host else 32
        prefix = text(columns.address_prefix.get(key)).rpartition(".")[2]  # a RowPointer that ends with the length
        if prefix.isdecimal() and 0 < int(prefix) <= longest:
            found[index, host] = int(prefix)
        else:
            found[index, host] = old.get((index, host), longest)
    return found


def _packed(key: tuple[int, ...]) -> str:
    return address(bytes(key)) if all(part < 256 for part in key) else ""


def _mask_length(mask: str) -> int:
    try:
        return ipaddress.IPv4Network(f"0.0.0.0/{mask}").prefixlen
    except ValueError:
        return 32
