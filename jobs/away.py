"""The database is away for a moment: it restarts, or somebody else was in the way. Work waits for it and goes on."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")
PATIENCE = 30.0  # seconds a restart of the database is waited for; then the reaper finds the target later
PAUSE = 1.0
AWAY = (OperationalError, InterfaceError)
# Classes of SQLSTATE (PostgreSQL, appendix A): connection, resources, shutdown, deadlock, lock not available.
_PASSING = ("08", "53", "57", "40", "55")
_CANCELED = "57014"  # a statement that took too long takes too long again
_SQLITE_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL")


def is_away(error: BaseException) -> bool:
    """Whether the same question may be answered later. A statement that is wrong stays wrong: False."""
    if not isinstance(error, AWAY):
        return False
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    name = getattr(cause, "sqlite_errorname", None)
    if state:
        return str(state)[:2] in _PASSING and state != _CANCELED
    return name is None or str(name).startswith(_SQLITE_PASSING)


def patiently(step: Callable[[], T]) -> T:
    """The step's answer; while the database is away it is asked again, for half a minute. Raises what it raised last.

    Inside a transaction it raises at once: what was done in it is gone.
    """
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while True:
        try:
            return step()
        except AWAY as error:
            if connection.in_atomic_block or not is_away(error) or time.monotonic() > end:
                raise
            connection.close()
            pause.wait(PAUSE)
