"""The fast sender of the measurements: what it says it sent is what arrives."""

import re
import socket
from datetime import UTC

import pytest

from syslogd.parser import parse
from syslogd.recvmmsg import Window, taker
from tests.syslogd import sendmmsg
from tests.syslogd.sender import NUMBER, Compared, Sender, Sent, address_of, compare, compare_table
from tests.syslogd.vendors_mixed import ALL, Moment, message

NOW = 1_795_420_800.25  # 2026-11-23 08:00:00.250 UTC


def bound(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    made.bind((host, 0))
    return made


def sent_and_taken(host: str, sources: int, count: int, rate: int = 0) -> tuple[Sent, list[tuple[bytes, bytes]]]:
    with bound(host) as sock, Sender(sock.getsockname()[1], sources, host) as sender:
        sent = sender.send(count, rate, first=7)
        taking, window = [], Window()
        kind = taker(window)
        while True:
            froms, texts = kind.take(sock)
            kind.told()
            if not texts:
                return sent, taking
            taking += list(zip(froms, texts, strict=True))


def number_in(text: bytes) -> int:
    found = re.search(NUMBER, text.decode())
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("library", [True, False])
@pytest.mark.parametrize("rate", [0, 100_000])
def test_it_sends_every_number_once_from_every_source(
    library: bool, rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not library:
        monkeypatch.setattr(sendmmsg, "_library", lambda: None)
    sent, taken = sent_and_taken("127.0.0.1", 700, 1500, rate)
    assert [number_in(text) for _source, text in taken] == list(sent.numbers) == list(range(7, 1507))
    assert {source for source, _text in taken} == {address_of(number).packed for number in range(700)}
    assert sum(len(text) for _source, text in taken) == sent.octets


def test_it_sends_over_ipv6() -> None:
    sent, taken = sent_and_taken("::1", 3, 20)
    assert [number_in(text) for _source, text in taken] == list(sent.numbers)
    assert {source for source, _text in taken} == {socket.inet_pton(socket.AF_INET6, "::1")}


def test_it_says_what_the_parser_understands_in_150_to_200_octets() -> None:
    texts = [message(number, Moment.of(NOW)) for number in range(len(ALL))]
    assert 150 <= sum(map(len, texts)) / len(texts) <= 200
    for text in texts:
        (said,) = parse(text, int(NOW * 1e6), UTC)
        assert (said.raw, "seq=0000000000" in said.message) == ("", True), said


def test_it_tells_missing_from_twice_and_strange() -> None:
    assert compare([1, 2, 2, 4, 9], range(1, 6)) == Compared(missing=2, twice=1, strange=1)
    assert compare(range(5), range(5)) == Compared(0, 0, 0)


@pytest.mark.django_db
def test_it_compares_a_table_with_what_was_sent() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE arrived (message text)")
        cursor.executemany(
            "INSERT INTO arrived VALUES (%s)",
            [(f"a seq={number:010} b",) for number in (1, 2, 2, 4, 9)] + [("said something else",)],
        )
        assert compare_table(cursor, range(1, 6), "arrived") == Compared(missing=2, twice=1, strange=2)
