"""Every batch is handed over, spooled or counted as dropped, and handed over again until it is stored."""

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from django.conf import settings as configured
from django.utils import timezone
from redis import Redis

from netmanager.celery import app
from syslogd import unconfirmed
from syslogd.batch import Chunk, Packed, unpack
from syslogd.claims import key_of
from syslogd.counters import Counters
from syslogd.hand_over import Broker, HandOver
from syslogd.keeper import Keeper
from syslogd.models import SyslogBatch
from syslogd.queue import Queue
from syslogd.spool import Spool
from syslogd.unconfirmed import Unconfirmed

pytestmark = pytest.mark.django_db
NOWHERE = "redis://127.0.0.1:1/0"  # nobody listens there
SOURCE = ip_address("192.0.2.1").packed
MB = 2**20


@dataclass
class Line:
    """A receiver without its sockets."""

    folder: Path
    limit: int = MB
    receiver: int = 0

    def __post_init__(self) -> None:
        self.counters = Counters.create(self.folder / "counters", self.receiver, 0)
        self.queue, self.unconfirmed, self.away = Queue(100_000), Unconfirmed(), Event()
        self.spool = Spool(self.folder, self.limit)
        self.keeper = Keeper(self.counters, self.folder / "counters", self.spool, self.unconfirmed, self.away)

    def take(self, *texts: bytes) -> None:
        """Messages come, and go where they can."""
        self.counters.add("received", len(texts))
        self.queue.put(Chunk(1_000_000, [SOURCE] * len(texts), list(texts)))
        self.queue.close()
        HandOver(self.queue, self.counters, self.spool, self.unconfirmed, self.away).run()
        self.queue = Queue(100_000)

    def look_after(self) -> None:
        """A round, with a fresh look into the spool."""
        self.keeper._looked = -1e9
        self.keeper.round()

    def counted(self) -> tuple[int, int, int]:
        """Handed over, in the spool, refused by the spool."""
        counts = self.counters.counts()
        return counts.handed, counts.spooled, counts.spool


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


@pytest.fixture(autouse=True)
def redis() -> Iterator[Redis]:
    """This test process's own, empty."""
    database = Redis.from_url(configured.REDIS_URL)
    database.flushdb()
    yield database
    database.flushdb()


@pytest.fixture
def broker_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Redis cannot be reached until the patch is undone."""
    monkeypatch.setattr(configured, "REDIS_URL", NOWHERE)
    monkeypatch.setattr(app.conf, "broker_write_url", NOWHERE)
    return monkeypatch


def tasks() -> list[str]:
    """The keys that wait in the queue, oldest first; takes them out."""
    queue, found = Redis.from_url(configured.REDIS_URL), []
    while isinstance(message := queue.rpop("syslog"), bytes):
        found.append(json.loads(b64decode(json.loads(message)["body"]))[0][0])
    return found


def texts(redis: Redis, key: str) -> list[bytes]:
    payload = redis.get(key)
    assert isinstance(payload, bytes)
    return [text for chunk in unpack(payload).chunks for text in chunk.texts]


def store(redis: Redis, key: str) -> None:
    """What a worker does: the batch's id in the database, then the payload goes."""
    SyslogBatch.objects.create(uuid=UUID(key.rpartition(":")[2]), stored_at=timezone.now(), count=1)
    redis.delete(key)


def test_it_leaves_the_payload_and_sends_a_task_that_carries_only_its_key(line: Line, redis: Redis) -> None:
    line.take(b"one", b"two")
    (key,) = tasks()
    batch = unpack(redis.get(key))
    assert (batch.run, batch.receiver, batch.counts.received) == (line.counters.run, 0, 2)
    assert list(batch.messages()) == [(1_000_000, SOURCE, b"one"), (1_000_001, SOURCE, b"two")]
    assert redis.ttl(key) > 3600
    assert line.counted() == (2, 0, 0)


def test_it_cuts_batches_of_the_configured_size(line: Line, redis: Redis, settings: object) -> None:
    settings.SYSLOG_BATCH_SIZE = 2  # type: ignore[attr-defined]
    line.take(b"1", b"2", b"3", b"4", b"5")
    assert [texts(redis, key) for key in tasks()] == [[b"1", b"2"], [b"3", b"4"], [b"5"]]


def test_it_spools_while_the_broker_is_away_and_replays_the_oldest_first(
    line: Line, redis: Redis, broker_away: pytest.MonkeyPatch
) -> None:
    line.take(b"first")
    assert line.away.is_set()
    line.take(b"second", b"third")
    assert line.counted() == (0, 3, 0)
    assert line.counters.get("spool_bytes") == sum(path.stat().st_size for path in line.folder.glob("*.batch"))
    line.look_after()
    assert line.away.is_set()
    broker_away.undo()
    line = again(line)
    line.look_after()
    assert sorted(len(texts(redis, key)) for key in tasks()) == [1, 2]
    assert line.counted() == (3, 0, 0)
    assert not line.away.is_set()
    assert line.spool.look() == []


def again(line: Line) -> Line:
    """The same receiver with connections to where Redis is now."""
    line.keeper._broker = Broker()
    return line


def test_it_counts_what_the_spool_refuses(tmp_path: Path, broker_away: pytest.MonkeyPatch) -> None:
    line = Line(tmp_path, limit=400)
    line.take(b"small")
    line.take(os.urandom(1000), os.urandom(1000))
    line.take(b"small again")
    assert line.counted() == (0, 2, 2)
    assert len(line.spool.look()) == 2


def test_it_spools_what_would_not_fit_into_memory_as_long_as_nothing_is_stored(
    line: Line, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.unconfirmed = Unconfirmed(most=300)
    line.keeper._unconfirmed = line.unconfirmed
    line.take(b"one")
    line.take(os.urandom(500))
    assert line.counted() == (1, 1, 0)
    line.look_after()
    (key,) = tasks()
    assert line.counted() == (1, 1, 0)
    store(redis, key)
    line.look_after()
    assert line.counted() == (2, 0, 0)


def test_it_forgets_what_is_stored_and_hands_over_again_what_redis_forgot(line: Line, redis: Redis) -> None:
    line.take(b"stored")
    line.take(b"forgotten")
    stored, forgotten = tasks()
    store(redis, stored)
    redis.delete(forgotten)
    line.look_after()
    assert tasks() == [forgotten]
    assert texts(redis, forgotten) == [b"forgotten"]
    assert len(line.unconfirmed) == 1
    assert line.counted() == (2, 0, 0)


def test_it_sends_a_task_again_that_nobody_holds(line: Line, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unconfirmed, "LATE", 0.0)
    line.take(b"one")
    line.look_after()
    (key,) = tasks()  # not sent twice while it is in the queue
    line.look_after()
    assert tasks() == [key]


def test_what_neither_redis_nor_the_database_has_at_the_end_is_replayed_by_the_next_run(
    line: Line, redis: Redis
) -> None:
    line.take(b"in redis")
    line.take(b"forgotten")
    kept, forgotten = tasks()
    redis.delete(forgotten)
    line.keeper.finish(ask=True)
    line.counters.close()
    heir = Line(line.folder)
    heir.look_after()
    assert tasks() == [forgotten]
    assert redis.exists(kept)
    left = Counters.open(line.folder / "counters" / line.counters.run.hex)
    assert left is not None
    assert (left.counts().handed, left.counts().spooled, left.get("spool_bytes")) == (2, 0, 0)


def test_the_first_receiver_replays_what_dead_runs_left_and_the_others_do_not(
    line: Line, redis: Redis, broker_away: pytest.MonkeyPatch
) -> None:
    line.take(b"left behind")
    living = Line(line.folder, receiver=5)
    living.take(b"of one that lives")
    line.counters.close()
    broker_away.undo()
    other, heir = Line(line.folder, receiver=1), Line(line.folder)
    other.look_after()
    assert tasks() == []
    heir.look_after()
    (key,) = tasks()
    assert texts(redis, key) == [b"left behind"]
    left = Counters.open(line.folder / "counters" / line.counters.run.hex)
    assert left is not None
    assert (left.counts().handed, left.counts().spooled) == (1, 0)


def test_a_damaged_file_is_set_aside_and_its_messages_are_counted_as_lost(
    line: Line, redis: Redis, broker_away: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for text in (b"cut short", b"empty", b"sound"):
        line.take(text, text)
    cut, empty, _sound = sorted(line.folder.glob("*.batch"))
    cut.write_bytes(cut.read_bytes()[:20])
    empty.write_bytes(b"")
    broker_away.undo()
    line = again(line)
    line.look_after()
    assert len(tasks()) == 1
    assert line.counted() == (2, 0, 0)
    assert (line.counters.get("lost"), line.counters.get("corrupt_files")) == (4, 2)
    assert {path.name for path in (line.folder / "corrupt").iterdir()} == {cut.name, empty.name}
    assert cut.name in caplog.text


def test_two_of_a_batch_are_kept_once(line: Line) -> None:
    packed = Packed(UUID(int=1), line.counters.run, 1, 1, b"payload")
    line.unconfirmed.add(packed)
    line.unconfirmed.add(packed)
    assert list(line.unconfirmed.all()) == [key_of(packed.run, packed.uuid)]
    line.unconfirmed.forget(key_of(packed.run, packed.uuid))
    assert line.unconfirmed.fits(Packed(UUID(int=2), line.counters.run, 1, 1, b"x" * 17 * MB))
