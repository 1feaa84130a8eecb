"""What differs between a device's configuration and its golden one. Pure.

A line counts together with the headers of its blocks. Order counts only where it means something: access lists, route
maps, policies, banners. Volatile lines and comments do not count. hier-config would ask for a driver of its own per
platform; the layouts of our platform records are enough to compare.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compliance.changed import Path, pair
from inventory.parsing.braces import flatten, is_set
from inventory.parsing.config_text import normalise, split_sections
from inventory.platforms import Platform

DEPTH = 20  # blocks in each other; deeper ones count as this deep
# Blocks in which order matters.
_BLOCKS = re.compile(
    r"(?:(?:ip|ipv4|ipv6|mac|arp) )?(?:access-list|prefix-list)\b|route-map |route-policy |policy-map |acl |"
    r"(?:traffic|qos) policy |config .*\bpolicy$|banner\b",
    re.IGNORECASE,
)
# Lists of which every line says the name: up to the name.
_LISTS = re.compile(
    r"(?:ip(?:v6)? )?(?:access-list|prefix-list|as-path access-list|community-list(?: standard| expanded)?) \S+"
    r"|set (?:firewall .*?\bfilter|policy-options policy-statement|security .*?\b(?:rule-set|to-zone)) \S+"
    r"|set .*?\brulebase \S+ rules|/ip(?:v6)? firewall \S+|/queue \S+|/routing filter \S+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Changed:
    """One setting: its line in the golden configuration, and the one in the actual one."""

    golden: str
    actual: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines below the headers of their blocks, "interface Vlan10 / ip address ...", in the order of their text.

    `missing` stand in the golden configuration only, `extra` in the actual one only; `reordered` names blocks whose
    lines are the same in another order. `changed` are pairs of the missing and extra ones; `lost` and `added` are what
    no such pair explains.
    """

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.reordered)

    @property
    def lost(self) -> tuple[str, ...]:
        """The missing lines without the changed ones."""
        return _without(self.missing, (one.golden for one in self.changed))

    @property
    def added(self) -> tuple[str, ...]:
        """The extra lines without the changed ones."""
        return _without(self.extra, (one.actual for one in self.changed))


def compare(golden: str, actual: str, platform: Platform) -> Difference:
    """The difference of two texts of one platform. Any text is accepted; equal texts have no difference."""
    if golden == actual:
        return Difference()
    wanted, found = list(_paths(golden, platform)), list(_paths(actual, platform))
    there, here = Counter(wanted), Counter(found)
    missing, extra = list(_left(wanted, there - here)), list(_left(found, here - there))
    headers = {path[:-1] for path in (*wanted, *found)} if missing and extra else set()
    return Difference(
        missing=tuple(map(_shown, missing)),
        extra=tuple(map(_shown, extra)),
        reordered=tuple(_reordered(wanted, found)),
        changed=tuple(Changed(_shown(one), _shown(other)) for one, other in pair(missing, extra, headers)),
    )


def _paths(text: str, platform: Platform) -> Iterator[Path]:
    """Every line that counts."""
    text = normalise(text, platform)  # once more: the record may know more volatile lines than when this was stored
    layout = platform.running_config
    if layout is not None and layout.sections == "braces":
        return _statements(text)
    if layout is not None and layout.sections in ("indent", "edit"):
        return _nested(text, platform, layout.comment)
    comment = layout.comment if layout else "#"
    return ((line.strip(),) for line in text.split("\n") if line.strip() and not line.startswith(comment))


def _statements(text: str) -> Iterator[Path]:
    """Braces as `set` lines; what flattening passes over (inactive, quotes over several lines) as it stands."""
    flat = flatten(text)
    whole = bool(flat.problem) or is_set(text)
    for statement in flat.text.split("\n")[:-1]:
        yield (statement,)
    taken = set(flat.line_numbers)
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        structure = words.endswith("{") or words.startswith(("}", "#", "/*"))
        if words and number not in taken and (whole or not structure):
            yield (words,)


def _nested(text: str, platform: Platform, comment: str) -> Iterator[Path]:
    """Blocks by indentation."""
    for section in split_sections(text, platform):
        banner = section.header.startswith("banner")
        yield (section.header.strip(),)
        # An indented line without a header above it (VRP below a bare #) is none for those that follow.
        around = [(-1, section.header)] if section.header[0] not in " \t" else []
        for line in section.lines:
            words = line.strip()
            if not words or (words.startswith(comment) and not banner):
                continue
            depth = len(line) - len(line.lstrip())
            while around and around[-1][0] >= depth:
                around.pop()
            yield (*(header for _, header in around[:DEPTH]), words)
            if section.header[0] not in " \t":
                around.append((depth, words))


def _left(paths: Iterable[Path], counts: Counter[Path]) -> Iterator[Path]:
    left = Counter(counts)
    for path in paths:
        if left[path] > 0:
            left[path] -= 1
            yield path


def _shown(path: Path) -> str:
    return " / ".join(path)


def _without(lines: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    taken = Counter(others)
    kept = []
    for line in lines:
        if taken[line] > 0:
            taken[line] -= 1
        else:
            kept.append(line)
    return tuple(kept)


def _reordered(wanted: Iterable[Path], found: Iterable[Path]) -> Iterator[str]:
    there, here = _in_order(wanted), _in_order(found)
    for block, lines in there.items():
        others = here.get(block, [])
        if lines != others and Counter(lines) == Counter(others):
            yield block


def _in_order(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """The lines of each block in which order matters."""
    blocks: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        if len(path) > 1 and _BLOCKS.match(path[0]):
            blocks[path[0]].append(path)
        elif len(path) == 1 and (named := _LISTS.match(path[0])):
            blocks[named[0]].append(path)
    return blocks
