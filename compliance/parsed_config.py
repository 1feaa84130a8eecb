"""A configuration made ready for many rules: split once, searched often. Pure.

Four layouts are known (the `sections` field of a platform record). `indent`: a section is an unindented line and the
indented lines below it. `edit`: `config ... end`, and `edit ... next` within. `braces`: the tree is flattened into
`set ...` lines, so one way of writing rules serves both forms in which such devices print. `flat`: every line stands
alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from regex import Pattern

from compliance.banners import blank_banners
from compliance.sections import Block, SectionIndex, edited_blocks, indented_blocks
from inventory.parsing.braces import flatten
from inventory.parsing.recognition import why_not

_SEPARATED_BLOCK = re.compile(r"(?<=^#\n)(?: .*\n)+", re.MULTILINE)
_LEADING_SPACE = re.compile(r"^ ", re.MULTILINE)


def _none(_text: str) -> Iterator[Block]:
    return iter(())


_BLOCKS = {"indent": indented_blocks, "edit": edited_blocks, "flat": _none}


@dataclass(frozen=True)
class ParsedConfig:
    """One device's configuration, as the rules see it."""

    platform: str
    text: str  # what patterns search: each line ends with a newline, banner texts blanked
    os_version: str = ""
    line_numbers: tuple[int, ...] | None = None  # of the text's lines in the stored text; None: the same
    problem: str = ""  # why no rule can be decided on this text
    layout: str = "indent"  # of the text: indent, edit or flat

    @cached_property
    def sections(self) -> SectionIndex:
        """The sections; none where lines do not nest."""
        return SectionIndex(_BLOCKS[self.layout](self.text))

    def line_number(self, offset: int) -> int:
        """The 1-based number, in the stored text, of the line at an offset of the searched text."""
        index = self.text.count("\n", 0, offset)
        return self.line_numbers[index] if self.line_numbers else index + 1

    def find_line(self, line: str) -> int:
        """The offset of the first line that is exactly this one, -1 without one."""
        if line not in self._lines:
            return -1
        return 0 if self.text.startswith(f"{line}\n") else self.text.find(f"\n{line}\n") + 1 or -1

    def find_match(self, pattern: Pattern[str], seconds: float) -> int:
        """The offset of the first line in which a pattern matches that no match of can reach over lines, -1 without.

        Raises TimeoutError after so many seconds.
        """
        found = pattern.search(self._distinct, timeout=seconds)
        return self.find_line(_line_at(self._distinct, found.start())) if found else -1

    @cached_property
    def _lines(self) -> dict[str, None]:
        """Each line once, in the order in which they are first seen."""
        return dict.fromkeys(self.text.split("\n"))

    @cached_property
    def _distinct(self) -> str:
        """A text of them: half as long where many interfaces are alike."""
        return "\n".join(self._lines) + "\n"

    def line_at(self, offset: int) -> str:
        """The whole line at an offset of the searched text."""
        return _line_at(self.text, offset)


def parse_config(
    text: str, platform: str, sections: str = "indent", os_version: str = "", comment: str = "!"
) -> ParsedConfig:
    """Make a configuration text ready for rules.

    `sections` is indent, edit, braces or flat; `comment` is what the platform starts a comment line with.
    Any text is accepted; one that is empty, no text or of another platform comes back with a `problem`, and so does
    one whose banner never ends, because nobody can tell where its configuration goes on.
    """
    clean = _clean(text)
    if sections == "braces":
        flat = flatten(clean)
        problem = why_not(clean, platform) or flat.problem
        return ParsedConfig(platform, flat.text, os_version, flat.line_numbers, problem, layout="flat")
    clean, unfinished = blank_banners(clean)
    if comment == "#":
        clean = _outdent_separated(clean)
    problem = f"the banner in line {unfinished} of the configuration has no end" if unfinished else ""
    return ParsedConfig(platform, clean, os_version, problem=problem or why_not(clean, platform), layout=sections)


def _line_at(text: str, offset: int) -> str:
    start, end = text.rfind("\n", 0, offset) + 1, text.find("\n", offset)
    return text[start : end if end >= 0 else len(text)]


def _clean(text: str) -> str:
    """Lines end with one newline and nothing before it; their number stays."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "")
    if " \n" in text or ("\t" in text and "\t\n" in text):  # one letter is looked for in no time
        text = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return text if text.endswith("\n") else text + "\n"


def _outdent_separated(text: str) -> str:
    """Some devices indent global commands by one space below a bare `#`: there is no header, so it means nothing."""
    return _SEPARATED_BLOCK.sub(lambda block: _LEADING_SPACE.sub("", block[0]), text)
