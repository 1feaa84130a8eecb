"""The client against the real net-snmp agent, and against agents that lie."""

import asyncio
import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace

import pytest

from inventory.errors import AuthenticationFailed, Unreachable
from inventory.models import Credential
from inventory.secrets import Secret
from inventory.snmp.auth import SnmpAuth, SnmpTarget
from inventory.snmp.client import BadAnswer, get, walk, walk_many
from tests.inventory.snmp_responder import Oid, Responder, integer, ip_address, octets, oid, ticks, varbind
from tests.inventory.snmpd import AUTH_KEY, AUTHS, COMMUNITY, PRIV_KEY, PRIVS, Snmpd

SYS_DESCR, SYS_NAME, NOT_THERE = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.99.0"
IF_DESCR, IF_INDEX = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.1"
PUBLIC = SnmpAuth(community=Secret(COMMUNITY))
MIB = {f"{IF_DESCR}.{n}": octets(f"Ethernet{n}") for n in range(1, 121)} | {
    "1.3.6.1.2.1.2.2.1.3.1": integer(6),
    SYS_NAME: octets("core-1"),
}


@pytest.fixture(scope="module")
def snmpd() -> Iterator[Snmpd]:
    with Snmpd() as agent:
        yield agent


def at(agent: Snmpd | Responder, auth: SnmpAuth = PUBLIC, **options: object) -> SnmpTarget:
    settings = {"timeout": 0.5, "retries": 1, **options}
    return SnmpTarget("127.0.0.1", auth, port=agent.port, **settings)  # type: ignore[arg-type]


def v3(user: str, auth: str = "", priv: str = "", auth_key: str = AUTH_KEY, priv_key: str = PRIV_KEY) -> SnmpAuth:
    return SnmpAuth("v3", Secret(""), user, auth, Secret(auth_key), priv, Secret(priv_key))


@pytest.mark.parametrize(
    "auth",
    [
        PUBLIC,
        SnmpAuth("v1", Secret(COMMUNITY)),
        v3("alice", "SHA", "AES"),
        v3("bob", "SHA256", "AES"),
        v3("carol", "SHA512", "AES256"),
        v3("dave", "MD5", "DES"),
        v3("erin", "SHA", "AES256"),
        v3("frank", "SHA"),
        v3("grace"),
    ],
    ids=lambda auth: f"{auth.version} {auth.auth_protocol} {auth.priv_protocol}",
)
def test_it_reads_the_real_agent(snmpd: Snmpd, auth: SnmpAuth) -> None:
    values = asyncio.run(get(at(snmpd, auth), [SYS_NAME, NOT_THERE, SYS_DESCR]))
    assert values[SYS_NAME] == b"lab-agent"
    assert SYS_DESCR in values
    assert NOT_THERE not in values
    table = asyncio.run(walk(at(snmpd, auth), IF_DESCR))
    assert b"lo" in table.values()


@pytest.mark.parametrize("priv", PRIVS)
def test_the_real_agent_understands_every_protocol(snmpd: Snmpd, priv: str) -> None:
    for auth in AUTHS:
        values = asyncio.run(get(at(snmpd, v3(f"{auth}-{priv}", auth, priv)), [SYS_NAME]))
        assert values == {SYS_NAME: b"lab-agent"}, auth


def test_a_credential_offers_every_protocol() -> None:
    assert set(Credential.AuthProtocol.values) == {"", *AUTHS}
    assert set(Credential.PrivProtocol.values) == {"", *PRIVS}


def test_it_names_what_is_weak() -> None:
    def weak(auth: str, priv: str) -> list[str]:
        return Credential(kind="snmp_v3", snmp_auth_protocol=auth, snmp_priv_protocol=priv).weak_protocols

    assert (weak("MD5", "DES"), weak("SHA512", "AES256")) == (["MD5", "DES"], [])
    assert len(weak("", "")) == 2


def test_it_reads_several_tables_over_one_session(snmpd: Snmpd) -> None:
    tables = asyncio.run(walk_many(at(snmpd), [IF_INDEX, IF_DESCR, "1.3.6.1.4.1.424242"]))
    assert set(tables[IF_INDEX]) == set(tables[IF_DESCR])
    assert all(index == (value,) for index, value in tables[IF_INDEX].items())
    assert tables["1.3.6.1.4.1.424242"] == {}


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        (v3("alice", "SHA", "AES", auth_key="wrong-password"), "refused SNMP v3 user 'alice'"),
        (v3("nobody", "SHA", "AES"), "refused SNMP v3 user 'nobody'"),
        (v3("alice", "SHA256", "AES"), "refused SNMP v3 user 'alice'"),
        (v3("alice", "SHA", "AES", priv_key="wrong-password"), "answered no encrypted request of user 'alice'"),
    ],
)
def test_it_tells_a_wrong_key_from_silence(snmpd: Snmpd, auth: SnmpAuth, words: str) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        asyncio.run(get(at(snmpd, auth, name="core-1"), [SYS_NAME]))
    assert str(caught.value).startswith("core-1 (127.0.0.1)")
    assert words in str(caught.value)
    assert not caught.value.retryable
    assert all(secret not in str(caught.value) for secret in (AUTH_KEY, PRIV_KEY, "wrong-password"))


@pytest.mark.parametrize("auth", [SnmpAuth(community=Secret("not-this-one")), SnmpAuth("v1", Secret("not-this-one"))])
def test_it_says_what_silence_may_mean(snmpd: Snmpd, auth: SnmpAuth) -> None:
    with pytest.raises(
        Unreachable, match=r"did not answer SNMP v[12]c? on port \d+ to this community \(2 x 0.1 s\)"
    ) as e:
        asyncio.run(get(at(snmpd, auth, timeout=0.1), [SYS_NAME]))
    assert e.value.retryable
    assert "not-this-one" not in str(e.value)


def test_it_finds_nobody_at_a_closed_port() -> None:
    with Responder({}) as gone:
        pass
    for auth in (PUBLIC, v3("alice", "SHA", "AES")):
        with pytest.raises(Unreachable, match="did not answer"):
            asyncio.run(get(at(gone, auth, timeout=0.1), [SYS_NAME]))


def test_it_keeps_types_apart() -> None:
    mib = {
        "1.3.6.1.4.1.1.1": ip_address("10.0.0.1"),
        "1.3.6.1.4.1.1.2": ticks(4711),
        "1.3.6.1.4.1.1.3": oid("1.3.6.1.4.1.9"),
        "1.3.6.1.4.1.1.4": octets(b"\x00\xff"),
        "1.3.6.1.4.1.1.5": integer(-1),
    }
    with Responder(mib) as agent:
        table = asyncio.run(walk(at(agent), "1.3.6.1.4.1.1"))
    assert table == {(1,): "10.0.0.1", (2,): 4711, (3,): "1.3.6.1.4.1.9", (4,): b"\x00\xff", (5,): -1}


def test_it_goes_on_after_lost_packets() -> None:
    with Responder(MIB, drop_every=2) as agent:
        assert len(asyncio.run(walk(at(agent, timeout=0.05), IF_DESCR))) == 120
        assert asyncio.run(get(at(agent, timeout=0.05), [SYS_NAME])) == {SYS_NAME: b"core-1"}


def test_it_asks_for_less_when_answers_outgrow_the_buffer() -> None:
    long = {f"{IF_DESCR}.{n}": octets("x" * 900) for n in range(1, 31)}
    with Responder(long) as agent:
        assert len(asyncio.run(walk(at(agent), IF_DESCR))) == 30
        assert len(asyncio.run(get(at(agent), long))) == 30


def test_it_asks_for_less_when_a_v1_agent_misses_one_object() -> None:
    class VersionOne(Responder):
        def _honest(self, packet: bytes) -> bytes | None:
            answer = super()._honest(packet)
            refused = answer is not None and b"\x80\x00" in answer
            return answer.replace(b"\x02\x01\x00\x02\x01\x00", b"\x02\x01\x02\x02\x01\x01") if refused else answer

    asked = [SYS_NAME, NOT_THERE, f"{IF_DESCR}.1", f"{IF_DESCR}.2"]
    with VersionOne(MIB) as agent:
        values = asyncio.run(get(at(agent, SnmpAuth("v1", Secret("public"))), asked))
    assert set(values) == {SYS_NAME, f"{IF_DESCR}.1", f"{IF_DESCR}.2"}


class Circles(Responder):
    """Comes back to the first rows again and again."""

    def _bulk(self, names: list[Oid], repetitions: int) -> list[bytes]:
        return [varbind(self.names[1 + n % 3], octets("x")) for n in range(6)]


class Standing(Responder):
    """Answers with what was asked."""

    def _bulk(self, names: list[Oid], repetitions: int) -> list[bytes]:
        return [varbind(names[0], octets("x"))]


class Endless(Responder):
    """Has always one more row."""

    def _bulk(self, names: list[Oid], repetitions: int) -> list[bytes]:
        root, row = names[0][:10], (*names[0], 0)[10]
        return [varbind((*root, row + n), octets("x")) for n in range(1, repetitions + 1)]


@pytest.mark.parametrize("version", ["v1", "v2c"])
@pytest.mark.parametrize("liar", [Circles, Standing])
def test_it_ends_with_an_agent_that_goes_in_circles(liar: type[Responder], version: str) -> None:
    with liar(MIB) as agent:
        with contextlib.suppress(BadAnswer):
            assert len(asyncio.run(walk(at(agent, SnmpAuth(version, Secret("public"))), IF_DESCR))) <= 3
        assert agent.requests < 10


def test_it_says_that_a_table_goes_in_circles() -> None:
    with Circles(MIB) as agent, pytest.raises(BadAnswer, match=r"127\.0\.0\.1 sends the table 1\.3\S+ in circles"):
        asyncio.run(walk(at(agent), IF_DESCR))


def test_it_ends_with_a_table_without_end() -> None:
    with Endless(MIB) as agent, pytest.raises(BadAnswer, match="sends more than 1,000 values of 1"):
        asyncio.run(walk(at(agent), IF_DESCR, limit=1000))


def test_it_ends_with_an_agent_slower_than_its_time_limit() -> None:
    with Endless(MIB) as agent, pytest.raises(Unreachable, match=r"did not finish answering within 0\.2 s"):
        asyncio.run(walk(at(agent, time_limit=0.2), IF_DESCR, limit=10**9))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: [os.urandom(80)],
        lambda answer: [b"\x30\x84\xff\xff\xff\xff"],
        lambda answer: [b"\x30\x10" + b"\xff" * 8],
        lambda answer: [answer[: len(answer) // 2]],
        lambda answer: [b"0"],
    ],
)
def test_it_calls_rubbish_rubbish(spoil: Callable[[bytes], list[bytes]]) -> None:
    with Responder(MIB, fault=spoil) as agent:
        for ask in (lambda: get(at(agent, timeout=0.1), [SYS_NAME]), lambda: walk(at(agent, timeout=0.1), IF_DESCR)):
            with pytest.raises(Unreachable) as caught:
                asyncio.run(ask())
            assert "127.0.0.1" in str(caught.value)


def test_it_raises_only_its_two_errors_whatever_the_agent_sends() -> None:
    chance = random.Random(7)

    def damaged(answer: bytes) -> list[bytes]:
        spoiled = bytearray(answer)
        for _ in range(chance.randint(1, 4)):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        return [bytes(spoiled)]

    async def ask_often(target: SnmpTarget) -> int:
        broken = 0
        for _ in range(300):
            try:
                await get(target, [SYS_NAME, f"{IF_DESCR}.1"])
            except (Unreachable, AuthenticationFailed):
                broken += 1
        return broken

    with Responder(MIB, fault=damaged) as agent:
        assert 50 < asyncio.run(ask_often(at(agent, timeout=0.01, retries=0))) < 300


def test_it_refuses_a_backend_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNMP_BACKEND", "carrier-pigeon")
    with pytest.raises(Unreachable, match="SNMP_BACKEND: 'carrier-pigeon' is not one of gufo, easysnmp"):
        asyncio.run(get(SnmpTarget("127.0.0.1", PUBLIC), [SYS_NAME]))


def test_it_says_how_to_install_the_other_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNMP_BACKEND", "easysnmp")
    monkeypatch.setitem(sys.modules, "easysnmp", None)
    with pytest.raises(Unreachable, match=r"pip install -r requirements-easysnmp\.txt"):
        asyncio.run(get(SnmpTarget("127.0.0.1", PUBLIC), [SYS_NAME]))


class EasySession:
    """Answers as easysnmp 0.2.6 does: names with a leading dot and the last number apart, values as latin-1 text."""

    def __init__(self, **options: object) -> None:
        assert options["community"] == "public"

    def _row(self, number: int) -> SimpleNamespace:
        return SimpleNamespace(
            oid=f".{IF_DESCR}", oid_index=str(number), value=f"Eth{number}\xff", snmp_type="OCTETSTR"
        )

    def get(self, oids: list[str]) -> list[SimpleNamespace]:
        known = {
            f".{SYS_NAME}": ("core-1", "OCTETSTR"),
            ".1.3.6.1.2.1.1.2.0": (".1.3.6.1.4.1.9", "OBJECTID"),
            ".1.3.6.1.2.1.1.3.0": ("42", "TICKS"),
        }
        found = [(name, *known.get(name, ("NOSUCHINSTANCE", "NOSUCHINSTANCE"))) for name in oids]
        return [SimpleNamespace(oid=name, oid_index="", value=value, snmp_type=kind) for name, value, kind in found]

    def get_bulk(self, oids: list[str], non_repeaters: int, repetitions: int) -> list[SimpleNamespace]:
        last = int(oids[0].removeprefix(f".{IF_DESCR}").strip(".") or 0)
        rows = [self._row(number) for number in range(last + 1, 31)][:repetitions]
        beyond = SimpleNamespace(oid=".1.3.6.1.2.1.2.2.1.3", oid_index="1", value="6", snmp_type="INTEGER")
        return [*rows, beyond] if len(rows) < repetitions else rows


def test_it_reads_the_same_through_easysnmp(monkeypatch: pytest.MonkeyPatch) -> None:
    library = ModuleType("easysnmp")
    library.Session = EasySession  # type: ignore[attr-defined]
    errors = {name: type(name, (Exception,), {}) for name in ("EasySNMPTimeoutError", "EasySNMPNoSuchNameError")}
    library.exceptions = SimpleNamespace(**errors)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "easysnmp", library)
    monkeypatch.setenv("SNMP_BACKEND", "easysnmp")
    target = SnmpTarget("127.0.0.1", PUBLIC)
    values = asyncio.run(get(target, [SYS_NAME, NOT_THERE, "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"]))
    assert values == {SYS_NAME: b"core-1", "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9", "1.3.6.1.2.1.1.3.0": 42}
    assert asyncio.run(walk(target, IF_DESCR)) == {(n,): f"Eth{n}\xff".encode("latin-1") for n in range(1, 31)}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"version": "2"}, "SNMP version: '2' is not one of v1, v2c, v3."),
        ({"version": "v3"}, "SNMP v3 user: it is empty; give the name the device knows."),
        (
            {"version": "v3", "user": "a", "auth_protocol": "SHA3"},
            "authentication protocol: 'SHA3' is not one of none,",
        ),
        ({"version": "v3", "user": "a", "auth_protocol": "SHA", "auth_key": Secret("1234567")}, "fewer than 8"),
        ({"version": "v3", "user": "a", "priv_protocol": "AES", "priv_key": Secret("12345678")}, "needs an authent"),
    ],
)
def test_it_refuses_a_credential_that_cannot_work(options: dict[str, str | Secret], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        SnmpAuth(**options)  # type: ignore[arg-type]
    assert sentence in str(caught.value)
    assert "1234567" not in str(caught.value)
