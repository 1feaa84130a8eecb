"""What a message means for its device, by the platform's record. (pure)"""

from dataclasses import dataclass
from functools import cache

from inventory.platforms import GENERIC, LogEvent, platforms

LOOKED_AT = 2000  # characters: no device says further behind what happened


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` as in SyslogEvent; user and interface are empty where the message names none."""

    kind: str
    user: str = ""
    interface: str = ""


@cache
def interesting() -> frozenset[str]:
    """Every mnemonic that can mean something, of all platforms."""
    return frozenset(mnemonic for slug in platforms() for mnemonic in _of(slug))


def event_of(slug: str, mnemonic: str, text: str) -> Event | None:
    """What happened to a device of that platform; None for nothing.

    A device whose platform is not known may speak as any: whichever record knows the mnemonic.
    """
    known = (slug,) if slug in platforms() and slug != GENERIC else _who_says().get(mnemonic, ())
    found = (_read(one, mnemonic, text[:LOOKED_AT]) for one in known)
    return next((event for event in found if event is not None), None)


@cache
def _who_says() -> dict[str, tuple[str, ...]]:
    """Mnemonic -> the platforms that know it."""
    return {mnemonic: tuple(slug for slug in platforms() if mnemonic in _of(slug)) for mnemonic in interesting()}


@cache
def _of(slug: str) -> dict[str, tuple[LogEvent, ...]]:
    """Mnemonic -> its events; a change that the record describes no further has none.

    Asked by slug: a record as the key would be hashed whole for each message.
    """
    platform = platforms()[slug]
    named = {mnemonic for event in platform.log_events for mnemonic in event.mnemonics}
    return {
        mnemonic: tuple(event for event in platform.log_events if mnemonic in event.mnemonics)
        for mnemonic in named.union(platform.change_mnemonics)
    }


def _read(slug: str, mnemonic: str, text: str) -> Event | None:
    for event in _of(slug).get(mnemonic, ()):
        match = event.pattern.search(text)
        if match:
            told = match.groupdict("")
            return Event(event.kind, told.get("user", "")[:200], told.get("interface", "")[:200])
    return Event("config") if mnemonic in platforms()[slug].change_mnemonics else None
