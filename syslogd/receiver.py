"""The receive loop of one receiver process: datagrams and TCP frames into the queue, every one of them counted."""

import os
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from syslogd import sockets
from syslogd.allowed import AllowedSenders
from syslogd.batch import Chunk
from syslogd.losses import Losses
from syslogd.queue import Queue
from syslogd.recvmmsg import Taker, Window, taker
from syslogd.tcp import Connections
from syslogd.ticks import Ticks

FEW = 256  # datagrams of one call; after fewer a nap lets the next call find more, which halves the processor time
NAP = 0.004  # seconds; far below what the kernel buffers even in a storm
PATIENCE = 8.0  # seconds the queue has to make room while a stopping receiver empties the kernel's buffers
SETTLE = 0.01  # seconds within which a datagram on its way past the new filter has arrived
WRAP = 2**32  # the kernel's counter of drops


class Count(Protocol):
    """Counters by the names of SyslogRun; called from several threads."""

    def add(self, name: str, n: int) -> None:
        """Count `n` messages more."""


class Receiver:
    """Takes messages from sockets its parent opened. `run` in a thread of its own, `stop` from anywhere.

    `kernel_before`: what the kernel had dropped for these sockets and earlier runs have counted.
    """

    def __init__(
        self,
        udp: Sequence[socket.socket],
        tcp: Sequence[socket.socket],
        queue: Queue,
        count: Count,
        allowed: AllowedSenders | None = None,
        *,
        window: Window | None = None,
        kernel_before: int = 0,
        nap: float = NAP,
    ) -> None:
        self._udp, self._tcp = {sock.fileno(): sock for sock in udp}, tcp
        self._queue, self._count, self._nap = queue, count, nap
        self._allowed = allowed or AllowedSenders()
        self._taker: Taker = taker(window or Window())
        self._ticks = Ticks()
        self.losses = Losses()
        self._kernel, self._kernel_lock = kernel_before, threading.Lock()
        self._failed: BaseException | None = None
        self._stopping = False
        self._awake, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    def stop(self) -> None:
        """Stop taking messages; safe in a signal handler."""
        self._stopping = True
        with suppress(BlockingIOError):
            os.write(self._wake, b".")

    def run(self) -> None:
        """Receive until stopped, then take what the kernel holds; whoever runs this closes the queue afterwards.

        Raises OSError when a socket cannot be read any more.
        """
        for sock in self._udp.values():
            sockets.refuse_no_more(sock)
        connections = threading.Thread(target=self._serve, name="syslog-tcp")
        connections.start()
        try:
            self._receive()
            self._drain()
        finally:
            self.stop()
            connections.join()
            self.count_kernel_drops()
        if self._failed:
            raise self._failed

    def count_kernel_drops(self) -> None:
        """Count what the kernel dropped since the last call; to be called about once a second."""
        with self._kernel_lock:
            now = sum(sockets.kernel_drops(sock) for sock in self._udp.values())
            dropped = (now - self._kernel) % WRAP
            self._kernel = now
            if dropped:
                self._count.add("received", dropped)
                self._count.add("kernel", dropped)

    def take_frames(self, sources: list[bytes], texts: list[bytes]) -> None:
        """Messages that came over TCP."""
        self._count.add("received", len(texts))
        self._put(sources, texts)

    def take_malformed(self, source: bytes, frames: int) -> None:
        """Frames of a TCP stream that were none."""
        self._count.add("received", frames)
        self._lose("malformed", Counter({source: frames}))

    def allows(self, source: bytes) -> bool:
        """Whether messages of this source are taken."""
        return self._allowed(source)

    def busy(self) -> bool:
        """Whether the queue fills, so that senders over TCP should wait."""
        return self._queue.filling

    def _put(self, sources: list[bytes], texts: list[bytes]) -> None:
        tick = self._ticks.take(len(texts))
        if not self._allowed.everybody():
            sources, texts = self._admit(sources, texts)
        if refused := self._queue.put(Chunk(tick, sources, texts)) if texts else None:
            self._lose("queue", refused.queue)
            self._lose("source", refused.source)

    def _serve(self) -> None:
        try:
            Connections(self._tcp, self, self._awake).run()
        except BaseException as error:  # the datagrams' thread ends, too, and tells it
            self._failed = error
            self.stop()

    def _receive(self) -> None:
        poll, nap = select.poll(), select.poll()
        for fd in self._udp:
            poll.register(fd, select.POLLIN)
        for waiting in (poll, nap):
            waiting.register(self._awake, select.POLLIN)
        while not self._stopping:
            ready = [self._udp[fd] for fd, _event in poll.poll() if fd in self._udp]
            if ready and max(map(self._take, ready)) < FEW:
                nap.poll(self._nap * 1000)

    def _take(self, sock: socket.socket) -> int:
        sources, texts = self._taker.take(sock)
        if texts:
            self._count.add("received", len(texts))
            self._taker.told()
            self._put(sources, texts)
        return len(texts)

    def _drain(self) -> None:
        """Nothing is lost that the kernel had taken: no more comes in, and the queue gets time to make room."""
        for sock in self._udp.values():
            sockets.refuse_more(sock)
        until = time.monotonic() + PATIENCE
        for settle in (SETTLE, 0):
            while sum([self._take(sock) for sock in self._udp.values()]):
                while self._queue.filling and time.monotonic() < until:
                    time.sleep(SETTLE)
            time.sleep(settle)

    def _admit(self, sources: list[bytes], texts: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        refused = Counter(source for source in sources if not self._allowed(source))
        if not refused:
            return sources, texts
        self._lose("sender", refused)
        pairs = [pair for pair in zip(sources, texts, strict=True) if pair[0] not in refused]
        return [source for source, _text in pairs], [text for _source, text in pairs]

    def _lose(self, reason: str, by_source: Counter[bytes]) -> None:
        if by_source:
            self._count.add(reason, by_source.total())
            self.losses.add(reason, by_source)
