"""The days of syslog are made ahead, indexed when they are closed, and dropped whole."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from pytest_django.fixtures import Settings

from syslogd import partitions
from syslogd.models import SyslogBatch, SyslogEvent, SyslogMessage
from syslogd.partitions import ensure, existing, keep, name_of
from syslogd.tasks import run_scheduled_retention
from tests import factories as make

NOW = datetime(2031, 5, 20, 3, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def days(transactional_db: None, settings: Settings) -> Iterator[None]:
    """Days of a year that no other test uses, gone afterwards."""
    settings.SYSLOG_RETENTION_DAYS = 3
    before = existing()
    yield
    with connection.cursor() as cursor:
        for day in set(existing()) - set(before):
            cursor.execute(f"DROP TABLE {name_of(day)}")
    partitions._made.clear()


def store(at: datetime, text: str) -> None:
    SyslogMessage.objects.create(id=1, received_at=at, source="127.0.0.1", message=text)


def indexes(day: date) -> dict[str, str]:
    """Name without the table's -> definition."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [name_of(day)])
        return {name.removeprefix(f"{name_of(day)}_"): text for name, text in cursor.fetchall()}


def test_it_makes_a_week_ahead_and_drops_what_is_older_than_the_setting(days: None) -> None:
    old = [TODAY - timedelta(days=back) for back in (1, 3, 4, 9)]
    ensure(old)
    for day in old:
        store(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), str(day))
    assert re.search(r"Days dropped: [2-9]\d*, busy and left for tomorrow: 0\.", keep(NOW))
    left = [day for day in existing() if day.year == TODAY.year]
    assert left == [*(TODAY - timedelta(days=back) for back in (3, 1)), *(TODAY + timedelta(n) for n in range(7))]
    assert SyslogMessage.objects.count() == 2
    ensure([TODAY - timedelta(days=9)])
    assert TODAY - timedelta(days=9) in existing()


def test_closed_days_get_their_indexes_once_and_a_broken_one_again(days: None) -> None:
    yesterday = TODAY - timedelta(days=1)
    ensure([yesterday])
    store(NOW - timedelta(days=1), "words to find")
    keep(NOW)
    made = indexes(yesterday)
    assert {"severity", "mnemonic"} <= made.keys()
    assert "words" in made
    assert "gin_trgm_ops" in made["words"]
    assert not {"severity", "mnemonic", "words"} & indexes(TODAY).keys()
    with connection.cursor() as cursor:
        broken = f"{name_of(yesterday)}_mnemonic"
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [broken])
    assert "Indexes made: 1" in keep(NOW)
    assert "Indexes made: 0" in keep(NOW)


def test_a_day_that_somebody_reads_is_left_for_tomorrow(days: None, monkeypatch: pytest.MonkeyPatch) -> None:
    old = TODAY - timedelta(days=9)
    ensure([old])
    monkeypatch.setattr(partitions, "PATIENCE", "50ms")
    reader = connections.create_connection("default")
    try:
        with reader.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"SELECT count(*) FROM {name_of(old)}")
            assert "busy and left for tomorrow: 1." in keep(NOW)
            cursor.execute("ROLLBACK")
    finally:
        reader.close()
    assert "Days dropped: 1" in keep(NOW)


def test_what_was_rolled_back_is_not_taken_for_made(days: None) -> None:
    with transaction.atomic():
        ensure([TODAY])
        transaction.set_rollback(True)
    ensure([TODAY])
    store(NOW, "finds its day")
    assert SyslogMessage.objects.filter(message="finds its day").exists()


def test_old_batches_and_events_go_too(days: None) -> None:
    device = make.make_device()
    for age in (1, 3, 10):
        at = NOW - timedelta(days=age)
        SyslogEvent.objects.create(device=device, at=at, kind="reload", message_id=1, text="x")
        SyslogBatch.objects.create(uuid=f"00000000-0000-0000-0000-{age:012d}", stored_at=at, count=1)
    assert keep(NOW).endswith("Batches forgotten: 2, events deleted: 1.")


def test_the_schedule_calls_it(days: None) -> None:
    assert "Indexes made" in run_scheduled_retention()
