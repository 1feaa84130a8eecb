"""A short run of `make chaos`: whatever is killed, every device ends as its job says, and as was asked."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS, DEVICES = 1, 16


@pytest.mark.xdist_group("chaos")
def test_whatever_is_killed_each_device_is_changed_once_and_reported_as_it_is() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--seeds", str(SEEDS), "--devices", str(DEVICES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("seed ")]
    assert len(lines) == SEEDS
    for line in lines:
        assert "0 double effects, 0 lost targets, 0 wrong reports" in line
        assert not any(f" {nothing}" in line for nothing in ("0 kills", "0 Redis", "0 PostgreSQL", "0 duplicated"))
