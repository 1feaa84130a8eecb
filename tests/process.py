"""Programs that tests run beside themselves: started apart from the terminal, waited for, always ended."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

STOP_SECONDS = 20


def spawn(
    command: list[str], log: Path, *, cwd: Path, user: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program that writes into `log`. `environment` is added to ours; `user` needs root.

    Ctrl-C at the terminal does not reach it; should this process be killed outright, the kernel ends it.
    """
    with log.open("wb") as output:
        return subprocess.Popen(
            [*ends_with_us(), *command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            user=user or None,
            group=user or None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def ends_with_us() -> list[str]:
    """What to put before a command so that the kernel interrupts it when this process is killed outright."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []


def wait_for_words(process: subprocess.Popen[bytes], log: Path, words: str) -> bool:
    """Wait until the program has printed `words`; False when it ended instead."""
    while words not in log.read_text(errors="replace"):
        if ended_within(process, 0.05):
            return False
    return True


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait at most `seconds` for the program's end; whether it came."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Ask the program to end, and kill it when it does not."""
    process.send_signal(how)
    if not ended_within(process, STOP_SECONDS):
        process.kill()
        process.wait()
