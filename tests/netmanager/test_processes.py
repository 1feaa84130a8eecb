"""`make run` and `make demo` on one machine: one at a time on the same data, logs of bounded size, a first login."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from netmanager.management.commands.demo import Command as Demo
from netmanager.processes import StartFailed, alone, trim

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
