"""`make run` and `make demo` on one machine: one at a time on the same data, logs of bounded size, a first login."""

import json
import os
import socket
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from netmanager.management.commands import run
from netmanager.management.commands.demo import Command as Demo
from netmanager.processes import Processes, StartFailed, alone, free_port, trim, web_command

ROOT = Path(__file__).resolve().parents[2]


def test_it_refuses_a_second_run_on_the_same_data(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}
    with alone(tmp_path / "run.lock", "busy"):
        done = subprocess.run(
            [sys.executable, "manage.py", "run", "--port", "0"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: NetManager runs already on the data in {tmp_path}")


def test_it_gives_a_lock_back(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "run.lock", "busy"),
        pytest.raises(StartFailed, match="busy"),
        alone(tmp_path / "run.lock", "busy"),
    ):
        pass
    with alone(tmp_path / "run.lock", "busy"):
        assert (tmp_path / "run.lock").exists()


def test_it_moves_a_log_that_grew_too_long_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n")
        trim(log, limit=4)
        assert log.read_bytes() == b"old\n"
        writer.write(b"more\n")
        trim(log, limit=4)
        writer.write(b"new\n")
    assert (log.read_bytes(), (tmp_path / "web.log.1").read_bytes()) == (b"new\n", b"old\nmore\n")


def test_it_starts_again_what_ended_by_itself_with_growing_pauses(tmp_path: Path) -> None:
    said: list[str] = []
    ends = [sys.executable, "-c", "raise SystemExit(3)"]
    with Processes(tmp_path / "log", os.environ) as processes:
        now = 0.0
        for pause in (1, 2, 4):
            ended = processes.start("worker", ends) if not said else processes.running["worker"]
            ended.wait(30)
            processes.revive(said.append, now)
            processes.revive(said.append, now + pause - 0.1)
            assert processes.running["worker"] is ended
            assert said[-1].startswith(f"The worker process ended (code 3); it is started again in {pause} s. Log: ")
            now += pause
            processes.revive(said.append, now)
            assert processes.running["worker"] is not ended
        assert len(said) == 3
        processes.running["worker"].wait(30)
        processes.revive(said.append, now + 1000)
        assert "again in 1 s" in said[-1]


def test_it_ends_when_a_child_ends_whose_output_somebody_reads(tmp_path: Path) -> None:
    with Processes(tmp_path / "log", os.environ) as processes:
        processes.start("lab", [sys.executable, "-c", ""], stdout=subprocess.DEVNULL).wait(30)
        with pytest.raises(StartFailed, match="The lab process stopped"):
            processes.revive(print, 0)


def test_another_program_that_takes_the_port_of_syslog_first_moves_it_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "SYSLOG_HOST": "127.0.0.1"}
    with socket.create_server(("127.0.0.1", 0)) as taken, Processes(tmp_path / "log", environment) as processes:
        looked = iter([taken.getsockname()[1], free_port(0, udp=True)])  # the first was free when we looked
        monkeypatch.setattr(run, "free_port", lambda *_wanted, **_how: next(looked))
        port = run.start_syslogd(processes, "127.0.0.1")
        assert port != taken.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        assert not processes.died()


def test_it_does_not_show_progress_in_the_colour_of_errors() -> None:
    terminal = StringIO()
    Demo(stderr=terminal, force_color=True).say("sync 1/6")
    assert terminal.getvalue() == "sync 1/6\n"


@pytest.mark.django_db
def test_it_prints_the_first_login_once_and_afterwards_says_what_helps() -> None:
    first, second = StringIO(), StringIO()
    call_command("first_start", stdout=first)
    password = first.getvalue().split("Password: ")[1].split()[0]
    assert User.objects.get().check_password(password)
    call_command("first_start", stdout=second)
    assert password not in second.getvalue()
    assert "changepassword" in second.getvalue()


def test_the_web_logs_each_request_as_json_with_the_request_id_of_its_answer(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}
    port = free_port(0)
    with Processes(tmp_path / "log", environment) as processes:
        processes.start("web", web_command(port))
        processes.wait_for_url(f"http://127.0.0.1:{port}/healthz")
        with pytest.raises(HTTPError) as refused:
            urlopen(f"http://127.0.0.1:{port}/api/v1/%22nothing%0A?password=s3cret", timeout=5)
    events = [json.loads(line) for line in (tmp_path / "log" / "web.log").read_text().splitlines()]
    (request,) = [event for event in events if event["logger"] == "gunicorn.access"]
    assert request["message"] == "GET /api/v1/%22nothing%0A 404"
    assert request["request_id"] == refused.value.headers["X-Request-ID"]
    assert "s3cret" not in str([event for event in events if event["logger"].startswith("gunicorn")])


def test_the_web_ends_with_a_sentence_when_a_setting_is_wrong(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "LOG_LEVEL": "LOUD"}
    done = subprocess.run(
        web_command(free_port(0)), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert done.stderr.strip() == "LOG_LEVEL='LOUD' is not one of: DEBUG, INFO, WARNING, ERROR, CRITICAL."
