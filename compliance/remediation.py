"""The lines that bring a configuration to another one, and those that lead back. Pure; nothing is sent from here.

hier-config makes the lines, and what it makes is tried: its prediction is held against the wanted text by our own
comparison, and lines that would not lead there are not shown. Lists in which order means something, and banners, are
written anew as a whole: hier-config numbers the entries of access lists by itself, and a device that does not show its
numbers may have others.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hier_config import HConfig, HConfigChild, get_hconfig, get_hconfig_driver
from hier_config import Platform as Driver
from hier_config.platforms.driver_base import HConfigDriverBase

from compliance.drift import compare
from compliance.written_anew import Anew, Parts, anew, comment_of, take_apart
from inventory.parsing.config_text import MASK
from inventory.platforms import Platform

MAX_LINES = 20_000  # of each text
MAX_DIFFERENT = 4_000  # lines, missing and extra: hier-config takes the square of their time
MAX_INDENT = 100  # blanks; blocks in each other without end would keep it busy
FILL_IN = "secret, fill in: "
NOTHING = "No command mends what differs: it lies in order, comments, versions or secrets alone."
NAMED = 3  # lines that a reason names
SECONDARY = " secondary"
# What of a line the drivers take away: what is no command, and the ends of blocks. They take more: what follows an "!".
_NO_COMMANDS = ("^version", "^end$", "^ntp clock-period", "^ exit-", "^Building", "^Current", "^ no ip address")
# It makes one blank of several, and of others: within a line they stand for themselves.
_BLANKS = " \t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_PRIVATE = 0xF0000
_ODD = re.compile(f"  |[{_BLANKS[1:]}]")
_SHOW = str.maketrans({chr(_PRIVATE + ord(blank)): blank for blank in _BLANKS})
_ORDER_OF_NO_USE = ("route-map ",)  # the device prints the lines of an entry in an order of its own


@dataclass(frozen=True, slots=True)
class Remediation:
    """`remediation` leads from the running configuration to the intended one, `rollback` back again.

    A line that holds a masked secret stands there as a comment, with all that is below it; `secrets` counts them. A
    `reason` says why there are no lines.
    """

    remediation: tuple[str, ...] = ()
    rollback: tuple[str, ...] = ()
    secrets: int = 0
    reason: str = ""


class _Refused(Exception):
    """A sentence says why no lines are proposed."""


def remediate(running: str, intended: str, platform: Platform) -> Remediation:
    """Both ways between two redacted texts of one platform. Any text is accepted, and answered with a reason at least.

    Takes 0.3 s for 1,500 lines, and below 3 s at the limits.
    """
    try:
        _check(running, intended, platform)
        here, there = take_apart(running, platform), take_apart(intended, platform)
        one, other = _read(here, there, platform), _read(there, here, platform)
        forth = _way(one, other, anew(here.blocks, there.blocks, platform), platform)
        back = _way(other, one, anew(there.blocks, here.blocks, platform), platform)
    except _Refused as refused:
        return Remediation(reason=str(refused))
    if not forth and not back:
        return Remediation(reason=NOTHING)
    return Remediation(forth, back, sum(FILL_IN in line for line in forth + back))


def _check(running: str, intended: str, platform: Platform) -> None:
    if not platform.hier_config_driver:
        raise _Refused(f"No remediation is proposed for {platform.name}: its lines could not be tried reliably.")
    longest = max(running.count("\n"), intended.count("\n"))
    if longest > MAX_LINES:
        raise _Refused(f"The configuration has {longest} lines; remediation is proposed for up to {MAX_LINES}.")
    if any(line.startswith(" " * MAX_INDENT) for line in f"{running}\n{intended}".expandtabs(1).split("\n")):
        raise _Refused(f"A line is indented by {MAX_INDENT} blanks or more; such blocks are not read.")
    found = compare(intended, running, platform)
    if not found:
        raise _Refused(NOTHING)
    different = len(found.missing) + len(found.extra)
    if different > MAX_DIFFERENT:
        raise _Refused(f"{different} lines differ; remediation is proposed for up to {MAX_DIFFERENT}.")


def _read(part: Parts, other: Parts, platform: Platform) -> HConfig:
    """What only this one has. hier-config does not take what stands twice, and it need not know what is the same."""
    driver = _driver(platform)
    common = Counter(part.rest) & Counter(other.rest)
    lines: list[str] = []
    for section in part.rest:
        if common[section] > 0:
            common[section] -= 1
        else:
            lines += section
    try:
        return get_hconfig(driver, "\n".join([*map(_kept, lines), ""]))
    except Exception as error:  # a foreign reader of hostile text: whatever it stumbles over is no error of ours
        raise _Refused(f"The configuration cannot be read for remediation: {_said(error)}") from None


def _kept(line: str) -> str:
    """The line with every blank within it but single ones as a character that nobody takes for a blank."""
    words = line.lstrip(" ")
    hidden = "".join(
        chr(_PRIVATE + ord(char)) if char in _BLANKS and (char != " " or words[n - 1] == " ") else char
        for n, char in enumerate(words)
    )
    return line[: len(line) - len(words)] + (hidden if _ODD.search(words) else words)


class _Addresses(HConfigDriverBase):
    """A secondary address takes the place of no other one, as the drivers have it."""

    def idempotent_for(self, config: HConfigChild, other_children: Iterable[HConfigChild]) -> HConfigChild | None:
        """What this line takes the place of."""
        if not config.text.startswith("ip address "):
            return super().idempotent_for(config, other_children)
        if config.text.endswith(SECONDARY):
            return None
        return super().idempotent_for(config, [one for one in other_children if not one.text.endswith(SECONDARY)])


def _driver(platform: Platform) -> HConfigDriverBase:
    """Without what it does to lists after reading: we know better, or the text may be hostile."""
    plain = type(get_hconfig_driver(Driver[platform.hier_config_driver]))
    driver: HConfigDriverBase = type("Driver", (_Addresses, plain), {})()
    driver.rules.post_load_callbacks.clear()
    driver.rules.per_line_sub[:] = [one for one in driver.rules.per_line_sub if one.search.startswith(_NO_COMMANDS)]
    return driver


def _way(here: HConfig, there: HConfig, blocks: Anew, platform: Platform) -> tuple[str, ...]:
    """The lines from one to the other, tried. Raises _Refused."""
    try:
        lines = here.config_to_get_to(there).set_order_weight()
        left = _left(here, there, lines, platform)
    except Exception as error:  # as in _read
        raise _Refused(f"No remediation could be worked out: {_said(error)}") from None
    if left:
        more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
        raise _Refused(
            f"No commands are known that lead there: {'; '.join(left[:NAMED])[:300].translate(_SHOW)}{more}."
        )
    comment = comment_of(platform)
    between = _shown((line.translate(_SHOW) for line in lines.lines(sectional_exiting=True)), comment)
    return (*_whole(blocks.first, comment), *between, *_whole(blocks.last, comment))


def _said(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__


def _left(here: HConfig, there: HConfig, lines: HConfig, platform: Platform) -> list[str]:
    """What still differs after the lines. A line that was sent as the opposite of another one has done its work."""
    sent, before = _lines(lines), _lines(here)
    found = compare(_text(there), _text(here.future(lines)), platform)
    prefix = there.driver.negation_prefix

    def settled(line: str) -> bool:
        *headers, words = line.split(" / ")
        turned = words.removeprefix(prefix) if words.startswith(prefix) else f"{prefix}{words}"
        return line in sent and (words.startswith(prefix) or " / ".join([*headers, turned]) in before)

    moved = [block for block in found.reordered if not block.startswith(_ORDER_OF_NO_USE)]
    return [line for line in (*found.missing, *found.extra) if not settled(line)] + moved


def _lines(tree: HConfig) -> set[str]:
    return {" / ".join(child.path()) for child in tree.all_children()}


def _text(tree: HConfig) -> str:
    return "\n".join(tree.lines(sectional_exiting=False)) + "\n"


def _shown(lines: Iterable[str], comment: str) -> Iterator[str]:
    """Without what cannot be sent as it stands: below it the lines would land in another block."""
    hidden: int | None = None
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if hidden is None or depth <= hidden:
            hidden = depth if MASK in line else None
        yield line if hidden is None else f"{comment} {FILL_IN if MASK in line else ''}{line}"


def _whole(blocks: Iterable[tuple[str, ...]], comment: str) -> Iterator[str]:
    """Half a list lets pass what it should not: it is shown as comments when one of its lines cannot be sent."""
    for lines in blocks:
        secret = any(MASK in line for line in lines)
        yield from (f"{comment} {FILL_IN if MASK in line else ''}{line}" for line in lines) if secret else lines
