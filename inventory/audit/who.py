"""Who acts: what an entry of the audit trail says about its actor. Kept with the thread, told at each entry."""

import getpass
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from django_guid import get_guid

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Source(StrEnum):
    """Where a change comes from."""

    WEB = "web"  # the admin or the REST API
    JOB = "job"  # a job that somebody started
    SCHEDULE = "schedule"  # work that runs by itself
    SHELL = "shell"  # a command, or an upgrade


def nobody() -> None:
    """The person behind what no person asked for."""


@dataclass(frozen=True, slots=True)
class Who:
    """`person` is asked at the time of an entry: a token's owner is known only after the request has begun."""

    source: Source
    person: Callable[[], "User | None"] = nobody
    address: str | None = None
    request_id: str = ""
    job: str = ""  # its UUID

    def cid(self) -> str | None:
        """The request id, so that entries can be found by what the log says."""
        return (self.request_id or get_guid() or "")[:255] or None


_acting: ContextVar[Who | None] = ContextVar("audit_who", default=None)


@contextmanager
def acting(who: Who) -> Iterator[None]:
    """Within this block, changes are put down to `who`."""
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def current() -> Who:
    """Who acts now; outside of requests and jobs it is whoever started the process."""
    return _acting.get() or Who(Source.SHELL)


@cache
def process_owner() -> str:
    """The account of the operating system that this process runs under, and the host."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a container may run under a number without a name
        return socket.gethostname()
