"""The sections of an indented configuration, found by header and searched together. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from regex import Match, Pattern

_UNINDENTED = re.compile(r"\n(?![ \t])")
# What a pattern may consist of if no match of it can reach over the end of a line.
_WITHIN_A_LINE = re.compile(
    r"(?:\\[dSwb.\-/+*?()|^$]|[^\\\[\](){}\x00-\x1f]|\(\?:|\((?!\?)|\)|\{\d+(?:,\d*)?\}|\[(?!\^)[^\\\[\]\x00-\x1f]+\])+\Z"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A header and the lines below it, their common indentation removed."""

    header: str
    body: str  # each line ends with a newline
    offset: int  # of the header in the searched text
    indent: int  # characters removed from the start of each body line

    def has(self, line: str) -> bool:
        """The exact line stands directly in the section."""
        return f"\n{line}\n" in self.body or self.body.startswith(f"{line}\n")


@dataclass(frozen=True)
class Sections:
    """Sections of one kind, e.g. all interfaces."""

    items: tuple[Section, ...]

    @cached_property
    def _text(self) -> str:
        return "".join(section.body for section in self.items)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(section.body) for section in self.items)]

    def matching(self, pattern: Pattern[str], seconds: float) -> frozenset[int] | None:
        """The indexes of the sections in which a pattern matches, found in one go: a third faster than one by one.

        None where the pattern could match across lines, so that neighbours would influence each other.
        Raises TimeoutError after so many seconds.
        """
        if not _WITHIN_A_LINE.match(pattern.pattern):
            return None
        return frozenset(_places(pattern.finditer(self._text, timeout=seconds), self._starts))


class SectionIndex:
    """The sections of one text. Only those that a rule asks for are taken apart."""

    def __init__(self, text: str) -> None:
        self._blocks = tuple(_blocks(text))
        headers = [block[: block.index("\n")] for _, block in self._blocks]
        self._headers = "".join(f"{header}\n" for header in headers)
        self._starts = [0, *accumulate(len(header) + 1 for header in headers)]
        self._found: dict[Pattern[str], Sections] = {}
        self._sections: dict[int, Section] = {}

    def with_header(self, pattern: Pattern[str], seconds: float) -> Sections:
        """The sections whose header matches. Raises TimeoutError after so many seconds."""
        # Many rules ask for the same sections.
        if pattern not in self._found:
            found = pattern.finditer(self._headers, timeout=seconds)
            indexes = sorted(_places(found, self._starts) - {len(self._blocks)})
            self._found[pattern] = Sections(tuple(map(self._section, indexes)))
        return self._found[pattern]

    def _section(self, index: int) -> Section:
        if index not in self._sections:
            self._sections[index] = _section(*self._blocks[index])
        return self._sections[index]


def _places(found: Iterable[Match[str]], starts: list[int]) -> set[int]:
    """The indexes of the pieces, of which the starts are given, in which the matches begin."""
    return {bisect_right(starts, match.start()) - 1 for match in found}


def _blocks(text: str) -> Iterable[tuple[int, str]]:
    """Offset and text of every header with the indented lines below it."""
    offset = 0
    for block in _UNINDENTED.split(text):
        if "\n" in block and block[0] not in " \t\n!#":
            yield offset, block
        offset += len(block) + 1


def _section(offset: int, block: str) -> Section:
    header, _, body = block.partition("\n")
    indent = len(body) - len(body.lstrip(" \t"))
    dedented = body[indent:].replace("\n" + body[:indent], "\n")
    return Section(header, f"{dedented}\n", offset, indent)
