"""Every message that reaches a receiver is in the queue or counted by the reason why not."""

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import count, pairwise

import pytest

from syslogd import allowed, recvmmsg, sockets, tcp
from syslogd.allowed import AllowedSenders
from syslogd.batch import EPOCH_US
from syslogd.losses import Losses
from syslogd.queue import Queue
from syslogd.receiver import Receiver
from syslogd.ticks import Ticks

LOCAL = bytes([127, 0, 0, 1])


class Counted(Counter[str]):
    """Counters of a run, in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def add(self, name: str, n: int) -> None:
        with self._lock:
            self[name] += n


@dataclass
class Running:
    """A receiver under test and what came out of it."""

    tcp_port: int
    queue: Queue
    count: Counted
    allowed: AllowedSenders
    receiver: Receiver
    thread: threading.Thread
    udp: list[socket.socket]
    taken: list[tuple[int, bytes, bytes]] = field(default_factory=list)

    def messages(self, number: int) -> list[tuple[bytes, bytes]]:
        """The next `number` messages: sources and texts."""
        found: list[tuple[bytes, bytes]] = []
        while len(found) < number:
            wait_for(lambda: self.queue.size > 0 or not self.thread.is_alive(), f"{number} messages, not {found}")
            if not self.queue.size:
                break
            for chunk in self.queue.take(number - len(found), 0) or ():
                self.taken += zip(count(chunk.tick), chunk.sources, chunk.texts, strict=False)
                found += zip(chunk.sources, chunk.texts, strict=True)
        return found

    def until(self, counted: dict[str, int]) -> None:
        """Wait until so much is counted."""
        wait_for(lambda: all(self.count[name] >= n for name, n in counted.items()), f"{counted} in {self.count}")

    def stop(self) -> list[bytes]:
        """Stop, and the texts that were left in the queue."""
        self.receiver.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()
        self.queue.close()
        return [text for _source, text in self.messages(10**6)]

    def send(self, *texts: bytes, source: str = "127.0.0.1") -> None:
        """Datagrams."""
        to = next(sock for sock in self.udp if (":" in source) == (sock.family == socket.AF_INET6))
        with socket.socket(to.family, socket.SOCK_DGRAM) as sender:
            sender.bind((source, 0))
            for text in texts:
                sender.sendto(text, to.getsockname()[:2])

    @contextmanager
    def connection(self, *pieces: bytes, source: str = "127.0.0.1") -> Iterator[socket.socket]:
        """A TCP connection over which these pieces were sent."""
        to = "::1" if ":" in source else "127.0.0.1"
        with socket.create_connection((to, self.tcp_port), timeout=20, source_address=(source, 0)) as sock:
            for piece in pieces:
                sock.sendall(piece)
            yield sock


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Look again and again; fails after 20 s."""
    gate, until = threading.Event(), time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, what
        gate.wait(0.002)


@contextmanager
def running(limit: int = 10_000, **options: object) -> Iterator[Running]:
    """A receiver on free ports, UDP and TCP, IPv4 and IPv6."""
    listening, udp = sockets.open_tcp(["127.0.0.1", "::1"], 0), sockets.open_udp(["127.0.0.1", "::1"], 0, 1)[0]
    queue, counted, senders = Queue(limit), Counted(), AllowedSenders()
    receiver = Receiver(udp, listening, queue, counted, senders, **options)  # type: ignore[arg-type]
    thread = threading.Thread(target=receiver.run)
    thread.start()
    try:
        yield Running(listening[0].getsockname()[1], queue, counted, senders, receiver, thread, udp)
    finally:
        receiver.stop()
        thread.join(60)
        sockets.close([*udp, *listening])


@pytest.mark.parametrize("one_by_one", [False, True])
def test_every_datagram_arrives_with_its_source_and_a_time_of_its_own(
    monkeypatch: pytest.MonkeyPatch, one_by_one: bool
) -> None:
    if one_by_one:
        monkeypatch.setattr(recvmmsg, "_library", lambda: None)
    before = time.time_ns() // 1000 - EPOCH_US
    with running() as run:
        for last in range(1, 4):
            run.send(*[b"%d" % number for number in range(700)], source=f"127.0.3.{last}")
        run.send(b"")
        run.send(b"over IPv6", source="::1")
        arrived = run.messages(2102)
        after = time.time_ns() // 1000 - EPOCH_US
    for last in range(1, 4):
        assert [text for source, text in arrived if source == bytes([127, 0, 3, last])] == [
            b"%d" % n for n in range(700)
        ]
    assert {(LOCAL, b""), (bytes(15) + b"\1", b"over IPv6")} < set(arrived)
    ticks = [tick for tick, _source, _text in run.taken]
    assert all(earlier < later for earlier, later in pairwise(ticks))
    assert before <= ticks[0] <= ticks[-1] <= after + 2102
    assert run.count == {"received": 2102}


def test_frames_of_both_kinds_arrive_over_tcp() -> None:
    with running() as run, run.connection(b"<13>li", b"ne\n<13>two\n", source="127.0.0.9"):
        with run.connection(b"8 <13>four5", b" <13>5"), run.connection(b"<13>the end has no end"):
            pass
        assert sorted(run.messages(5)) == [
            (LOCAL, b"<13>5"),
            (LOCAL, b"<13>four"),
            (LOCAL, b"<13>the end has no end"),
            (bytes([127, 0, 0, 9]), b"<13>line"),
            (bytes([127, 0, 0, 9]), b"<13>two"),
        ]
        assert run.count == {"received": 5}


def test_no_connection_waits_for_another() -> None:
    with running() as run, ExitStack() as stack:
        for piece in (b"", b"<", b"7", b"70 <13>", b"<13>a line that does not end yet", b"\0\xff\n" * 9):
            stack.enter_context(run.connection(piece))
        flood = stack.enter_context(run.connection(b"x" * 3_000_000))
        stack.enter_context(run.connection(b"<13>served\n", source="::1"))
        assert (bytes(15) + b"\1", b"<13>served") in run.messages(10)
        flood.sendall(b"\n<13>the flood is over\n")
        assert run.messages(1) == [(LOCAL, b"<13>the flood is over")]


def test_malformed_frames_are_received_and_dropped() -> None:
    with running() as run:
        with run.connection(b"5 <13>a70000 ") as counted, run.connection(b"x" * 70_000 + b"\n<13>b\n"):
            assert counted.recv(1) == b""
            run.until({"malformed": 2, "received": 4})
        with run.connection(b"90 cut off"):
            pass
        run.until({"malformed": 3})
        assert sorted(run.stop()) == [b"<13>a", b"<13>b"]
        assert run.count == {"received": 5, "malformed": 3}
        (loss,) = run.receiver.losses.take()
        assert loss == ("malformed", "127.0.0.1", 3)
        assert run.receiver.losses.take() == []


def test_senders_that_are_not_allowed_are_counted_and_told() -> None:
    with running() as run, run.connection(b"<13>early\n", source="127.0.4.4") as connected:
        assert run.messages(1) == [(bytes([127, 0, 4, 4]), b"<13>early")]
        run.allowed.set([ip_network("127.0.5.0/24"), ip_network("2001:db8::/32")])
        run.send(b"no", b"no", source="127.0.4.1")
        run.send(b"yes", source="127.0.5.1")
        connected.sendall(b"<13>late\n")
        with run.connection(source="127.0.4.5") as refused, suppress(ConnectionError):
            assert refused.recv(1) == b""
        run.until({"received": 5, "sender": 3})
        run.allowed.set(None)
        run.send(b"yes again", source="127.0.4.1")
        assert run.stop() == [b"yes", b"yes again"]
        assert run.count == {"received": 6, "sender": 3}
        assert set(run.receiver.losses.take()) == {("sender", "127.0.4.1", 2), ("sender", "127.0.4.4", 1)}


def test_one_noisy_sender_does_not_fill_the_queue_for_the_others() -> None:
    with running(limit=100) as run:
        run.send(*[b"noise"] * 300, source="127.0.6.1")
        run.until({"received": 300})
        run.send(*[b"news"] * 20, source="127.0.6.2")
        run.until({"received": 320})
        assert run.stop().count(b"news") == 20
        assert run.count["source"] > 200
        assert run.count["received"] == 320 == run.count["source"] + len(run.taken)
        assert run.receiver.losses.take() == [("source", "127.0.6.1", run.count["source"])]


def test_a_clean_stop_takes_what_the_kernel_holds_and_counts_what_it_refuses() -> None:
    with running(nap=600.0) as run, run.connection(b"<13>held\n<13>without end"):
        run.send(b"wakes it")  # and then it naps until it is stopped
        run.until({"received": 1})
        run.send(*[b"%d" % number for number in range(2000)])
        assert set(run.stop()) == {b"wakes it", b"<13>held", b"<13>without end"} | {b"%d" % n for n in range(2000)}
        assert run.count == {"received": 2003}
        run.send(b"too late", b"too late")
        run.receiver.count_kernel_drops()
        assert run.count == {"received": 2005, "kernel": 2}


def test_a_receiver_started_again_on_the_sockets_counts_only_its_own_drops() -> None:
    with running() as first:
        assert first.stop() == []
        first.send(*[b"in between"] * 3)
        counted, queue = Counted(), Queue(100)
        second = Receiver(first.udp, [], queue, counted, kernel_before=1)
        second.count_kernel_drops()
        assert counted == {"received": 2, "kernel": 2}
        thread = threading.Thread(target=second.run)
        thread.start()
        wait_for(lambda: first.send(b"again") is None and queue.size > 0, "a datagram")
        second.stop()
        thread.join(60)
        assert counted["received"] == counted["kernel"] + queue.size


def test_a_receiver_whose_socket_is_gone_ends_instead_of_turning_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[BaseException] = []

    def broken(self: tcp.Connections, sock: socket.socket) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(tcp.Connections, "_accept", broken)
    monkeypatch.setattr(threading, "excepthook", lambda told: raised.append(told.exc_value))
    with running() as run:
        with run.connection(), suppress(ConnectionError):
            run.thread.join(20)
        assert [str(error) for error in raised] == ["[Errno 9] Bad file descriptor"]


def test_too_many_connections_are_refused_and_the_others_served(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tcp, "MOST", 6)
    monkeypatch.setattr(tcp, "MOST_OF_ONE", 4)
    with caplog.at_level(logging.WARNING), running() as run, ExitStack() as stack:
        held = [stack.enter_context(run.connection(b"<13>a\n", source="127.0.7.1")) for _ in range(4)]
        assert len(run.messages(4)) == 4
        fifth = stack.enter_context(run.connection(source="127.0.7.1"))
        assert fifth.recv(1) == b""
        for source in ("127.0.7.2", "127.0.7.3"):
            stack.enter_context(run.connection(b"<13>b\n", source=source))
        assert len(run.messages(2)) == 2
        assert stack.enter_context(run.connection(source="127.0.7.4")).recv(1) == b""
        held[0].close()
        held[1].sendall(b"<13>still here\n")
        assert run.messages(1) == [(bytes([127, 0, 7, 1]), b"<13>still here")]
        stack.enter_context(run.connection(b"<13>room again\n", source="127.0.7.1"))
        assert run.messages(1) == [(bytes([127, 0, 7, 1]), b"<13>room again")]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == "Refused 1 syslog connections over TCP: more than 4 of one sender, the last was 127.0.7.1."


def test_a_connection_that_says_nothing_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "IDLE", 0.05)
    with running() as run, run.connection(b"<13>half a li") as idle:
        assert idle.recv(1) == b""
        assert run.messages(1) == [(LOCAL, b"<13>half a li")]


def test_a_clock_that_stands_or_steps_back_gives_each_message_the_next_microsecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [EPOCH_US + 10**12]
    monkeypatch.setattr(time, "time_ns", lambda: now[0] * 1000)
    ticks = Ticks()
    assert [ticks.take(3), ticks.take(1)] == [10**12, 10**12 + 3]
    now[0] -= 30_000_000
    assert ticks.take(2) == 10**12 + 4
    now[0] += 31_000_000
    assert ticks.take(1) == 10**12 + 1_000_000
    now[0] -= 3600 * 10**6  # corrected by an hour: later messages must not all bear the wrong hour
    assert ticks.take(1) == 10**12 + 1_000_000 - 3600 * 10**6


def test_forged_sources_without_number_are_told_in_sum() -> None:
    losses = Losses()
    losses.add("queue", Counter({number.to_bytes(4, "big"): 1 for number in range(5000)}))
    losses.add("queue", Counter({(0).to_bytes(4, "big"): 7}))
    assert losses.take(2) == [("queue", "", 4000), ("queue", "0.0.0.0", 8)]


@pytest.mark.parametrize("remembered", [1, 100_000])
def test_allowed_senders_are_told_by_their_network_however_many_ask(
    monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    monkeypatch.setattr(allowed, "REMEMBERED", remembered)
    senders = AllowedSenders([ip_network("10.0.0.0/30"), ip_network("2001:db8::/32")])
    asked = [bytes([10, 0, 0, last]) for last in range(8)] * 2
    assert [senders(source) for source in asked] == ([True] * 4 + [False] * 4) * 2
    assert senders(bytes.fromhex("20010db8") + bytes(12))
    assert not senders(bytes.fromhex("20010db9") + bytes(12))
