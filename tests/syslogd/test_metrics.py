"""What Prometheus is told adds up: received = stored + dropped + in flight."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from syslogd.models import SyslogRun
from syslogd.totals import totals

pytestmark = pytest.mark.django_db
LINE = re.compile(r'^netmanager_syslog_(\w+)(?:{\w+="(\w+)"})? (\S+)$', re.MULTILINE)


def scraped(client: Client) -> dict[str, float]:
    """Metric, or metric and label, -> value."""
    text = client.get("/metrics").content.decode()
    return {f"{name} {label}".strip(): float(value) for name, label, value in LINE.findall(text)}


def make_run(**fields: object) -> SyslogRun:
    now = timezone.now()
    return SyslogRun.objects.create(**{"host": "h", "receiver": 0, "started_at": now, "seen_at": now, **fields})


def test_it_tells_where_every_message_is(client: Client) -> None:
    make_run(received=1000, handed=800, spooled=50, stored=700, aside=10, rows=720, kernel=60, queue=40, spool_bytes=99)
    make_run(receiver=1, received=100, stored=90, lost=7, aside=3, handed=100, rows=90, closed_at=timezone.now())
    now = scraped(client)
    dropped = {name: value for name, value in now.items() if name.startswith("dropped_messages_total")}
    waiting = {name.split()[1]: value for name, value in now.items() if name.startswith("in_flight_messages")}
    assert waiting == {"queue": 50, "spool": 50, "broker": 90, "aside": 13}
    assert (dropped["dropped_messages_total kernel"], dropped["dropped_messages_total lost"]) == (60, 7)
    assert now["received_messages_total"] == 1100
    assert now["received_messages_total"] == (
        now["stored_messages_total"] + sum(dropped.values()) + sum(waiting.values())
    )
    assert (now["stored_rows_total"], now["spool_bytes"]) == (810, 99)


def test_it_tells_of_receivers_that_fell_silent_but_not_of_those_that_ended(client: Client) -> None:
    old = timezone.now() - timedelta(minutes=2)
    make_run()
    make_run(seen_at=old)
    make_run(seen_at=old, ended_at=old)
    now = scraped(client)
    assert (now["receivers"], now["silent_receivers"]) == (1, 1)


def test_its_lag_grows_while_something_waits_and_is_forgotten_when_nothing_comes() -> None:
    now = timezone.now()
    waiting = make_run(received=10, stored=4, handed=10, lag_ms=200, stored_at=now - timedelta(seconds=90))
    assert totals(now).lag_seconds == pytest.approx(90, abs=1)
    waiting.stored = 10
    waiting.save()
    assert totals(now).lag_seconds == 0
    waiting.stored_at = now
    waiting.save()
    assert totals(now).lag_seconds == pytest.approx(0.2)


def test_a_database_that_is_away_takes_no_other_metric_along(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def away() -> None:
        raise OperationalError

    monkeypatch.setattr("syslogd.metrics.totals", away)
    assert b"django_http_requests" in client.get("/metrics").content
