"""The sections of an indented configuration, found by header and searched together. Pure."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

from regex import Match, Pattern

_INDENTED = re.compile(r"\n[ \t]")
_UNINDENTED = re.compile(r"\n(?![ \t])")
_BLANKS = (" ", "\t")
_OPENING, _CLOSING = ("config ", "edit "), ("end", "next")
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
    body_at: int  # where the body begins there
    indent: int  # characters removed from the start of each body line

    def find_line(self, line: str) -> int:
        """The offset in the body of the exact line directly in the section, -1 without one."""
        return 0 if self.body.startswith(f"{line}\n") else self.body.find(f"\n{line}\n") + 1 or -1


class Block(NamedTuple):
    """A section as it stands in the text: nothing is removed from its body."""

    header: str
    offset: int
    body_at: int
    body: str  # without the newline of its last line


class Sections:
    """Sections of one kind, e.g. all interfaces. Only those that a rule looks into one by one are taken apart."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._made: dict[int, Section] = {}

    def __len__(self) -> int:
        return len(self._blocks)

    def __iter__(self) -> Iterator[Section]:
        return map(self._section, range(len(self)))

    def first(self, count: int) -> Iterator[Section]:
        """So many from the start."""
        return map(self._section, range(min(count, len(self))))

    def only(self, indexes: frozenset[int]) -> Iterator[Section]:
        """Those of these indexes, in order."""
        return map(self._section, sorted(indexes))

    def but(self, indexes: frozenset[int]) -> Iterator[Section]:
        """All but those of these indexes, in order."""
        return map(self._section, (index for index in range(len(self)) if index not in indexes))

    def where(self, wanted: Callable[[Section], bool]) -> "Sections":
        """Those that are wanted."""
        return Sections([block for block, section in zip(self._blocks, self, strict=True) if wanted(section)])

    def matching(self, pattern: Pattern[str], seconds: float) -> frozenset[int] | None:
        """The indexes of the sections in which a pattern matches. Most lines stand in many: each is looked at once.

        None where the pattern could match across lines. Raises TimeoutError after so many seconds.
        """
        if not within_a_line(pattern):
            return None
        text, starts, holders = self._lines
        return frozenset(chain(*(holders[n] for n in _places(pattern.finditer(text, timeout=seconds), starts))))

    @cached_property
    def _lines(self) -> tuple[str, list[int], list[list[int]]]:
        """All lines of the bodies as one text, each once; where each begins, and the indexes of its sections."""
        holders = _holders(block.body for block in self._blocks) if _usual(self._blocks) else {}
        if holders and all(line[:1] == " " for line in holders):
            # The same as below, with less to be taken apart.
            lines = [line[1:] for line in holders]
        else:
            holders = _holders(section.body.removesuffix("\n") for section in self)
            lines = list(holders)
        text = "".join(f"{line}\n" for line in lines)
        return text, [0, *accumulate(len(line) + 1 for line in lines)], [*holders.values(), []]

    def _section(self, index: int) -> Section:
        if index not in self._made:
            self._made[index] = _section(self._blocks[index])
        return self._made[index]


class SectionIndex:
    """The sections of one text, by their headers."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = tuple(blocks)
        self._headers = "".join(f"{block.header}\n" for block in self._blocks)
        self._starts = [0, *accumulate(len(block.header) + 1 for block in self._blocks)]
        self._found: dict[Pattern[str], Sections] = {}

    def with_header(self, pattern: Pattern[str], seconds: float) -> Sections:
        """The sections whose header matches. Raises TimeoutError after so many seconds."""
        # Many rules ask for the same sections.
        if pattern not in self._found:
            found = pattern.finditer(self._headers, timeout=seconds)
            indexes = sorted(_places(found, self._starts) - {len(self._blocks)})
            self._found[pattern] = Sections([self._blocks[index] for index in indexes])
        return self._found[pattern]


@lru_cache(maxsize=4096)
def within_a_line(pattern: Pattern[str]) -> bool:
    """Whether no match of the pattern can reach over the end of a line."""
    return _WITHIN_A_LINE.match(pattern.pattern) is not None


def _holders(bodies: Iterable[str]) -> dict[str, list[int]]:
    """Line -> the indexes of the bodies it stands in, in the order in which lines are first seen."""
    holders: dict[str, list[int]] = defaultdict(list)
    for index, body in enumerate(bodies):
        for line in body.split("\n"):
            holders[line].append(index)
    return holders


def _places(found: Iterable[Match[str]], starts: list[int]) -> set[int]:
    """The indexes of the pieces, of which the starts are given, in which the matches begin."""
    return {bisect_right(starts, match.start()) - 1 for match in found}


def indented_blocks(text: str) -> Iterator[Block]:
    """Every unindented line with indented ones below it."""
    end = 0
    while indented := _INDENTED.search(text, end):
        below = indented.start()
        header_at = text.rfind("\n", 0, below) + 1
        unindented = _UNINDENTED.search(text, below + 1)
        end = unindented.start() if unindented else len(text)
        if text[header_at] not in " \t\n!#":
            yield Block(text[header_at:below], header_at, below + 1, text[below + 1 : end])


def edited_blocks(text: str) -> Iterator[Block]:
    """Every `config ... end`, and every `edit ... next` within, its headers joined: `config system admin / edit "x"`.

    A value in quotes may go on over several lines, whatever stands in them (FortiOS CLI reference: banners, keys).
    What is not closed goes on to the end of the text. In the order of the headers.
    """
    found: list[Block] = []
    open_: list[tuple[str, int, int]] = []
    offset, quoted = 0, False
    for line in text.split("\n"):
        words = line.strip()
        if not quoted and words.startswith(_OPENING):
            path = f"{open_[-1][0]} / {words}" if open_ else words
            open_.append((path, offset, offset + len(line) + 1))
        elif not quoted and words in _CLOSING and open_:
            found.append(_between(text, open_.pop(), offset))
        quoted ^= (line.count('"') - line.count('\\"')) % 2 == 1
        offset += len(line) + 1
    found += [_between(text, block, len(text)) for block in open_]
    yield from sorted((block for block in found if block.body), key=lambda block: block.offset)


def _between(text: str, block: tuple[str, int, int], end: int) -> Block:
    header, offset, body_at = block
    return Block(header, offset, body_at, text[body_at:end].removesuffix("\n"))


def _section(block: Block) -> Section:
    header, offset, body_at, body = block
    indent = len(body) - len(body.lstrip(" \t"))
    dedented = body[indent:].replace("\n" + body[:indent], "\n")
    return Section(header, f"{dedented}\n", offset, body_at, indent)


def _usual(blocks: Sequence[Block]) -> bool:
    """Every body is indented by one blank, as most devices print it."""
    return all(block.body[0] == " " and block.body[1:2] not in _BLANKS for block in blocks)
