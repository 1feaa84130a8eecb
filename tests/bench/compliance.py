"""1,000 IOS configurations of 1,487 lines under 50 rules: the engine beside `re`, then from stored text to results.

The second part is a job with a worker of two processes, from asking for it to its end; COMPLIANCE_BENCH_DEVICES
(1,000) says how many devices it is about.

The engine's figure is its processor time for one device, its lines of evidence included; `re` only says pass or fail
and compiles nothing on the way. Both must say the same of every device and rule.
"""

import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import django

from compliance.engine import evaluate
from compliance.parsed_config import parse_config
from compliance.rulebook import parse_rule
from compliance.rules import Rule
from tests.bench._processes import cpu_seconds, peak_mib

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
DEVICES = int(os.environ.get("COMPLIANCE_BENCH_DEVICES", "1000"))
ROOT = Path(__file__).resolve().parents[2]
LINES, SAMPLE, CHUNK, WORKERS = 1487, 200, 500, 2
TARGET_MS, SECONDS_PER_1000 = 2, 5
HOSTILE = "(a|aa)+$"
IN_BLOCKS = {
    "^interface Vlan": ["^no ip redirects$", "^no ip proxy-arp$", r"^ip access-group \d+ in$"],
    "^interface GigabitEthernet": ["^switchport mode access$", "^spanning-tree bpduguard enable$", "^storm-control "],
    "^line vty ": ["^transport input ssh$", r"^exec-timeout \d+"],
    "^router ospf ": ["^passive-interface default$", "^area 0 authentication"],
}


def main() -> None:
    """Measure on a database of its own, print a JSON line for each part, drop the database."""
    texts = [configuration(number) for number in range(SAMPLE)]
    print(json.dumps({"bench": f"compliance engine, {LINES} lines x 50 rules", **engine(texts)}), flush=True)
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill()
        print(json.dumps({"bench": f"compliance scan of {DEVICES:,} devices x 50 rules", **scans()}))
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def configuration(number: int) -> str:
    """An access switch's configuration; one in seven lacks some of what the rules demand."""
    good = number % 7 != 0
    lines = ["version 15.2", f"hostname switch-{number:04}", "!"]
    lines += [f"service feature-{n}" for n in range(20 if good else 12)]
    lines += [f"ntp server 10.0.0.{n}" for n in range(1, 5)] + [f"logging host 10.0.1.{n}" for n in range(1, 5)]
    lines += [f"snmp-server host 10.0.2.{n} version 3 priv monitor" for n in range(1, 12)]
    for n in range(1, 21):
        lines += [f"interface Vlan{n}", f" ip address 10.{n}.{number % 250}.1 255.255.255.0", " no ip redirects"]
        lines += [" no ip proxy-arp", *([f" ip access-group {n} in"] if good else []), "!"]
    for n in range(1, 97):
        lines += [f"interface GigabitEthernet1/0/{n}", f" description {number}-{n}", " switchport mode access"]
        lines += [" switchport access vlan 10", *([" spanning-tree bpduguard enable"] if good or n > 3 else [])]
        lines += [" storm-control broadcast level 1", " no shutdown", "!"]
    lines += ["router ospf 1", " passive-interface default", " area 0 authentication message-digest", "!"]
    lines += ["line vty 0 15", " exec-timeout 10 0", " transport input ssh", "!"]
    lines += [f"access-list {10 + n // 50} permit 10.9.{n}.1" for n in range(LINES - 1 - len(lines))]
    return "\n".join([*lines, "end"]) + "\n"


def definitions() -> list[dict[str, Any]]:
    """15 exact lines, 10 that must not be there, 15 expressions and 10 for each section of a kind."""
    checks: list[dict[str, Any]] = [{"contains": f"service feature-{n}"} for n in range(15)]
    checks += [{"not_contains": f"ip bad-feature-{n}"} for n in range(10)]
    checks += [{"matches": rf"^snmp-server host 10\.0\.2\.{n} version 3 priv"} for n in range(1, 6)]
    checks += [{"matches": rf"^(?:ntp|logging) \w+ 10\.0\.[01]\.{n}$"} for n in range(1, 6)]
    checks += [{"not_matches": rf"^username \S+ password {n} \S+"} for n in range(5)]
    each = [(header, pattern) for header, patterns in IN_BLOCKS.items() for pattern in patterns]
    return checks + [{"each_section": {"header": header, "check": {"matches": pattern}}} for header, pattern in each]


def rules() -> list[Rule]:
    """The definitions as rules."""
    fields = {"severity": "medium", "platforms": ["cisco_ios"]}
    return [
        parse_rule({"id": f"r{n}", "title": "t", "check": check, **fields}, "") for n, check in enumerate(definitions())
    ]


def engine(texts: list[str]) -> dict[str, Any]:
    """Processor time of one configuration by the engine and by plain `re`, and how a hostile expression ends."""
    demands, plain = rules(), [plain_check(check) for check in definitions()]
    judged, ours = timed(lambda: [evaluate(parse_config(text, "cisco_ios"), demands) for text in texts])
    expected, theirs = timed(lambda: [[check(text) for check in plain] for text in texts])
    assert [[result.state == "pass" for result in results] for results in judged] == expected
    assert len(demands) == 50
    assert all(text.count("\n") == LINES for text in texts)
    return {
        "ms_per_device": round(1000 * ours / len(texts), 2),
        "re_ms_per_device": round(1000 * theirs / len(texts), 2),
        "ratio_re": round(theirs / ours, 2),
        "ratio_of_the_limit": round(1000 * ours / len(texts) / TARGET_MS, 2),
        "hostile_seconds": round(hostile(texts[0]), 2),
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work gives, and the shortest processor time of three runs: others use this machine, too."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        given = work()
        seconds.append(time.process_time() - began)
    return given, min(seconds)


def plain_check(check: dict[str, Any]) -> Callable[[str], bool]:
    """The same demand with nothing but `re`: a block is looked for by every rule again."""
    ((kind, value),) = check.items()
    if kind == "each_section":
        block = re.compile(rf"{value['header']}.*\n((?: .*\n)+)", re.MULTILINE)
        inside = re.compile("^ " + value["check"]["matches"][1:], re.MULTILINE)
        return lambda text: all(inside.search(found[1]) for found in block.finditer(text))
    line = re.compile(value if "matches" in kind else f"^{re.escape(value)}$", re.MULTILINE)
    wanted = not kind.startswith("not_")
    return lambda text: (line.search(text) is not None) is wanted


def hostile(text: str) -> float:
    """Seconds until an expression that would run for years is given up."""
    rule = parse_rule(
        {"id": "h", "title": "t", "severity": "low", "platforms": ["cisco_ios"], "check": {"matches": HOSTILE}}, ""
    )
    began = time.perf_counter()
    (result,) = evaluate(parse_config(text + "a" * 80 + "!\n", "cisco_ios"), [rule])
    assert result.state == "unknown", result
    return time.perf_counter() - began


def fill() -> None:
    """Devices, their backups, and the rules as a standard."""
    from django.utils import timezone

    from compliance import models
    from inventory.models import ConfigBackup, ConfigText, Device

    now = timezone.now()
    models.Standard.objects.all().delete()
    standard = models.Standard.objects.create(name="bench", slug="bench")
    models.Rule.objects.bulk_create(
        models.Rule(standard=standard, rule_id=f"r{n}", title="t", platforms=["cisco_ios"], definition=check)
        for n, check in enumerate(definitions())
    )
    for start in range(0, DEVICES, CHUNK):
        numbers = range(start, min(start + CHUNK, DEVICES))
        devices = Device.objects.bulk_create(
            Device(name=f"d{n:05}", platform="cisco_ios", primary_address=f"10.1.{n >> 8}.{n & 255}") for n in numbers
        )
        texts = ConfigText.objects.bulk_create(
            ConfigText(sha256=sha256(text.encode()).hexdigest(), redacted=text, full="", lines=LINES, size=len(text))
            for text in map(configuration, numbers)
        )
        ConfigBackup.objects.bulk_create(
            ConfigBackup(device=device, text=text, captured_at=now, last_seen_at=now)
            for device, text in zip(devices, texts, strict=True)
        )


def scans() -> dict[str, Any]:
    """Seconds of the first scan, of one that judges all again, and of one that sees that nothing is new."""
    with worker() as pid:
        scan({"standard": None}, 2)  # the processes are awake, the rules are compiled
        first, first_cpu = scan_of(pid)
        again, again_cpu = scan_of(pid, again=True)
        unchanged, unchanged_cpu = scan_of(pid)
        memory = peak_mib(pid)
    return {
        "processes": WORKERS,
        "seconds": round(first, 2),
        "cpu_seconds": round(first_cpu, 2),
        "judged_again_seconds": round(again, 2),
        "judged_again_cpu_seconds": round(again_cpu, 2),
        "unchanged_seconds": round(unchanged, 2),
        "unchanged_cpu_seconds": round(unchanged_cpu, 2),
        "peak_mib": memory,
        "ratio_of_the_limit": round(first / (SECONDS_PER_1000 * DEVICES / 1000), 2),
        "ratio_faster_unchanged": round(again / unchanged, 1),
        "ratio_faster_unchanged_cpu": round(again_cpu / unchanged_cpu, 1),
    }


@contextmanager
def worker() -> Iterator[int]:
    """The process id of a worker of the queue with two processes, as a deployment runs it."""
    from tests.process import spawn, stop, wait_for_words
    from tests.worker import database_url_of_this_test

    environment = {"DATABASE_URL": database_url_of_this_test()}
    command = [sys.executable, "-m", "celery", "-A", "netmanager", "worker", "-Q", "maintenance", "-c", str(WORKERS)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        process = spawn([*command, "-n", "bench@%h"], log, cwd=ROOT, environment=environment)
        try:
            if not wait_for_words(process, log, "ready."):
                raise SystemExit(f"The worker did not start. It said:\n{log.read_text()}")
            yield process.pid
        finally:
            stop(process)


def scan_of(pid: int, again: bool = False) -> tuple[float, float]:
    """Seconds of a job on all devices, and the worker's processor seconds; the database's are not in it."""
    from compliance.models import Result

    before = cpu_seconds(pid)
    seconds = scan({"again": again})
    assert Result.objects.count() == DEVICES * 50
    return seconds, cpu_seconds(pid) - before


def scan(parameters: dict[str, Any], count: int = 0) -> float:
    """Seconds from asking for the job to its end, on the last few devices or on all."""
    from inventory.models import Device
    from jobs.launch import launch

    devices = Device.objects.order_by("pk")
    chosen = devices.filter(pk__gt=devices[DEVICES - 1 - count].pk) if count else devices
    began = time.perf_counter()
    job = launch("scan", parameters, devices=chosen)
    pause = threading.Event()
    while not job.ready:
        pause.wait(0.02)
        job.refresh_from_db()
    seconds = time.perf_counter() - began
    assert (job.state, job.done) == ("SUCCESS", count or DEVICES), job.error
    return seconds


if __name__ == "__main__":
    main()
