"""Starts NetManager's own processes on this machine and stops every one of them again."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PYTHON = sys.executable
BASE_DIR = Path(__file__).resolve().parent.parent
LOG_BYTES = 10 * 2**20  # a longer log is moved to .log.1

LONGEST_PAUSE = 60  # seconds between two starts of a child that keeps ending
LIVED = 300  # seconds after which a child that ends is forgiven earlier falls

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, kill, a closed terminal


class StartFailed(Exception):
    """A process did not come up; the message says which and where its log is."""


@dataclass(frozen=True, slots=True)
class Fall:
    """A child that has ended by itself: how often of late, and when it is started again (monotonic seconds)."""

    process: "subprocess.Popen[bytes]"
    times: int
    due: float


@dataclass
class Processes:
    """A set of child processes that are stopped together. Their output goes to one log file each."""

    log_folder: Path
    env: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    log_begins: dict[str, int] = field(default_factory=dict)  # where in its log a child's own words begin
    commands: dict[str, Sequence[str]] = field(default_factory=dict)  # of those that can be started again
    falls: dict[str, Fall] = field(default_factory=dict)

    def __enter__(self) -> "Processes":
        self.log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], *, stdout: int | None = None) -> "subprocess.Popen[bytes]":
        """Start a child in a process group of its own, so that Ctrl-C reaches it only through `stop`."""
        with (self.log_folder / f"{name}.log").open("ab") as log, signals_put_off():
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd=BASE_DIR,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=stdout or log,
                stderr=log,
                start_new_session=True,
            )
            self.running[name], self.log_begins[name] = process, log.tell()
            if stdout is None:
                self.commands[name] = command
        return process

    def output(self, name: str, command: Sequence[str]) -> str:
        """Run a command to its end and return what it printed; raises StartFailed with the end of its output."""
        done = subprocess.run(  # noqa: S603
            command, cwd=BASE_DIR, env=dict(self.env), capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise StartFailed(f"{name} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")
        return done.stdout.strip()

    def died(self) -> str:
        """The name of a child that has ended by itself, or nothing."""
        return next((name for name, process in self.running.items() if process.poll() is not None), "")

    def require_alive(self) -> None:
        """Raise StartFailed when a child has ended by itself."""
        name = self.died()
        if name:
            raise StartFailed(f"The {name} process stopped; its log is {self.log_folder / name}.log")

    def look_after(self, say: Callable[[str], object]) -> None:
        """Live until interrupted, with logs of bounded size; a child that ends by itself is started again.

        A worker does when its broker is away for long, and without it its queues would stand still unnoticed.
        Raises StartFailed for a child whose output somebody reads: that one cannot be replaced.
        """
        while not threading.Event().wait(1):
            self.revive(say, time.monotonic())
            for name in self.running:
                trim(self.log_folder / f"{name}.log")

    def revive(self, say: Callable[[str], object], now: float) -> None:
        """Start again what has ended, after a pause that grows while it keeps ending; `now` in monotonic seconds."""
        for name, process in list(self.running.items()):
            if process.poll() is None:
                continue
            if name not in self.commands:
                self.require_alive()
            fall = self.falls.get(name)
            if fall is None or fall.process is not process:
                self._fell(name, process, fall, now, say)
            elif now >= fall.due:
                self._signal(process, signal.SIGKILL)  # what it left behind would work beside the new one
                self.start(name, self.commands[name])

    def _fell(
        self, name: str, process: "subprocess.Popen[bytes]", last: Fall | None, now: float, say: Callable[[str], object]
    ) -> None:
        times = last.times + 1 if last and now - last.due < LIVED else 1
        pause = min(2 ** (times - 1), LONGEST_PAUSE)
        self.falls[name] = Fall(process, times, now + pause)
        log = self.log_folder / name
        say(f"The {name} process ended (code {process.returncode}); it is started again in {pause} s. Log: {log}.log")

    def wait_for_url(self, url: str, timeout: float = 60) -> None:
        """Wait until the address answers; raises StartFailed when it does not or a child died."""
        pause = threading.Event()
        for _attempt in range(int(timeout * 5)):
            self.require_alive()
            try:
                with urllib.request.urlopen(url, timeout=2):  # noqa: S310  a loopback address of ours
                    return
            except (urllib.error.URLError, OSError):
                pause.wait(0.2)
        raise StartFailed(f"{url} did not answer within {timeout:.0f} s; logs are in {self.log_folder}")

    def wait_for_words(self, name: str, words: str, timeout: float = 60) -> bool:
        """Wait until a child has printed the words; False when it has ended without or the time is over."""
        pause, process, log = threading.Event(), self.running[name], self.log_folder / f"{name}.log"
        for _attempt in range(int(timeout * 10)):
            ended = process.poll() is not None
            if words.encode() in log.read_bytes()[self.log_begins[name] :]:
                return True
            if ended:
                return False
            pause.wait(0.1)
        return False

    def stop(self) -> None:
        """Ask every child to end, newest first, and end those that do not within 10 s."""
        children = list(reversed(self.running.items()))
        for _name, process in children:
            self._signal(process, signal.SIGTERM)
        for _name, process in children:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                pass
            # Grandchildren of a group whose leader is gone would otherwise stay behind.
            self._signal(process, signal.SIGKILL)
            process.wait()
        self.running.clear()

    @staticmethod
    def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def interrupt_on_signals() -> None:
    """Let the first stopping signal raise KeyboardInterrupt; further ones must not disturb the stopping."""

    def interrupt(*_args: object) -> None:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants us to outlive the terminal
            signal.signal(number, interrupt)


@contextmanager
def signals_put_off() -> Iterator[None]:
    """A child that is started but not noted yet would outlive us: signals that come meanwhile are raised afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda which, _frame: came.append(which)) for number in STOPPING}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
    for number in came:
        signal.raise_signal(number)


def trim(log: Path, limit: int = LOG_BYTES) -> None:
    """Move what a log holds beyond the limit to `.1`. Its writer appends, so it goes on at the new end."""
    if log.exists() and log.stat().st_size > limit:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


@contextmanager
def alone(lock: Path, busy: str) -> Iterator[None]:
    """Hold a lock that ends with this process: two must not work on the same data. Raises StartFailed(busy)."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartFailed(busy) from None
        yield


def free_port(preferred: int, address: str = "127.0.0.1", *, udp: bool = False) -> int:
    """The preferred TCP port when it is free on the address, else any free one; 0 prefers none.

    `udp`: free for datagrams, too.
    """
    if not 0 <= preferred <= 65535:
        raise StartFailed(f"--port {preferred} is not from 0 to 65535.")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in (preferred, 0):
        with socket.socket(family) as probe, socket.socket(family, socket.SOCK_DGRAM) as datagrams:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
                if udp:
                    datagrams.bind(probe.getsockname())
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartFailed(f"No TCP port is free on {address}.")


def web_command(port: int) -> list[str]:
    """gunicorn on loopback, one process with threads."""
    return [
        PYTHON, "-m", "gunicorn", "netmanager.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "8",
        "--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp",  # noqa: S108
        "--no-control-socket", "--logger-class", "netmanager.weblog.Logger",
    ]  # fmt: skip


def worker_commands(embedded: bool) -> dict[str, list[str]]:
    """Embedded: one worker with threads for all queues. Else SSH on threads and the rest on processes."""
    celery = [PYTHON, "-m", "celery", "-A", "netmanager", "worker"]
    if embedded:
        return {"worker": [*celery, "-P", "threads", "-c", "12"]}
    return {
        "worker": [*celery, "-Q", "default,discovery,monitoring,maintenance,syslog", "-n", "general@%h"],
        "worker-ssh": [*celery, "-Q", "ssh", "-P", "threads", "-c", "40", "-n", "ssh@%h"],
    }


def beat_command() -> list[str]:
    """The scheduler."""
    return [PYTHON, "-m", "celery", "-A", "netmanager", "beat"]


def syslogd_command(port: int) -> list[str]:
    """The receiver of syslog, on SYSLOG_HOST."""
    return [PYTHON, "manage.py", "syslogd", "--port", str(port)]
