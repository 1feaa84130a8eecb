"""What is asked of many stored messages, over HTTP through gunicorn: a filtered page, the histogram, top talkers.

SYSLOG_BENCH_ROWS (2,000,000) rows within SYSLOG_BENCH_DAYS (10) days, of 1,000 devices and 300 mnemonics; the hour that
is asked for lies in a closed day and in the open one. Medians of ten in ms; `drop_day_ms` is what retention does.
"""

import json
import os
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import django

ROWS = int(os.environ.get("SYSLOG_BENCH_ROWS", "2000000"))
DAYS = int(os.environ.get("SYSLOG_BENCH_DAYS", "10"))
DEVICES, MNEMONICS, REQUESTS = 1000, 300, 10
GENERATED = """
INSERT INTO {table} (id, received_at, sent_at, device_id, source, clock, facility, severity, hostname, app_name, procid,
                     msgid, mnemonic, structured_data, message, raw)
SELECT (extract(epoch FROM at - '2020-01-01Z'::timestamptz) * 1000000)::bigint << 12, at, at, %(first)s + d,
       '10.0.0.0'::inet + d, 3, 23, least(7, 3 + m %% 5 - (n %% 997 = 0)::int), 'device-' || d, '', '', '',
       'FACILITY' || m %% 40 || '-' || 3 + m %% 5 || '-MNEMONIC' || m, NULL,
       'Interface GigabitEthernet1/0/' || n %% 48 || ', changed state to ' || (ARRAY['up', 'down'])[1 + n %% 2]
       || CASE WHEN n %% 9973 = 0 THEN ' needle' ELSE ' of neighbour 10.1.' || n %% 250 || '.' || n %% 240 END, ''
FROM (SELECT n, %(start)s::timestamptz + n * %(step)s::interval AS at, (n * 7919 %% %(devices)s)::int AS d,
             (n * 104729 %% %(mnemonics)s)::int AS m
      FROM generate_series(0::bigint, %(count)s) AS n) AS generated
"""


def main() -> None:
    """Fill a database of its own, measure, print JSON lines, drop the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
    django.setup()
    from django.db import connection

    from tests.bench.api import caller, gunicorn

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        first, seconds = fill(end)
        with gunicorn() as port:
            api = caller(port)
            for name, until in (("open day", end), ("closed day", end - timedelta(days=min(DAYS - 1, 3)))):
                figures = {name: median(api, path) for name, path in questions(first, until).items()}
                print(
                    json.dumps({"bench": f"syslog search, {ROWS:,} rows, an hour of the {name}", **figures}), flush=True
                )
        print(json.dumps({"bench": "syslog days", "rows_generated_per_s": round(ROWS / seconds), **days(end)}))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill(end: datetime) -> tuple[int, float]:
    """Messages that end now; the first device's id, and how long it took."""
    from django.db import connection

    from inventory.models import Device
    from syslogd import partitions

    devices = Device.objects.bulk_create(
        Device(name=f"device-{n:05}", primary_address=f"10.0.{n >> 8}.{n & 255}") for n in range(DEVICES)
    )
    step = timedelta(days=DAYS) / ROWS
    start = end - timedelta(days=DAYS)
    partitions.ensure({(start + timedelta(days=n)).date() for n in range(DAYS + 1)})
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            GENERATED.format(table=partitions.TABLE),
            {"first": devices[0].pk, "start": start, "step": step, "devices": DEVICES, "mnemonics": MNEMONICS,
             "count": ROWS - 1},
        )  # fmt: skip
        seconds = time.perf_counter() - began
        cursor.execute("ANALYZE")
    print(json.dumps({"bench": "syslog days", "kept": partitions.keep(end)}), flush=True)
    return devices[0].pk, seconds


def questions(first: int, until: datetime) -> dict[str, str]:
    """What is asked of the hour before a moment."""
    hour = {"since": (until - timedelta(hours=1)).isoformat(), "until": until.isoformat()}

    def asked(where: str = "messages", **more: object) -> str:
        return f"/api/v1/syslog/{where}?{urlencode({**hour, **more})}"

    return {
        "page_ms": asked(),
        "page_device_ms": asked(device=first + 7),
        "page_severity_ms": asked(severity=3),
        "page_mnemonic_ms": asked(mnemonic="FACILITY7-5-MNEMONIC47"),
        "page_word_ms": asked(text="needle"),
        "page_nothing_found_ms": asked(text="nobodysaysthis"),
        "stats_ms": asked("stats"),
        "stats_filtered_ms": asked("stats", severity=4),
    }


def median(api: Any, path: str) -> float:
    """Of so many requests, after one to warm up."""
    api.call("GET", path)
    return round(statistics.median(api.call("GET", path)[0] for _ in range(REQUESTS)), 1)


def days(end: datetime) -> dict[str, Any]:
    """Dropping the oldest day."""
    from syslogd import partitions

    day = partitions.existing()[0]
    began = time.perf_counter()
    assert partitions._dropped(day)
    return {"drop_day_ms": round((time.perf_counter() - began) * 1000, 1)}


if __name__ == "__main__":
    main()
