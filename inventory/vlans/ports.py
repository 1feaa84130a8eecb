"""Which ports a request means. Pure."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from inventory.parsing.names import canonical_interface
from inventory.vlans.model import ALL, PortState, VlanRequest

_LETTERS = re.compile(r"([A-Za-z][A-Za-z-]*)(?=[\d*])")
_NONE_OTHER = {"xge": "Ten-GigabitEthernet", "bagg": "Bridge-Aggregation"}  # where the usual long form is no port


def ports_of(text: str, names: Iterable[str]) -> list[str]:
    """The ports that a name in any usual form, or a pattern with "*", means; empty when there is none.

    >>> ports_of("gi1/0/*", ["GigabitEthernet1/0/1", "GigabitEthernet2/0/1"])
    ['GigabitEthernet1/0/1']
    """
    known = list(names)
    for spelling in _spellings(text):
        pattern = spelling.lower().replace("[", "[[]").replace("?", "[?]")
        found = [name for name in known if fnmatchcase(name.lower(), pattern)]
        if found:
            return found
    return []


def _spellings(text: str) -> list[str]:
    """As it was typed, and with the long form of its letters."""
    match = _LETTERS.match(text)
    if match is None:
        return [text]
    letters, rest = match[1], text[match.end() :]
    long = canonical_interface(letters[:1].upper() + letters[1:] + "0")[:-1]
    return [text, long + rest, _NONE_OTHER.get(letters.lower(), long) + rest]


def requested(ports: Mapping[str, PortState], request: VlanRequest) -> dict[str, PortState]:
    """The ports that a request is about, among these; with ALL, those that may become trunks too."""
    texts = [text for vlan in request.vlans for text in vlan.access_ports]
    texts += [text for text in request.trunks if text != ALL]
    names = {name for text in texts for name in ports_of(text, ports)}
    if ALL in request.trunks:
        names |= {name for name, port in ports.items() if port.mode in ("trunk", "dynamic")}
    return {name: port for name, port in ports.items() if name in names}
