"""The counts of syslog for Prometheus, read from the database when it asks."""

from collections.abc import Iterable

from django.db import DatabaseError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from syslogd.totals import Totals, totals

NAME = "netmanager_syslog"


class SyslogCollector(Collector):
    """Asked at each scrape. A database that is away leaves the rest of the metrics alone."""

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All families."""
        try:
            now = totals()
        except DatabaseError:
            return
        yield from counters(now)
        yield from gauges(now)


def counters(now: Totals) -> Iterable[Metric]:
    """What only grows."""
    yield CounterMetricFamily(f"{NAME}_received_messages", "Messages that reached this host.", value=now.received)
    yield CounterMetricFamily(f"{NAME}_stored_messages", "Messages in the database.", value=now.stored)
    yield CounterMetricFamily(f"{NAME}_stored_rows", "Rows of these messages.", value=now.rows)
    yield CounterMetricFamily(f"{NAME}_corrupt_spool_files", "Spool files set aside.", value=now.corrupt_files)
    dropped = CounterMetricFamily(f"{NAME}_dropped_messages", "Messages not stored, and why.", labels=["reason"])
    for reason, count in now.dropped.items():
        dropped.add_metric([reason], count)
    yield dropped


def gauges(now: Totals) -> Iterable[Metric]:
    """What is so at this moment."""
    waiting = GaugeMetricFamily(f"{NAME}_in_flight_messages", "Messages on their way, and where.", labels=["place"])
    for place, count in now.in_flight.items():
        waiting.add_metric([place], count)
    yield waiting
    yield GaugeMetricFamily(f"{NAME}_spool_bytes", "Size of the spool.", value=now.spool_bytes)
    yield GaugeMetricFamily(f"{NAME}_lag_seconds", "From reception to storage.", value=now.lag_seconds)
    yield GaugeMetricFamily(f"{NAME}_receivers", "Receivers heard of within 30 s.", value=now.receivers)
    yield GaugeMetricFamily(f"{NAME}_silent_receivers", "Receivers that fell silent.", value=now.silent)
