"""A PostgreSQL and a Redis of the test run's own: free ports on 127.0.0.1, one temporary directory, random passwords.

Nothing of the machine's own clusters is read or touched, so several runs live side by side.
"""

import glob
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.process import spawn, stop, wait_for_words

# Two parallel runs can be given the same free port between looking and listening.
START_ATTEMPTS = 5


class ServiceError(Exception):
    """A server did not start; the message ends with what the server itself said."""


@dataclass(frozen=True, slots=True)
class Services:
    """Where the servers of this run answer."""

    directory: Path
    database_url: str
    redis_url: str


class Server:
    """One server on a port of its own, which it keeps when it is stopped and started again."""

    def __init__(self, command: list[str], port: int, directory: Path, owner: str, ready: str) -> None:
        self.port, self.url = port, ""
        self._command, self._directory, self._owner, self._ready = command, directory, owner, ready
        self._log = directory / "server.log"

    def start(self) -> bool:
        """Start it and wait until it answers; False when it ended instead."""
        self._process = spawn(self._command, self._log, cwd=self._directory, user=self._owner)
        return wait_for_words(self._process, self._log, self._ready)

    @property
    def pid(self) -> int:
        """Of its life now."""
        return self._process.pid

    def stop(self, how: signal.Signals) -> None:
        """End it with this signal and wait for its end."""
        stop(self._process, how)

    def said(self) -> str:
        """What it has printed since it was started."""
        return self._log.read_text(errors="replace")


@contextmanager
def running_services() -> Iterator[Services]:
    """Start both servers, stop them and remove their directory at the end, whatever happens in between."""
    with service_directory() as directory, ExitStack() as stack:
        database = stack.enter_context(postgresql(directory / "postgresql"))
        broker = stack.enter_context(redis(directory / "redis"))
        yield Services(directory, database.url, broker.url)


@contextmanager
def service_directory() -> Iterator[Path]:
    """A temporary directory for servers of their own."""
    directory = Path(tempfile.mkdtemp(prefix="netmanager-test-"))
    try:
        directory.chmod(0o755)  # PostgreSQL's user passes through; each server's own directory is closed
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def postgresql(directory: Path, durable: bool = False) -> Iterator[Server]:
    """A PostgreSQL server in `directory`; its URL is that of an empty database in it.

    `durable`: what was committed outlives its being killed, as in production; slower.
    """
    owner = _server_user()
    directory.mkdir(mode=0o700)
    if owner:
        shutil.chown(directory, owner, owner)
    binaries = postgresql_binaries()
    password = secrets.token_hex(16)
    password_file = directory / "password"
    password_file.write_text(password)
    if owner:
        shutil.chown(password_file, owner, owner)
    _run(
        [
            f"{binaries}/initdb",
            "-D",
            f"{directory}/data",
            "-U",
            "netmanager",
            "-A",
            "scram-sha-256",
            f"--pwfile={password_file}",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        directory,
        owner,
    )
    password_file.unlink()

    def command(port: int) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": directory,
            "max_connections": 200,
            **({} if durable else {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}),
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [f"{binaries}/postgres", "-D", f"{directory}/data", *flags]

    with _listening(command, directory, owner, "ready to accept connections", signal.SIGQUIT) as server:
        login = {"PGPASSWORD": password, "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "netmanager"}
        _run([f"{binaries}/createdb", "netmanager"], directory, owner, environment=login)
        server.url = f"postgresql://netmanager:{password}@127.0.0.1:{server.port}/netmanager"
        yield server


@contextmanager
def redis(directory: Path) -> Iterator[Server]:
    """A Redis server without persistence. It has 64 databases: one for each parallel test process."""
    directory.mkdir(mode=0o700)
    password = secrets.token_hex(16)
    configuration = directory / "redis.conf"

    def command(port: int) -> list[str]:
        configuration.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndatabases 64\n"
            f"save ''\nappendonly no\ndir {directory}\ndaemonize no\n"
        )
        return ["redis-server", str(configuration)]

    with _listening(command, directory, "", "Ready to accept connections", signal.SIGTERM) as server:
        server.url = f"redis://:{password}@127.0.0.1:{server.port}/0"
        yield server


def postgresql_binaries() -> str:
    """The directory of the newest installed server's programs; raises ServiceError when there is none."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if found:
        return os.path.dirname(max(found, key=lambda path: float(path.split("/")[4])))
    on_path = shutil.which("initdb")
    if on_path:
        return os.path.dirname(on_path)
    raise ServiceError("PostgreSQL's server programs were not found. Install them: apt-get install postgresql")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _server_user() -> str:
    """PostgreSQL refuses to run as root: then its servers run as the user Debian's package made. Else as ourselves."""
    if os.geteuid() != 0:
        return ""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise ServiceError("There is no user named postgres. Install it: apt-get install postgresql") from error


@contextmanager
def _listening(
    command: Callable[[int], list[str]], directory: Path, owner: str, ready: str, how: signal.Signals
) -> Iterator[Server]:
    """Run `command(port)` on a free port until it has printed `ready`; yields the server."""
    for _ in range(START_ATTEMPTS):
        port = free_port()
        server = Server(command(port), port, directory, owner, ready)
        if not server.start():
            continue
        try:
            yield server
        finally:
            server.stop(how)
        return
    raise ServiceError(f"{directory.name} did not start in {START_ATTEMPTS} attempts. It said:\n{server.said()}")


def _run(
    command: list[str],
    directory: Path,
    owner: str,
    environment: dict[str, str] | None = None,
) -> None:
    done = subprocess.run(
        command,
        cwd=directory,
        user=owner or None,
        group=owner or None,
        extra_groups=[] if owner else None,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ServiceError(f"{command[0]} failed. It said:\n{done.stdout}{done.stderr}")
