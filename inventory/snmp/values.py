"""What an agent sent, as what it means. Pure. Everything is hostile: nothing here raises, everything is bounded."""

import ipaddress
import re

Value = int | float | str | bytes | None

TEXT_LIMIT = 255  # characters of a DisplayString (RFC 2579)
LINE_BREAKS = re.compile(r"\r\n?")


def text(value: Value, *, lines: bool = False, limit: int = TEXT_LIMIT) -> str:
    """Printable text: UTF-8, else Latin-1; control and invisible characters out, `lines` keeps line breaks."""
    if isinstance(value, bytes):
        value = _decoded(value)
    if value is None:
        return ""
    cleaned = LINE_BREAKS.sub("\n", str(value)[: limit * 4])
    kept = "".join(c if c.isprintable() or (lines and c == "\n") else " " if c.isspace() else "" for c in cleaned)
    return kept.strip()[:limit]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def number(value: Value) -> int | None:
    """An integer, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def octets(value: Value) -> bytes:
    """The octets of a string value, else none."""
    return value if isinstance(value, bytes) else b""


def mac(value: Value) -> str:
    """aa:bb:cc:dd:ee:ff of six octets that are not all zero, else ""."""
    raw = octets(value)
    return raw.hex(":") if len(raw) == 6 and any(raw) else ""


def address(raw: bytes) -> str:
    """IPv4 of 4 octets, IPv6 of 16 (8 and 20: with a zone, RFC 4001, which is dropped), else ""."""
    if len(raw) in (4, 8):
        return str(ipaddress.IPv4Address(raw[:4]))
    if len(raw) in (16, 20):
        return str(ipaddress.IPv6Address(raw[:16]))
    return ""


def bits(value: Value) -> tuple[int, ...]:
    """Positions of the set bits, the first octet's highest bit is 0 (BITS of RFC 2578, 512 octets looked at)."""
    return tuple(
        position * 8 + bit
        for position, octet in enumerate(octets(value)[:512])
        if octet
        for bit in range(8)
        if octet & 0x80 >> bit
    )
