"""A steady stream of numbered messages from many addresses; in part random, as else no spool is ever full."""

import os
import re
import socket
import threading
import time
from dataclasses import dataclass, field

SOURCES = 64
TICK = 0.01  # seconds: so often a handful is sent
FORMS = (
    "<189>{n}: Nov 23 08:00:00.123 UTC: %SYS-5-CONFIG_I: storm={name} seq={n} by admin on vty0 (10.0.0.9)",
    "<30>Nov 23 08:00:00 host{n} sshd[{n}]: storm={name} seq={n} Accepted password for root",
    '<165>1 2026-11-23T08:00:00.003Z host{n} evntslog - ID47 [e@32473 iut="3"] storm={name} seq={n}',
    "<190>Nov 23 2026 08:00:00 sw%%01IFNET/4/IF_STATE(l)[{n}]: storm={name} seq={n} Interface has turned DOWN",
)


@dataclass
class Stream:
    """`rate` messages a second to a port of 127.0.0.1, until stopped; `sent` counts them from 0."""

    name: str
    port: int
    rate: int
    sent: int = 0
    _go: threading.Event = field(default_factory=threading.Event)
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Stream":
        self._sockets = [self._socket(number) for number in range(SOURCES)]
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)
        self._idle = threading.Event()
        self._go.set()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Send no more."""
        self._end.set()
        self._go.set()
        self._thread.join()
        for one in self._sockets:
            one.close()

    def pause(self) -> None:
        """Send nothing until `go`; what is sent was sent when this returns."""
        self._idle.clear()
        self._go.clear()
        self._idle.wait()

    def go(self) -> None:
        """Send again."""
        self._go.set()

    @staticmethod
    def _socket(number: int) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((f"127.7.0.{number + 1}", 0))
        return made

    def _run(self) -> None:
        began, before = time.monotonic(), self.sent
        while not self._end.is_set():
            if not self._go.is_set():
                self._idle.set()
                self._go.wait()
                began, before = time.monotonic(), self.sent
            due = before + int((time.monotonic() - began) * self.rate)
            while self.sent < due:
                self._send(self.sent)
            self._end.wait(TICK)

    def _send(self, number: int) -> None:
        text = FORMS[number % len(FORMS)].format(n=number, name=self.name) + f" id={os.urandom(32).hex()}"
        try:
            self._sockets[number % SOURCES].sendto(text.encode(), ("127.0.0.1", self.port))
        except ConnectionRefusedError:  # told of an earlier one: nobody listened then
            return self._send(number)
        self.sent += 1
        return None


def number_of(text: str, name: str) -> int:
    """The number in a stored message of that stream; raises ValueError for any other text."""
    found = re.search(rf"storm={re.escape(name)} seq=(\d+)", text)
    if not found:
        raise ValueError(f"not a message of {name}: {text[:200]!r}")
    return int(found[1])
