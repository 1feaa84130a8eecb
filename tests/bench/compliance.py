"""1,000 IOS configurations of 1,487 lines under 50 rules: the engine beside `re`, then from stored text to results.

The engine's figure is its processor time for one device, its lines of evidence included; `re` only says pass or fail
and compiles nothing on the way. Both must say the same of every device and rule.
"""

import json
import multiprocessing
import os
import re
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import django

from compliance.engine import evaluate
from compliance.parsed_config import parse_config
from compliance.rulebook import parse_rule
from compliance.rules import Rule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
DEVICES, LINES, SAMPLE, TARGET_MS, TARGET_SECONDS, AGAIN, WORKERS = 1000, 1487, 200, 2, 5, 20, 2
HOSTILE = "(a|aa)+$"
IN_BLOCKS = {
    "^interface Vlan": ["^no ip redirects$", "^no ip proxy-arp$", r"^ip access-group \d+ in$"],
    "^interface GigabitEthernet": ["^switchport mode access$", "^spanning-tree bpduguard enable$", "^storm-control "],
    "^line vty ": ["^transport input ssh$", r"^exec-timeout \d+"],
    "^router ospf ": ["^passive-interface default$", "^area 0 authentication"],
}


def main() -> None:
    """Measure on a database of its own, print a JSON line for each part, drop the database."""
    texts = [configuration(number) for number in range(DEVICES)]
    print(json.dumps({"bench": f"compliance engine, {LINES} lines x 50 rules", **engine(texts[:SAMPLE])}), flush=True)
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill(texts)
        print(json.dumps({"bench": f"compliance scan of {DEVICES} devices x 50 rules", **scans()}))
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


def fill(texts: list[str]) -> None:
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
    named = [
        Device(name=f"d{n}", platform="cisco_ios", primary_address=f"10.1.{n >> 8}.{n & 255}") for n in range(DEVICES)
    ]
    devices = Device.objects.bulk_create(named)
    rows = [
        ConfigText(sha256=sha256(text.encode()).hexdigest(), redacted=text, full="", lines=LINES, size=len(text))
        for text in texts
    ]
    stored = ConfigText.objects.bulk_create(rows)
    ConfigBackup.objects.bulk_create(
        ConfigBackup(device=device, text=text, captured_at=now, last_seen_at=now)
        for device, text in zip(devices, stored, strict=True)
    )


def scans() -> dict[str, Any]:
    """Seconds of the first scan, of one that judges all again, and of one that sees that nothing is new."""
    first, first_cpu = scan()
    again, again_cpu = scan(again=True)
    unchanged, unchanged_cpu = scan()
    return {
        "processes": WORKERS,
        "seconds": round(first, 2),
        "cpu_seconds": round(first_cpu, 2),
        "judged_again_seconds": round(again, 2),
        "judged_again_cpu_seconds": round(again_cpu, 2),
        "unchanged_seconds": round(unchanged, 3),
        "unchanged_cpu_seconds": round(unchanged_cpu, 3),
        "ratio_of_the_limit": round(first / TARGET_SECONDS, 2),
        "ratio_faster_unchanged_cpu": round(first_cpu / unchanged_cpu, 1),
        "ratio_of_the_limit_unchanged": round(AGAIN * unchanged / first, 2),
    }


def scan(again: bool = False) -> tuple[float, float]:
    """Seconds, and processor seconds of the processes that share the devices; the database's are not in it."""
    from django.db import connection

    from compliance.models import Result

    connection.close()
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        pool.map(warm, range(WORKERS))
        began = time.perf_counter()
        cpu = sum(pool.map(part, [(number, again) for number in range(WORKERS)], chunksize=1))
        seconds = time.perf_counter() - began
    assert Result.objects.count() == DEVICES * 50
    return seconds, cpu


def warm(_: int) -> None:
    """A worker has read the records and has its connection."""
    from django.db import connection

    from inventory.platforms import platforms

    platforms()
    connection.ensure_connection()


def part(asked: tuple[int, bool]) -> float:
    """Processor seconds for one process' share of the devices."""
    from compliance.scan import scan_devices
    from inventory.models import Device

    number, again = asked
    devices = list(Device.objects.order_by("pk")[number * DEVICES // WORKERS : (number + 1) * DEVICES // WORKERS])
    began = time.process_time()
    scan_devices(devices, again=again)
    return time.process_time() - began


if __name__ == "__main__":
    main()
