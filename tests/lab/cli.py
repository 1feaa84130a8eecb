"""The command line common to all simulated systems: modes, abbreviations, pipes. No I/O: a line in, text out."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.lab import snapshot
from tests.lab.faults import FaultBox
from tests.lab.state import Device

Show = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Command:
    """A pattern of words; upper case is an argument, REST takes what is left."""

    words: tuple[str, ...]
    run: Show

    def match(self, typed: list[str]) -> tuple[int, list[str]] | None:
        """(number of literal words, arguments) or None; literal words may be abbreviated."""
        arguments: list[str] = []
        literal = 0
        for position, word in enumerate(self.words):
            if word == "REST":
                rest = typed[position:]
                return (literal, [*arguments, " ".join(rest)]) if rest else None
            if position >= len(typed):
                return None
            if word.isupper():
                arguments.append(typed[position])
            elif word.startswith(typed[position].lower()):
                literal += 1
            else:
                return None
        return (literal, arguments) if len(typed) == len(self.words) else None


def commands(table: dict[str, Callable[..., Any]]) -> tuple[Command, ...]:
    """`{"show vlan id VID": function}` -> commands."""
    return tuple(Command(tuple(pattern.split()), function) for pattern, function in table.items())


class Cli:
    """One login. Subclasses give the prompt, the tables of commands and the configuration mode."""

    table: tuple[Command, ...] = ()  # functions that return text
    json_table: tuple[Command, ...] = ()  # functions that return what `| json` prints
    invalid = "% Invalid input detected at '^' marker."
    pager = " --More-- "
    locked = ""  # what a user is told while another one has locked the configuration
    save_failed = ""

    def __init__(self, device: Device, enable_password: str = "", faults: FaultBox | None = None) -> None:
        self.device = device
        self.enable_password = enable_password
        self.faults = faults or FaultBox()
        self.cut = False  # the session ends without an answer
        self.away = 0.0  # seconds the whole device is away from now on
        self.pause = 0.0  # seconds until the answer is printed
        self.twin: Device | None = None  # takes the changes instead of the device
        self._lines = 0
        self.closed = False
        self.hidden = False  # the next line is a secret: no echo
        self.page_length = 24  # 0: no paging
        self.showed_config = False  # the last answer was the running configuration
        self.answer: Callable[[str], str] | None = None  # who takes the next line, when a question was asked

    @property
    def prompt(self) -> str:
        raise NotImplementedError

    @property
    def greeting(self) -> str:
        return ""

    def enter(self, line: str) -> str:
        """Run one line; returns what the device prints before its next prompt."""
        self.showed_config = False
        if self.answer is not None:
            answer, self.answer, self.hidden = self.answer, None, False
            return answer(line)
        command, _, pipe = line.strip().partition("|") if not self.in_text(line) else (line, "", "")
        if not command.strip():
            return ""
        if pipe.strip().startswith("json"):
            found = self.lookup(command, self.json_table)
            return self.reject(line) if found is None else json.dumps(found, indent=4) + "\n"
        text = self.run(command.strip())
        return self.filtered(command.strip(), text, pipe.strip()) if pipe else text

    def in_text(self, line: str) -> bool:
        """Whether a bar in this line is text (a description), not a pipe."""
        return False

    def run(self, line: str) -> str:
        """Run one line without its pipe."""
        found = self.lookup(line, self.table)
        return found if found is not None else self.reject(line)

    @property
    def place(self) -> str:
        """Which part of the configuration the next line belongs to, empty on the top level."""
        return ""

    def opened(self) -> str:
        """Configuration mode is to be entered: empty text, or why it may not be."""
        if self.faults.has("config-locked"):
            return self.locked
        self.device.configured += 1
        self._lines = 0
        self.twin = snapshot.copy(self.device) if self.faults.has("ignore-changes") else None
        return ""

    def change(self, line: str, enter: Callable[[str], str]) -> str:
        """Hand a line of configuration on to `enter`, with the faults that were ordered, and count it."""
        device = self.device
        self._lines += 1
        device.typed.append(self._placed(line))
        if self._lines > 1 and self.faults.has("reject-line"):
            return self.reject(line)
        count = len((self.twin or device).applied)
        self.device = self.twin or device
        try:
            answer = self._counted(line, enter)
            changed = len(self.device.applied) > count
        finally:
            self.device = device
        if changed:
            self._break_off()
        return answer

    def _counted(self, line: str, enter: Callable[[str], str]) -> str:
        before, placed, place = snapshot.take(self.device), self._placed(line), self.place
        answer = enter(line)
        if snapshot.take(self.device) != before:
            self.device.applied.append(placed if self.place == place else line)
            self.device.touch()
        return answer

    def _placed(self, line: str) -> str:
        return f"{self.place}: {line}" if self.place else line

    def _break_off(self) -> None:
        reboot = self.faults.spend("reboot-in-deploy")
        if reboot:
            self.away = reboot.seconds
            snapshot.reboot(self.device)
        self.cut = bool(reboot or self.faults.spend("cut-in-deploy"))

    def store(self, text: str, done: str) -> str:
        """Save `text` as the startup configuration and answer `done`, unless a fault was ordered."""
        if self.faults.has("refuse-save"):
            return self.save_failed
        self.pause += self.faults.seconds_of("slow-save")
        self.device.startup, self.device.saved = text, snapshot.take(self.device)
        return done

    def lookup(self, line: str, table: tuple[Command, ...]) -> Any:
        """The answer of the best matching command of a table, None if none matches."""
        typed = line.split()
        matches = [(m[0], c, m[1]) for c in table if (m := c.match(typed))]
        if not matches:
            return None
        best = max(matches, key=lambda item: item[0])
        return best[1].run(self, *best[2])

    def reject(self, line: str) -> str:
        """What the device says to a line it does not know."""
        return f"{' ' * len(self.prompt)}^\n{self.invalid}\n"

    def filtered(self, command: str, text: str, pipe: str) -> str:
        """Apply `include`, `exclude`, `begin`, `section`, `count`."""
        verb, _, pattern = pipe.partition(" ")
        lines = text.splitlines()
        try:
            wanted = re.compile(pattern.strip('"'))
        except re.error:
            return self.reject(command)
        if "include".startswith(verb):
            kept = [x for x in lines if wanted.search(x)]
        elif "exclude".startswith(verb):
            kept = [x for x in lines if not wanted.search(x)]
        elif "begin".startswith(verb):
            first = next((i for i, x in enumerate(lines) if wanted.search(x)), len(lines))
            kept = lines[first:]
        elif "section".startswith(verb):
            kept = _sections(lines, wanted)
        elif "count".startswith(verb):
            kept = [str(sum(1 for x in lines if wanted.search(x)))]
        else:
            return self.reject(command)
        return "".join(f"{x}\n" for x in kept)

    def ask(self, question: str, then: Callable[[str], str], hidden: bool = False) -> str:
        """Print a question; the next line goes to `then`."""
        self.answer, self.hidden = then, hidden
        return question


def _sections(lines: list[str], wanted: re.Pattern[str]) -> list[str]:
    kept: list[str] = []
    inside = False
    for line in lines:
        if not line.startswith(" "):
            inside = bool(wanted.search(line))
        if inside:
            kept.append(line)
    return kept
