"""A sweep finds exactly who answers, believes nobody else, and keeps its pace and its bounds."""

import socket
from collections.abc import Callable, Iterator
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.discovery import burst
from inventory.discovery.addresses import parse
from inventory.discovery.sweep import RoundTrips, SweepAnswer, SweepProgress, sweep
from inventory.secrets import Secret
from inventory.snmp.auth import SnmpAuth
from inventory.snmp.probe import probe, reply
from tests.inventory.snmp_responder import Responder, octets, oid, tlv

MIB = {
    "1.3.6.1.2.1.1.1.0": octets("Example OS 1.2\r\nbuilt today"),
    "1.3.6.1.2.1.1.2.0": oid("1.3.6.1.4.1.9.1.1208"),
    "1.3.6.1.2.1.1.5.0": octets("core-1"),
}
PUBLIC = SnmpAuth(community=Secret("public"))
PRIVATE = SnmpAuth(community=Secret("private-2"))
ALICE = SnmpAuth(version="v3", user="alice")
BOB = SnmpAuth(version="v3", user="bob")
SIX_OF = tuple(f"127.21.0.{n}" for n in (1, 7, 9, 130, 200, 254))


def found(
    responder: Responder, *texts: str, auths: tuple[SnmpAuth, ...] = (PUBLIC,), **options: float
) -> tuple[dict[str, SweepAnswer], SweepProgress]:
    """Answers by address, and the last progress told."""
    told: list[SweepProgress] = []
    plan = parse(texts or ("127.21.0.0/24",), allowed=["127.0.0.0/8", "::1"])
    settings = {"pps": 20_000, "timeout": 0.4, **options}
    answers = list(sweep(plan, auths, port=responder.port, on_progress=told.append, **settings))  # type: ignore[arg-type]
    assert len(answers) == len({answer.address for answer in answers})
    return {answer.address: answer for answer in answers}, told[-1]


def test_it_finds_every_answering_address_and_what_it_says() -> None:
    with Responder(MIB, addresses=SIX_OF) as responder:
        answers, progress = found(responder)
    assert set(answers) == set(SIX_OF)
    assert answers["127.21.0.7"].sys_descr == "Example OS 1.2\nbuilt today"
    assert answers["127.21.0.7"].sys_object_id == "1.3.6.1.4.1.9.1.1208"
    assert answers["127.21.0.7"].sys_name == "core-1"
    assert answers["127.21.0.7"].auth_index == 0
    assert 0 < answers["127.21.0.7"].rtt < 5
    assert (progress.probed, progress.answered) == (254, 6)
    assert progress.sent == 6 + 248 * 2
    assert progress.stray == progress.malformed == progress.repeated == progress.send_errors == 0


def test_it_sends_the_same_without_sendmmsg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burst, "_loaded", [None])
    with Responder(MIB, addresses=SIX_OF) as responder:
        answers, progress = found(responder)
    assert set(answers) == set(SIX_OF)
    assert progress.sent == 6 + 248 * 2


def test_it_reaches_ipv6() -> None:
    with Responder(MIB, addresses=("::1",)) as responder:
        answers, _ = found(responder, "::1")
    assert answers["::1"].sys_name == "core-1"


def test_it_asks_again_when_a_packet_is_lost() -> None:
    with Responder(MIB, addresses=SIX_OF[:1], drop_every=2) as responder:
        assert found(responder, SIX_OF[0], retries=0)[0] == {}
    with Responder(MIB, addresses=SIX_OF[:1], drop_every=2) as responder:
        answers, progress = found(responder, SIX_OF[0], retries=1)
    assert set(answers) == {SIX_OF[0]}
    assert progress.sent == 2


def test_it_tries_the_next_community_only_on_silent_addresses() -> None:
    with (
        Responder(MIB, addresses=("127.21.0.1",)) as first,
        Responder(MIB, addresses=("127.21.0.2",), community=b"private-2", port=first.port) as second,
    ):
        answers, _ = found(first, "127.21.0.1-2", auths=(PUBLIC, PRIVATE), retries=0)
    assert {address: answer.auth_index for address, answer in answers.items()} == {"127.21.0.1": 0, "127.21.0.2": 1}
    assert (first.requests, second.requests) == (1, 2)


def test_it_probes_v3_engines_once_for_all_users() -> None:
    engine = bytes.fromhex("80001f8880ef45b53a945c036b00000000")
    with Responder(MIB, engine_id=engine, community=b"unknown") as responder:
        answers, progress = found(responder, "127.0.0.1", auths=(PUBLIC, ALICE, BOB), retries=0)
    assert answers["127.0.0.1"].engine_id == engine.hex()
    assert answers["127.0.0.1"].auth_index is None
    assert answers["127.0.0.1"].sys_name == ""
    assert progress.sent == 2


@pytest.mark.parametrize(
    ("spoil", "counter"),
    [
        (lambda answer: [b"\x30\xff" + answer], "malformed"),
        (lambda answer: [answer[:-7]], "malformed"),
        (lambda answer: [b""], "malformed"),
        (lambda answer: [answer.replace(b"\xa2", b"\xa0")], "malformed"),
        (lambda answer: [_renumbered(answer)], "stray"),
    ],
)
def test_it_believes_no_rubbish(spoil: Callable[[bytes], list[bytes]], counter: str) -> None:
    with Responder(MIB, fault=spoil) as responder:
        answers, progress = found(responder, "127.0.0.1", retries=0)
    assert answers == {}
    assert getattr(progress, counter) == 1


def _renumbered(answer: bytes) -> bytes:
    """The same answer to a request nobody made."""
    at = answer.index(b"\x02\x04", answer.index(b"public")) + 2
    return answer[:at] + bytes((answer[at], answer[at + 1] ^ 1)) + answer[at + 2 :]


def test_it_counts_an_answer_from_another_address_as_stray() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere, Responder(MIB) as responder:
        elsewhere.bind(("127.0.0.3", 0))
        responder.reply_from = elsewhere
        answers, progress = found(responder, "127.0.0.1", retries=0)
    assert answers == {}
    assert progress.stray == 1


def test_it_counts_a_doubled_answer_once() -> None:
    with Responder(MIB, fault=lambda answer: [answer, answer]) as responder:
        answers, progress = found(responder, "127.0.0.1")
    assert len(answers) == 1
    assert progress.repeated == 1


def test_it_stops_when_told_and_takes_addresses_only_as_it_sends() -> None:
    taken = count()

    def endless() -> Iterator[str]:
        for number in taken:
            yield f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    asked = count()
    answers = sweep(endless(), [PUBLIC], port=9, pps=1000, should_stop=lambda: next(asked) >= 20)
    assert list(answers) == []
    assert next(taken) < 500


def test_it_keeps_the_pace() -> None:
    told: list[SweepProgress] = []
    plan = parse(["127.22.0.0/22"], allowed=["127.0.0.0/8"])
    list(sweep(plan, [PUBLIC], port=9, pps=4000, retries=0, timeout=0.1, on_progress=told.append))
    assert told[-1].probed == 1022
    assert told[-1].sent / (told[-1].elapsed - 0.1) < 4000 * 1.2


@pytest.mark.parametrize(("share", "most"), [(500, 500), (90_000, 4000)])
def test_it_shares_the_pace_with_other_sweeps_and_never_exceeds_its_own(share: int, most: int) -> None:
    told: list[SweepProgress] = []
    options = {"port": 9, "pps": 4000, "retries": 0, "timeout": 0.1, "pace": lambda: share}
    list(sweep(parse(["127.22.0.0/23"], allowed=["127.0.0.0/8"]), [PUBLIC], on_progress=told.append, **options))
    assert told[-1].probed == 510
    assert told[-1].sent / (told[-1].elapsed - 0.1) < most * 1.2


def test_it_goes_on_when_the_kernel_refuses_some_packets() -> None:
    with Responder(MIB) as responder:
        plan = ["255.255.255.255", "127.0.0.1", "255.255.255.255"]  # broadcast is not permitted on this socket
        told: list[SweepProgress] = []
        answers = list(sweep(plan, [PUBLIC], port=responder.port, retries=0, timeout=0.3, on_progress=told.append))
    assert [answer.address for answer in answers] == ["127.0.0.1"]
    assert told[-1].send_errors == 2


def test_it_does_nothing_without_a_way_in() -> None:
    assert list(sweep(["127.0.0.1"], [])) == []


@pytest.mark.parametrize("wrong", [{"pps": 0}, {"retries": 11}, {"timeout": 0.0}, {"port": 0}, {"port": 65536}])
def test_it_refuses_numbers_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="accepted are port 1 to 65535, pps 1 to 1,000,000"):
        list(sweep(["127.0.0.1"], [PUBLIC], **wrong))  # type: ignore[arg-type]


def test_it_names_an_address_that_is_none() -> None:
    with pytest.raises(ValueError, match="'router' is not an IP address"):
        list(sweep(["router"], [PUBLIC]))


def test_it_waits_as_long_as_answers_take() -> None:
    trips = RoundTrips(timeout=1.0)
    assert trips.wait == 1.0
    for _ in range(50):
        trips.add(0.02)
    assert trips.wait == 0.25
    for _ in range(50):
        trips.add(2.0)
    assert 2.0 < trips.wait <= 3.0


@given(st.binary(max_size=300))
def test_it_reads_any_bytes_without_raising(packet: bytes) -> None:
    assert reply(packet) is None or reply(packet) == reply(packet + b"padding")


@given(st.data())
def test_it_reads_a_damaged_answer_without_raising(data: st.DataObject) -> None:
    agent = Responder(MIB, addresses=())
    honest = bytearray(agent.answer(probe(PUBLIC).packet)[0])
    for _ in range(data.draw(st.integers(1, 4))):
        honest[data.draw(st.integers(0, len(honest) - 1))] = data.draw(st.integers(0, 255))
    said = reply(bytes(honest))
    assert said is None or (len(said.sys_descr) < 300 and len(said.sys_object_id) < 300)


def test_it_finds_its_id_in_the_packet_whatever_the_community() -> None:
    tricky = probe(SnmpAuth(community=Secret("zZZzzZZz")))
    agent = Responder(MIB, community=b"zZZzzZZz", addresses=())
    packet = tricky.packet[: tricky.id_at] + (0x41020304).to_bytes(4, "big") + tricky.packet[tricky.id_at + 4 :]
    said = reply(agent.answer(packet)[0])
    assert said is not None
    assert said.request_id == 0x41020304


def test_it_keeps_the_community_out_of_reprs() -> None:
    assert "public" not in repr(PUBLIC) + repr(probe(PUBLIC))


def test_it_survives_a_nesting_bomb() -> None:
    bomb = b""
    for _ in range(400):
        bomb = tlv(0x30, bomb)
    assert reply(bomb) is None
    assert list(islice(sweep([], [PUBLIC]), 1)) == []
