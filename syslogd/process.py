"""One receiver process, from its fork to its end: receiving, handing over, looking after that, telling of drops."""

import ctypes
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from socket import socket

from django.conf import settings
from django.db import DatabaseError, connection

from jobs import system_settings
from syslogd.allowed import AllowedSenders, Networks
from syslogd.counters import Counters
from syslogd.drop_log import DropLog
from syslogd.hand_over import HandOver
from syslogd.keeper import Keeper
from syslogd.queue import Queue
from syslogd.receiver import NAP, Receiver
from syslogd.recvmmsg import Window
from syslogd.spool import Spool
from syslogd.unconfirmed import Unconfirmed

NICENESS = -10
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
BRIEFLY = 2.0  # seconds a keeper that waits for a server is waited for at the end
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# malloc.h: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_ARENA_MAX. What a batch needed goes back to the system after it.
MALLOC = ((-3, 64 * 1024), (-1, 1024 * 1024), (-8, 1))

logger = logging.getLogger(__name__)


class Process:
    """The parts of a receiver; made in its own process."""

    def __init__(
        self, udp: Sequence[socket], tcp: Sequence[socket], counters: Counters, window: Window, kernel_before: int
    ) -> None:
        self._counters, self._allowed = counters, AllowedSenders()
        self._queue = Queue(settings.SYSLOG_QUEUE_SIZE)
        nap = min(NAP, settings.SYSLOG_BATCH_AGE_MS / 1000 / 10)
        self._receiver = Receiver(
            udp, tcp, self._queue, counters, self._allowed, window=window, kernel_before=kernel_before, nap=nap
        )
        folder, away, unconfirmed = counters_folder(), threading.Event(), Unconfirmed()
        spool = Spool(settings.SYSLOG_SPOOL_DIR, settings.SYSLOG_SPOOL_MAX_MB * 2**20, settings.SYSLOG_WORKERS)
        self._hand_over = HandOver(self._queue, counters, spool, unconfirmed, away)
        self._keeper = Keeper(counters, folder, spool, unconfirmed, away)
        self._drops = DropLog(counters, self._receiver.losses)
        self._end = threading.Event()

    def run(self) -> None:
        """Until a signal stops it; then everything received is handed over or in the spool. Raises OSError."""
        for number in STOPPING:
            signal.signal(number, lambda *_: self._receiver.stop())
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a signal that came before now would have ended it unclean
        handing = threading.Thread(target=_or_die(self._hand_over.run), name="syslog-hand-over", daemon=True)
        keeping = threading.Thread(target=_or_die(self._keep), name="syslog-keeper", daemon=True)
        telling = threading.Thread(target=_or_die(self._tell), name="syslog-drops", daemon=True)
        for thread in (handing, keeping, telling):
            thread.start()
        try:
            self._receiver.run()
        finally:
            self._queue.close()
            handing.join()
            self._end.set()
            telling.join()
            keeping.join(BRIEFLY)
            self._keeper.finish(ask=not keeping.is_alive())
            self._say(settings.SYSLOG_DROP_LOG_INTERVAL_SEC)

    def _keep(self) -> None:
        self._keeper.run(self._end, self._allow)

    def _allow(self) -> None:
        with suppress(DatabaseError):  # away: those of before stay allowed
            self._allowed.set(allowed_senders())

    def _tell(self) -> None:
        """Once a second the kernel's drops and a sign of life, and now and then the line about drops."""
        interval = settings.SYSLOG_DROP_LOG_INTERVAL_SEC
        due = time.monotonic() + interval
        self._beat()
        while not self._end.wait(1):
            self._beat()
            if time.monotonic() >= due:
                due += interval
                self._say(interval)

    def _beat(self) -> None:
        self._receiver.count_kernel_drops()
        self._counters.set("heartbeat", time.time_ns() // 1000)

    def _say(self, interval: int) -> None:
        if line := self._drops.line(interval):
            logger.warning("%s", line)


def fork(
    udp: Sequence[socket],
    tcp: Sequence[socket],
    others: Sequence[socket | Counters],
    counters: Counters,
    window: Window,
    before: int,
) -> int:
    """Start a receiver as a child; returns its process id.

    `others`: what belongs to other receivers. `before`: drops of its sockets that are counted already.
    """
    parent = os.getpid()
    if pid := os.fork():
        return pid
    code = 1
    try:
        _settle_in(parent, others)
        Process(udp, tcp, counters, window, before).run()
        code = 0
    except BaseException:
        logger.exception("A syslog receiver ended")
    finally:
        logging.shutdown()
        os._exit(code)


def counters_folder() -> Path:
    """Where the numbers of runs are."""
    return Path(settings.SYSLOG_SPOOL_DIR) / "counters"


def allowed_senders() -> Networks | None:
    """The setting; None: everybody. Raises DatabaseError."""
    return system_settings.networks("syslog_allowed_senders") or None


def _settle_in(parent: int, others: Sequence[socket | Counters]) -> None:
    """A process of its own: it ends cleanly when its parent is killed, and goes before the workers of this machine."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    with suppress(AttributeError):  # another libc than glibc
        for name, value in MALLOC:
            libc.mallopt(name, value)
    if os.getppid() != parent:
        os._exit(1)
    for number in (*STOPPING, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for other in others:
        other.close()
    connection.close()
    gc.freeze()
    with suppress(PermissionError):
        os.nice(NICENESS)


def _or_die(work: Callable[[], None]) -> Callable[[], None]:
    """A receiver that lost one of its parts would only seem to live: its parent starts another."""

    def run() -> None:
        try:
            work()
        except BaseException:
            logger.exception("A syslog receiver failed")
            os._exit(1)

    return run
