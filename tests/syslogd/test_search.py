"""Finding messages: pages, counts, and the end of patience. What filters find is tested at the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syslogd import search
from syslogd.search import Filters
from tests import factories as make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = Filters(NOON - timedelta(hours=1), NOON)
MONTH = Filters(NOON - timedelta(days=31), NOON)


def texts(found: search.Page) -> list[str]:
    return [row.message for row in found.rows]


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1" * 30, "٣"])
def test_a_cursor_that_is_none_begins_anew(cursor: str) -> None:
    make.make_syslog(received_at=NOON - timedelta(minutes=1), message="here")
    assert texts(search.page(HOUR, None, before=cursor)) == ["here"]
    assert texts(search.page(HOUR, None, after=cursor)) == ["here"]


def test_it_finds_what_lies_at_both_ends_of_a_month() -> None:
    make.make_syslog(received_at=MONTH.since, message="first")
    make.make_syslog(received_at=MONTH.until - search.MICROSECOND, message="last")
    make.make_syslog(received_at=MONTH.until, message="after")
    found = search.page(MONTH, None, limit=1)
    assert texts(found) == ["last"]
    assert texts(search.page(MONTH, None, before=found.older)) == ["first"]
    assert texts(search.page(MONTH, None, after="0")) == ["last", "first"]


def test_beside_an_empty_page_are_all_others() -> None:
    row = make.make_syslog(received_at=NOON - timedelta(minutes=1), message="only")
    before, after = search.page(HOUR, None, before=str(row.pk)), search.page(HOUR, None, after=str(row.pk))
    assert (before.rows, before.older, after.rows, after.newer) == ((), None, (), None)
    assert texts(search.page(HOUR, None, after=before.newer)) == ["only"]
    assert texts(search.page(HOUR, None, before=after.older)) == ["only"]


@given(st.lists(st.integers(0, 3599), min_size=1, max_size=12), st.integers(1, 5), st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_show_every_message_once(seconds: list[int], limit: int, forward: bool) -> None:
    device = make.make_device()
    rows = [make.make_syslog(device, HOUR.since + timedelta(seconds=second)) for second in seconds]
    asked = Filters(HOUR.since, HOUR.until, devices=(device.pk,) if limit % 2 else (device.pk, 0))
    found, cursor = [], "0" if forward else None
    while True:
        page = search.page(asked, None, limit=limit, **{"after" if forward else "before": cursor})
        ids = [row.pk for row in page.rows]
        found += ids[::-1] if forward else ids
        cursor = page.newer if forward else page.older
        if cursor is None:
            break
    assert found == sorted((row.pk for row in rows), reverse=not forward)


def test_a_busy_minute_is_not_read_as_a_whole() -> None:
    for number in range(3):
        make.make_syslog(received_at=NOON - timedelta(milliseconds=1 + number))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        search.page(MONTH, None, limit=2)
    asked = [query["sql"] for query in queries if "syslogd_syslogmessage" in query["sql"]]
    assert len(asked) == 1
    assert "2026-03-01T11:59:58" in asked[0] or "2026-03-01 11:59:58" in asked[0]


@pytest.mark.parametrize(
    ("span", "width", "count"),
    [
        (timedelta(minutes=15), 15, 60), (timedelta(hours=1), 60, 60), (timedelta(hours=6), 600, 36),
        (timedelta(days=1), 1800, 48), (timedelta(days=7), 10_800, 56), (timedelta(days=31), 86_400, 32),
        (timedelta(seconds=1), 1, 1), (timedelta(microseconds=1), 1, 1),
    ],
)  # fmt: skip
def test_its_buckets_begin_at_round_times_and_cover_the_window(span: timedelta, width: int, count: int) -> None:
    asked = Filters(NOON - span, NOON)
    found = search.histogram(asked, None)
    assert {(bucket.end - bucket.start).total_seconds() for bucket in found} == {width}
    assert all(int(bucket.start.timestamp()) % width == 0 for bucket in found)
    assert found[0].start <= asked.since < found[0].end
    assert found[-1].start < asked.until <= found[-1].end
    assert len(found) == count


def test_its_buckets_count_what_they_cover() -> None:
    for seconds, severity in ((1, 3), (59, 3), (60, 6), (61, None), (3600, 4)):
        make.make_syslog(received_at=NOON - timedelta(seconds=seconds), severity=severity)
    found = [(bucket.start, dict(bucket.counts)) for bucket in search.histogram(HOUR, None) if bucket.counts]
    assert found == [
        (NOON - timedelta(minutes=60), {4: 1}),
        (NOON - timedelta(minutes=2), {None: 1}),
        (NOON - timedelta(minutes=1), {3: 2, 6: 1}),
    ]


def test_a_device_that_is_gone_leaves_its_messages() -> None:
    device = make.make_device()
    make.make_syslog(device, NOON - timedelta(minutes=1), message="still here")
    device.delete()
    assert [(row.message, row.device) for row in search.page(HOUR, None).rows] == [("still here", None)]
    assert [top.device for top in search.tops(HOUR, None).sources] == [None]


@pytest.mark.parametrize("ask", [search.page, search.histogram, search.tops])
def test_its_patience_ends_and_what_comes_after_is_not_hurried(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database itself breaks off: here because each message takes a second to look at."""
    make.make_syslog(received_at=NOON - timedelta(seconds=1))
    monkeypatch.setattr(search, "PATIENCE", 0.05)
    slow = search.messages(HOUR, None).extra(where=["pg_sleep(1) IS NOT NULL"])
    monkeypatch.setattr(search, "messages", lambda *_asked: slow)
    with pytest.raises(search.TooMuch, match="choose a shorter time window, or name a device"):
        ask(HOUR, None)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_it_gives_a_question_back_the_usual_patience() -> None:
    search.page(HOUR, None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('jit')")
        assert cursor.fetchone() == ("0", "on")


def test_what_has_just_come_is_found_by_its_time_without_waiting_for_a_vacuum() -> None:
    make.make_syslog(received_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reloptions FROM pg_class c JOIN pg_index ON indexrelid = c.oid JOIN pg_am a ON a.oid = relam WHERE "
            " indrelid = 'syslogd_syslogmessage_20260301'::regclass AND amname = 'brin'"
        )
        assert cursor.fetchall() == [(["autosummarize=on"],)]
