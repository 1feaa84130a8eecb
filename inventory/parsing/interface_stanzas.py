"""What a configuration of indented sections says about interfaces. Pure."""

import ipaddress
import re

from inventory.parsing.dialect import ConfigInterface

_STANZA = re.compile(r"^interface (\S[^\n]*)\n((?:[ \t][^\n]*\n|\n)*)", re.MULTILINE)
_IPV4 = re.compile(r"^[ \t]+ip address ([\d.]+)(?:/(\d{1,2})| ([\d.]+))", re.MULTILINE)
_IPV6 = re.compile(r"^[ \t]+ipv6 address ([0-9a-f:.]+/\d{1,3})", re.MULTILINE | re.IGNORECASE)
_VRF = re.compile(
    r"^[ \t]+(?:ip )?(?:vrf forwarding|vrf member|binding vpn-instance|vrf) (\S+)[ \t]*$",
    re.MULTILINE,
)


def parse_config_interfaces(config: str) -> tuple[ConfigInterface, ...]:
    """Addresses and VRF of each `interface` section, in the order of the configuration.

    Reads `ip address A MASK [secondary]`, `ip address A/LENGTH`, `ipv6 address A/LENGTH`; skips what is no address.
    """
    return tuple(
        ConfigInterface(
            name=_name(match.group(1)),
            addresses=_addresses(match.group(2)),
            vrf=_vrf(match.group(2)),
        )
        for match in _STANZA.finditer(config if config.endswith("\n") else config + "\n")
    )


def interface_address(address: str, prefix: str) -> str:
    """ "10.0.0.1/24" from an address and a prefix length or netmask; empty when they are no address.

    Link-local addresses are left out: every interface has one and it identifies nothing.
    """
    try:
        parsed = ipaddress.ip_interface(f"{address}/{prefix}")
    except ValueError:
        return ""
    return "" if parsed.ip.is_link_local and parsed.version == 6 else str(parsed)


def _name(text: str) -> str:
    # "interface GigabitEthernet0/0.10 point-to-point": the words after the name are options. FRR names its VRF there.
    return text.split()[0]


def _addresses(section: str) -> tuple[str, ...]:
    found = [interface_address(address, length or mask) for address, length, mask in _IPV4.findall(section)]
    found += [interface_address(*text.split("/", 1)) for text in _IPV6.findall(section)]
    return tuple(dict.fromkeys(address for address in found if address))


def _vrf(section: str) -> str:
    match = _VRF.search(section)
    return match.group(1) if match else ""
