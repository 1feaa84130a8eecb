"""The sockets of the receivers: opened by their parent, so that what a killed receiver had not read yet is read by
the next one."""

import ctypes
import errno
import socket
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress

BUFFER = 64 * 2**20  # octets: about a second of a storm
BACKLOG = 256
_RCVBUFFORCE, _ATTACH_FILTER, _DETACH_FILTER, _MEMINFO = 33, 26, 27, 55  # asm-generic/socket.h; Python names none
_DROPS = 8  # linux/sock_diag.h: SK_MEMINFO_DROPS, of nine 32-bit numbers
_RETURN_NOTHING = struct.pack("=HBBI", 0x06, 0, 0, 0)  # linux/filter.h: BPF_RET | BPF_K, 0 octets


class CannotListen(Exception):
    """An address or port that cannot be had; the message is one sentence for the operator."""


def open_udp(addresses: Sequence[str], port: int, receivers: int) -> list[list[socket.socket]]:
    """For each receiver one socket per address; the kernel spreads senders over the receivers (SO_REUSEPORT).

    Port 0: one that is free. Raises CannotListen.
    """
    opened: list[list[socket.socket]] = [[] for _ in range(receivers)]
    try:
        for address in dict.fromkeys(addresses):
            for sockets in opened:
                sockets.append(_udp(address, port, shared=sockets is not opened[0]))
                port = port or sockets[0].getsockname()[1]
                # Only after the first is bound: else one more start would share the port with us, unnoticed.
                sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except CannotListen:
        close(sock for sockets in opened for sock in sockets)
        raise
    return opened


def open_tcp(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """One listening socket per address, for all receivers: whoever is free accepts. Raises CannotListen."""
    opened: list[socket.socket] = []
    try:
        for address in dict.fromkeys(addresses):
            opened.append(_tcp(address, port))
            port = port or opened[0].getsockname()[1]
    except CannotListen:
        close(opened)
        raise
    return opened


def close(sockets: Iterable[socket.socket]) -> None:
    """Close them all."""
    for sock in sockets:
        sock.close()


def buffer_warning(sock: socket.socket) -> str:
    """What an operator should do about a receive buffer smaller than ours; '' when it is as large."""
    given = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2  # the kernel tells twice what it was asked for
    if given >= BUFFER:
        return ""
    address, port = sock.getsockname()[:2]
    return (
        f"The receive buffer of {address} port {port} (UDP) is {given // 1024} KiB instead of {BUFFER // 1024} KiB, "
        f"so bursts may be lost: set net.core.rmem_max to {BUFFER} or start with CAP_NET_ADMIN."
    )


def kernel_drops(sock: socket.socket) -> int:
    """Datagrams the kernel dropped for this socket since it was opened, modulo 2^32: buffer full, or refused.

    The same number as in /proc/net/udp, without reading a line for every socket of the machine.
    """
    numbers = sock.getsockopt(socket.SOL_SOCKET, _MEMINFO, 4 * (_DROPS + 1))
    return int(struct.unpack("=9I", numbers)[_DROPS])


def refuse_more(sock: socket.socket) -> None:
    """From now on the kernel drops, and counts, what arrives; what it holds already can still be read."""
    instructions = ctypes.create_string_buffer(_RETURN_NOTHING, len(_RETURN_NOTHING))
    program = struct.pack("@HP", 1, ctypes.addressof(instructions))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


def refuse_no_more(sock: socket.socket) -> None:
    """Take what arrives again: the receiver before this one may have stopped."""
    with suppress(FileNotFoundError):  # nothing was refused
        sock.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)


def _udp(address: str, port: int, shared: bool) -> socket.socket:
    sock = _open(address, port, socket.SOCK_DGRAM, "UDP", shared)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    return sock


def _tcp(address: str, port: int) -> socket.socket:
    sock = _open(address, port, socket.SOCK_STREAM, "TCP", shared=False)
    try:
        sock.listen(BACKLOG)
    except OSError as error:  # two may bind, only one may listen
        sock.close()
        raise CannotListen(_sentence(error, address, port, "TCP")) from None
    return sock


def _open(address: str, port: int, kind: socket.SocketKind, name: str, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = None
    try:
        sock = socket.socket(family, kind)
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the last start may linger
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((address, port))
    except OSError as error:
        if sock:
            sock.close()
        raise CannotListen(_sentence(error, address, port, name)) from None
    return sock


def _sentence(error: OSError, address: str, port: int, name: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} ({name}) of {address} is taken by another program: end it, or set SYSLOG_PORT to a free "
            "port (1 to 65535)."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"Port {port} ({name}) of {address} may not be opened by this user: set SYSLOG_PORT to 1024 to 65535, "
            "or start with CAP_NET_BIND_SERVICE."
        )
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) or isinstance(error, socket.gaierror):
        return f"SYSLOG_HOST names {address}, which is not an address of this machine."
    return f"Port {port} ({name}) of {address} cannot be opened: {error.strerror}."
