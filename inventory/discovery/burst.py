"""One packet to many addresses in one system call.

`sendmmsg` halves what a packet costs and needs no compiler (cffi's ABI mode); elsewhere the same by `sendto`.
"""

import errno
import select
import socket
import struct
from collections.abc import Sequence
from typing import Any

from inventory.snmp.probe import Probe

BURST = 128  # packets of one call
FULL = (errno.EAGAIN, errno.ENOBUFS, errno.EINTR)
DRAIN_MS, DRAIN_TRIES = 20, 50  # how long a full queue of the kernel may stay full before a packet counts as lost
ADDRESS_AT = {socket.AF_INET: 4, socket.AF_INET6: 8}  # where the address stands in a sockaddr
SOCKADDR = {socket.AF_INET: struct.Struct("=H2s4s8x"), socket.AF_INET6: struct.Struct("=H2s4x16s4x")}

_CDEF = """
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                void *msg_control; size_t msg_controllen; int msg_flags; };
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
"""


class Burst:
    """Sends a probe with its own id to each address. Slots are built once; a send writes addresses and ids only."""

    def __init__(self, sock: socket.socket, probe: Probe, port: int) -> None:
        self._sock, self._probe, self._port = sock, probe, port
        self._packets = bytearray(probe.packet * BURST)
        self._kernel = _Kernel(sock, self._packets, len(probe.packet), port) if _library() else None

    def send(self, addresses: Sequence[bytes], first_id: int) -> int:
        """Sends to at most 128 packed addresses with ids from `first_id` up; returns how many went out."""
        size, at = len(self._probe.packet), self._probe.id_at
        for slot in range(len(addresses)):
            struct.pack_into("!I", self._packets, slot * size + at, first_id + slot)
        if self._kernel:
            return self._kernel.send(addresses)
        return sum(self._send_one(slot, address) for slot, address in enumerate(addresses))

    def _send_one(self, slot: int, address: bytes) -> bool:
        size = len(self._probe.packet)
        packet = self._packets[slot * size : (slot + 1) * size]
        where = (socket.inet_ntop(self._sock.family, address), self._port)
        for _ in range(DRAIN_TRIES):
            try:
                self._sock.sendto(packet, where)
                return True
            except OSError as error:
                if error.errno not in FULL:
                    return False
                _wait_writable(self._sock)
        return False


class _Kernel:
    """The arrays `sendmmsg` reads, over the packets of a Burst."""

    def __init__(self, sock: socket.socket, packets: bytearray, packet_size: int, port: int) -> None:
        self._ffi, self._c = _library()
        self._sock = sock
        form = SOCKADDR[socket.AddressFamily(sock.family)]
        self._step, self._at = form.size, ADDRESS_AT[socket.AddressFamily(sock.family)]
        self._width = 4 if sock.family == socket.AF_INET else 16
        self._names = bytearray(form.pack(sock.family, struct.pack("!H", port), b"") * BURST)
        # The views must outlive the headers that point into them.
        self._name_view, self._packet_view = self._ffi.from_buffer(self._names), self._ffi.from_buffer(packets)
        self._vectors = self._ffi.new("struct iovec[]", BURST)
        self._headers = self._ffi.new("struct mmsghdr[]", BURST)
        for slot in range(BURST):
            self._vectors[slot].iov_base = self._packet_view + slot * packet_size
            self._vectors[slot].iov_len = packet_size
            header = self._headers[slot].msg_hdr
            header.msg_name, header.msg_namelen = self._name_view + slot * form.size, form.size
            header.msg_iov, header.msg_iovlen = self._vectors + slot, 1

    def send(self, addresses: Sequence[bytes]) -> int:
        names, step, at, width = self._names, self._step, self._at, self._width
        for slot, address in enumerate(addresses):
            start = slot * step + at
            names[start : start + width] = address
        return self._push(len(addresses))

    def _push(self, count: int) -> int:
        """A packet the kernel refuses (no route, a firewall) is passed over, the rest goes on."""
        at = refused = tries = 0
        while at < count:
            sent = self._c.sendmmsg(self._sock.fileno(), self._headers + at, count - at, socket.MSG_DONTWAIT)
            if sent > 0:
                at += sent
            elif self._ffi.errno in FULL and tries < DRAIN_TRIES:
                tries += 1
                _wait_writable(self._sock)
            else:
                at, refused = at + 1, refused + 1
        return count - refused


def _wait_writable(sock: socket.socket) -> None:
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    poller.poll(DRAIN_MS)


_loaded: list[Any] = []


def _library() -> Any:
    """cffi and the C library, or None where there is no `sendmmsg` (macOS, no cffi)."""
    if not _loaded:
        _loaded.append(_load())
    return _loaded[0]


def _load() -> Any:
    try:
        from cffi import FFI  # type: ignore[import-untyped]

        ffi = FFI()
        ffi.cdef(_CDEF)
        library = ffi.dlopen(None)
        return (ffi, library) if library.sendmmsg else None
    except (ImportError, OSError, AttributeError):
        return None
