"""Secrets out of configuration text. Pure.

The patterns are data: those of the platform's record, then those of the generic record for every platform. The ones
that know the syntax go first, so that a secret that contains a word like "secret" does not mislead the others.
"""

import re
from functools import lru_cache
from re import Match, Pattern

from inventory.platforms import GENERIC, Platform, Redaction, get_platform

MASK = "<redacted>"
LINE_LENGTH = 8192  # a longer line is masked whole: no line of a device's own making is, and patterns stay quick
KEY_LINES = 500  # lines a private key can take; 16,384 bits of RSA take 200
KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")
GROUP_NAME = re.compile(r"\(\?P<\w+>")


def redact(text: str, platform: Platform) -> str:
    """The text with every secret replaced by `<redacted>`; the number and order of lines stay."""
    redactions, interesting = _redactions(tuple(dict.fromkeys(platform.redact + get_platform(GENERIC).redact)))
    lines: list[str] = []
    header, key_lines = "", 0
    for line in text.split("\n"):
        if key_lines:
            key_lines = 0 if KEY_END.search(line) else key_lines - 1
            lines.append(MASK if key_lines else line)
            continue
        if KEY_BEGIN.search(line) and not KEY_END.search(line):
            key_lines = KEY_LINES
        if line[:1] not in ("", " ", "\t"):
            header = line[:LINE_LENGTH]
        if len(line) > LINE_LENGTH:
            line = MASK
        elif interesting.search(line):
            for redaction in redactions:
                if redaction.inside is None or redaction.inside.search(header):
                    line = redaction.pattern.sub(_mask, line)
        lines.append(line)
    return "\n".join(lines)


@lru_cache(maxsize=64)
def _redactions(redactions: tuple[Redaction, ...]) -> tuple[tuple[Redaction, ...], Pattern[str]]:
    """The same, and a pattern that finds the few lines any of them would change: it is tried first on every line."""
    patterns = (redaction.pattern.pattern for redaction in redactions)
    return redactions, re.compile("|".join(f"(?:{GROUP_NAME.sub('(?:', pattern)})" for pattern in patterns))


def _mask(match: Match[str]) -> str:
    """The matched text with its groups named secret, secret2... masked."""
    text, start = match[0], match.start()
    spans = [match.span(name) for name in match.re.groupindex if name.startswith("secret")]
    for begin, end in sorted(spans, reverse=True):
        if begin < end:
            text = text[: begin - start] + MASK + text[end - start :]
    return text
