"""The matrix of 10,000 devices by 5 standards, 50 results a device, through gunicorn (one process) over loopback HTTP.

Medians of ten in ms with the queries each page takes; `rescore_100_ms` is what a scan pays for a block of devices.
"""

import http.client
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import django

DEVICES, STANDARDS, RULES = 10_000, 5, 10  # rules of each standard
BLOCK, REQUESTS, DAYS = 100, 10, 90
MATRIX = "/admin/compliance/result/matrix/"
API = "/api/v1/compliance"
RESULTS = """
INSERT INTO compliance_result (device_id, rule_id, state, message, evidence, checked_at, changed_at)
SELECT d.id, r.id, CASE WHEN n < 80 THEN 'pass' WHEN n < 95 THEN 'fail' WHEN n < 98 THEN 'unknown' ELSE 'waived' END,
       'Lines of the configuration say so.', '[{"line_number": 17, "text": "ntp server 10.0.0.1"}]', now(), now()
FROM inventory_device d CROSS JOIN compliance_rule r CROSS JOIN LATERAL (SELECT (d.id * 7919 + r.id * 104729) %% 100)
     AS generated (n)
WHERE r.standard_id = ANY(%s)
"""


def main() -> None:
    """Fill a database of its own, measure, print one JSON line, drop the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
    django.setup()
    from django.db import connection

    from tests.bench.api import gunicorn

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        device, standard, rescored = fill()
        pages = questions(device, standard)
        cookie = signed_in()
        with gunicorn() as port:
            figures = measure(port, cookie, pages)
        bench = f"matrix, {DEVICES:,} devices x {STANDARDS} standards, {DEVICES * STANDARDS * RULES:,} results"
        print(json.dumps({"bench": bench, "rescore_100_ms": rescored, **figures, "queries": queries(cookie, pages)}))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill() -> tuple[int, int, float]:
    """Devices, results, scores and days; ids of a device and a standard, and the milliseconds to score a block."""
    from django.db import connection
    from django.utils import timezone

    from compliance.models import ComplianceDay, Rule, Standard
    from compliance.trend import keep_trend
    from tests.bench import api

    Standard.objects.update(enabled=False)
    ids = api.fill()
    for number in range(STANDARDS):
        standard = Standard.objects.create(name=f"Standard {number}", slug=f"standard-{number}")
        Rule.objects.bulk_create(
            Rule(standard=standard, rule_id=f"r{n}", title=f"Rule {n}", platforms=["cisco_ios"]) for n in range(RULES)
        )
    with connection.cursor() as cursor:
        cursor.execute(RESULTS, [list(Standard.objects.filter(enabled=True).values_list("pk", flat=True))])
        took = rescore_all(ids)
        cursor.execute("VACUUM ANALYZE")
    keep_trend()
    today = timezone.localdate()
    ComplianceDay.objects.bulk_create(
        ComplianceDay(day=today - timedelta(days=n), devices=DEVICES, failed=1000 + n, score=60 + n % 30)
        for n in range(1, DAYS)
    )
    return ids[7], standard.pk, took


def rescore_all(ids: Sequence[int]) -> float:
    """The median of the blocks in milliseconds."""
    from compliance.scores import rescore

    times = []
    for start in range(0, len(ids), BLOCK):
        begin = time.perf_counter()
        rescore(ids[start : start + BLOCK])
        times.append((time.perf_counter() - begin) * 1000)
    return round(statistics.median(times), 1)


def questions(device: int, standard: int) -> dict[str, str]:
    """What is asked for."""
    return {
        "page": MATRIX,
        "last_page": f"{MATRIX}?page=200",
        "by_name": f"{MATRIX}?order=name",
        "one_standard": f"{MATRIX}?standard={standard}",
        "worst_rules": f"{MATRIX}?part=worst",
        "failing": f"{MATRIX}?state=failing",
        "passing": f"{MATRIX}?state=passing",
        "role_and_search": f"{MATRIX}?role=core&search=device-00",
        "drill_down": f"{MATRIX}{device}/{standard}/",
        "device_tab": f"/admin/inventory/device/{device}/change/?tab=compliance",
        "api_matrix": f"{API}/matrix",
        "api_worst_rules": f"{API}/worst-rules",
        "api_trend": f"{API}/trend",
    }


def signed_in() -> str:
    """The cookie of a viewer's session."""
    from django.conf import settings
    from django.test import Client

    from tests.factories import make_viewer

    client = Client()
    client.force_login(make_viewer())
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def measure(port: int, cookie: str, pages: dict[str, str]) -> dict[str, float]:
    """Medians in milliseconds, after one request to warm up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def took(path: str) -> float:
        begin = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return (time.perf_counter() - begin) * 1000

    return {f"{name}_ms": median(took, path) for name, path in pages.items()}


def median(took: Callable[[str], float], path: str) -> float:
    """Of so many requests."""
    took(path)
    return round(statistics.median(took(path) for _ in range(REQUESTS)), 1)


def queries(cookie: str, pages: dict[str, str]) -> dict[str, int]:
    """Statements each page takes, counted in this process, the session and permissions included."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    client, counts = Client(), {}
    name, value = cookie.split("=", 1)
    client.cookies[name] = value
    for page, path in pages.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200, path
        counts[page] = len(captured)
    return counts


if __name__ == "__main__":
    main()
