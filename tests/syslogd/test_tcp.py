"""Who sends over TCP is read when there is room, and to the end when the receiver stops."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from syslogd import sockets, tcp
from syslogd.tcp import Connections


class Noting:
    """A door that notes what happens: busy for so many looks; `enough` is called when frames came."""

    def __init__(self, busy_for: int = 0, enough: Callable[[], None] = lambda: None) -> None:
        self.happened: list[str] = []
        self._busy, self._enough = busy_for, enough

    def take_frames(self, sources: list[bytes], texts: list[bytes]) -> None:
        self.happened += [text.decode() for text in texts]
        self._enough()

    def take_malformed(self, source: bytes, frames: int) -> None:
        self.happened.append(f"{frames} malformed")

    def allows(self, source: bytes) -> bool:
        return True

    def busy(self) -> bool:
        self._busy -= 1
        if self._busy >= 0:
            self.happened.append("busy")
        return self._busy >= 0


@contextmanager
def served(pieces: list[bytes]) -> Iterator[tuple[socket.socket, int, Callable[[], None]]]:
    """A listening socket with connections nobody has accepted yet; how to be told to stop, and to tell it."""
    (listening,) = sockets.open_tcp(["127.0.0.1"], 0)
    awake, wake = os.pipe()
    senders = [socket.create_connection(listening.getsockname()) for _ in pieces]
    for sender, piece in zip(senders, pieces, strict=True):
        sender.sendall(piece)
    yield listening, awake, lambda: os.write(wake, b".") and None
    for end in (awake, wake):
        os.close(end)
    sockets.close([listening, *senders])


def test_connections_nobody_had_accepted_are_read_before_a_stop() -> None:
    with served([b"<13>one\n<13>cut", b"9 <13>three5 <13", b""]) as (listening, awake, stop):
        stop()
        door = Noting()
        Connections([listening], door, awake).run()
        assert sorted(door.happened) == ["1 malformed", "<13>cut", "<13>one", "<13>three"]


def test_nothing_is_read_while_the_queue_is_filling() -> None:
    with served([b"<13>one\n"]) as (listening, awake, stop):
        door = Noting(busy_for=3, enough=stop)
        running = threading.Thread(target=Connections([listening], door, awake).run)
        running.start()
        running.join(60)
        assert door.happened == ["busy", "busy", "busy", "<13>one"]


def test_a_queue_that_stays_full_shuts_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "PATIENCE", 0.1)
    with served([b"<13>one\n"]) as (listening, awake, stop):
        door = Noting(busy_for=10**9, enough=stop)
        running = threading.Thread(target=Connections([listening], door, awake).run)
        running.start()
        running.join(60)
        assert door.happened[-1] == "<13>one"
