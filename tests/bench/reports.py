"""Reports of 10,000 devices over HTTP and as jobs: gunicorn (one process), a worker of two processes, PostgreSQL.

Seconds are from asking to the last byte of the file; memory is the most that one process ever held. Of the PDFs
`rows` counts the rows of all their tables.
"""

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import django

from tests.bench._processes import cpu_seconds, peak_mib

API = "/api/v1"
STANDARDS, RULES, WORKERS = 5, 10, 2
# Rows on paper -> failing results that make them, with a device in each row of sums, and the seconds they may take.
FLEETS = {1_000: (0, 8), 10_000: (8_945, 45)}
RESULTS = """
INSERT INTO compliance_result (device_id, rule_id, state, message, evidence, checked_at, changed_at)
SELECT d.id, r.id, 'pass', 'Lines of the configuration say so.',
       '[{"line_number": 17, "text": "ntp server 10.0.0.1"}]', now(), now()
FROM inventory_device d CROSS JOIN compliance_rule r WHERE r.standard_id = ANY(%s)
"""
FAILING = """
UPDATE compliance_result SET state = 'fail', message = '“ntp server 10.0.0.1” is missing',
       evidence = '[{"line_number": 17, "text": "interface GigabitEthernet1/0/17"}]'
WHERE id IN (SELECT id FROM compliance_result WHERE rule_id = ANY(%s) ORDER BY (id * 7919) %% 1000003 LIMIT %s)
"""


def main() -> None:
    """Fill a database of its own, measure, print JSON lines, drop the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        device, rules = fill()
        from tests.bench.matrix import signed_in

        cookie = signed_in()
        report = f"{API}/compliance/reports/export?format"
        for bench, address in (
            ("XLSX of 10,000 devices", f"{API}/devices/export?format=xlsx"),
            ("CSV of 10,000 devices", f"{API}/devices/export?format=csv"),
            ("PDF of a device, 60 interfaces", f"{API}/devices/{device}/inventory/export?format=pdf"),
            ("compliance PDF of a device, 50 rules", f"{report}=pdf&device_id={device}"),
        ):
            with serving(cookie) as server:
                tell(bench, server.fetched(address), 3)
        for rows, (failing, most) in FLEETS.items():
            fail(rules, failing)
            tell(f"PDF of the fleet, {rows:,} rows", as_job(cookie, f"{report}=pdf"), most)
        tell("XLSX of the fleet, 500,000 results", as_job(cookie, f"{report}=xlsx"))
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def tell(bench: str, told: dict[str, Any], most: float = 0) -> None:
    """Print the figures, beside the seconds that are allowed."""
    ratio = {"ratio_of_the_limit": round(told["seconds"] / most, 2)} if most else {}
    print(json.dumps({"bench": bench, **told, **ratio}), flush=True)


def fill() -> tuple[int, list[int]]:
    """10,000 devices whose 500,000 results all pass; the id of a device, and those of the rules."""
    from django.db import connection

    from compliance.models import Rule, Standard
    from inventory.models import Interface
    from tests.bench import api

    Standard.objects.update(enabled=False)
    ids = api.fill()
    for number in range(STANDARDS):
        standard = Standard.objects.create(name=f"Standard {number}", slug=f"standard-{number}")
        Rule.objects.bulk_create(
            Rule(
                standard=standard,
                rule_id=f"r{number}-{n}",
                title=f"Time comes from the server {n}",
                platforms=["cisco_ios"],
                remediation="ntp server 10.0.0.1",
            )
            for n in range(RULES)
        )
    Interface.objects.bulk_create(Interface(device_id=ids[7], name=f"Te1/1/{n}") for n in range(50))
    with connection.cursor() as cursor:
        cursor.execute(RESULTS, [list(Standard.objects.filter(enabled=True).values_list("pk", flat=True))])
        cursor.execute("VACUUM ANALYZE")
    return ids[7], list(Rule.objects.filter(standard__enabled=True).values_list("pk", flat=True))


def fail(rules: list[int], count: int) -> None:
    """So many results fail."""
    from django.db import connection

    from compliance.models import Result

    Result.objects.filter(state="fail").update(state="pass")
    with connection.cursor() as cursor:
        cursor.execute(FAILING, [rules, count])
        cursor.execute("VACUUM ANALYZE compliance_result")


@dataclass(frozen=True, slots=True)
class Server:
    """gunicorn with its port, asked by somebody who is signed in."""

    port: int
    cookie: str

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def fetched(self, path: str) -> dict[str, Any]:
        """A file that comes at once; the first request of a process pays for its imports, so a second is measured."""
        self.get(f"{API}/devices?limit=1")
        before, began = peak(), time.perf_counter()
        status, body = self.get(path)
        if status != 200:
            raise SystemExit(f"{path} answered {status}: {body[:200]!r}")
        seconds = round(time.perf_counter() - began, 2)
        return {"seconds": seconds, "kib": len(body) // 1024, "peak_mib": peak(), "more_mib": peak() - before}


@contextmanager
def serving(cookie: str) -> Iterator[Server]:
    """A fresh gunicorn: what one file left in memory is not another's."""
    from tests.bench.api import gunicorn

    with gunicorn() as port:
        yield Server(port, cookie)


def as_job(cookie: str, path: str) -> dict[str, Any]:
    """A report that workers make: from asking for it to its last byte."""
    from tests.bench.compliance import worker

    pause = threading.Event()
    with worker() as pid, serving(cookie) as server:
        server.get(f"{API}/devices?limit=1")
        before, began = cpu_seconds(pid), time.perf_counter()
        status, body = server.get(path)
        if status != 202:
            raise SystemExit(f"{path} answered {status}: {body[:200]!r}")
        job = f"{API}/jobs/{json.loads(body)['job_id']}"
        while not (told := json.loads(server.get(job)[1]))["ready"]:
            pause.wait(0.1)
        status, file = server.get(f"{job}/file")
        if not told["successful"] or status != 200:
            raise SystemExit(f"{path} failed: {told}")
        return {
            "seconds": round(time.perf_counter() - began, 1),
            "cpu_seconds": round(cpu_seconds(pid) - before, 1),
            "kib": len(file) // 1024,
            "pages": told["result"].get("pages", 0),
            "targets": told["progress"]["total"],
            "peak_mib": peak(),
        }


def peak() -> int:
    """The most memory that one of the processes we started ever held, in MiB."""
    return max(peak_mib(os.getpid())[1:])


if __name__ == "__main__":
    main()
