"""10,000 no-op targets through Redis and PostgreSQL with two worker processes, beside bare Celery no-op tasks.

From the POST to the job's end: rows, messages, claims, outcomes, counters, the job's result. The bare tasks go over
the same queue to the same workers and do nothing at all. Then what people ask of such a job, over HTTP.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
ROOT = Path(__file__).resolve().parents[2]
TARGETS, WORKERS, THREADS, WARM, REQUESTS = 10_000, 2, 8, 200, 40


def main() -> None:
    """Measure on a database of its own, print one JSON line, drop the database."""
    django.setup()
    from django.db import connection

    from tests.bench import _noop  # noqa: F401  before the addresses are made: the kind gets its own

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill()
        with workers():
            print(json.dumps({"bench": f"ledger, {TARGETS} targets, {WORKERS} workers", **measure()}), flush=True)
        print(json.dumps({"bench": f"a job of {TARGETS} targets", **pages()}))
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill() -> None:
    """Devices: few of the role `warm`, many of the role `all`."""
    from inventory.models import Device

    roles = ["warm"] * WARM + ["all"] * TARGETS
    rows = (
        Device(
            name=f"device-{n:05}",
            role=role,
            platform="cisco_ios",
            primary_address=f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}",
        )
        for n, role in enumerate(roles)
    )
    Device.objects.bulk_create(rows, batch_size=1000)


@contextmanager
def workers() -> Iterator[None]:
    """Worker processes with threads, as for the queue ssh, that know the kind `noop`."""
    from tests.process import spawn, stop, wait_for_words
    from tests.worker import database_url_of_this_test

    environment = {"DATABASE_URL": database_url_of_this_test()}
    command = [sys.executable, "-m", "celery", "-A", "netmanager", "worker", "-I", "tests.bench._noop", "-Q", "default"]
    command += ["-P", "threads", "-c", str(THREADS)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for number in range(WORKERS):
            log = Path(folder) / f"worker{number}.log"
            process = spawn([*command, "-n", f"bench{number}@%h"], log, cwd=ROOT, environment=environment)
            stack.callback(stop, process)
            if not wait_for_words(process, log, "ready."):
                raise SystemExit(f"The worker did not start. It said:\n{log.read_text()}")
        yield


def measure() -> dict[str, Any]:
    """The figures of a job on all devices and of as many bare tasks, after a few of each to warm the workers up."""
    bare(WARM), ledger("warm")
    enqueued_bare, bare_seconds = bare(TARGETS)
    enqueued, seconds = ledger("all")
    return {
        "post_seconds": round(enqueued, 2),
        "seconds": round(seconds, 2),
        "targets_per_second": round(TARGETS / seconds),
        "bare_enqueue_seconds": round(enqueued_bare, 2),
        "bare_seconds": round(bare_seconds, 2),
        "bare_per_second": round(TARGETS / bare_seconds),
        "ratio_bare_celery": round(seconds / bare_seconds, 2),
    }


def ledger(role: str) -> tuple[float, float]:
    """Seconds from the POST to its answer, when all is enqueued, and to the end of the job."""
    from django.conf import settings
    from rest_framework.test import APIClient

    from jobs.models import Job
    from tests.factories import make_operator

    settings.ALLOWED_HOSTS = ["testserver"]
    client = APIClient()
    client.force_login(make_operator())
    began = time.perf_counter()
    answer = client.post("/api/v1/devices/noop", {"role": role}, format="json")
    enqueued = time.perf_counter() - began
    assert answer.status_code == 202, answer.content
    wait(lambda: Job.objects.get(uuid=answer.json()["job_id"]).ready)
    seconds = time.perf_counter() - began
    job = Job.objects.get(uuid=answer.json()["job_id"])
    assert (job.state, job.done, job.failed) == ("SUCCESS", job.total, 0), (job.state, job.done, job.error)
    return enqueued, seconds


def bare(count: int) -> tuple[float, float]:
    """Seconds to enqueue so many bare tasks, and until none is left on the queue or in the workers."""
    from tests.bench import _noop

    with _noop.bare.app.connection_for_write() as connection:
        redis = connection.default_channel.client
        began = time.perf_counter()
        with _noop.bare.app.producer_pool.acquire(block=True) as producer:
            for number in range(count):
                _noop.bare.apply_async((number,), queue=_noop.QUEUE, producer=producer)
        enqueued = time.perf_counter() - began
        wait(lambda: not redis.llen(_noop.QUEUE) and not redis.hlen("unacked"))
    return enqueued, time.perf_counter() - began


def wait(done: Callable[[], bool]) -> None:
    """Until it is done, looking rarely enough not to be the load."""
    pause = threading.Event()
    while not done():
        pause.wait(0.1)


def pages() -> dict[str, Any]:
    """Medians in milliseconds of what is asked of the big job over HTTP, one request at a time."""
    from django.conf import settings
    from django.test import Client

    from jobs.models import Job
    from tests.bench.api import caller, gunicorn
    from tests.factories import make_admin

    job = Job.objects.latest("id")
    Job.objects.filter(pk=job.pk).update(kind="sync")  # the web does not know the kind of this bench
    admin = Client()
    admin.force_login(make_admin())
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={admin.cookies[settings.SESSION_COOKIE_NAME].value}"}
    with gunicorn() as port:
        api, where = caller(port), f"/api/v1/jobs/{job.uuid}"
        browser = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        return {
            "job_ms": median(lambda: api.call("GET", where)[0]),
            "targets_50_ms": median(lambda: api.call("GET", f"{where}/targets")[0]),
            "targets_50_last_ms": median(lambda: api.call("GET", f"{where}/targets?offset={TARGETS - 50}")[0]),
            "targets_failed_ms": median(lambda: api.call("GET", f"{where}/targets?state=FAILED&state=ERRORED")[0]),
            "targets_search_ms": median(lambda: api.call("GET", f"{where}/targets?search=device-09999")[0]),
            "admin_page_ms": median(lambda: browse(browser, f"/admin/jobs/job/{job.pk}/change/", cookie)),
        }


def median(step: Callable[[], float]) -> float:
    """Of so many requests, after one to warm up."""
    step()
    return round(statistics.median(step() for _ in range(REQUESTS)), 1)


def browse(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> float:
    """Milliseconds until a page is here."""
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"GET {path} answered {answer.status}: {body[:300]!r}")
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
