"""Starts the receivers, starts again those that die, and ends them cleanly."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from socket import socket

from django.conf import settings
from django.db import DatabaseError, connection, connections

from syslogd import recvmmsg, sockets
from syslogd.bookkeeper import Bookkeeper
from syslogd.counters import Counters
from syslogd.process import STOPPING, counters_folder, fork
from syslogd.recvmmsg import Window

STEP = 0.2  # seconds between two looks at the children
PATIENCE = 14.0  # seconds children have for a clean end
LAST_WORDS = 3.0  # seconds the database has for the last counts
LONGEST_PAUSE, LIVED = 30.0, 60.0  # seconds between two starts of one that keeps dying; a life that forgives them
CLOSE_EVERY = 2.0  # seconds
FORK_WAIT = 2.0  # seconds

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Place:
    """A receiver by number: its sockets stay, its processes come and go. Times in monotonic seconds."""

    number: int
    udp: list[socket]
    counted: int = 0  # drops of the kernel that ended runs have counted
    counters: Counters | None = None  # of the run; it is not over before the parent lets go of them, too
    window: Window = field(default_factory=Window)
    pid: int = 0
    born: float = 0.0
    deaths: int = 0
    due: float = 0.0


class Supervisor:
    """Of one command. `say` prints for the operator."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._folder = counters_folder()
        self._places: list[Place] = []
        self._tcp: list[socket] = []
        self._end = threading.Event()
        self._writing = threading.Lock()  # forking waits for it: a child must not begin amid a statement

    def run(self) -> None:
        """Listen until a signal comes. Raises CannotListen, and OSError when there is no place for the counts."""
        self._listen()
        signal.pthread_sigmask(signal.SIG_BLOCK, {*STOPPING, signal.SIGCHLD})
        bookkeeper = threading.Thread(target=self._keep_books, name="syslog-books", daemon=True)
        for place in self._places:
            self._start(place)
        bookkeeper.start()
        while not signal.sigtimedwait({*STOPPING}, STEP):
            self._look_after()
        self._stop()
        self._end.set()
        bookkeeper.join(LAST_WORDS)

    def _listen(self) -> None:
        addresses, port = settings.SYSLOG_HOST, settings.SYSLOG_PORT
        udp = sockets.open_udp(addresses, port, settings.SYSLOG_WORKERS)
        try:
            self._tcp = sockets.open_tcp(addresses, port)
        except sockets.CannotListen:
            sockets.close(sock for of_one in udp for sock in of_one)
            raise
        self._places = [Place(number, of_one) for number, of_one in enumerate(udp)]
        for warning in dict.fromkeys(map(sockets.buffer_warning, udp[0])):
            if warning:
                logger.warning("%s", warning)
        names = ", ".join(f"[{address}]" if ":" in address else address for address in addresses)
        self._say(f"Listening on {names} port {port}, UDP and TCP, with {len(udp)} receivers.")

    def _start(self, place: Place) -> None:
        counters = Counters.create(self._folder, place.number, time.time_ns() // 1000)
        others: list[socket | Counters] = []
        for other in self._places:
            if other is not place:
                others += [*other.udp, *([other.counters] if other.counters else [])]
        window = Window()
        held = self._writing.acquire(timeout=FORK_WAIT)
        try:
            place.pid = fork(place.udp, self._tcp, others, counters, window, place.counted)
        finally:
            if held:
                self._writing.release()
        place.counters, place.window, place.born = counters, window, time.monotonic()

    def _look_after(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.pid and (ended := os.waitpid(place.pid, os.WNOHANG))[0]:
                self._died(place, now, os.waitstatus_to_exitcode(ended[1]))
            if not place.pid and now >= place.due:
                try:
                    self._start(place)
                except OSError as error:
                    logger.error("Receiver %d cannot be started: %s", place.number, error.strerror)
                    place.due = now + LONGEST_PAUSE

    def _died(self, place: Place, now: float, code: int) -> None:
        self._buried(place)
        place.deaths = 0 if now - place.born > LIVED else place.deaths + 1
        pause = 0.0 if place.deaths < 2 else min(2.0 ** (place.deaths - 2), LONGEST_PAUSE)
        place.due = now + pause
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        logger.error("Receiver %d %s; it is started again in %d s.", place.number, how, pause)

    def _buried(self, place: Place) -> None:
        """Count what a killed one took from the kernel and could not count; its successor counts only later drops."""
        place.pid = 0
        if place.counters:
            place.counters.add("received", place.window.untold())
            place.counted += place.counters.get("kernel")
            place.counters.close()
            place.counters = None

    def _stop(self) -> None:
        """Let the children end; what the kernel refused meanwhile is counted with the last run."""
        for place in self._places:
            if not place.pid:
                with suppress(OSError):
                    self._start(place)  # for what its sockets hold
        living = [place for place in self._places if place.pid]
        for place in living:
            os.kill(place.pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while living := [place for place in living if not os.waitpid(place.pid, os.WNOHANG)[0]]:
            if time.monotonic() > end:
                for place in living:
                    os.kill(place.pid, signal.SIGKILL)
                end += PATIENCE
            time.sleep(0.02)
        for place in self._places:
            self._count_the_rest(place)
            self._buried(place)
            sockets.close(place.udp)

    def _count_the_rest(self, place: Place) -> None:
        """What the sockets still hold, where no receiver could read it, and what the kernel dropped since the end."""
        if counters := place.counters:
            taker = recvmmsg.taker(Window())
            for sock in place.udp:
                sockets.refuse_more(sock)
                while texts := taker.take(sock)[1]:
                    counters.add("received", len(texts))
                    taker.told()
            counted = place.counted + counters.get("kernel")
            dropped = (sum(map(sockets.kernel_drops, place.udp)) - counted) % 2**32
            counters.add("received", dropped)
            counters.add("kernel", dropped)

    def _keep_books(self) -> None:
        """Once a second, and once more at the end, however the database is."""
        books = Bookkeeper(self._folder, settings.SYSLOG_SPOOL_DIR)
        closing = 0.0
        ended = away = False
        while not ended:
            ended = self._end.wait(0 if not closing else 1)
            due = ended or time.monotonic() >= closing
            closing = time.monotonic() + CLOSE_EVERY if due else closing
            try:
                with self._writing:
                    books.write_down()
                    if due:
                        books.close_ended()
                away = False
            except DatabaseError as error:
                connection.close()
                if not away:
                    logger.warning("The database is away, counts of syslog are written later: %s", error)
                away = True
            except Exception:
                logger.exception("The counts of syslog could not be written")
        connections.close_all()
