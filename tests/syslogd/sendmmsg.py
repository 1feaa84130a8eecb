"""Many datagrams in one system call, each from an address of its own: `sendmmsg` with IP_PKTINFO, else `sendmsg`."""

import errno
import os
import socket
import struct
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

SLOTS = 500  # datagrams of one call
SLOT = 512  # octets at most of one message
IP_PKTINFO = 8  # <linux/in.h>; the socket module does not name it
CONTROL = 32  # octets: a cmsghdr of 16 and an in_pktinfo of 12, aligned

_CDEF = """
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                void *msg_control; size_t msg_controllen; int msg_flags; };
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
"""


class Sheet(Protocol):
    """Up to SLOTS messages that are sent again and again with other numbers."""

    def write(self, texts: Sequence[bytes], mark: bytes) -> None:
        """Put in these texts; `mark`, with ten digits at its end, stands once in each."""

    def send(self, sock: socket.socket, slots: slice, first: int) -> int:
        """Send the texts of these slots numbered from `first`; returns their octets.

        Raises OSError when the socket refuses.
        """


def sheet(sources: Sequence[bytes], target: tuple[str, int]) -> Sheet:
    """The fastest this platform has; `sources`: 4 octets for each slot, or b'' for whatever the kernel chooses."""
    found = _library()
    return Fast(sources, target, *found) if found else Plain(sources, target)


class Fast:
    """One `sendmmsg` for the whole sheet."""

    def __init__(self, sources: Sequence[bytes], target: tuple[str, int], ffi: Any, library: Any) -> None:
        self._ffi, self._c, count = ffi, library, len(sources)
        self._texts = bytearray(count * SLOT)
        self._headers, self._vectors = ffi.new("struct mmsghdr[]", count), ffi.new("struct iovec[]", count)
        self._controls = bytearray(b"".join(_control(source) for source in sources))
        name = _sockaddr(target)
        self._keep = ffi.new("char[]", name), ffi.from_buffer(self._texts), ffi.from_buffer(self._controls)
        for slot, source in enumerate(sources):
            header = self._headers[slot].msg_hdr
            header.msg_name, header.msg_namelen = self._keep[0], len(name)
            header.msg_iov, header.msg_iovlen = self._vectors + slot, 1
            self._vectors[slot].iov_base = self._keep[1] + slot * SLOT
            if source:
                header.msg_control, header.msg_controllen = self._keep[2] + slot * CONTROL, CONTROL
        self._places: list[slice] = []
        self._lengths: list[int] = []

    def write(self, texts: Sequence[bytes], mark: bytes) -> None:
        """See Sheet."""
        self._places, self._lengths = [], [len(text) for text in texts]
        for slot, text in enumerate(texts):
            start = slot * SLOT
            self._texts[start : start + len(text)] = text
            self._vectors[slot].iov_len = len(text)
            end = start + text.index(mark) + len(mark)
            self._places.append(slice(end - 10, end))

    def send(self, sock: socket.socket, slots: slice, first: int) -> int:
        """See Sheet."""
        texts, at = self._texts, slots.start
        for number, place in enumerate(self._places[slots], first):
            texts[place] = b"%010d" % number
        while at < slots.stop:
            taken = self._c.sendmmsg(sock.fileno(), self._headers + at, slots.stop - at, 0)
            if taken >= 0:
                at += taken
            elif self._ffi.errno != errno.EINTR:
                raise OSError(self._ffi.errno, os.strerror(self._ffi.errno))
        return sum(self._lengths[slots])


class Plain:
    """A `sendmsg` for each message."""

    def __init__(self, sources: Sequence[bytes], target: tuple[str, int]) -> None:
        self._target = target
        self._about = [[(socket.IPPROTO_IP, IP_PKTINFO, _pktinfo(source))] if source else [] for source in sources]
        self._texts: list[tuple[bytes, bytes]] = []

    def write(self, texts: Sequence[bytes], mark: bytes) -> None:
        """See Sheet."""
        self._texts = [(before + mark[:-10], after) for before, _mark, after in (t.partition(mark) for t in texts)]

    def send(self, sock: socket.socket, slots: slice, first: int) -> int:
        """See Sheet."""
        parts = zip(self._texts[slots], self._about[slots], strict=True)
        return sum(
            sock.sendmsg([before, b"%010d" % number, after], about, 0, self._target)
            for number, ((before, after), about) in enumerate(parts, first)
        )


def _pktinfo(source: bytes) -> bytes:
    return struct.pack("=i4s4s", 0, source, b"")


def _control(source: bytes) -> bytes:
    body = _pktinfo(source) if source else b""
    return (struct.pack("@Nii", 16 + len(body), socket.IPPROTO_IP, IP_PKTINFO) + body).ljust(CONTROL, b"\0")


def _sockaddr(target: tuple[str, int]) -> bytes:
    host, port = target
    if ":" in host:
        address = socket.inet_pton(socket.AF_INET6, host)
        return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI16s", port, 0, address) + struct.pack("=I", 0)
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", port, socket.inet_aton(host))


@cache
def _library() -> tuple[Any, Any] | None:
    try:
        from cffi import FFI

        ffi = FFI()
        ffi.cdef(_CDEF)
        library = ffi.dlopen(None)
        return (ffi, library) if library.sendmmsg else None
    except (ImportError, OSError, AttributeError):
        return None
