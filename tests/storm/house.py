"""A receiver and a worker on servers of their own, each of which can be stopped, killed and started again."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django

from tests.chaos.house import CELERY, Member, environment, servers
from tests.services import Server, free_port

RECEIVER = (sys.executable, "manage.py", "syslogd")
WORKER = (*CELERY, "worker", "-Q", "syslog", "-c", "2", "-n", "storm@%h")


@dataclass(frozen=True, slots=True)
class House:
    """Everything that can be killed; `port` is where messages go."""

    port: int
    database: Server
    broker: Server
    receiver: Member
    worker: Member

    def supervise(self) -> None:
        """What a supervisor does: a process that ended by itself is started again."""
        for member in (self.receiver, self.worker):
            if member.fell():
                member.start()


@contextmanager
def begun(logs: Path | None, spool: int) -> Iterator[House]:
    """Servers, tables, receiver and worker of their own; sets Django up in this process. `spool` in MB."""
    with servers() as (services, database, broker):
        os.environ.update(environment(services))
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "netmanager.settings",
            "SYSLOG_PORT": str(free_port()),
            "SYSLOG_HOST": "127.0.0.1",
            "SYSLOG_SPOOL_MAX_MB": str(spool),
        }
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        with house(logs or services.directory, database, broker, int(os.environ["SYSLOG_PORT"])) as built:
            yield built


@contextmanager
def house(logs: Path, database: Server, broker: Server, port: int) -> Iterator[House]:
    """Both, ready to take messages; they print into the folder `logs`."""
    mine = dict(os.environ)
    built = House(port, database, broker, Member("syslogd", RECEIVER, logs, mine), Member("worker", WORKER, logs, mine))
    try:
        built.receiver.start()
        built.worker.start()
        built.worker.ready()
        yield built
    finally:
        built.receiver.kill()
        built.worker.kill()
