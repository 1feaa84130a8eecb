"""The sockets of the receivers share a port among themselves and with nobody else, and tell what was lost."""

import errno
import os
import select
import signal
import socket
from collections.abc import Iterator

import pytest

from syslogd import recvmmsg, sockets
from syslogd.recvmmsg import Window


def free_for_tcp(port: int) -> bool:
    """Whether no connection of another test has this port."""
    try:
        sockets.close(sockets.open_tcp(["127.0.0.1", "::1"], port))
    except sockets.CannotListen:
        return False
    return True


@pytest.fixture
def pair() -> Iterator[list[list[socket.socket]]]:
    """Two receivers' sockets for IPv4 and IPv6 on a port that is free for TCP, too."""
    opened = sockets.open_udp(["127.0.0.1", "::1"], 0, 2)
    while not free_for_tcp(opened[0][0].getsockname()[1]):
        sockets.close(sock for of_one in opened for sock in of_one)
        opened = sockets.open_udp(["127.0.0.1", "::1"], 0, 2)
    yield opened
    sockets.close(sock for of_one in opened for sock in of_one)


def send(to: socket.socket, *texts: bytes, source: str = "") -> None:
    """Datagrams to a socket, from an address of this machine."""
    host, port = to.getsockname()[:2]
    with socket.socket(to.family, socket.SOCK_DGRAM) as sender:
        if source:
            sender.bind((source, 0))
        for text in texts:
            sender.sendto(text, (host, port))


def read(sock: socket.socket) -> list[bytes]:
    """All datagrams that wait."""
    found = []
    while select.select([sock], [], [], 0)[0]:
        found.append(sock.recv(100))
    return found


def test_the_kernel_spreads_senders_over_the_receivers(pair: list[list[socket.socket]]) -> None:
    for last in range(1, 61):
        send(pair[0][0], b"hello", source=f"127.0.2.{last}")
    shares = [len(read(first)) for first, _second in pair]
    assert sum(shares) == 60
    assert min(shares) > 5


def test_all_addresses_have_one_port_and_a_large_buffer(pair: list[list[socket.socket]]) -> None:
    everyone = [sock for of_one in pair for sock in of_one]
    assert len({sock.getsockname()[1] for sock in everyone}) == 1
    assert [sock.family for sock in pair[0]] == [socket.AF_INET, socket.AF_INET6]
    assert {sockets.buffer_warning(sock) for sock in everyone} == {""}


def test_every_address_of_both_families_can_be_had_at_once() -> None:
    everyone = sockets.open_udp(["0.0.0.0", "::", "::"], 0, 1)[0]
    listening = sockets.open_tcp(["0.0.0.0", "::", "::"], 0)
    assert len(everyone) == len(listening) == 2
    sockets.close([*everyone, *listening])


def test_a_small_buffer_is_told_with_the_cure(pair: list[list[socket.socket]]) -> None:
    pair[0][0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
    warning = sockets.buffer_warning(pair[0][0])
    assert "is 256 KiB instead of 65536 KiB" in warning
    assert "net.core.rmem_max to 67108864" in warning


def test_a_second_start_does_not_share_the_port_with_the_first(pair: list[list[socket.socket]]) -> None:
    port = pair[0][0].getsockname()[1]
    for receivers in (1, 2):
        with pytest.raises(sockets.CannotListen, match=f"Port {port} .UDP. of 127.0.0.1 is taken.*SYSLOG_PORT"):
            sockets.open_udp(["127.0.0.1"], port, receivers)
    listening = sockets.open_tcp(["127.0.0.1", "::1"], port)
    with pytest.raises(sockets.CannotListen, match=f"Port {port} .TCP. of ::1 is taken"):
        sockets.open_tcp(["::1"], port)
    sockets.close(listening)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.EACCES, "may not be opened by this user: set SYSLOG_PORT to 1024 to 65535"),
        (errno.EADDRNOTAVAIL, "SYSLOG_HOST names 127.0.0.1, which is not an address of this machine"),
        (errno.ENOBUFS, "cannot be opened: No buffer space available"),
    ],
)
def test_an_address_that_cannot_be_had_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, code: int, sentence: str
) -> None:
    class Denied(socket.socket):
        def bind(self, address: object) -> None:
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(socket, "socket", Denied)
    for opening in (lambda: sockets.open_udp(["127.0.0.1"], 514, 1), lambda: sockets.open_tcp(["127.0.0.1"], 514)):
        with pytest.raises(sockets.CannotListen, match=sentence):
            opening()


def test_an_address_of_another_machine_is_told() -> None:
    for address in ("192.0.2.1", "2001:db8::1"):
        with pytest.raises(sockets.CannotListen, match=f"SYSLOG_HOST names {address}, which is not an address"):
            sockets.open_udp(["127.0.0.1", address], 0, 2)


def test_what_arrives_after_refusing_is_counted_and_what_came_before_is_kept() -> None:
    (sock,) = sockets.open_udp(["::1"], 0, 1)[0]
    send(sock, b"before")
    sockets.refuse_more(sock)
    send(sock, b"after", b"and after")
    assert (read(sock), sockets.kernel_drops(sock)) == ([b"before"], 2)
    sockets.refuse_no_more(sock)
    sockets.refuse_no_more(sock)
    send(sock, b"again")
    assert (read(sock), sockets.kernel_drops(sock)) == ([b"again"], 2)
    sock.close()


def test_a_full_buffer_is_counted_datagram_by_datagram() -> None:
    (sock,) = sockets.open_udp(["127.0.0.1"], 0, 1)[0]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    send(sock, *[b"x" * 500] * 100)
    kept = len(read(sock))
    assert 0 < kept < 100
    assert sockets.kernel_drops(sock) == 100 - kept
    sock.close()


@pytest.mark.parametrize("one_by_one", [False, True])
def test_datagrams_are_taken_whole_with_their_sources(monkeypatch: pytest.MonkeyPatch, one_by_one: bool) -> None:
    if one_by_one:
        monkeypatch.setattr(recvmmsg, "_library", lambda: None)
    taker = recvmmsg.taker(Window())
    assert isinstance(taker, recvmmsg.OneByOne) == one_by_one
    sent = [b"", b"x" * 65_507, b"\0\xff", *[b"%d" % number for number in range(600)]]
    (ipv4,), (ipv6,) = sockets.open_udp(["127.0.0.1"], 0, 1)[0], sockets.open_udp(["::1"], 0, 1)[0]
    for sock, source, packed in ((ipv6, "", b"\0" * 15 + b"\1"), (ipv4, "127.9.8.7", bytes([127, 9, 8, 7]))) * 2:
        send(sock, *sent, source=source)
        sources, texts = taker.take(sock)
        taker.told()
        more_sources, more_texts = taker.take(sock)
        taker.told()
        assert (len(texts), texts + more_texts) == (512, sent)
        assert set(sources + more_sources) == {packed}
        assert taker.take(sock) == ([], [])
    sockets.close([ipv4, ipv6])


def test_an_ipv4_sender_to_a_socket_of_both_families_has_four_octets() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"hello", ("127.0.0.1", sock.getsockname()[1]))
            sender.sendto(b"hello", ("127.0.0.1", sock.getsockname()[1]))
        sources, _texts = recvmmsg.taker(Window()).take(sock)
        assert sources == [bytes([127, 0, 0, 1])] * 2
        assert recvmmsg.packed("::ffff:127.0.0.1") == bytes([127, 0, 0, 1])
        assert recvmmsg.packed("fe80::1%lo") == b"\xfe\x80" + bytes(13) + b"\1"


def test_a_killed_receiver_leaves_behind_how_many_it_took_and_did_not_count() -> None:
    (sock,), window = sockets.open_udp(["127.0.0.1"], 0, 1)[0], Window()
    send(sock, *[b"x"] * 5)
    child = os.fork()
    if not child:
        taker = recvmmsg.taker(window)
        taker.take(sock)
        taker.told()
        send(sock, *[b"y"] * 7)
        taker.take(sock)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert window.untold() == 7
    recvmmsg.taker(window)
    assert window.untold() == 0
    sock.close()
