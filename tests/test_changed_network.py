"""A change of the machine's network is told from a broken page."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import pytest

runs = []

@pytest.fixture
def chromium(request):
    runs.append(request.node.name)
    yield
    assert runs.count("test_cut_off") > 1, "console: Failed to load resource: net::ERR_NETWORK_CHANGED"

def test_cut_off(chromium):
    assert runs.count("test_cut_off") > 1, "no such button"

def test_broken(chromium):
    assert not runs, "no such button"

def test_without_a_browser():
    runs.append("without")
    assert not runs, "net::ERR_NETWORK_CHANGED"

def test_cut_off_each_time(chromium):
    assert not runs, "net::ERR_NETWORK_CHANGED"

def test_each_ran_as_often_as_it_should():
    assert [runs.count(name) for name in ("test_cut_off", "test_broken", "without", "test_cut_off_each_time")] == [
        2, 1, 1, 3]
"""


def test_only_a_browser_test_that_was_cut_off_runs_again_and_not_for_ever(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    plugins = ["-p", "no:django", "-p", "no:cacheprovider", "-p", "tests.changed_network"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--rootdir", str(tmp_path), "-c", "/dev/null"]
    ended = subprocess.run(
        [*command, str(tmp_path / "test_it.py")], capture_output=True, text=True, check=False, timeout=60
    )
    assert "3 failed, 2 passed" in ended.stdout, ended.stdout + ended.stderr
    assert "test_cut_off " not in ended.stdout
    assert ended.stdout.count("the machine's network changed in run 1 of at most 3") == 2, ended.stdout
