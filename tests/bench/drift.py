"""1,000 devices of 1,487 lines held against their golden configurations, and the way back of some of them.

Processor time of the check from stored texts to stored rows, on one core, without the database's own. Every device has
drifted, for one whose text is the golden one costs nearly nothing. DRIFT_BENCH_DEVICES (1,000) says how many there are.
"""

import json
import os
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

import django

from tests.bench._processes import peak_mib
from tests.bench.compliance import LINES, configuration

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
DEVICES = int(os.environ.get("DRIFT_BENCH_DEVICES", "1000"))
DEVICES_PER_SECOND = 25  # of one core, at least
CHUNK = 500
WAYS = 50  # remediations that are worked out


def main() -> None:
    """Measure on a database of its own, print a JSON line, drop the database."""
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill()
        print(json.dumps({"bench": f"drift of {DEVICES:,} devices, {LINES} lines", **drift()}))
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def drift() -> dict[str, Any]:
    """Devices a second of a core when all is new and once more, and milliseconds of a way back."""
    from compliance.check_drift import check_drift
    from compliance.drift_remedy import remediation_of
    from compliance.models import Drift, DriftEvent
    from inventory.models import Device

    def check() -> None:
        for device in Device.objects.iterator(chunk_size=CHUNK):
            check_drift(device)

    first, wall = timed(check)
    again, _wall = timed(check)
    drifted = Drift.objects.filter(state="drifted")
    assert drifted.count() == DEVICES
    assert DriftEvent.objects.count() == DEVICES  # the second time nothing was new
    ways = list(drifted.select_related("device")[:WAYS])
    found, _wall = timed(lambda: [remediation_of(one) for one in ways])
    return {
        "devices_per_second_of_a_core": round(DEVICES / first),
        "devices_per_second_again": round(DEVICES / again),
        "seconds": round(wall, 1),
        "remediation_ms": round(1000 * found / len(ways), 1),
        "peak_mib": peak_mib(os.getpid()),
        "ratio_of_the_limit": round(DEVICES_PER_SECOND / (DEVICES / first), 2),
    }


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of the processor, and of the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - clock


def changed(number: int) -> str:
    """What the device has now."""
    text = configuration(number).replace(f" description {number}-7\n", f" description moved {number}\n", 1)
    return text.replace("ntp server 10.0.0.2\n", "").replace(" switchport access vlan 10\n", "", 3)


def fill() -> None:
    """Devices with a golden configuration and a newer one."""
    from datetime import timedelta

    from django.utils import timezone

    from inventory.models import ConfigBackup, Device

    now = timezone.now()
    for start in range(0, DEVICES, CHUNK):
        numbers = range(start, min(start + CHUNK, DEVICES))
        devices = Device.objects.bulk_create(
            Device(name=f"d{n:05}", platform="cisco_ios", primary_address=f"10.1.{n >> 8}.{n & 255}") for n in numbers
        )
        golden, newer = stored(map(configuration, numbers)), stored(map(changed, numbers))
        times = {"captured_at": now - timedelta(days=1), "last_seen_at": now - timedelta(days=1)}
        rows = [
            ConfigBackup(device=one, text=text, is_golden=True, **times)
            for one, text in zip(devices, golden, strict=True)
        ]
        rows += [
            ConfigBackup(device=one, text=text, captured_at=now, last_seen_at=now)
            for one, text in zip(devices, newer, strict=True)
        ]
        ConfigBackup.objects.bulk_create(rows)


def stored(texts: Iterable[str]) -> list[Any]:
    """The rows of texts that are all different."""
    from inventory.models import ConfigText
    from inventory.secrets import Secret

    return ConfigText.objects.bulk_create(
        ConfigText(sha256=sha256(one.encode()).hexdigest(), redacted=one, full=Secret(""), lines=LINES, size=len(one))
        for one in texts
    )


if __name__ == "__main__":
    main()
