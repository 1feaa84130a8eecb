"""What a message means for its device, by the platform's record. (pure)"""

from dataclasses import dataclass
from functools import cache

from inventory.platforms import GENERIC, LogEvent, Platform, platforms

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
    return frozenset(mnemonic for platform in platforms().values() for mnemonic in _of(platform))


def event_of(slug: str, mnemonic: str, text: str) -> Event | None:
    """What happened to a device of that platform; None for nothing.

    A device whose platform is not known may speak as any: whichever record knows the mnemonic.
    """
    known = platforms().get(slug)
    records = [known] if known and slug != GENERIC else [one for one in platforms().values() if mnemonic in _of(one)]
    found = (_read(record, mnemonic, text[:LOOKED_AT]) for record in records)
    return next((event for event in found if event is not None), None)


@cache
def _of(platform: Platform) -> dict[str, tuple[LogEvent, ...]]:
    """Mnemonic -> its events; a change that the record describes no further has none."""
    named = {mnemonic for event in platform.log_events for mnemonic in event.mnemonics}
    return {
        mnemonic: tuple(event for event in platform.log_events if mnemonic in event.mnemonics)
        for mnemonic in named.union(platform.change_mnemonics)
    }


def _read(platform: Platform, mnemonic: str, text: str) -> Event | None:
    for event in _of(platform).get(mnemonic, ()):
        match = event.pattern.search(text)
        if match:
            told = match.groupdict("")
            return Event(event.kind, told.get("user", "")[:200], told.get("interface", "")[:200])
    return Event("config") if mnemonic in platform.change_mnemonics else None
