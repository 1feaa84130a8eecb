"""A monitoring run over 10,000 devices under 20 credentials by one worker process, one device in a hundred silent.

What has to fit into a minute: five blocks one after the other, the second time with everything known, and a third time
with nobody there at all.
"""

import json
import multiprocessing
import os
import socket
import time
from typing import Any

import django

from tests.bench.sweep import respond

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
DEVICES, CREDENTIALS, SILENT = 10_000, 20, 100
MINUTE = 60  # seconds from one run to the next


def there(address: bytes) -> bool:
    """All but one device in so many."""
    return int.from_bytes(address[2:], "big") % SILENT != 7


def main() -> None:
    """Measure on a database of its own, print one JSON line, drop the database."""
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        print(json.dumps({"bench": f"monitoring of {DEVICES} devices", **measure()}))
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure() -> dict[str, Any]:
    """Seconds of each run and what it found."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fill(port)
    ready = multiprocessing.Event()
    responder = multiprocessing.Process(target=respond, args=(port, ready, there), daemon=True)
    responder.start()
    try:
        ready.wait(10)
        run()
        seconds, cpu, result = run()
    finally:
        responder.terminate()
        responder.join()
    away_seconds, _cpu, away = run()
    assert (result["up"], result["down"], away["silent"]) == (9900, 100, 9900), (result, away)
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "up": result["up"],
        "down": result["down"],
        "nobody_there_seconds": round(away_seconds, 2),
        "ratio_of_a_minute": round(seconds / MINUTE, 2),
        "ratio_of_a_minute_nobody_there": round(away_seconds / MINUTE, 2),
    }


def fill(port: int) -> None:
    """The devices, their credentials in turn."""
    from inventory.models import Credential, Device, Prefix

    Prefix.objects.create(prefix="127.6.0.0/16")
    ways = [
        Credential.objects.create(name=f"c{n}", kind="snmp_v2c", snmp_community="public") for n in range(CREDENTIALS)
    ]
    rows = (
        Device(
            name=f"device-{n:05}",
            primary_address=f"127.6.{n >> 8}.{n & 255}",
            snmp_port=port,
            snmp_credential=ways[n % CREDENTIALS],
        )
        for n in range(DEVICES)
    )
    Device.objects.bulk_create(rows, batch_size=1000)


def run() -> tuple[float, float, dict[str, int]]:
    """Seconds, CPU seconds and counts of one job, all its blocks in this process."""
    from jobs.launch import launch
    from jobs.run import run_target

    cpu, began = time.process_time(), time.perf_counter()
    job = launch("monitor")
    for target_id in job.targets.order_by("pk").values_list("pk", flat=True):
        run_target(target_id)
    seconds = time.perf_counter() - began
    job.refresh_from_db()
    return seconds, time.process_time() - cpu, job.result


if __name__ == "__main__":
    main()
