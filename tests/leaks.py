"""Secrets made for one run, and the search for them in whatever the product writes.

Every planted secret carries the same twelve random characters in its middle. They look like hexadecimal, so no kind of
quoting changes them, and a few patterns find all secrets in every form, cut off ones included.
"""

import binascii
import re
import secrets
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import zstandard

FRAMES = re.compile(rb"\x28\xb5\x2f\xfd|\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
HEXADECIMAL = re.compile(rb"\\\\?x((?:28b52ffd|1f8b08|78(?:01|5e|9c|da))[0-9a-f]+)")  # as PostgreSQL writes bytes
BASE64 = re.compile(rb"(?:KLUv/|H4sI|eA[EFG]|eJ|eN)[A-Za-z0-9+/_-]{16,}={0,2}")
LARGEST = 16 * 1024 * 1024  # of what a frame holds


class Plants:
    """Makes secrets of one run: `new()` gives another one each time, of the kind that a template shows."""

    def __init__(self) -> None:
        self.marker = f"a{secrets.token_hex(5)}f"  # letters at both ends: never a part of a longer number
        self.planted: list[str] = []

    def new(self, template: str = "pw-{}-x") -> str:
        """A secret; the template says what stands around the marker."""
        self.planted.append(template.format(f"{self.marker}{len(self.planted):02d}"))
        return self.planted[-1]

    def into(self, known: str) -> str:
        """A secret of the same form and length as this one of at least sixteen characters."""
        self.planted.append(f"{known[:4]}{self.marker}{known[16:]}")
        return self.planted[-1]


def forms(secret: str) -> Iterator[bytes]:
    """As it stands, in hexadecimal, in UTF-16, backwards, and in base64 wherever it may begin in there."""
    plain = secret.encode()
    yield from (plain, plain.hex().encode(), plain.hex().upper().encode(), secret.encode("utf-16-le"), plain[::-1])
    for before in range(3):
        known = b64encode(b"\0" * before + plain)
        # The outer characters depend on what stands around the secret.
        core = known[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        yield from (core, core.translate(bytes.maketrans(b"+/", b"-_")))


@dataclass
class Search:
    """Where a secret was seen, and how much was looked at."""

    secrets: list[str]
    leaks: list[str] = field(default_factory=list)
    places: int = 0
    looked: int = 0
    _forms: dict[bytes, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._forms = {form: secret for secret in self.secrets for form in forms(secret)}

    def look(self, where: str, content: bytes | str) -> None:
        """In the content, and in what is packed in it."""
        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self.places += 1
        self._look(where, data)
        for packed in unpacked(data):
            self._look(f"{where}, unpacked", packed)

    def _look(self, where: str, data: bytes) -> None:
        self.looked += len(data)
        for form, secret in self._forms.items():
            at = data.find(form)
            if at >= 0:
                self.leaks.append(f"{secret[:4]}... as {form[:8]!r}... in {where}: {data[max(at - 60, 0) : at + 60]!r}")


def unpacked(data: bytes) -> Iterator[bytes]:
    """What zlib, gzip and zstd frames hold: as they stand, in hexadecimal, or in base64."""
    yield from _frames(data)
    for match in HEXADECIMAL.finditer(data):
        yield from _frames(bytes.fromhex(match[1][: len(match[1]) // 2 * 2].decode()))
    for match in BASE64.finditer(data):
        yield from _frames(_of_base64(match[0]))


def _of_base64(text: bytes) -> bytes:
    standard = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return binascii.a2b_base64(standard[: len(standard) // 4 * 4])


def _frames(data: bytes) -> Iterator[bytes]:
    for match in FRAMES.finditer(data):
        rest = memoryview(data)[match.start() :]
        opened: Callable[[memoryview], bytes] = _zstd if match[0][:1] == b"\x28" else _zlib
        try:
            yield opened(rest)
        except (zlib.error, zstandard.ZstdError):
            continue  # it only looked like one


def _zstd(rest: memoryview) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(rest)[:LARGEST]


def _zlib(rest: memoryview) -> bytes:
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(rest, LARGEST)
