"""REST API with 10,000 devices and 100,000 interfaces on PostgreSQL, through gunicorn (one process) over loopback HTTP.

One client, one request at a time, one connection: what a person or a script waits. Medians in ms; `p95` where named.
`healthz_ms` is the floor: the same way through gunicorn and every middleware without a database.
Peers measured on a machine of this kind: Nautobot 3.2 needs 577 ms for a list of 50, 108 ms for one device and 11 s
for a bulk create of 100.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import django

DEVICES = 10_000
INTERFACES = 10  # of each device
REQUESTS = 100
BULKS = 10
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Caller:
    """One kept connection, signed in by a token."""

    connection: http.client.HTTPConnection
    token: str

    def call(self, method: str, path: str, body: Any = None, expected: int = 200) -> tuple[float, Any]:
        """Milliseconds until the whole answer is here, and the answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        payload = None if body is None else json.dumps(body)
        begin = time.perf_counter()
        self.connection.request(method, path, payload, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - begin) * 1000
        if answer.status != expected:
            raise SystemExit(f"{method} {path} answered {answer.status}: {content[:500]!r}")
        return took, json.loads(content) if content else None


def main() -> None:
    """Fill a database of its own, measure, print one JSON line, drop the database."""
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        ids = fill()
        with gunicorn() as port:
            print(json.dumps({"bench": f"api, {DEVICES} devices", **measure(caller(port), ids), **queries(ids[0])}))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill() -> list[int]:
    """Sites, devices, interfaces, addresses; the ids of the devices."""
    from django.db import connection

    from inventory.models import Device, DeviceAddress, Interface, Site

    sites = Site.objects.bulk_create(Site(name=f"Site {n}", slug=f"site-{n}") for n in range(50))
    devices = Device.objects.bulk_create(
        (
            Device(
                name=f"device-{n:05}",
                site=sites[n % len(sites)],
                role=("access", "distribution", "core")[n % 3],
                platform=("cisco_ios", "arista_eos", "huawei_vrp")[n % 3],
                vendor="Cisco",
                model="WS-C3850-48T",
                os_version="16.12.4",
                serial=f"FOC{n:08}",
                primary_address=str(IPv4Address("10.0.0.1") + n),
                sys_descr="Cisco IOS Software, Catalyst L3 Switch Software " * 4,
                compliance_score=n % 101,
            )
            for n in range(DEVICES)
        ),
        batch_size=1000,
    )
    Interface.objects.bulk_create(
        (
            Interface(
                device=device,
                name=f"GigabitEthernet1/0/{n}",
                if_index=n,
                description=f"to device {n}",
                type="ethernetCsmacd",
                enabled=True,
                up=n % 2 == 0,
                mac_address=f"02:00:00:00:00:{n:02x}",
                speed_kbps=1_000_000,
            )
            for device in devices
            for n in range(INTERFACES)
        ),
        batch_size=2000,
    )
    DeviceAddress.objects.bulk_create(
        (DeviceAddress(device=device, address=device.primary_address, prefix_length=24) for device in devices),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [device.pk for device in devices]


@contextmanager
def gunicorn() -> Iterator[int]:
    """One gunicorn process on the filled database; yields its port."""
    from tests.process import spawn, stop, wait_for_words
    from tests.services import free_port
    from tests.worker import ROOT, database_url_of_this_test

    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "netmanager.wsgi", "-b", f"127.0.0.1:{port}"]
    command += ["-w", "1", "-k", "gthread", "--threads", "2"]
    environment = {"DATABASE_URL": database_url_of_this_test(), "LOG_LEVEL": "WARNING"}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "gunicorn.log"
        process = spawn(
            [*command, "-w", "1", "-k", "gthread", "--threads", "2"], log, cwd=ROOT, environment=environment
        )
        try:
            if not wait_for_words(process, log, "Booting worker"):
                raise SystemExit(f"gunicorn did not start. It said:\n{log.read_text()}")
            yield port
        finally:
            stop(process)


def caller(port: int) -> Caller:
    """Signed in as an operator with permissions of its own: checking them is part of every request."""
    from rest_framework_simplejwt.tokens import AccessToken

    from tests.factories import make_operator

    token = str(AccessToken.for_user(make_operator()))
    return Caller(http.client.HTTPConnection("127.0.0.1", port, timeout=60), token)


def measure(api: Caller, ids: list[int]) -> dict[str, float]:
    """Medians (and one 95th percentile) in milliseconds."""
    step = DEVICES // REQUESTS

    def repeated(path: Callable[[int], str]) -> list[float]:
        api.call("GET", path(0))
        return [api.call("GET", path(n))[0] for n in range(REQUESTS)]

    devices = repeated(lambda n: f"{API}/devices?limit=50&offset={n * step}")
    return rounded(
        {
            "healthz_ms": statistics.median(repeated(lambda n: "/healthz")),
            "devices_50_ms": statistics.median(devices),
            "devices_50_p95_ms": statistics.quantiles(devices, n=20)[-1],
            "devices_50_filtered_ms": statistics.median(
                repeated(lambda n: f"{API}/devices?role=core&search=device-0{n % 10}&ordering=-compliance_score")
            ),
            "interfaces_50_ms": statistics.median(
                repeated(lambda n: f"{API}/interfaces?limit=50&offset={n * step * INTERFACES}")
            ),
            "interfaces_of_a_device_ms": statistics.median(
                repeated(lambda n: f"{API}/interfaces?device={ids[n * step]}")
            ),
            "device_ms": statistics.median(repeated(lambda n: f"{API}/devices/{ids[n * step]}")),
            "bulk_create_100_ms": statistics.median(bulk(api, n) for n in range(BULKS)),
        }
    )


def bulk(api: Caller, number: int) -> float:
    """Milliseconds to create 100 devices in one request."""
    site = api.call("GET", f"{API}/sites?limit=1")[1]["results"][0]["id"]
    rows = [
        {
            "name": f"new-{number}-{n}",
            "primary_address": str(IPv4Address("172.16.0.1") + number * 100 + n),
            "platform": "cisco_ios",
            "site": site,
            "role": "access",
        }
        for n in range(100)
    ]
    return api.call("POST", f"{API}/devices", rows, expected=201)[0]


def queries(device_id: int) -> dict[str, int]:
    """Statements a request needs, counted in this process, signing in and permissions included."""
    from django.conf import settings
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from rest_framework.test import APIClient
    from rest_framework_simplejwt.tokens import AccessToken

    from tests.factories import make_operator

    settings.ALLOWED_HOSTS = ["testserver"]
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(make_operator())}")
    counts = {}
    for name, path in {
        "devices_50_queries": f"{API}/devices?limit=50",
        "devices_1000_queries": f"{API}/devices?limit=1000",
        "device_queries": f"{API}/devices/{device_id}",
    }.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts[name] = len(captured)
    return counts


def rounded(figures: dict[str, float]) -> dict[str, float]:
    """One digit behind the point says all that this machine can."""
    return {name: round(value, 1) for name, value in figures.items()}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
    main()
