"""Comparisons of two configurations of 20,000 lines, from the texts to the rows of the first page, and one as a page.

Seconds are of processor time, the shortest of three; memory is what Python held at most beyond the two texts. The texts
are those of a large chassis: ten lines changed; each of 4,000 interfaces with another description; every line another;
the same lines the other way round; eight different lines by chance, which no comparison can look through to the end.
`difflib` compares a tenth of the lines.
"""

import difflib
import json
import os
import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import django
from django.http import QueryDict

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
LINES, INTERFACES, RUNS = 20_000, 4_000, 3
LIMIT_SECONDS, LIMIT_MB = 1, 100
WHOLE_SECONDS, WHOLE_MB = 0.3, 3


def main() -> None:
    """Print a JSON line for each pair of texts, and one for the page of a whole configuration."""
    django.setup()
    for name, (left, right) in pairs().items():
        print(json.dumps({"bench": f"diff, {name}", **comparison(left, right)}), flush=True)
    stored = text(interfaces("old"))
    print(json.dumps({"bench": f"configuration of {LINES:,} lines as a page", **configuration(stored)}))


def pairs() -> dict[str, tuple[str, str]]:
    """The texts by name."""
    chance = random.Random(1)
    plain = [f"snmp-server host 10.0.{n >> 8}.{n & 255} version 3 priv monitor" for n in range(LINES)]
    few = [f"{line} vrf x" if n % 2000 == 1000 else line for n, line in enumerate(plain)]
    other = [f"ip route 10.{n >> 8}.{n & 255}.0 255.255.255.0 Null0" for n in range(LINES)]
    eight, others = ([chance.choice("abcdefgh") for _ in range(LINES)] for _ in range(2))
    return {
        f"{LINES:,} lines, 10 changed": (text(plain), text(few)),
        f"{INTERFACES:,} interfaces, each changed": (text(interfaces("old")), text(interfaces("new"))),
        f"{LINES:,} lines, all other": (text(plain), text(other)),
        f"{LINES:,} lines, turned round": (text(plain), text(plain[::-1])),
        f"{LINES:,} lines of eight": (text(eight), text(others)),
    }


def interfaces(description: str) -> list[str]:
    """Five lines for each."""
    return [
        line
        for n in range(INTERFACES)
        for line in (f"interface Gi{n}", f" description {description} {n}", " switchport", " no shutdown", "!")
    ]


def text(lines: list[str]) -> str:
    """As it is stored."""
    return "\n".join(lines) + "\n"


def comparison(left: str, right: str) -> dict[str, Any]:
    """What the rows of the first page take, side by side, and how large they are."""
    page, seconds = timed(lambda: first_page(left, right))
    peak = memory(lambda: first_page(left, right))
    peer = difflib_seconds(left, right)
    return {
        "ms": round(1000 * seconds),
        "peak_mb": round(peak, 1),
        "page_kb": len(page.encode()) // 1000,
        "difflib_of_a_tenth_ms": round(1000 * peer),
        "ratio_of_the_limit": round(seconds / LIMIT_SECONDS, 2),
        "ratio_of_the_memory": round(peak / LIMIT_MB, 2),
    }


def first_page(left: str, right: str) -> str:
    """Summary, list of sections and rows, as the view makes them."""
    from django.http import HttpRequest

    from inventory.admin.config_diff import DiffPage
    from inventory.models import ConfigBackup, ConfigText

    request = HttpRequest()
    request.GET = QueryDict("")
    older, newer = (ConfigBackup(pk=n, text=ConfigText(pk=n, redacted=one)) for n, one in enumerate((left, right), 1))
    page = DiffPage(request, older, newer)
    return f"{page.summary}{page.rows}{page.places}"


def configuration(stored: str) -> dict[str, Any]:
    """What a whole configuration with marked lines takes."""
    from inventory.admin.config_lines import whole

    marked = (range(12, 13), range(15_000, 15_020))
    page, seconds = timed(lambda: whole(stored, marked))
    megabytes = len(page.encode()) / 1_000_000
    return {
        "ms": round(1000 * seconds),
        "page_mb": round(megabytes, 2),
        "ratio_of_the_limit": round(seconds / WHOLE_SECONDS, 2),
        "ratio_of_the_size": round(megabytes / WHOLE_MB, 2),
    }


def difflib_seconds(left: str, right: str) -> float:
    """The standard library's on a tenth of the lines, whose square its time grows with; it draws nothing."""
    a, b = (one.splitlines()[: LINES // 10] for one in (left, right))
    return timed(lambda: difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes(), runs=1)[1]


def timed(work: Callable[[], Any], runs: int = RUNS) -> tuple[Any, float]:
    """What the work gives, and the shortest processor time of some runs: others use this machine, too."""
    seconds = []
    for _ in range(runs):
        began = time.process_time()
        given = work()
        seconds.append(time.process_time() - began)
    return given, min(seconds)


def memory(work: Callable[[], Any]) -> float:
    """Megabytes that the work held at most."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1_000_000


if __name__ == "__main__":
    main()
