"""HPE Comware: a reader for `display version`; ntc-templates have one for the rest. Pure."""

import re

from inventory.facts import SystemFacts
from inventory.parsing.dialect import Dialect
from inventory.parsing.text import first, uptime_seconds

_VERSION = re.compile(
    r"^[^\r\n]{0,20}Comware(?: Platform)? Software, (?:Software )?Version ([^\r\n]{1,100})", re.MULTILINE
)
_UPTIME = re.compile(r"^[^\r\n]{1,200} uptime is ([^\r\n]{1,200})", re.MULTILINE)
_MODEL = re.compile(r"^(?:HPE?|H3C) ([^\r\n]{1,100}?)(?: with \d+ \w+ Slots?)? uptime is ", re.MULTILINE)


def parse_version(text: str) -> SystemFacts:
    """`display version`: software with its release, model and uptime; the name stands in the prompt only."""
    return SystemFacts(
        vendor="HPE",
        model=first(_MODEL, text),
        os_version=first(_VERSION, text),
        uptime_seconds=uptime_seconds(first(_UPTIME, text)),
    )


DIALECT = Dialect(version=parse_version, configure="system-view", leave="return")
