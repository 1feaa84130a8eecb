"""A run is closed when nothing of it is on its way, and what is missing then was lost."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone
from redis import Redis

from syslogd import bookkeeper
from syslogd.batch import Packed
from syslogd.bookkeeper import FORGOTTEN, Bookkeeper
from syslogd.claims import key_of
from syslogd.counters import Counters
from syslogd.models import SyslogPoison, SyslogRun
from syslogd.poison import give_up
from syslogd.spool import Spool
from syslogd.totals import totals
from tests.syslogd.test_hand_over import broker_away, redis, tasks  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookkeeper, "QUIET", 0.0)


@pytest.fixture
def books(tmp_path: Path) -> Bookkeeper:
    return Bookkeeper(tmp_path / "counters", tmp_path)


def counting(folder: Path, **counts: int) -> Counters:
    """A run that lives until this is closed."""
    counters = Counters.create(folder / "counters", receiver=1, started=1_700_000_000_000_000)
    for name, count in counts.items():
        counters.add(name, count)
    return counters


def look(books: Bookkeeper, run: Counters) -> SyslogRun:
    """Its row after a round."""
    books.write_down()
    books.close_ended()
    return SyslogRun.objects.get(uuid=run.run)


def test_it_writes_down_what_a_living_run_counts(tmp_path: Path, books: Bookkeeper) -> None:
    run = counting(tmp_path, received=10, handed=6, spooled=2, queue=1, spool_bytes=77)
    row = look(books, run)
    assert (row.receiver, row.ended_at, row.closed_at) == (1, None, None)
    assert row.in_flight == {"queue": 1, "spool": 2, "broker": 6, "aside": 0}
    assert (row.queue, row.spool_bytes) == (1, 77)
    run.move(2, "spooled", "handed")
    SyslogRun.objects.update(stored=8, received=11)  # a worker knows of a newer message
    row = look(books, run)
    assert row.in_flight == {"queue": 2, "spool": 0, "broker": 0, "aside": 0}


def test_what_was_given_up_stays_lost_while_the_run_lives_and_after_it(tmp_path: Path, books: Bookkeeper) -> None:
    run = counting(tmp_path, received=10, handed=8)
    look(books, run)
    SyslogRun.objects.update(stored=5, aside=3)
    row = SyslogRun.objects.get()
    give_up([SyslogPoison.objects.create(uuid=uuid4(), run=row, at=row.seen_at, count=3, payload=b"", error="no")])
    row = look(books, run)
    assert (row.lost, row.in_flight) == (3, {"queue": 2, "spool": 0, "broker": 0, "aside": 0})
    assert sum(totals().in_flight.values()) == 2
    run.close()
    look(books, run)
    assert look(books, run).lost == 5


def test_it_closes_a_dead_run_with_what_it_took_along(tmp_path: Path, books: Bookkeeper) -> None:
    run = counting(tmp_path, received=10, handed=6, kernel=1)
    look(books, run)
    SyslogRun.objects.update(stored=5, aside=1)
    run.close()
    look(books, run)
    row = look(books, run)
    assert row.closed_at
    assert (row.lost, row.in_flight) == (3, {"queue": 0, "spool": 0, "broker": 0, "aside": 1})
    assert row.dropped_at == row.closed_at
    assert list((tmp_path / "counters").iterdir()) == []

    SyslogRun.objects.update(stored=7)  # by a worker that had fetched it before Redis forgot it
    books.close_ended()
    assert SyslogRun.objects.get().lost == 1


def test_it_closes_nothing_of_which_something_waits(tmp_path: Path, books: Bookkeeper, redis: Redis) -> None:  # noqa: F811
    run = counting(tmp_path, received=5, handed=2, spooled=2)
    key = key_of(run.run, uuid4())
    redis.set(key, b"payload")
    spool = Spool(tmp_path, 10_000)
    spool.write(Packed(uuid4(), run.run, 1, 2, b"payload"))
    run.close()
    assert not look(books, run).closed_at
    redis.delete(key)
    assert not look(books, run).closed_at
    spool.remove(spool.look()[0])
    look(books, run)
    assert look(books, run).closed_at


def test_it_closes_nothing_while_redis_is_away(
    tmp_path: Path,
    books: Bookkeeper,
    broker_away: pytest.MonkeyPatch,  # noqa: F811
) -> None:
    run = counting(tmp_path, received=5)
    run.close()
    look(books, run)
    row = look(books, run)
    assert row.ended_at
    assert not row.closed_at


def test_it_sends_tasks_again_for_what_a_dead_run_left_in_redis(
    tmp_path: Path,
    books: Bookkeeper,
    redis: Redis,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bookkeeper, "LATE", 0.0)
    run = counting(tmp_path, received=2)
    run.close()
    key = key_of(run.run, uuid4())
    redis.set(key, b"payload")
    look(books, run)
    assert tasks() == [key]


def test_it_closes_runs_whose_folder_is_gone(books: Bookkeeper) -> None:
    long_ago = timezone.now() - 2 * FORGOTTEN
    row = SyslogRun.objects.create(host=books._host, receiver=0, started_at=long_ago, seen_at=long_ago, received=3)
    other = SyslogRun.objects.create(host="elsewhere", receiver=0, started_at=long_ago, seen_at=long_ago)
    books.close_ended()
    books.close_ended()
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.ended_at, row.lost, other.closed_at) == (long_ago, 3, None)
    assert row.closed_at
