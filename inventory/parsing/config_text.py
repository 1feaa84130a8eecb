"""Configuration text: is it whole, what in it is volatile, how it divides. Pure."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import Pattern

from inventory.errors import IncompleteConfig
from inventory.parsing.config_diff import DiffRow, side_by_side, unified
from inventory.parsing.redaction import MASK, redact
from inventory.platforms import Platform

__all__ = [
    "MASK", "DiffRow", "Section", "check_complete", "count_lines", "fingerprint", "normalise", "redact",
    "side_by_side", "split_sections", "unified",
]  # fmt: skip

# "--More--", "---- More ----", "<--- More --->", "-- MORE --, next page: Space" and what erases them on the terminal
PAGER = re.compile(
    r"(?:^|\r)(?:[ \t]*(?:<?-{2,4} ?\(?more\)?(?: ?\(?\d{1,3} ?%\)?)? ?-{2,4}>?)(?:, next page[^\r\n]*)?[ \t]*"
    r"(?:\x08+ *\x08+|\x1b\[\d{1,3}D *\x1b\[\d{1,3}D|\x1b\[2?K|\r *\r)?)+",
    re.IGNORECASE | re.MULTILINE,
)
# ECMA-48 control sequences, operating system commands, and other two-character escapes
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[^\[\]\n])")
LINE_ENDS = re.compile(r"\r{1,4}\n|\r")
# Unseen in an editor and no part of any configuration: controls, line separators, direction overrides
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
SURROGATES = re.compile(r"[\ud800-\udfff]")
CONTINUATION = re.compile(r"(?<!\\)\\\n *")
BANNER = re.compile(r"banner (?:\S+ )?(\^.|\S)[^\n]*")
BANNER_LINES = 300  # further away than that, the sign that ends a banner ends something else
BRACE_DEPTH = 8  # blocks nested deeper are not sections of their own
MAX_DIFF = 200_000  # characters kept of a difference beside what it is of
EDGE = 10  # lines at each end of a capture where a device's refusal stands


@dataclass(frozen=True, slots=True)
class Section:
    """A block of configuration; `lines` are its inner lines as they stand, `first_line_number` the header's, from 1.

    For nested braces the header is the path: "system services ssh".
    """

    header: str
    lines: tuple[str, ...]
    first_line_number: int


def check_complete(text: str, platform: Platform, previous_lines: int | None = None) -> None:
    """Refuse a capture that is not the whole running configuration.

    `previous_lines`: `count_lines` of the last good capture. Raises IncompleteConfig with one sentence that holds
    no text of the configuration.
    """
    lines = [line for line in normalise(text, platform).split("\n") if line]
    if not lines:
        raise IncompleteConfig("the running configuration is empty")
    config = platform.running_config
    if config is not None:
        for line in (*lines[:EDGE], *lines[-EDGE:]):
            if any(pattern.search(line) for pattern in config.error_patterns):
                said = redact(line, platform)[:120]
                raise IncompleteConfig(f"the device answered {config.command!r} with an error: {said!r}")
        if config.end_marker is not None and not config.end_marker.search(lines[-1]):
            raise IncompleteConfig(f"the running configuration breaks off after {len(lines)} lines: no end marker")
        if config.sections == "braces":
            _check_braces(lines)
    if previous_lines is not None and 2 * len(lines) < previous_lines:
        raise IncompleteConfig(
            f"the running configuration shrank from {previous_lines} to {len(lines)} lines; "
            "accepted is at least half of the previous"
        )


def _check_braces(lines: Sequence[str]) -> None:
    opened = sum(line.endswith("{") for line in lines)
    closed = sum(line.lstrip().startswith("}") for line in lines)
    if opened != closed:
        raise IncompleteConfig(f"the running configuration opens {opened} blocks and closes {closed}")


def reaches_the_end(text: str, before: str) -> bool:
    """Whether the last block of an earlier text is still in a later one; both without the blanks of `normalise`.

    What takes the place of an end marker where the platform prints none.
    """
    lines = [line for line in before.split("\n") if line.strip()]
    header = next((line for line in reversed(lines) if line[0] not in " \t}"), "")
    found = text.split("\n")
    if not header:
        return True
    return header in found and lines[-1] in found[len(found) - 1 - found[::-1].index(header) :]


def count_lines(text: str) -> int:
    """Lines that are not blank, for the next `check_complete`; `text` is normalised."""
    return sum(1 for line in text.split("\n") if line.strip())


def normalise(text: str, platform: Platform) -> str:
    """The configuration alone, the same for two captures of an unchanged device. Doing it twice changes nothing.

    Goes: pager leftovers, terminal sequences, control characters, the record's volatile lines, blanks at line ends,
    empty lines around the text.
    """
    text = LINE_ENDS.sub("\n", ESCAPES.sub("", PAGER.sub("", text)))
    text = SURROGATES.sub("\ufffd", UNSEEN.sub("", text))
    lines = [line.rstrip() for line in PAGER.sub("", text).split("\n")]
    if platform.running_config is not None and platform.running_config.sections == "flat":
        lines = _unwrapped(lines)
    volatile = _any_of(platform.ignore_lines)
    kept = [line for line in lines if not line or not volatile.search(line)]
    text = "\n".join(kept).strip("\n")
    return f"{text}\n" if text else ""


def _unwrapped(lines: list[str]) -> list[str]:
    """Lines that the device wrapped, whole again; asked again, because what was joined may end like a wrapped one."""
    text = "\n".join([*lines, ""])
    while CONTINUATION.search(text):
        text = "\n".join(line.rstrip() for line in CONTINUATION.sub("", text).split("\n"))
    return text.split("\n")


@lru_cache(maxsize=64)
def _any_of(patterns: tuple[Pattern[str], ...]) -> Pattern[str]:
    """One pattern for all: a configuration has thousands of lines. No pattern: one that matches nothing."""
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns) or r"(?!)")


def fingerprint(normalised: str) -> str:
    """SHA-256 of the normalised text in hexadecimal: equal for equal content."""
    return hashlib.sha256(normalised.encode("utf-8", "surrogatepass")).hexdigest()


def split_sections(text: str, platform: Platform) -> tuple[Section, ...]:
    """The blocks of a normalised configuration in their order; a line without inner lines is a section too."""
    lines = text.rstrip("\n").split("\n") if text else []
    config = platform.running_config
    if config is None or config.sections == "flat":
        comment = config.comment if config else "#"
        return tuple(Section(line, (), n) for n, line in enumerate(lines, 1) if line and not line.startswith(comment))
    if config.sections == "braces":
        return _brace_sections(lines)
    return tuple(_indent_sections(lines, config.comment))


def _indent_sections(lines: Sequence[str], comment: str) -> Iterator[Section]:
    start = 0
    while start < len(lines):
        header, stop = lines[start], start + 1
        if not header.strip() or header.startswith(comment):
            start = stop
            continue
        stop = _banner_end(lines, start) or stop
        while stop < len(lines) and (not lines[stop] or lines[stop][0] in " \t"):
            stop += 1
        inner = list(lines[start + 1 : stop])
        while inner and not inner[-1].strip():
            inner.pop()
        yield Section(header, tuple(inner), start + 1)
        start = stop


def _banner_end(lines: Sequence[str], start: int) -> int | None:
    """The line after a banner's text, which is free and may look like configuration; None when there is no banner."""
    match = BANNER.fullmatch(lines[start])
    if not match:
        return None
    sign, rest = match[1], lines[start][match.end(1) :]
    if len(sign) == 1 and sign.isalnum():
        sign, rest = "EOF", ""  # `banner motd` alone: the text ends with a line EOF
    if sign in rest:
        return start + 1
    for number in range(start + 1, min(start + BANNER_LINES, len(lines))):
        if sign in lines[number]:
            return number + 1
    return None


def _brace_sections(lines: Sequence[str]) -> tuple[Section, ...]:
    sections: list[Section] = []
    path: list[tuple[str, int]] = []  # names of the open blocks, and the index of their first line
    for number, line in enumerate(lines):
        text = line.strip()
        if text.endswith("{"):
            path.append((text[:-1].strip(), number))
        elif text.startswith("}"):
            if path:
                _close_block(path, lines, number, sections)
        elif not path and text and not text.startswith("#"):
            sections.append(Section(text.rstrip(";"), (), number + 1))
    while path:
        _close_block(path, lines, len(lines), sections)
    return tuple(sorted(sections, key=lambda section: section.first_line_number))


def _close_block(path: list[tuple[str, int]], lines: Sequence[str], stop: int, sections: list[Section]) -> None:
    start = path[-1][1]
    if len(path) <= BRACE_DEPTH:
        header = " ".join(name for name, _ in path)
        sections.append(Section(header, tuple(lines[start + 1 : stop]), start + 1))
    path.pop()
