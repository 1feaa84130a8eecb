"""NetManager with servers, workers and a scheduler of its own, each of which can be killed and comes back."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from tests.process import ended_within, spawn, stop, wait_for_words
from tests.run import environment_of
from tests.services import Server, Services, postgresql, redis, service_directory

ROOT = Path(__file__).resolve().parents[2]
WORKERS, THREADS = 2, 8
CELERY = (sys.executable, "-m", "celery", "-A", "netmanager")
WORKER = (*CELERY, "worker", "-I", "tests.chaos._worker", "-P", "threads", "-c", str(THREADS), "-Q", "ssh,default")
BEAT = (*CELERY, "beat")
AGAIN, READY = "a message came again", " ready."  # as tests/chaos/_worker.py and Celery say it


@dataclass(slots=True)
class Member:
    """One process of ours under its name; `logs` of all its lives."""

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    logs: list[Path] = field(default_factory=list)
    process: Popen[bytes] | None = None

    def start(self) -> None:
        """A new life; does not wait until it is ready."""
        log = self.directory / f"{self.name}.{len(self.logs)}.log"
        self.logs.append(log)
        self.process = spawn(list(self.command), log, cwd=ROOT, environment=self.environment)

    @property
    def pid(self) -> int:
        """Of its life now; raises AssertionError when it does not live."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> int:
        """The end without a word, for it and its children; returns the process id it had, 0 when it did not live."""
        if self.process is None:
            return 0
        pid, process, self.process = self.process.pid, self.process, None
        os.killpg(pid, signal.SIGKILL)
        process.wait()
        return pid

    def freeze(self) -> Callable[[], None]:
        """Let it stand still, as a machine that is moved or swaps; returns what lets this life of it go on."""
        assert self.process is not None
        process = self.process
        os.killpg(process.pid, signal.SIGSTOP)

        def thaw() -> None:
            if self.process is process:
                os.killpg(process.pid, signal.SIGCONT)

        return thaw

    def fell(self) -> bool:
        """Whether it ended by itself."""
        return self.process is not None and ended_within(self.process, 0.01)

    def at_work(self) -> bool:
        """Whether it lives and takes messages."""
        return self.process is not None and READY in self.logs[-1].read_text(errors="replace")

    def ready(self) -> None:
        """Wait until it takes messages; raises AssertionError when it ended instead."""
        assert self.process is not None
        if not wait_for_words(self.process, self.logs[-1], READY):
            raise AssertionError(f"{self.name} did not start. It said:\n{self.logs[-1].read_text()}")


@dataclass(frozen=True, slots=True)
class House:
    """Everything that can be killed."""

    directory: Path
    database: Server
    broker: Server
    workers: tuple[Member, ...]
    beat: Member

    @property
    def members(self) -> tuple[Member, ...]:
        """The processes that a supervisor starts again."""
        return (*self.workers, self.beat)

    def complete(self) -> None:
        """Wait until all workers take messages."""
        for worker in self.workers:
            worker.ready()

    def came_again(self) -> int:
        """Messages that workers were handed a second time, so far."""
        return sum(log.read_text(errors="replace").count(AGAIN) for one in self.workers for log in one.logs)


@contextmanager
def servers() -> Iterator[tuple[Services, Server, Server]]:
    """A PostgreSQL that keeps what it was told and a Redis that keeps nothing, and where they answer."""
    with service_directory() as directory, ExitStack() as stack:
        database = stack.enter_context(postgresql(directory / "postgresql", durable=True))
        broker = stack.enter_context(redis(directory / "redis"))
        yield Services(directory, database.url, broker.url), database, broker


def environment(services: Services) -> dict[str, str]:
    """For every process of ours, this one too."""
    return {**environment_of(services), "LOG_LEVEL": "INFO", "LOG_FORMAT": "text", "CELERY_VISIBILITY_TIMEOUT": "30"}


@contextmanager
def house(logs: Path, database: Server, broker: Server) -> Iterator[House]:
    """Workers and scheduler on migrated servers, ready; they print into the folder `logs`."""
    mine = dict(os.environ)
    workers = tuple(
        Member(f"worker{number}", (*WORKER, "-n", f"chaos{number}@%h"), logs, mine) for number in range(WORKERS)
    )
    beat = Member("beat", BEAT, logs, mine)
    built = House(logs, database, broker, workers, beat)
    try:
        for member in built.members:
            member.start()
        built.complete()
        yield built
    finally:
        for member in built.members:
            member.kill()


@contextmanager
def lab(directory: Path, devices: int, seed: int) -> Iterator[str]:
    """The lab in a process of its own; yields its ready line."""
    log = directory / f"lab-{seed}.log"
    process = spawn([sys.executable, "-m", "tests.chaos._lab", str(devices), str(seed)], log, cwd=ROOT)
    try:
        if not wait_for_words(process, log, '"ready"'):
            raise AssertionError(f"The lab did not start. It said:\n{log.read_text()}")
        yield log.read_text().splitlines()[-1]
    finally:
        stop(process)
