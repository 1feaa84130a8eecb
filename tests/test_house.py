"""The house of ARCHITECTURE.md stands: arrows of import, one owner per outside library, vendors in their places."""

import re
from pathlib import Path

import pytest

from tests.house import ROOT, product_files, strings_and_names, wrong_imports

VENDOR_WORDS = re.compile(
    r"(?<![a-z])(cisco|juniper|junos|arista|huawei|comware|procurve|mikrotik|routeros|forti\w*|palo_?alto|panos)",
    re.IGNORECASE,
)
# MIB modules carry their vendor's name; everything else about a vendor is a platform record or a parser of its text.
VENDOR_PLACES = ("inventory/platforms/", "inventory/parsing/", "inventory/snmp/", "compliance/standards/")
FILES = list(product_files())
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def test_it_imports_along_the_arrows() -> None:
    assert [sentence for path in FILES for sentence in wrong_imports(path, (ROOT / path).read_text())] == []


@pytest.mark.parametrize(
    ("path", "line", "why"),
    [
        ("inventory/sync.py", "from jobs.models import Job", "inventory stands below jobs"),
        ("compliance/scan.py", "import syslogd.store", "compliance stands below syslogd"),
        ("inventory/sync.py", "def f():\n    from compliance import models", "inventory stands below compliance"),
        ("netmanager/settings.py", "from inventory.facts import SystemFacts", "the settings know no app"),
        ("inventory/facts.py", "from django.db import models", "a pure module"),
        ("inventory/facts.py", "import socket", "a pure module"),
        ("inventory/parsing/names.py", "from inventory.models import Device", "a pure module"),
        ("inventory/parsing/names.py", "from ..models import Device", "a pure module"),
        ("inventory/facts.py", "x = datetime.now()", "reads the clock"),
        ("inventory/facts.py", "x = time.time()", "reads the clock"),
        ("inventory/models/device.py", "from inventory.snmp import client", "models know models"),
        ("jobs/run.py", "from jobs.tasks import TASKS", "tasks are called from"),
        ("jobs/run.py", "import jobs.api", "does not know the doors"),
        ("inventory/sync.py", "from gufo.snmp import SnmpSession", "only inventory/snmp/client.py"),
        ("jobs/run.py", "import netmiko", "only inventory/drivers/"),
        ("inventory/sync.py", "from celery import shared_task", "only netmanager/"),
    ],
)
def test_it_notices_an_arrow_that_points_back(path: str, line: str, why: str) -> None:
    assert why in "\n".join(wrong_imports(path, line))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("jobs/launch.py", "from jobs.tasks import TASKS"),
        ("syslogd/reactions.py", "from jobs.launch import launch"),
        ("netmanager/urls.py", "import inventory.api"),
        ("inventory/admin.py", "from inventory.models import Device"),
        ("inventory/facts.py", "from dataclasses import dataclass\nlimit = time.monotonic() + 1"),
        ("inventory/models/device.py", "from inventory.fields import SecretField"),
    ],
)
def test_it_lets_an_arrow_that_points_forward_be(path: str, line: str) -> None:
    assert wrong_imports(path, line) == []


def test_it_names_no_vendor_outside_its_places() -> None:
    named = [
        f"{path}:{line} names {word}"
        for path in FILES
        if not path.startswith(VENDOR_PLACES)
        for line, word in strings_and_names((ROOT / path).read_text())
        if VENDOR_WORDS.search(word)
    ]
    assert named == []


def test_it_has_no_drawer_for_everything() -> None:
    assert [path for path in FILES if Path(path).stem in ("utils", "helpers", "misc", "common")] == []


def test_its_tests_neither_sleep_nor_look_away() -> None:
    forbidden = re.compile(r"time[.]sleep\(|pytest[.](mark[.])?(skip|xfail|importorskip)|unittest[.]skip")
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in TESTS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []
