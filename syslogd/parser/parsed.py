"""What a line of a syslog message says. (pure)"""

from typing import NamedTuple

YEAR_GUESSED, ZONE_GUESSED, NOT_SYNCHRONISED, NO_TIME = 1, 2, 4, 8  # bits of `clock`

Data = dict[str, dict[str, str]]


class Parsed(NamedTuple):
    """One line. Texts hold no NUL and no lone surrogates; a tuple, because it is made for every message of a storm."""

    sent_at: int | None  # microseconds since 1970, UTC
    clock: int
    facility: int | None
    severity: int | None
    hostname: str
    app_name: str
    procid: str
    msgid: str
    mnemonic: str
    structured_data: Data | None
    message: str
    raw: str  # the whole text when nothing of a header could be read, else ''
