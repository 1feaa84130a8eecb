"""Syslog over TCP: many connections in one thread, none of which can hold up the others."""

import logging
import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol

from syslogd.framing import Decoder
from syslogd.recvmmsg import packed

MOST, MOST_OF_ONE = 1000, 250  # connections, and those of one source
IDLE = 600.0  # seconds
ACCEPTED = 64  # connections of one round
READ = 65_536  # octets a connection may send before it is the next one's turn
CHUNK = 512  # frames put into the queue together
FEW, NAP = 256, 0.004  # as with datagrams: frames of one round, and seconds
PATIENCE = 1.0  # seconds senders wait for a full queue
LAST_WORDS = 2.0  # seconds connections may go on sending when the receiver stops
REFUSALS_EVERY = 60.0  # seconds between two lines in the log

logger = logging.getLogger(__name__)


class Door(Protocol):
    """Where frames go; a Receiver is one."""

    def take_frames(self, sources: list[bytes], texts: list[bytes]) -> None:
        """Count and queue frames."""

    def take_malformed(self, source: bytes, frames: int) -> None:
        """Count frames that were none."""

    def allows(self, source: bytes) -> bool:
        """Whether a source may connect."""

    def busy(self) -> bool:
        """Whether senders that can wait should."""


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    source: bytes
    heard: float
    decoder: Decoder = field(default_factory=Decoder)
    malformed: int = 0  # frames told to the door


class Connections:
    """All connections of one receiver. `awake` is a file descriptor that becomes readable when it is time to stop."""

    def __init__(self, listening: Sequence[socket.socket], door: Door, awake: int) -> None:
        self._listening, self._door, self._awake = listening, door, awake
        self._selector = selectors.DefaultSelector()
        self._connections: dict[int, _Connection] = {}
        self._by_source: Counter[bytes] = Counter()
        self._sources: list[bytes] = []
        self._texts: list[bytes] = []
        self._refused = 0
        self._tell_refused_at = self._look_for_idle_at = 0.0

    def run(self) -> None:
        """Serve until it is time to stop, then read what is there, for two seconds at most."""
        _allow_files()
        self._selector.register(self._awake, selectors.EVENT_READ)
        for sock in self._listening:
            self._selector.register(sock, selectors.EVENT_READ)
        try:
            while self._round(IDLE / 4):
                self._close_idle()
            self._last_words()
        finally:
            for connection in list(self._connections.values()):
                self._close(connection)
            self._flush()
            self._selector.close()

    def _round(self, timeout: float) -> bool:
        """Serve everybody who is ready, once; False when it is time to stop."""
        ready = {key.fd for key, _events in self._selector.select(timeout)}
        if self._awake in ready:
            return False
        self._serve(ready)
        return True

    def _serve(self, ready: set[int]) -> None:
        frames = 0
        for sock in self._listening:
            if sock.fileno() in ready:
                self._accept(sock)
        readable = [self._connections[fd] for fd in ready if fd in self._connections]
        if readable:
            self._let_the_queue_fall()
        for connection in readable:
            frames += self._read(connection)
        self._flush()
        if frames < FEW:
            time.sleep(NAP)

    def _last_words(self) -> None:
        self._selector.unregister(self._awake)
        until = time.monotonic() + LAST_WORDS
        while time.monotonic() < until:
            ready = {key.fd for key, _events in self._selector.select(0)}
            if not ready:
                return
            self._serve(ready)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTED):
            try:
                sock, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return  # all are accepted, by us or another receiver
            except OSError as error:  # no file descriptor or memory left
                self._tell_refused(f"{error.strerror}")
                return
            self._admit(sock, packed(address[0]))

    def _admit(self, sock: socket.socket, source: bytes) -> None:
        if why := self._objection(source):
            sock.close()
            self._tell_refused(f"{why}, the last was {ip_address(source)}")
            return
        _prepare(sock)
        self._connections[sock.fileno()] = _Connection(sock, source, heard=time.monotonic())
        self._by_source[source] += 1
        self._selector.register(sock, selectors.EVENT_READ)

    def _objection(self, source: bytes) -> str:
        if not self._door.allows(source):
            return "not among the allowed senders"
        if len(self._connections) >= MOST:
            return f"more than {MOST} at once"
        return f"more than {MOST_OF_ONE} of one sender" if self._by_source[source] >= MOST_OF_ONE else ""

    def _read(self, connection: _Connection) -> int:
        """One portion; returns frames."""
        try:
            data = connection.sock.recv(READ)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:  # reset, or silent to keepalive
            data = b""
        connection.heard = time.monotonic()
        frames = connection.decoder.feed(data)
        self._keep(connection, frames)
        if not data or connection.decoder.broken:
            self._close(connection)
        return len(frames)

    def _keep(self, connection: _Connection, frames: list[bytes]) -> None:
        self._sources += [connection.source] * len(frames)
        self._texts += frames
        if len(self._texts) >= CHUNK:
            self._flush()
        if malformed := connection.decoder.malformed - connection.malformed:
            connection.malformed += malformed
            self._door.take_malformed(connection.source, malformed)

    def _flush(self) -> None:
        sources, texts = self._sources, self._texts
        self._sources, self._texts = [], []
        if texts:
            self._door.take_frames(sources, texts)

    def _let_the_queue_fall(self) -> None:
        """Senders over TCP can wait, datagrams cannot; not for ever, or a storm of datagrams would shut them out."""
        until = time.monotonic() + PATIENCE
        while self._door.busy() and time.monotonic() < until:
            time.sleep(NAP)

    def _close(self, connection: _Connection) -> None:
        self._keep(connection, connection.decoder.finish())
        self._selector.unregister(connection.sock)
        del self._connections[connection.sock.fileno()]
        self._by_source[connection.source] -= 1
        if not self._by_source[connection.source]:
            del self._by_source[connection.source]
        connection.sock.close()

    def _close_idle(self) -> None:
        now = time.monotonic()
        if now < self._look_for_idle_at:
            return
        self._look_for_idle_at = now + IDLE / 4
        for connection in [one for one in self._connections.values() if one.heard + IDLE < now]:
            self._close(connection)
        self._flush()

    def _tell_refused(self, why: str) -> None:
        self._refused += 1
        if time.monotonic() < self._tell_refused_at:
            return
        logger.warning("Refused %d syslog connections over TCP: %s.", self._refused, why)
        self._refused, self._tell_refused_at = 0, time.monotonic() + REFUSALS_EVERY


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 120), (socket.TCP_KEEPINTVL, 30), (socket.TCP_KEEPCNT, 4)):
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _allow_files() -> None:
    """As many file descriptors as there may be connections, where the usual limit of 1,024 is only the soft one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST
    if 0 <= soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
