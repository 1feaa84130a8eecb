"""A real Celery worker process on the test database of this pytest process."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from netmanager.celery import app
from tests.process import ended_within, spawn, stop, wait_for_words

ROOT = Path(__file__).resolve().parent.parent
QUEUES = "default,discovery,ssh,monitoring,maintenance,syslog"
FINISH_STEPS = 600  # of a tenth of a second
LOG_TAIL = 20_000  # characters shown of a failed test's log


@dataclass(frozen=True, slots=True)
class Worker:
    """The running worker. `log` is everything it printed so far."""

    process: Popen[bytes]
    log: Path
    name: str

    def rest(self) -> None:
        """Take nothing from the queues: what other tests send is not for it."""
        self._tell(app.control.cancel_consumer)

    def work(self) -> None:
        """Take what is sent from now on."""
        self._tell(app.control.add_consumer)

    def forget_messages(self) -> None:
        """Drop what waits in the queues."""
        app.control.purge()

    def finish(self) -> None:
        """Drop what waits and wait for what runs: the test's tables are emptied next."""
        self.forget_messages()
        for _ in range(FINISH_STEPS):
            if not self._busy():
                return
            if ended_within(self.process, 0.1):
                raise AssertionError(f"The Celery worker ended by itself with status {self.process.returncode}.")
        raise AssertionError("The Celery worker still runs a task of this test after a minute.")

    def log_size(self) -> int:
        """Bytes written so far, for `log_since`."""
        return self.log.stat().st_size

    def log_since(self, position: int) -> str:
        """What was printed after `position`, its last part when it is long."""
        return self.log.read_bytes()[position:].decode(errors="replace")[-LOG_TAIL:]

    def wait_for(self, position: int, words: str) -> None:
        """Wait until the worker has printed the words after `position`."""
        for _ in range(FINISH_STEPS):
            if words in self.log.read_bytes()[position:].decode(errors="replace"):
                return
            if ended_within(self.process, 0.1):
                raise AssertionError(f"The Celery worker ended by itself with status {self.process.returncode}.")
        raise AssertionError(f"The Celery worker did not print {words!r} within a minute.")

    def _tell(self, command: Callable[..., Any]) -> None:
        for queue in QUEUES.split(","):
            command(queue, destination=[self.name])
        # It does in turn what it is told, so an answer now means that it has done the above.
        if not app.control.ping(destination=[self.name], timeout=30):
            raise AssertionError(f"The Celery worker {self.name} does not answer.")

    def _busy(self) -> bool:
        inspect = app.control.inspect(destination=[self.name], timeout=1)
        answers = (inspect.active(), inspect.reserved())
        return any(answer is None or answer.get(self.name) for answer in answers)


@contextmanager
def running_worker(log: Path, **settings: str) -> Iterator[Worker]:
    """A worker with the threads pool on all queues, ready when this yields; stopped at the end.

    `settings` go into its environment.
    """
    name = f"{log.parent.name}-{log.stem}-{connection.settings_dict['NAME']}@localhost"
    command = [sys.executable, "-m", "celery", "-A", "netmanager", "worker", "-P", "threads", "-c", "8", "-Q", QUEUES]
    # At DEBUG, so that whatever a log can hold is there to be looked at.
    environment = {"DATABASE_URL": database_url_of_this_test(), "LOG_LEVEL": "DEBUG", "CELERY_LOGLEVEL": "DEBUG"}
    process = spawn([*command, "-n", name, "--without-mingle"], log, cwd=ROOT, environment=environment | settings)
    try:
        if not wait_for_words(process, log, f"{name} ready."):
            raise AssertionError(f"The Celery worker did not start. It said:\n{log.read_text()}")
        yield Worker(process, log, name)
    finally:
        stop(process)


def database_url_of_this_test() -> str:
    """DATABASE_URL of the database that this test process uses, for programs started by tests."""
    database = connection.settings_dict
    if connection.vendor != "postgresql" or not settings.REDIS_URL:
        raise AssertionError("This test needs PostgreSQL and Redis. Run it with: make test ARGS=...")
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    return f"postgresql://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
