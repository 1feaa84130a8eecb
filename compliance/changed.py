"""Which missing line another one has taken the place of: the same setting with another value. Pure.

Only what is plain is paired: in one block, one missing and one extra line that fit each other and no other line does.
Two routes for two others stay two missing and two extra lines.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

Path = tuple[str, ...]  # headers of the blocks a line stands in, outermost first, and the line

_NOT = re.compile(r"(?:no|undo|unset) ")
_VALUE = re.compile(r"[^a-z-]")  # digits, capitals, dots, quotes: no word of a command
# Commands that end in free text, which may look like words of a command.
_FREE = re.compile(
    r"(?:set )?(?:description|name|alias|hostname|sysname|remark|title|(?:snmp-server )?(?:location|contact)) "
)


def pair(missing: Sequence[Path], extra: Sequence[Path], headers: set[Path]) -> list[tuple[Path, Path]]:
    """Missing and extra lines of one setting, in the order of the missing ones. Lines that open a block stay apart."""
    lines = [path for path in missing if path not in headers]
    others = [path for path in extra if path not in headers]
    pairs: dict[Path, Path] = {}
    for setting in (_turned, _but_the_last, _but_the_values):
        found = _fitting(lines, others, setting)
        pairs |= found
        taken = set(found.values())
        lines = [path for path in lines if path not in found]
        others = [path for path in others if path not in taken]
    return [(path, pairs[path]) for path in missing if path in pairs]


def _fitting(lines: Iterable[Path], others: Iterable[Path], setting: Callable[[str], str]) -> dict[Path, Path]:
    """Where one line on each side is of a setting."""
    there, here = _by_setting(lines, setting), _by_setting(others, setting)
    return {found[0]: here[key][0] for key, found in there.items() if len(found) == len(here.get(key, ())) == 1}


def _by_setting(paths: Iterable[Path], setting: Callable[[str], str]) -> dict[Path, list[Path]]:
    found: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        if named := setting(path[-1]):
            found[(*path[:-1], named)].append(path)
    return found


def _turned(line: str) -> str:
    """A line and its opposite."""
    return _NOT.sub("", line, count=1) if _NOT.match(line) else line


def _but_the_last(line: str) -> str:
    """All but the last word; a command of two plain words is no value of its first: "ip routing", "ip cef"."""
    first, _, last = line.rpartition(" ")
    return first if first and (" " in first or _VALUE.search(last)) else ""


def _but_the_values(line: str) -> str:
    """The words of the command where nothing but values follows them."""
    if free := _FREE.match(line):
        return free[0]
    words = line.split(" ")
    count = next((number for number, word in enumerate(words) if _VALUE.search(word)), 0)
    return " ".join(words[:count]) if all(_VALUE.search(word) for word in words[count:]) else ""
