"""`make demo` on the embedded default: no server, no environment, every device the whole way."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVERS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DATA_DIR")
pytestmark = pytest.mark.xdist_group("demo")  # both use the demo's network of addresses


def bare_environment(tmp_path: Path) -> dict[str, str]:
    """As after a clone: no server is named, and the data lie in a folder of this test."""
    clean = {name: value for name, value in os.environ.items() if name not in SERVERS}
    return {**clean, "DATA_DIR": str(tmp_path)}


def demo(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=ROOT,
        env=bare_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    )


def hear_signals() -> None:
    """As a terminal starts programs: a test run under nohup or in the background ignores some, and so would they."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def children_of(process: subprocess.Popen[str]) -> list[str]:
    listed = subprocess.run(["ps", "--ppid", str(process.pid), "-o", "pid="], capture_output=True, text=True)
    return listed.stdout.split()


def test_it_takes_every_device_of_the_lab_the_whole_way_and_says_so_as_json(tmp_path: Path) -> None:
    process = demo(tmp_path, "--once", "--devices", "8")
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    summary = json.loads(out)
    counts = ("devices", "discovered", "synced", "backed_up", "scanned")
    assert {summary[name] for name in counts} == {8}
    assert summary["complete"] is True
    assert all(job["state"] == "SUCCESS" for job in summary["jobs"].values())
    assert not (tmp_path / "demo").exists()


def test_it_stays_until_interrupted_twice_and_then_stops_everything_it_started(tmp_path: Path) -> None:
    process = demo(tmp_path, "--devices", "1", "--port", "0")
    assert process.stderr is not None
    url, said = "", ""
    for line in process.stderr:
        said += line
        if "NetManager: http" in line:
            url = line.split()[-1]
        if "Ctrl-C" in line:
            break
    assert url, said
    port = int(url.rstrip("/").rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    children = children_of(process)
    assert len(children) == 5  # lab, web, worker, beat, syslogd
    second = demo(tmp_path, "--devices", "1", "--port", "0")  # must not empty the tables of the first
    assert "A demo is running already" in second.communicate(timeout=60)[1]
    for _press in range(2):
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    alive = [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert alive == []


def test_it_leaves_no_process_behind_when_its_terminal_closes(tmp_path: Path) -> None:
    process = demo(tmp_path, "--devices", "1", "--port", "0")
    assert process.stderr is not None
    assert any("discover" in line for line in process.stderr)
    children = children_of(process)
    assert len(children) == 5  # lab, web, worker, beat, syslogd
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []


def test_it_is_no_success_when_it_is_interrupted_before_the_summary(tmp_path: Path) -> None:
    process = demo(tmp_path, "--once", "--devices", "1", "--port", "0")
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip().endswith("Stopped before the end.")


@pytest.mark.parametrize("command", ["demo", "run"])
def test_it_names_the_ports_it_takes(tmp_path: Path, command: str) -> None:
    arguments = [sys.executable, "manage.py", command, "--port", "99999"]
    done = subprocess.run(arguments, cwd=ROOT, env=bare_environment(tmp_path), capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (1, "CommandError: --port 99999 is not from 0 to 65535.")


def test_it_refuses_a_lab_of_no_devices_with_a_sentence(tmp_path: Path) -> None:
    process = demo(tmp_path, "--devices", "0")
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.strip().endswith("--devices 0 is not from 1 to 250.")
