"""Configurations that nest by braces, flattened into `set ...` lines. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/|##.*$|(?<!\S)#.*$')
_PREFIX = re.compile(r"^(?:(?:protect|replace): )+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LIST = re.compile(r"^(\S.*?) \[ (.*) \]$")
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
DEPTH = 100  # blocks in each other; each statement repeats them all, so a few kilobytes of braces could fill the memory


@dataclass(frozen=True, slots=True)
class Flat:
    """`set` lines in the order of the text, and where each came from."""

    text: str
    line_numbers: tuple[int, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    words: str
    number: int


def flatten(text: str) -> Flat:
    """Flatten a configuration that nests by braces, or one already printed as `set` lines.

    What is inactive is left out: the device does not act on it. What applied groups say at the root is repeated
    without the group's name, because there the device does act on it. Any text is accepted: braces that do not
    balance give a `problem`.
    """
    lines, problem = _active(text)
    lines += _inherited(lines)
    return Flat("".join(f"set {line.words}\n" for line in lines), tuple(line.number for line in lines), problem)


def statements(text: str) -> Iterator[tuple[str, ...]]:
    """The words of every active statement, as `flatten` tells them but for what applied groups say; without quotes."""
    for line in _active(text)[0]:
        yield tuple(word.strip('"') for word in _WORD.findall(line.words))


def _active(text: str) -> tuple[list[_Line], str]:
    return _from_set_lines(text) if is_set(text) else _from_braces(text)


def is_set(text: str) -> bool:
    """Whether the configuration was printed as `set` lines."""
    return text.startswith(("set ", "deactivate ")) or "\nset " in text


def _from_set_lines(text: str) -> tuple[list[_Line], str]:
    lines, inactive = [], []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("set "):
            lines += [_Line(words, number) for words in _members(line[4:])]
        elif line.startswith("deactivate "):
            inactive.append(line[11:])
    dead = tuple(path + " " for path in inactive)
    return [line for line in lines if not f"{line.words} ".startswith(dead)] if dead else lines, ""


def _from_braces(text: str) -> tuple[list[_Line], str]:
    lines: list[_Line] = []
    path: list[str] = []
    inactive_from: int | None = None  # depth at which an inactive block opened
    in_comment = False
    for number, raw in enumerate(text.split("\n"), 1):
        line, in_comment = _statement(raw, in_comment)
        if not line:
            continue
        if line in ("}", "};"):
            if not path:
                return lines, f"line {number} of the configuration closes a brace that was never opened"
            path.pop()
            if inactive_from is not None and len(path) <= inactive_from:
                inactive_from = None
            continue
        inactive = line.startswith("inactive: ")
        line = line.removeprefix("inactive: ")
        if line.endswith("{"):
            if inactive and inactive_from is None:
                inactive_from = len(path)
            if len(path) == DEPTH:
                return lines, f"line {number} of the configuration nests deeper than {DEPTH} blocks"
            path.append(line[:-1].rstrip())
        elif line.endswith(";") and not inactive and inactive_from is None:
            lines += [_Line(" ".join([*path, words]), number) for words in _members(line[:-1])]
    return lines, "the configuration ends inside a brace: it is not complete" if path else ""


def _statement(raw: str, in_comment: bool) -> tuple[str, bool]:
    """A line without comments and whether a comment goes on in the next one."""
    line = raw.strip()
    if in_comment:
        _, closed, line = line.partition("*/")
        if not closed:
            return "", True
    if "#" in line or "/*" in line:
        line, in_comment = _without_comments(line)
    else:
        in_comment = False
    return _PREFIX.sub("", line.strip()), in_comment


def _without_comments(line: str) -> tuple[str, bool]:
    """A comment sign inside quotes is text, so quotes are matched first."""
    line = _COMMENT.sub(lambda match: match[0] if match[0].startswith('"') else "", line)
    outside = _QUOTED.sub(lambda match: "_" * len(match[0]), line)
    opened = outside.find("/*")
    return (line, False) if opened < 0 else (line[:opened], True)


def _members(statement: str) -> list[str]:
    """`protocol [ ssh https ]` says the same as two statements."""
    found = _LIST.match(statement)
    return [f"{found[1]} {member}" for member in found[2].split()] if found else [statement]


def _inherited(lines: list[_Line]) -> list[_Line]:
    applied = {line.words.split()[1] for line in lines if line.words.startswith("apply-groups ")}
    prefixes = {f"groups {group} " for group in applied}
    return [
        _Line(line.words[len(prefix) :], line.number)
        for line in lines
        if line.words.startswith("groups ")
        for prefix in prefixes
        if line.words.startswith(prefix)
    ]
