"""Which addresses to look at: CIDR networks, single addresses and a-b ranges, IPv4 and IPv6. Pure.

Ranges are kept as pairs of numbers, so that a /8 costs as much memory as a /32.
"""

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

UNCONFIRMED_LIMIT = 65_536  # addresses; more than that is asked twice for
CONFIRMED_LIMIT = 16_777_216  # a /8
LABEL_LIMIT = 200  # characters of one block's text
ACCEPTED = "give a network such as 10.0.0.0/24, a range such as 10.0.0.5-10.0.0.9, or one address"


class AddressError(ValueError):
    """The addresses cannot be used; the message names field, value and what is accepted."""


@dataclass(frozen=True, slots=True, order=True)
class AddressRange:
    """Numbers of the first and the last address, both included, of IP `version` 4 or 6."""

    version: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many addresses."""
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[str]:
        if self.version == 4:
            return (f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(self.first, self.last + 1))
        return (str(ipaddress.IPv6Address(number)) for number in range(self.first, self.last + 1))

    def __str__(self) -> str:
        first = _text(self.version, self.first)
        return first if self.count == 1 else f"{first}-{_text(self.version, self.last)}"


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """Addresses to visit, each once, in ascending order, IPv4 first. Iterates lazily over texts."""

    ranges: tuple[AddressRange, ...]  # sorted, neither overlapping nor touching

    @property
    def count(self) -> int:
        """How many addresses."""
        return sum(part.count for part in self.ranges)

    def __iter__(self) -> Iterator[str]:
        return (address for part in self.ranges for address in part)

    def __contains__(self, address: object) -> bool:
        parsed = ipaddress.ip_address(str(address))
        return _inside(AddressRange(parsed.version, int(parsed), int(parsed)), self.ranges)

    def __str__(self) -> str:
        return ", ".join(map(str, self.ranges))

    def estimate_seconds(self, pps: float, retries: int = 1, timeout: float = 1.0, auths: int = 1) -> float:
        """Seconds a sweep takes if nobody answers: the longest it takes, except that a busy machine sends slower."""
        return self.count * auths * (retries + 1) / pps + timeout

    def split(self, block_size: int) -> tuple[str, ...]:
        """Blocks of at most `block_size` addresses, each a text of at most 200 characters that `parse` reads back."""
        labels: list[str] = []
        room = 0
        for part in self._pieces(block_size):
            joined = f"{labels[-1]}, {part}" if labels else ""
            if part.count <= room and len(joined) <= LABEL_LIMIT:
                labels[-1], room = joined, room - part.count
            else:
                labels.append(str(part))
                room = block_size - part.count
        return tuple(labels)

    def _pieces(self, block_size: int) -> Iterator[AddressRange]:
        """The ranges cut at multiples of the block size, so that a block of 4096 addresses ends where a /20 ends."""
        for part in self.ranges:
            first = part.first
            while first <= part.last:
                last = min(part.last, (first // block_size + 1) * block_size - 1)
                yield AddressRange(part.version, first, last)
                first = last + 1


def parse(
    texts: Iterable[str], *, exclude: Iterable[str] = (), allowed: Iterable[str], confirmed: bool = False
) -> AddressPlan:
    """The addresses of all texts without the excluded ones; raises AddressError.

    A network's own and broadcast address are left out (RFC 4291's subnet-router address in IPv6), except for /31, /32
    and their IPv6 kin, and except when asked for by themselves. Every address must lie in an allowed network; more
    than 65,536 need `confirmed`, more than 16,777,216 (in IPv6: 65,536) are always refused.
    """
    wanted = _merge(part for text in texts for part in _ranges(text, "addresses", hosts_only=True))
    if not wanted:
        raise AddressError(f"addresses: nothing was given; {ACCEPTED}.")
    permitted = _merge(part for text in allowed for part in _ranges(text, "allowed networks"))
    _require_allowed(wanted, permitted)
    excluded = _merge(part for text in exclude for part in _ranges(text, "exclude"))
    plan = AddressPlan(tuple(_without(wanted, excluded)))
    _require_size(plan, confirmed)
    return plan


def _ranges(text: str, field: str, hosts_only: bool = False) -> Iterator[AddressRange]:
    """The ranges in one text; several are separated by commas or blanks."""
    cleaned = re.sub(r"\s*-\s*", "-", text.strip())
    for word in re.split(r"[\s,;]+", cleaned) if cleaned else [""]:
        if word or not cleaned:
            yield _range(word, field, hosts_only)


def _range(word: str, field: str, hosts_only: bool) -> AddressRange:
    try:
        found = _span(word) if "-" in word else _network(word, hosts_only)
    except ValueError:
        raise AddressError(
            f"{field}: {_quoted(word)} is neither a network nor a range nor an address; {ACCEPTED}."
        ) from None
    if found is None:
        raise AddressError(f"{field}: {_quoted(word)} ends before it starts; give the lower address first.")
    return found


def _network(word: str, hosts_only: bool) -> AddressRange:
    if "%" in word:
        raise ValueError(word)
    network = ipaddress.ip_network(word, strict=False)
    first, last = int(network.network_address), int(network.broadcast_address)
    if hosts_only and last - first > 1:
        first, last = first + 1, last - (network.version == 4)
    return AddressRange(network.version, first, last)


def _span(word: str) -> AddressRange | None:
    """`10.0.0.5-10.0.0.9` or `10.0.0.5-9`; None: the wrong way round."""
    low, high = word.split("-")
    if "%" in word:
        raise ValueError(word)
    first = ipaddress.ip_address(low)
    if high.isdecimal() and first.version == 4:
        high = low.rsplit(".", 1)[0] + f".{high}"
    last = ipaddress.ip_address(high)
    if first.version != last.version:
        raise ValueError(word)
    return AddressRange(first.version, int(first), int(last)) if first <= last else None  # type: ignore[operator]


def _merge(parts: Iterable[AddressRange]) -> list[AddressRange]:
    """Sorted, overlapping and touching ranges made one."""
    merged: list[AddressRange] = []
    for part in sorted(parts):
        before = merged[-1] if merged else None
        if before and before.version == part.version and part.first <= before.last + 1:
            merged[-1] = AddressRange(part.version, before.first, max(before.last, part.last))
        else:
            merged.append(part)
    return merged


def _without(wanted: Iterable[AddressRange], excluded: list[AddressRange]) -> Iterator[AddressRange]:
    for part in wanted:
        first = part.first
        start = max(bisect_right(excluded, AddressRange(part.version, first, first)) - 1, 0)
        for hole in islice(excluded, start, None):
            if (hole.version, hole.first) > (part.version, part.last):
                break
            if hole.version != part.version or hole.last < first:
                continue
            if hole.first > first:
                yield AddressRange(part.version, first, hole.first - 1)
            first = hole.last + 1
        if first <= part.last:
            yield AddressRange(part.version, first, part.last)


def _inside(part: AddressRange, ranges: tuple[AddressRange, ...] | list[AddressRange]) -> bool:
    """Whether one of the merged ranges holds the whole part."""
    at = bisect_right(ranges, (part.version, part.first), key=lambda other: (other.version, other.first)) - 1
    return at >= 0 and ranges[at].version == part.version and part.last <= ranges[at].last


def _require_allowed(wanted: list[AddressRange], permitted: list[AddressRange]) -> None:
    for part in wanted:
        if not _inside(part, permitted):
            networks = ", ".join(map(str, permitted[:5])) or "none is declared"
            raise AddressError(f"addresses: {part} reaches outside the allowed networks ({networks}).")


def _require_size(plan: AddressPlan, confirmed: bool) -> None:
    six = sum(part.count for part in plan.ranges if part.version == 6)
    if six > UNCONFIRMED_LIMIT:
        raise AddressError(f"addresses: {six:,} IPv6 addresses are too many to sweep; at most 65,536 (a /112).")
    if plan.count > CONFIRMED_LIMIT:
        raise AddressError(f"addresses: {plan.count:,} addresses are too many; at most 16,777,216 (a /8).")
    if plan.count > UNCONFIRMED_LIMIT and not confirmed:
        raise AddressError(
            f"addresses: {plan.count:,} addresses need a confirmation; without one at most 65,536 (a /16) are swept."
        )


def _text(version: int, number: int) -> str:
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))


def _quoted(word: str) -> str:
    return repr(word if len(word) <= 60 else word[:60] + "...")
