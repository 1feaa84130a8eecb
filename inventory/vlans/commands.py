"""Fills the templates of a platform record with ports and VLANs. Pure."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping

from inventory.parsing.vlan_list import format_vlan_list
from inventory.platforms import Platform
from inventory.platforms.vlan_templates import VlanTemplates

_PLAIN = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)
RUNS = 10  # ranges in one line: some systems take no more, and none cuts a line of this length


def template_of(platform: Platform) -> VlanTemplates:
    """The platform's templates; raises ValueError for a platform that cannot be deployed to."""
    if platform.vlan_templates is None:
        raise ValueError(f"{platform.slug} has no vlan_templates: it cannot be deployed to")
    return platform.vlan_templates


def filled(lines: Iterable[str], **values: object) -> list[str]:
    """The lines with their fields replaced."""
    return [line.format(**values) for line in lines]


def member_of(vid: int, names: Mapping[int, str]) -> str:
    """How a port's list calls a VLAN: by its name, or by its id where the name means other VLANs too."""
    name = names.get(vid, "")
    alone = sum(one == name for one in names.values()) == 1
    return name if alone and _PLAIN.fullmatch(name) else str(vid)


def address_lines(lines: Iterable[str], vid: int, name: str, address: str) -> list[str]:
    """Lines about the address of a VLAN's routed interface, "10.1.10.1/24"."""
    parsed = ipaddress.IPv4Interface(address)
    mask, length = parsed.network.netmask, parsed.network.prefixlen
    return filled(lines, vid=vid, name=name, address=parsed.ip, mask=mask, length=length)


def trunk_lines(
    templates: VlanTemplates, lines: tuple[str, ...], port: str, vids: Iterable[int], names: Mapping[int, str]
) -> list[str]:
    """Lines that add VLANs to a trunk, or take them from it: ranges collapsed, or one by one where the lines
    ask for a name or an id."""
    if any("{vid}" in line or "{name}" in line for line in lines):
        each = [filled(lines, port=port, vid=vid, name=member_of(vid, names)) for vid in sorted(vids)]
    else:
        each = [filled(lines, port=port, vids=text) for text in _lists(templates, vids)]
    return [line for group in each for line in group]


def _lists(templates: VlanTemplates, vids: Iterable[int]) -> Iterator[str]:
    text = format_vlan_list(vids)
    runs = text.split(",") if text else []
    for start in range(0, len(runs), RUNS):
        part = runs[start : start + RUNS]
        yield " ".join(run.replace("-", " to ") for run in part) if templates.lists == "to" else ",".join(part)
