"""Who answers SNMP among very many addresses: one socket a family, paced packets, no thread or task per address.

A request id says which address was asked; an answer counts only if it comes from that address and port. Addresses
are taken from the plan as they are sent, so a sweep of a /8 holds a few seconds of packets in memory, not the /8.
"""

import secrets
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from inventory.discovery.burst import BURST, Burst
from inventory.snmp.auth import SnmpAuth
from inventory.snmp.probe import Probe, Reply, probe, reply
from inventory.snmp.values import text

RECEIVE_BUFFER = 8 * 1024 * 1024  # octets asked for; the kernel may grant less
DATAGRAM = 4096
READS = 512  # datagrams read in a row before the next packets are sent
LATE = 4  # timeouts after which an answer is not recognised any more
CATCH_UP = 0.02  # seconds of packets sent at once after a pause, at most
PROGRESS_EVERY = 0.5
ID_BASE, SEQUENCES = 0x40000000, 0x400000  # ids are 01 + 22 bits of batch + 8 bits of slot: always four octets in BER


@dataclass(frozen=True, slots=True)
class SweepAnswer:
    """One address that answered."""

    address: str
    auth_index: int | None  # which of the `auths`; None: an SNMPv3 engine that said its id to nobody in particular
    rtt: float  # seconds
    sys_descr: str = ""
    sys_object_id: str = ""
    sys_name: str = ""
    engine_id: str = ""  # lower-case hexadecimal


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """Where a sweep stands. Every datagram received is an answer, a repeat, a stray or malformed."""

    probed: int = 0  # addresses asked at least once
    sent: int = 0  # packets
    send_errors: int = 0  # packets the kernel refused: no route, a firewall
    answered: int = 0  # addresses
    repeated: int = 0  # further answers of an address that has answered
    stray: int = 0  # from another address than was asked, too late, or never asked
    malformed: int = 0
    wait: float = 0.0  # seconds an answer is waited for before the next try
    elapsed: float = 0.0  # seconds


def sweep(
    plan: Iterable[str],
    auths: Sequence[SnmpAuth],
    *,
    port: int = 161,
    pps: float = 2000,
    retries: int = 1,
    timeout: float = 1.0,
    on_progress: Callable[[SweepProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    pace: Callable[[], float] | None = None,
) -> Iterator[SweepAnswer]:
    """Answers as they come in. Only addresses silent to one of `auths` are asked with the next.

    `pps` packets a second at most, `timeout` seconds for an answer (shorter or longer once round trips are known).
    `on_progress` is called twice a second and at the end; `pace`, asked at the start and twice a second, says how many
    packets a second may be sent from now on where several sweeps share what `pps` allows. Raises ValueError for
    numbers out of range.
    """
    if not (1 <= port <= 65535 and 1 <= pps <= 1_000_000 and 0 <= retries <= 10 and 0 < timeout <= 60):
        raise ValueError(
            f"port={port}, pps={pps}, retries={retries}, timeout={timeout}: accepted are port 1 to 65535, "
            "pps 1 to 1,000,000, retries 0 to 10, timeout above 0 up to 60 seconds."
        )
    run = _Sweep(plan, auths, port, pps, retries, timeout, pace or (lambda: pps))
    try:
        yield from run.answers(on_progress or (lambda progress: None), should_stop or (lambda: False))
    finally:
        run.close()


class RoundTrips:
    """How long to wait for an answer: RFC 6298, between a quarter and three times the configured timeout."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._mean: float | None = None
        self._deviation = 0.0
        self.wait = timeout

    def add(self, seconds: float) -> None:
        """One measured round trip."""
        if self._mean is None:
            self._mean, self._deviation = seconds, seconds / 2
        else:
            self._deviation += (abs(seconds - self._mean) - self._deviation) / 4
            self._mean += (seconds - self._mean) / 8
        self.wait = min(max(self._mean + 4 * self._deviation, self._timeout / 4), self._timeout * 3)


@dataclass(slots=True)
class _Batch:
    """Addresses of one family asked together; slot n of batch s has the id 01 s n."""

    family: socket.AddressFamily
    packed: list[bytes]
    step: int = 0  # which packet: an index into the steps of the sweep
    attempt: int = 0
    sequence: int = 0
    sent_at: float = 0.0


class _Sweep:
    def __init__(
        self,
        plan: Iterable[str],
        auths: Sequence[SnmpAuth],
        port: int,
        pps: float,
        retries: int,
        timeout: float,
        pace: Callable[[], float],
    ) -> None:
        self._plan = iter(plan)
        self._steps = _steps(auths)
        self._port, self._most, self._retries, self._timeout = port, pps, retries, timeout
        self._pace = pace
        self._pps = self._paced()
        self._size = int(min(max(pps / 200, 1), BURST))
        self._trips = RoundTrips(timeout)
        self._poll = select.poll()
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}
        self._by_fd: dict[int, socket.socket] = {}
        self._bursts: dict[tuple[socket.AddressFamily, int], Burst] = {}
        self._again: deque[_Batch] = deque()
        self._open: deque[_Batch] = deque()  # batches that get another try, oldest first
        self._asked: dict[int, _Batch] = {}  # by sequence, oldest first, until answers are too late
        self._answered: set[bytes] = set()
        self._sequence = secrets.randbelow(SEQUENCES)  # an answer is hard to forge without having seen the question
        self._free_at = self._last_sent = self._started = self._told = time.monotonic()
        self._probed = self._sent = self._errors = self._repeated = self._stray = self._malformed = 0

    def answers(
        self, on_progress: Callable[[SweepProgress], None], should_stop: Callable[[], bool]
    ) -> Iterator[SweepAnswer]:
        while self._steps and not should_stop():
            self._retire(time.monotonic())
            batch = self._next()
            if batch:
                yield from self._receive(self._free_at)
                self._send(batch)
            elif (until := self._idle_until()) > time.monotonic():
                yield from self._receive(min(until, time.monotonic() + 0.1))
            elif not self._open:
                break
            if time.monotonic() - self._told >= PROGRESS_EVERY:
                self._told = time.monotonic()
                self._pps = self._paced()
                on_progress(self.progress)
        on_progress(self.progress)

    @property
    def progress(self) -> SweepProgress:
        return SweepProgress(
            probed=self._probed,
            sent=self._sent,
            send_errors=self._errors,
            answered=len(self._answered),
            repeated=self._repeated,
            stray=self._stray,
            malformed=self._malformed,
            wait=self._trips.wait,
            elapsed=time.monotonic() - self._started,
        )

    def _paced(self) -> float:
        """Packets a second, between one and what was allowed at the start."""
        return min(max(self._pace(), 1), self._most)

    def close(self) -> None:
        for sock in self._sockets.values():
            sock.close()

    def _idle_until(self) -> float:
        """When there is something to do again: the next retry, or the end of the last wait."""
        if self._open:
            return self._open[0].sent_at + self._trips.wait
        return self._last_sent + max(self._timeout, self._trips.wait)

    def _retire(self, now: float) -> None:
        """Queue what stayed silent for its next try, forget what is too old to be answered."""
        while self._open and now >= self._open[0].sent_at + self._trips.wait:
            batch = self._open.popleft()
            silent = [address for address in batch.packed if address not in self._answered]
            if silent:
                self._again.append(self._following(batch, silent))
        while self._asked and now > (first := next(iter(self._asked.values()))).sent_at + LATE * self._timeout:
            del self._asked[first.sequence]

    def _following(self, batch: _Batch, silent: list[bytes]) -> _Batch:
        if batch.attempt < self._retries:
            return _Batch(batch.family, silent, batch.step, batch.attempt + 1)
        return _Batch(batch.family, silent, batch.step + 1)

    def _is_last(self, batch: _Batch) -> bool:
        return batch.attempt == self._retries and batch.step == len(self._steps) - 1

    def _next(self) -> _Batch | None:
        if not self._again:
            self._again.extend(_batches(list(islice(self._plan, self._size))))
            self._probed += sum(len(batch.packed) for batch in self._again)
        return self._again.popleft() if self._again else None

    def _send(self, batch: _Batch) -> None:
        now = time.monotonic()
        self._free_at = max(self._free_at, now - CATCH_UP) + len(batch.packed) / self._pps
        self._sequence = (self._sequence + 1) % SEQUENCES
        batch.sequence, batch.sent_at = self._sequence, now
        self._asked[batch.sequence] = batch
        if not self._is_last(batch):
            self._open.append(batch)
        went_out = self._burst(batch).send(batch.packed, ID_BASE | batch.sequence << 8)
        self._sent += went_out
        self._errors += len(batch.packed) - went_out
        self._last_sent = now

    def _burst(self, batch: _Batch) -> Burst:
        key = (batch.family, batch.step)
        if key not in self._bursts:
            self._bursts[key] = Burst(self._socket(batch.family), self._steps[batch.step][1], self._port)
        return self._bursts[key]

    def _socket(self, family: socket.AddressFamily) -> socket.socket:
        if family not in self._sockets:
            sock = _open_socket(family)
            self._sockets[family] = self._by_fd[sock.fileno()] = sock
            self._poll.register(sock, select.POLLIN)
        return self._sockets[family]

    def _receive(self, until: float) -> Iterator[SweepAnswer]:
        """Answers until the moment `until`, and those that are there already."""
        while True:
            wait = until - time.monotonic()
            ready = self._poll.poll(max(wait, 0) * 1000)
            for fd, _ in ready:
                yield from self._read(self._by_fd[fd])
            if wait <= 0 or not ready:
                return

    def _read(self, sock: socket.socket) -> Iterator[SweepAnswer]:
        for _ in range(READS):
            try:
                packet, source = sock.recvfrom(DATAGRAM)
            except OSError:  # nothing more; or an ICMP error, which says nothing a silence does not
                return
            answer = self._believe(packet, source[0], source[1], sock.family)
            if answer:
                yield answer

    def _believe(self, packet: bytes, source: str, port: int, family: int) -> SweepAnswer | None:
        said = reply(packet)
        if said is None:
            self._malformed += 1
            return None
        number = said.request_id ^ ID_BASE
        batch, slot = self._asked.get(number >> 8), number & 0xFF
        address = socket.inet_pton(family, source.partition("%")[0])
        known = batch and slot < len(batch.packed) and batch.packed[slot] == address and port == self._port
        if not batch or not known:
            self._stray += 1
            return None
        rtt = time.monotonic() - batch.sent_at
        self._trips.add(rtt)
        if address in self._answered:
            self._repeated += 1
            return None
        self._answered.add(address)
        return _answer(source, self._steps[batch.step][0], rtt, said)


def _steps(auths: Sequence[SnmpAuth]) -> list[tuple[int | None, Probe]]:
    """Auth index and packet of each step. All v3 users share one: an engine says its id to anybody."""
    steps: dict[Probe, int | None] = {}
    for index, auth in enumerate(auths):
        steps.setdefault(probe(auth), None if auth.version == "v3" else index)
    return [(index, packet) for packet, index in steps.items()]


def _batches(addresses: list[str]) -> Iterator[_Batch]:
    """The addresses, packed, in one batch a family."""
    packed: dict[socket.AddressFamily, list[bytes]] = {}
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            packed.setdefault(family, []).append(socket.inet_pton(family, address))
        except OSError:
            raise ValueError(f"addresses: {address!r} is not an IP address.") from None
    return (_Batch(family, members) for family, members in packed.items())


def _open_socket(family: socket.AddressFamily) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    for option in (getattr(socket, "SO_RCVBUFFORCE", 33), socket.SO_RCVBUF):  # the first needs privileges
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, RECEIVE_BUFFER)
            break
        except OSError:
            continue
    return sock


def _answer(address: str, auth_index: int | None, rtt: float, said: Reply) -> SweepAnswer:
    return SweepAnswer(
        address=address,
        auth_index=auth_index,
        rtt=rtt,
        sys_descr=text(said.sys_descr, lines=True, limit=1024),
        sys_object_id=said.sys_object_id,
        sys_name=text(said.sys_name),
        engine_id=said.engine_id,
    )
