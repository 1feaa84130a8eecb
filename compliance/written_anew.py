"""Blocks that are written anew as a whole: lists in which order means something, and banners. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inventory.parsing.config_text import Section, normalise, split_sections
from inventory.parsing.vlan_list import vlans_in
from inventory.platforms import Platform

Blocks = Mapping[str, tuple[str, ...]]  # what follows "no" to remove it -> all its lines

_BANNER = re.compile(r"banner(?: (?:motd|login|exec|incoming|slip-ppp))?(?= |$)")
_LIST = re.compile(
    r"(?:(?:ip|ipv4|ipv6|mac|arp) )?"
    r"(?:access-list(?: standard| extended)?|prefix-list|as-path access-list|community-list(?: standard| expanded)?)"
    r" \S+",
    re.IGNORECASE,
)
_VLANS = re.compile(r"vlan (\d[\d,-]*)")
IN_BETWEEN = "written anew: incomplete until its last line"


@dataclass(frozen=True, slots=True)
class Parts:
    """A configuration: its `blocks` that are written anew, and the `rest` as headers with the lines below them."""

    rest: tuple[tuple[str, ...], ...]
    blocks: Blocks


def take_apart(text: str, platform: Platform) -> Parts:
    """Any text is accepted. A list of VLANs without lines below it becomes single ones."""
    rest: list[tuple[str, ...]] = []
    blocks: dict[str, tuple[str, ...]] = {}
    sections = split_sections(normalise(text, platform), platform)
    comment = comment_of(platform)
    known = {section.header for section in sections if not _VLANS.fullmatch(section.header) or section.lines}
    for section in sections:
        found = _BANNER.match(section.header) or _LIST.match(section.header)
        if found:
            name = section.header if section.lines and not section.header.startswith("banner") else found[0]
            blocks[name] = (*blocks.get(name, ()), section.header, *_inner(section, comment))
        elif (listed := _VLANS.fullmatch(section.header)) and not section.lines and vlans_in(listed[1]):
            rest += _singles(listed[1], known)
        else:
            rest.append((section.header, *_inner(section, comment)))
    return Parts(tuple(rest), blocks)


def _inner(section: Section, comment: str) -> Iterator[str]:
    """The lines of a block without comments; those of a banner as they stand."""
    banner = section.header.startswith("banner")
    return (line for line in section.lines if banner or not line.lstrip().startswith(comment))


def _singles(listed: str, known: set[str]) -> list[tuple[str, ...]]:
    """One line for each VLAN of a list: taking one out of it must not take the others away for a moment."""
    new = [line for vid in vlans_in(listed) if (line := f"vlan {vid}") not in known]
    known.update(new)
    return [(line,) for line in new]


@dataclass(frozen=True, slots=True)
class Anew:
    """Lines of whole blocks: `first` those to write before all other lines, `last` those that remove one.

    What names a list needs it.
    """

    first: tuple[tuple[str, ...], ...]
    last: tuple[tuple[str, ...], ...]


def anew(here: Blocks, there: Blocks, platform: Platform) -> Anew:
    """What makes the blocks of one configuration those of the other."""
    return Anew(
        tuple(_written(name, there[name], name in here, platform) for name in there if here.get(name) != there[name]),
        tuple((f"no {name}",) for name in here if name not in there),
    )


def _written(name: str, lines: tuple[str, ...], replaced: bool, platform: Platform) -> tuple[str, ...]:
    if not replaced or name.startswith("banner"):
        return lines
    return (f"{comment_of(platform)} {name}: {IN_BETWEEN}", f"no {name}", *lines)


def comment_of(platform: Platform) -> str:
    """What begins a comment line."""
    return platform.running_config.comment if platform.running_config else "#"
