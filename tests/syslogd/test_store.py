"""A batch is stored once, whatever stands in it and however often it comes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.models import SystemSetting
from syslogd import store
from syslogd.batch import EPOCH, Batch, Chunk, Counts, first_id, pack, received_at
from syslogd.claims import key_of, open_claims
from syslogd.models import SyslogBatch, SyslogEvent, SyslogMessage, SyslogPoison, SyslogRun
from syslogd.store import ingest
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TICK = (NOW - EPOCH) // timedelta(microseconds=1)
LOOPBACK = b"\x7f\0\0\1"


@pytest.fixture(autouse=True)
def fresh_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is remembered from another test."""
    monkeypatch.setattr(store, "SENDERS", store.Senders())


@pytest.fixture
def run() -> SyslogRun:
    return SyslogRun.objects.create(host="h", receiver=5, started_at=NOW, seen_at=NOW)


def left(run: SyslogRun | UUID, *texts: bytes, source: bytes = LOOPBACK, tick: int = TICK, **counts: int) -> str:
    """A batch of these messages in its place; returns its key."""
    uuid = run if isinstance(run, UUID) else run.uuid
    chunk = Chunk(tick, [source] * len(texts), list(texts))
    batch = Batch(uuid4(), uuid, 5, Counts(**{"received": len(texts), **counts}), (chunk,))
    key = key_of(uuid, batch.uuid)
    open_claims().put(key, pack(batch))
    return key


def test_it_stores_what_was_received_and_from_whom(run: SyslogRun) -> None:
    switch = make.make_device("switch1", primary_address="127.0.0.1")
    key = left(
        run, b"<189>45: *Nov 23 08:00:00.123: %SYS-6-X: one\ttab \\ and\r\nline", b'<13>1 - h a - - [x@1 k="\\\\"] two'
    )
    assert ingest(key) == 2
    first, second = SyslogMessage.objects.order_by("id")
    assert (first.message, first.device, first.source) == ("one\ttab \\ and\r\nline", switch, "127.0.0.1")
    assert (first.received_at, second.received_at) == (NOW, NOW + timedelta(microseconds=1))
    assert [received_at(row.id) for row in (first, second)] == [first.received_at, second.received_at]
    assert first.id >> 6 & 63 == 5
    assert second.structured_data == {"x@1": {"k": "\\"}}
    assert (second.facility, second.severity, second.sent_at, second.clock) == (1, 5, None, 8)
    assert open_claims().get(key) is None


def test_it_stores_a_batch_once_however_often_it_comes(run: SyslogRun) -> None:
    key = left(run, b"<13>one", b"<13>two")
    payload = open_claims().get(key)
    assert payload is not None
    assert ingest(key) == 2
    assert ingest(key) == 0
    open_claims().put(key, payload)
    assert ingest(key) == 0
    run.refresh_from_db()
    assert (SyslogMessage.objects.count(), run.stored, run.rows, SyslogBatch.objects.count()) == (2, 2, 2, 1)
    assert open_claims().get(key) is None


def test_it_tells_what_the_run_had_counted_and_never_less_than_is_known(run: SyslogRun) -> None:
    ingest(left(run, b"<13>one", received=100, handed=50, kernel=7))
    SyslogRun.objects.update(received=300)
    ingest(left(run, b"<13>two", received=200, handed=60, kernel=6))
    run.refresh_from_db()
    assert (run.received, run.handed, run.kernel, run.stored) == (300, 60, 7, 2)
    assert run.lag_ms >= 0
    assert run.stored_at is not None


def test_a_run_that_the_database_has_not_heard_of_gets_its_row() -> None:
    unknown = uuid4()
    assert ingest(left(unknown, b"<13>one")) == 1
    assert SyslogRun.objects.get(uuid=unknown).stored == 1


def test_several_lines_of_a_message_are_rows_of_one_message(run: SyslogRun) -> None:
    lines = b"\n".join(b"<13>line %d" % number for number in range(70))
    ingest(left(run, lines))
    run.refresh_from_db()
    assert (run.stored, run.rows) == (1, 64)
    assert len(set(SyslogMessage.objects.values_list("id", flat=True))) == 64


def test_messages_of_two_days_find_their_days(run: SyslogRun) -> None:
    midnight = (datetime(2026, 11, 24, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    ingest(left(run, b"<13>before", b"<13>after", tick=midnight - 1))
    days = [row.received_at.day for row in SyslogMessage.objects.order_by("id")]
    assert days == [23, 24]
    assert SyslogMessage.objects.filter(id__gte=first_id(datetime(2026, 11, 24, tzinfo=UTC))).count() == 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=120), min_size=1, max_size=20))
def test_any_bytes_are_stored(run: SyslogRun, texts: list[bytes]) -> None:
    before = SyslogMessage.objects.count()
    rows = ingest(left(run, *texts))
    assert rows >= len(texts)
    assert SyslogMessage.objects.count() == before + rows
    assert not SyslogPoison.objects.exists()


def test_an_address_decides_and_a_name_only_for_a_relay(run: SyslogRun) -> None:
    relay = make.make_device("relay", primary_address="127.0.0.1")
    spoken = make.make_device("Switch7", sys_name="switch7.example.net")
    text = b"<13>Nov 23 08:00:00 SWITCH7.example.net app: text"
    ingest(left(run, text))
    SystemSetting.objects.create(name="syslog_relays", value="127.0.0.0/8")
    store.SENDERS = store.Senders()
    ingest(left(run, text, tick=TICK + 10))
    assert list(SyslogMessage.objects.order_by("id").values_list("device", flat=True)) == [relay.pk, spoken.pk]


def test_an_address_of_several_devices_is_nobodys_unless_one_is_managed_by_it(run: SyslogRun) -> None:
    one, two = make.make_device("one"), make.make_device("two")
    for device in (one, two):
        make.make_address(device, "127.0.0.1")
    ingest(left(run, b"<13>a"))
    store.SENDERS = store.Senders()
    make.make_device("three", primary_address="127.0.0.1")
    ingest(left(run, b"<13>b", tick=TICK + 10))
    found = list(SyslogMessage.objects.order_by("id").values_list("device__name", flat=True))
    assert found == [None, "three"]


def test_what_a_device_tells_of_itself_is_noted(run: SyslogRun) -> None:
    make.make_device("switch1", primary_address="127.0.0.1", platform="cisco_ios")
    ingest(
        left(run, b"<189>1: Nov 23 08:00:00 UTC: %SYS-5-CONFIG_I: Configured from console by kim on vty0 (10.0.0.9)")
    )
    event = SyslogEvent.objects.get()
    assert (event.kind, event.user, event.at) == ("config", "kim", NOW)


def test_a_row_that_the_database_refuses_costs_no_other(run: SyslogRun, monkeypatch: pytest.MonkeyPatch) -> None:
    write = store._write

    def picky(rows: list[store.Row]) -> None:
        if any("poisonous" in row.parsed.message and not row.parsed.raw for row in rows):
            raise DataError("not this one")
        write(rows)

    monkeypatch.setattr(store, "_write", picky)
    texts = [b"<13>fine %d" % number for number in range(9)]
    assert ingest(left(run, *texts[:4], b"<13>poisonous", *texts[4:])) == 10
    assert SyslogMessage.objects.count() == 10
    assert SyslogMessage.objects.get(message="poisonous").raw == "poisonous"
    assert not SyslogPoison.objects.exists()


def test_a_batch_that_cannot_be_stored_at_all_is_set_aside_and_counted(
    run: SyslogRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_rows: object) -> None:
        raise DataError("never")

    monkeypatch.setattr(store, "_write", refuse)
    key = left(run, b"<13>one", b"<13>two")
    assert ingest(key) == 0
    poison = SyslogPoison.objects.get()
    run.refresh_from_db()
    assert (poison.count, poison.run, run.aside, run.stored) == (2, run, 2, 0)
    assert run.in_flight["aside"] == 2
    assert "never" in poison.error
    assert open_claims().get(key) is None


def test_a_damaged_payload_is_set_aside(run: SyslogRun) -> None:
    key = key_of(run.uuid, uuid4())
    open_claims().put(key, b"no batch")
    assert ingest(key) == 0
    assert bytes(SyslogPoison.objects.get().payload) == b"no batch"
    assert open_claims().get(key) is None


def test_a_database_that_is_away_leaves_the_batch_where_it_is(run: SyslogRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_rows: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(store, "_write", away)
    key = left(run, b"<13>one")
    with pytest.raises(OperationalError):
        ingest(key)
    assert open_claims().get(key) is not None
    assert not SyslogBatch.objects.exists()
    assert timezone.now() > NOW
