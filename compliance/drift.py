"""What differs between a device's configuration and its golden one. Pure.

Lines are compared within their blocks. Their order counts only where it means something: access lists, route maps,
policies. Volatile lines are gone already, because both texts are normalised.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from inventory.parsing.config_text import Section, split_sections
from inventory.platforms import Platform

SHOWN = 500  # differing lines that are kept, of each kind
_ORDERED = re.compile(
    r"(?:ip(?:v6)? )?(?:access-list|prefix-list)|route-map|route-policy|policy-map|acl |firewall|policy-options",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines under the headers of their blocks, "interface Vlan10 / ip address ...".

    `missing` stands in the golden configuration only, `extra` in the actual one only, `reordered` names blocks whose
    lines are the same in another order.
    """

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.reordered)


def compare(golden: str, actual: str, platform: Platform) -> Difference:
    """The difference of two normalised texts of one platform, of each kind at most SHOWN lines."""
    if golden == actual:
        return Difference()
    wanted, found = split_sections(golden, platform), split_sections(actual, platform)
    there, here = Counter(_lines(wanted)), Counter(_lines(found))
    return Difference(
        missing=tuple(list(_in_order(_lines(wanted), there - here))[:SHOWN]),
        extra=tuple(list(_in_order(_lines(found), here - there))[:SHOWN]),
        reordered=tuple(_reordered(wanted, found))[:SHOWN],
    )


def _lines(sections: Iterable[Section]) -> Iterable[str]:
    for section in sections:
        yield section.header
        around: list[tuple[int, str]] = []
        for line in section.lines:
            text = line.strip()
            depth = len(line) - len(line.lstrip())
            while around and around[-1][0] >= depth:
                around.pop()
            yield " / ".join([section.header, *(outer for _, outer in around), text])
            around.append((depth, text))


def _in_order(lines: Iterable[str], counts: Counter[str]) -> Iterable[str]:
    left = Counter(counts)
    for line in lines:
        if left[line] > 0:
            left[line] -= 1
            yield line


def _reordered(wanted: Iterable[Section], found: Iterable[Section]) -> Iterable[str]:
    blocks = {section.header: section.lines for section in found}
    for section in wanted:
        other = blocks.get(section.header, ())
        same = Counter(section.lines) == Counter(other)
        if _ORDERED.match(section.header) and same and tuple(section.lines) != tuple(other):
            yield section.header
