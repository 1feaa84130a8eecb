"""Where a check looks, until when, and the lines it shows. Pure."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from regex import Match, Pattern

from compliance.parsed_config import ParsedConfig
from compliance.sections import Section, within_a_line

State: TypeAlias = Literal["pass", "fail", "unknown"]
MAX_EVIDENCE_LENGTH = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of the stored text that shows why."""

    line_number: int  # 1-based
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check comes to, the sentence that explains it and the lines that show it."""

    state: State
    message: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The whole configuration or one of its sections, and the moment (`time.monotonic`) the rule's time is over."""

    config: ParsedConfig
    deadline: float
    section: Section | None = None

    @property
    def text(self) -> str:
        return self.section.body if self.section else self.config.text

    @property
    def prefix(self) -> str:
        """What a sentence about the scope starts with."""
        return f"{printable(self.section.header)}: " if self.section else ""

    def find_line(self, line: str) -> int:
        """The offset of the exact line directly in the scope, -1 without one."""
        return self.section.find_line(line) if self.section else self.config.find_line(line)

    def find_match(self, pattern: Pattern[str]) -> int:
        """An offset in the first line that matches, -1 without one. Raises TimeoutError."""
        if self.section or not within_a_line(pattern):
            return self.search(pattern)
        return self.config.find_match(pattern, self.seconds_left())

    def search(self, pattern: Pattern[str]) -> int:
        """The offset of the first match, -1 without one. Raises TimeoutError."""
        found = pattern.search(self.text, timeout=self.seconds_left())
        return first_visible(found) if found else -1

    def matches(self, pattern: Pattern[str]) -> Iterator[Match[str]]:
        """All matches. Raises TimeoutError."""
        found: Iterator[Match[str]] = pattern.finditer(self.text, timeout=self.seconds_left())
        return found

    def evidence(self, offset: int) -> Evidence:
        """The line at an offset of the scope's text."""
        number = self.config.line_number(self._global(offset))
        return Evidence(number, printable(self.config.line_at(self._global(offset)).strip()))

    def _global(self, offset: int) -> int:
        if not self.section:
            return offset
        removed = self.section.indent * (self.section.body.count("\n", 0, offset) + 1)
        return self.section.body_at + removed + offset

    def seconds_left(self) -> float:
        """Raises TimeoutError when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def first_visible(found: Match[str]) -> int:
    """A match of `^\\s*x` may start in the empty lines above the line it is about."""
    start: int = found.start()
    return start + len(found[0]) - len(found[0].lstrip()) if found[0].strip() else start


def printable(text: str) -> str:
    """Device text is hostile: no control characters, which neither JSON columns nor terminals bear."""
    text = _CONTROL.sub("\ufffd", text)
    return text if len(text) <= MAX_EVIDENCE_LENGTH else text[: MAX_EVIDENCE_LENGTH - 1] + "…"
