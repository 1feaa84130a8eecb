"""Interface names: one spelling per interface, and what kind of interface a name tells. Pure."""

import re

from inventory.parsing.mac import normalise_mac

# Short forms that Cisco, Arista, Huawei and H3C print in tables and in LLDP and CDP.
_LONG = {
    "fa": "FastEthernet",
    "gi": "GigabitEthernet",
    "gig": "GigabitEthernet",
    "ge": "GigabitEthernet",
    "te": "TenGigabitEthernet",
    "ten": "TenGigabitEthernet",
    "tw": "TwoGigabitEthernet",
    "twe": "TwentyFiveGigE",
    "fo": "FortyGigabitEthernet",
    "fif": "FiftyGigE",
    "hu": "HundredGigE",
    "et": "Ethernet",
    "eth": "Ethernet",
    "po": "Port-channel",
    "lo": "Loopback",
    "vl": "Vlan",
    "tu": "Tunnel",
    "se": "Serial",
    "xge": "XGigabitEthernet",
    "mge": "MultiGE",
    "ma": "Management",
}
# Vendors capitalise their short forms; a bare "eth0" is a name of its own, Linux'.
_SHORT = re.compile(r"([A-Z][A-Za-z]*)\s*(\d[\d/.:]*)")

# IANA ifType names; the first that fits wins.
_TYPES = tuple(
    (re.compile(rf"(?:{words})[\d/._-]*"), kind)
    for words, kind in (
        ("loopback|lo", "softwareLoopback"),
        ("vlan|vlanif|vlan-interface|bdi|irb|bvi", "l3ipvlan"),
        ("port-channel|eth-trunk|bridge-aggregation|route-aggregation|ae|bond|po", "ieee8023adLag"),
        ("tunnel|gre|nve|vxlan|tun|wg", "tunnel"),
        ("br-|bridge|br", "bridge"),
        ("serial", "propPointToPointSerial"),
        ("null|dummy|async|voip-null", "other"),
        ("cellular|wwan|lte", "wwanPP"),
        ("wlan|dot11radio|wifi", "ieee80211"),
    )
)
_PHYSICAL = re.compile(
    r"(?:\w*ethernet|\d*gige?|[a-z]*gige|ge-|xe-|et-|fa|gi|te|eth|en[opsx]|meth|\d+ge|management|mgmt|ma|sfp|ether)[\w/.:-]*",
    re.IGNORECASE,
)


def canonical_interface(name: str) -> str:
    """The long spelling of an interface name; a name that is not a known short form stays as it is.

    >>> canonical_interface("Gi1/0/1"), canonical_interface("Eth1/2.30"), canonical_interface("ge-0/0/1")
    ('GigabitEthernet1/0/1', 'Ethernet1/2.30', 'ge-0/0/1')
    """
    name = name.strip()
    match = _SHORT.fullmatch(name)
    long = _LONG.get(match.group(1).lower()) if match else None
    return long + match.group(2) if match and long else name


def port_id(text: str) -> str:
    """The port a neighbour tells: its name in the long spelling, or its MAC address, or the text as told."""
    return normalise_mac(text) or canonical_interface(text)


def interface_type(name: str) -> str:
    """The IANA ifType name that an interface name tells; empty when it tells none.

    >>> interface_type("Vlan10"), interface_type("GigabitEthernet1/0/1")
    ('l3ipvlan', 'ethernetCsmacd')
    """
    lower = name.strip().lower()
    for pattern, kind in _TYPES:
        if pattern.fullmatch(lower):
            return kind
    return "ethernetCsmacd" if _PHYSICAL.fullmatch(lower) else ""
