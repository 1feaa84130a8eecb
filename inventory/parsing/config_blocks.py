"""Which block of a configuration each line stands in, by its look alone: any vendor's, whole or not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

DEPTH = 50  # blocks in each other; deeper ones count as this deep
NAMED = 2  # headers that name a place: "router bgp 65000 / address-family ipv4"
LONGEST = 100  # characters of a header in a name
_CLOSING = {"!", "#", "next", "end", "exit", "quit"}


@dataclass(frozen=True, slots=True)
class Blocks:
    """Of each line the index of the header above it, -1 without one; and which lines are headers."""

    parents: tuple[int, ...]
    headers: frozenset[int]

    def path(self, index: int) -> list[int]:
        """The headers around a line, the outermost first, and itself if it is one; no more than name its place."""
        found = [index] if index in self.headers else []
        while (index := self.parents[index]) >= 0:
            found.append(index)
        return found[: -NAMED - 1 : -1]


def blocks(lines: Sequence[str]) -> Blocks:
    """Blocks by indentation, and those of RouterOS, which begin with a path; what closes a block belongs to it."""
    parents: list[int] = []
    headers: set[int] = set()
    around: list[tuple[int, int]] = []  # indentation and index of the lines that may be headers
    paths = _begins_with_path(lines)
    for index, line in enumerate(lines):
        words = line.lstrip()
        depth = len(line) - len(words) + (paths and words[:1] != "/")
        words = words.rstrip()
        if not words:
            parents.append(parents[-1] if parents else -1)
            continue
        closing = words in _CLOSING or words.startswith(("}", "exit-"))
        while around and (around[-1][0] > depth or (around[-1][0] == depth and not closing)):
            around.pop()
        if closing and around and around[-1][0] == depth:
            closed = around.pop()[1]
            parents.append(closed if closed in headers else parents[closed])
            continue
        parents.append(around[-1][1] if around else -1)
        if not closing:
            headers.add(parents[-1])
            if len(around) < DEPTH:
                around.append((depth, index))
    return Blocks(tuple(parents), frozenset(headers - {-1}))


def _begins_with_path(lines: Sequence[str]) -> bool:
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return first.startswith("/")


def place(lines: Sequence[str], known: Blocks, index: int) -> str:
    """The name of the place of a line: its outer headers, or for one that stands alone what it is about."""
    return " / ".join(header(lines[one]) for one in known.path(index)) or topic(lines[index])


def header(line: str) -> str:
    """A block's first line as its name: "interface Vlan10", "ge-0/0/1" for "ge-0/0/1 {"."""
    return line.strip().removesuffix("{").rstrip()[:LONGEST]


def topic(line: str) -> str:
    """The first words of a line that stands alone: "snmp-server host", "hostname", "set system services"."""
    words = line.split(None, 4)
    most = 3 if words and words[0] in ("set", "no", "undo", "deactivate", "delete") else 2
    return " ".join(words[: min(most, max(len(words) - 1, 1))])[:LONGEST]
