"""Sync with backup of 200 devices that take 200 ms per command, one worker with 40 threads, beside serial netmiko.

The lab runs in a process of its own on the same cores. Serial netmiko does the same commands on a few devices, one
after another, in this run.
"""

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import django

from tests.enrolled import enrol
from tests.process import spawn, stop, wait_for_words

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
ROOT = Path(__file__).resolve().parents[2]
DEVICES, THREADS, SERIAL, DELAY = 200, 40, 3, 0.2
NETWORK = "127.60.0.0/23"
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory() as folder:
        lab_log, worker_log = Path(folder) / "lab.log", Path(folder) / "worker.log"
        size = ["--devices", str(DEVICES), "--network", NETWORK, "--delay", str(DELAY), "--platforms", "cisco_ios"]
        ports = ["--snmp-port", "21161", "--ssh-port", "22222", "--http-port", "28080"]
        lab = spawn([sys.executable, "-m", "tests.lab", *size, *ports], lab_log, cwd=ROOT)
        command = [sys.executable, "-m", "celery", "-A", "netmanager", "worker", "-Q", "ssh"]
        worker = spawn([*command, "-P", "threads", "-c", str(THREADS), "-n", "bench@%h"], worker_log, cwd=ROOT)
        try:
            assert wait_for_words(lab, lab_log, '"ready"'), lab_log.read_text()
            manifest = json.loads(lab_log.read_text().splitlines()[-1])
            assert wait_for_words(worker, worker_log, "ready."), worker_log.read_text()
            print(json.dumps(measure(manifest, worker.pid)))
        finally:
            stop(worker)
            stop(lab)


def measure(lab: dict[str, Any], worker: int) -> dict[str, Any]:
    """The figures of one sync of all devices, after one of a few to warm the worker up."""
    from inventory.models import Device

    rows = enrol(lab, NETWORK)
    sync(Device.objects.filter(name__in=[row.name for row in rows[:4]]))
    serial = serial_netmiko(lab)
    before = cpu_seconds(worker)
    began = time.perf_counter()
    job = sync(Device.objects.all())
    elapsed = time.perf_counter() - began
    used = cpu_seconds(worker) - before
    return {
        "bench": f"ssh sync + backup, {DEVICES} devices, {int(DELAY * 1000)} ms per command, {THREADS} threads",
        "seconds": round(elapsed, 1),
        "succeeded": job.total - job.failed,
        "devices_per_minute": round(60 * DEVICES / elapsed),
        "serial_netmiko_per_minute": round(60 / serial),
        "ratio_serial_netmiko": round(serial * DEVICES / elapsed, 1),
        "worker_cpu_ms_per_device": round(1000 * used / DEVICES, 1),
        "worker_peak_mb": peak_megabytes(worker),
    }


def sync(devices: Any) -> Any:
    """Run one job to its end."""
    from jobs.launch import launch

    job = launch("sync", devices=devices)
    pause = threading.Event()
    while not job.ready:
        pause.wait(0.1)
        job.refresh_from_db()
    if job.failed:
        print(job.error, file=sys.stderr)
    return job


def serial_netmiko(lab: dict[str, Any]) -> float:
    """Seconds per device for netmiko doing the same commands one device after another."""
    from netmiko import ConnectHandler

    from inventory.platforms import get_platform

    platform = get_platform("cisco_ios")
    commands = [command for purpose, command in platform.commands if purpose != "running_config"]
    began = time.perf_counter()
    for row in lab["devices"][:SERIAL]:
        where = {"host": row["address"], "port": lab["ports"]["ssh"], "device_type": platform.netmiko_type}
        with ConnectHandler(**where, username=lab["username"], password=lab["password"]) as session:
            for command in [*commands, "show running-config"]:
                session.send_command(command, read_timeout=60)
    return (time.perf_counter() - began) / SERIAL


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_megabytes(pid: int) -> int:
    """The largest resident size so far (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main()
