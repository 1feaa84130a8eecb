"""From a receiver's queue to the broker: the payload as a claim check, then a task that carries only its key."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from threading import Event
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from kombu import Connection
from kombu.exceptions import OperationalError

from syslogd.batch import Batch, Packed
from syslogd.claims import Claims, ClaimsAway, key_of, open_claims
from syslogd.counters import Counters
from syslogd.queue import Queue
from syslogd.spool import Spool, SpoolFull
from syslogd.tasks import ingest_syslog
from syslogd.unconfirmed import Unconfirmed

TIMEOUT = 1.0  # seconds; a broker that is slower counts as away

logger = logging.getLogger(__name__)


class BrokerAway(Exception):
    """Claims or queue do not answer."""


class Broker:
    """Claims and queue with connections of their own and short timeouts: for one thread, made after forking."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._claims: Claims | None = None
        self._connection = self._connect()
        self._away = (OperationalError, OSError, *self._connection.connection_errors, *self._connection.channel_errors)
        self._producer = None

    def hand(self, packed: Packed) -> None:
        """The payload, then its task. Raises BrokerAway; then nobody knows what of it arrived."""
        key = key_of(packed.run, packed.uuid)
        try:
            self._open_claims().put(key, packed.payload)
        except ClaimsAway as error:
            raise BrokerAway(str(error)) from None
        self.send(key)

    def send(self, key: str) -> None:
        """A task for a payload that is there; one too many does no harm. Raises BrokerAway."""
        try:
            if self._producer is None:
                self._producer = current_app.amqp.Producer(self._connection, auto_declare=False)
            ingest_syslog.apply_async((key,), queue=settings.SYSLOG_CELERY_QUEUE, producer=self._producer, retry=False)
        except self._away as error:
            raise self._forget(error) from None

    def missing(self, keys: Iterable[str]) -> set[str]:
        """Keys whose payload is not there (any more). Raises BrokerAway."""
        try:
            return self._open_claims().missing(keys)
        except ClaimsAway as error:
            raise BrokerAway(str(error)) from None

    def of_run(self, run: UUID) -> list[str]:
        """Keys of a run that wait. Raises BrokerAway."""
        try:
            return self._open_claims().of_run(run)
        except ClaimsAway as error:
            raise BrokerAway(str(error)) from None

    def depth(self) -> int:
        """Tasks in the queue that no worker has taken. Raises BrokerAway."""
        try:
            channel = self._connection.default_channel
            return int(channel.queue_declare(settings.SYSLOG_CELERY_QUEUE).message_count)
        except self._away as error:
            raise self._forget(error) from None

    def _open_claims(self) -> Claims:
        if self._claims is None:
            self._claims = open_claims(self._timeout)
        return self._claims

    def _forget(self, error: BaseException) -> BrokerAway:
        """The next one needs a new connection: after a timeout the answer of the last one may still come."""
        self._producer = None
        with suppress(*self._away):
            self._connection.release()
        self._connection = self._connect()
        return BrokerAway(str(error))

    def _connect(self) -> Connection:
        """Lazily."""
        return current_app.connection_for_write(transport_options=_options(self._timeout))


class HandOver:
    """Takes messages from the queue until that is closed and empty; where the broker is away they go to the spool."""

    def __init__(self, queue: Queue, counters: Counters, spool: Spool, unconfirmed: Unconfirmed, away: Event) -> None:
        self._queue, self._counters, self._spool = queue, counters, spool
        self._unconfirmed, self._away = unconfirmed, away
        self._broker = Broker()
        self._receiver = counters.get("receiver")

    def run(self) -> None:
        """Every batch, each counted where it went."""
        size, age = settings.SYSLOG_BATCH_SIZE, settings.SYSLOG_BATCH_AGE_MS / 1000
        while (chunks := self._queue.take(size, age)) is not None:
            batch = Batch(uuid4(), self._counters.run, self._receiver, self._counters.counts(), chunks)
            packed = Packed.of(batch)
            if not self._hand(packed):
                self._keep(packed)

    def _hand(self, packed: Packed) -> bool:
        if self._away.is_set() or not self._unconfirmed.fits(packed):
            return False
        try:
            self._broker.hand(packed)
        except BrokerAway as error:
            self._away.set()
            logger.warning("The broker is away, messages go to the spool: %s", error)
            return False
        self._counters.add("handed", packed.size)
        self._unconfirmed.add(packed)
        return True

    def _keep(self, packed: Packed) -> None:
        try:
            self._spool.write(packed)
        except SpoolFull:  # the log of drops tells it
            self._counters.add("spool", packed.size)
        else:
            self._counters.add("spooled", packed.size)
            self._counters.add("spool_bytes", len(packed.payload))


def _options(timeout: float) -> dict[str, object]:
    if not settings.REDIS_URL:
        return {}
    waiting = {"socket_timeout": timeout, "socket_connect_timeout": timeout, "connect_retries_timeout": timeout}
    return {**waiting, "retry_on_timeout": False, "max_retries": 0}  # else refused connections are tried for 6 s
