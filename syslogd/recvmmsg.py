"""Many datagrams in one system call: `recvmmsg` through cffi's ABI mode (no compiler), else one by one.

A plain loop costs half as much again per datagram, an asyncio protocol ten times as much.
"""

import errno
import mmap
import os
import socket
import struct
from contextlib import suppress
from functools import cache
from typing import Any, Protocol

SLOTS = 512  # datagrams of one call
SLOT = 65_536  # octets; only pages that were written to take memory
NAME = 28  # octets of a sockaddr_in6, the longer one
MAPPED = bytes(10) + b"\xff\xff"  # an IPv4 address inside IPv6 begins so
NOTHING = (errno.EAGAIN, errno.EINTR)
_EMPTY = 0xFFFFFFFF  # no datagram is as long
_IPV4, _IPV6 = struct.Struct("4x4s20x"), struct.Struct("8x16s4x")  # the address within its 28 octets

_CDEF = """
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                void *msg_control; size_t msg_controllen; int msg_flags; };
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
"""


class Taker(Protocol):
    """How datagrams are taken from a socket."""

    def take(self, sock: socket.socket) -> tuple[list[bytes], list[bytes]]:
        """Sources (4 or 16 octets) and texts of up to 512 datagrams that wait; none when none waits."""

    def told(self) -> None:
        """What was taken is counted."""


class Window:
    """The headers the kernel fills, in memory shared with the parent.

    A receiver that is killed (SIGKILL) while it takes datagrams leaves behind how many it took and did not count.
    """

    def __init__(self) -> None:
        found = _library()
        size, at = (
            (found[0].sizeof("struct mmsghdr"), found[0].offsetof("struct mmsghdr", "msg_len")) if found else (4, 0)
        )
        self.memory = mmap.mmap(-1, SLOTS * size)
        self.lengths = memoryview(self.memory).cast("I")[at // 4 :: size // 4]
        for slot in range(SLOTS):
            self.lengths[slot] = _EMPTY

    def untold(self) -> int:
        """Datagrams taken and not counted; for the parent when the receiver is dead."""
        return next((slot for slot, length in enumerate(self.lengths) if length == _EMPTY), SLOTS)


def taker(window: Window) -> Taker:
    """The best way this platform has."""
    found = _library()
    return Many(window, *found) if found else OneByOne()


class Many:
    """Takes up to 512 datagrams a call into slots that are made once."""

    def __init__(self, window: Window, ffi: Any, library: Any) -> None:
        self._ffi, self._c = ffi, library
        self._lengths = window.lengths
        self._texts, self._names = _untouched(SLOTS * SLOT), bytearray(SLOTS * NAME)
        self._headers = self._ffi.cast("struct mmsghdr *", self._ffi.from_buffer(window.memory))
        self._keep = self._point()
        self._size = self._ffi.sizeof("struct mmsghdr")
        self._fresh = bytes(self._ffi.buffer(self._headers, SLOTS * self._size))
        self._used = 0

    def take(self, sock: socket.socket) -> tuple[list[bytes], list[bytes]]:
        """Raises OSError when the socket cannot be read."""
        count = self._c.recvmmsg(sock.fileno(), self._headers, SLOTS, socket.MSG_DONTWAIT, self._ffi.NULL)
        if count < 0:
            if self._ffi.errno in NOTHING:
                return [], []
            raise OSError(self._ffi.errno, os.strerror(self._ffi.errno))
        self._used = count
        texts, names = self._texts, self._names
        lengths = self._lengths[:count].tolist()
        starts = range(0, count * SLOT, SLOT)
        taken = [texts[start : start + length] for start, length in zip(starts, lengths, strict=True)]
        return _addresses(sock.family, bytes(names[: count * NAME])), taken

    def told(self) -> None:
        """Empty the headers again; the kernel also wrote how long each address is."""
        self._ffi.memmove(self._headers, self._fresh, self._used * self._size)
        self._used = 0

    def _point(self) -> tuple[Any, ...]:
        """Point every header at its slots; returns what must live as long as they do."""
        ffi = self._ffi
        texts, names = ffi.from_buffer(self._texts), ffi.from_buffer(self._names)
        vectors = ffi.new("struct iovec[]", SLOTS)
        for slot in range(SLOTS):
            vectors[slot].iov_base, vectors[slot].iov_len = texts + slot * SLOT, SLOT
            message = self._headers[slot]
            message.msg_len = _EMPTY
            message.msg_hdr.msg_name, message.msg_hdr.msg_namelen = names + slot * NAME, NAME
            message.msg_hdr.msg_iov, message.msg_hdr.msg_iovlen = vectors + slot, 1
        return texts, names, vectors


class OneByOne:
    """Takes datagrams by `recvfrom`, for platforms without `recvmmsg`."""

    def __init__(self) -> None:
        self._slot = bytearray(SLOT)

    def take(self, sock: socket.socket) -> tuple[list[bytes], list[bytes]]:
        """Raises OSError when the socket cannot be read."""
        sources, texts = [], []
        for _ in range(SLOTS):
            try:
                length, address = sock.recvfrom_into(self._slot)
            except (BlockingIOError, InterruptedError):
                break
            sources.append(packed(address[0]))
            texts.append(bytes(memoryview(self._slot)[:length]))
        return sources, texts

    def told(self) -> None:
        """Nothing is shared."""


def packed(address: str) -> bytes:
    """4 or 16 octets of what the socket module calls an address; an IPv4 address inside IPv6 becomes 4."""
    if ":" not in address:
        return socket.inet_pton(socket.AF_INET, address)
    octets = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    return octets[12:] if octets.startswith(MAPPED) else octets


def _addresses(family: int, names: bytes) -> list[bytes]:
    if family == socket.AF_INET:
        return [address for (address,) in _IPV4.iter_unpack(names)]
    return [address[12:] if address.startswith(MAPPED) else address for (address,) in _IPV6.iter_unpack(names)]


def _untouched(size: int) -> mmap.mmap:
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # a kernel without huge pages
        memory.madvise(mmap.MADV_NOHUGEPAGE)  # a page of 2 MiB for a slot of 64 KiB would be touched whole
    return memory


@cache
def _library() -> tuple[Any, Any] | None:
    """cffi and the C library, or None where there is no `recvmmsg` (macOS, no cffi)."""
    try:
        from cffi import FFI  # type: ignore[import-untyped]

        ffi = FFI()
        ffi.cdef(_CDEF)
        library = ffi.dlopen(None)
        return (ffi, library) if library.recvmmsg else None
    except (ImportError, OSError, AttributeError):
        return None
