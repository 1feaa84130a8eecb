"""The verb that stores a batch: once, however often it is delivered, and whatever stands in it."""

import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from jobs.away import is_away
from syslogd import partitions, reactions
from syslogd.batch import NAMES, Batch, Damaged, received_at, row_id, unpack
from syslogd.claims import Claims, open_claims
from syslogd.events import interesting
from syslogd.models import SyslogMessage, SyslogPoison, SyslogRun
from syslogd.parser import Parsed, parse
from syslogd.parser.parsed import NO_TIME
from syslogd.rows import COLUMNS, Row, address, copy_text, rows_of
from syslogd.senders import Senders

log = logging.getLogger(__name__)
SENDERS = Senders()
GROWING = tuple(name for name in NAMES if name != "spooled")
COPY = f"COPY syslogd_syslogmessage ({', '.join(COLUMNS)}) FROM STDIN"


@cache
def claims() -> Claims:
    """Where payloads wait; one connection a process."""
    return open_claims()


def ingest(key: str) -> int:
    """Store the batch under this key; returns its rows, 0 when it was stored before.

    Raises ClaimsAway or OperationalError when Redis or the database is away: nothing has happened then.
    """
    payload = claims().get(key)
    if payload is None:
        return 0
    try:
        batch = unpack(payload)
    except Damaged as error:
        _set_aside_unread(key, payload, str(error))
    else:
        return _stored(key, batch, payload)
    claims().delete(key)
    return 0


def _stored(key: str, batch: Batch, payload: bytes) -> int:
    make_days(batch)
    try:
        rows = store(batch)
    except DatabaseError as error:
        if is_away(error):
            raise
        log.warning("a syslog batch was refused and is stored in pieces", extra={"batch": str(batch.uuid)})
        rows = _store_in_pieces(batch, payload)
    claims().delete(key)
    return rows


def make_days(batch: Batch) -> None:
    """The partitions that its rows need; before the transaction, whose rows would hold up everybody else's."""
    ends = [tick for chunk in batch.chunks for tick in (chunk.tick, chunk.tick + len(chunk.texts))]
    partitions.ensure({received_at(row_id(tick, 0)).date() for tick in ends})


def store(batch: Batch) -> int:
    """Rows, batch id and counts in one transaction; returns the rows, 0 when the batch is there already."""
    rows = _rows(batch)
    with transaction.atomic():
        if not _first_time(batch.uuid, batch.size):
            return 0
        _write(rows)
        _count(batch, stored=batch.size, rows=len(rows))
    return len(rows)


def _rows(batch: Batch) -> list[Row]:
    with uncollected():
        return _read(batch)


@contextmanager
def uncollected() -> Iterator[None]:
    """Looking for circles among thousands of tuples that have none costs a quarter of the parsing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read(batch: Batch) -> list[Row]:
    sources = {source for chunk in batch.chunks for source in chunk.sources}
    rows = rows_of(batch, timezone.get_default_timezone(), SENDERS.of_addresses(sources), parse)
    relays = SENDERS.relays(sources)
    if not relays:
        return rows
    spoken = SENDERS.of_names(row.parsed.hostname for row in rows if row.source in relays)
    return [
        row._replace(device=spoken.get(row.parsed.hostname) or row.device) if row.source in relays else row
        for row in rows
    ]


def _first_time(uuid: UUID, size: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO syslogd_syslogbatch (uuid, stored_at, count) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [uuid if connection.vendor == "postgresql" else uuid.hex, timezone.now(), size],
        )
        return bool(cursor.rowcount)


def _write(rows: Sequence[Row]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.write(copy_text(rows))
    else:
        SyslogMessage.objects.bulk_create([_model(row) for row in rows], batch_size=500)
    mnemonics = interesting()
    noted = [
        reactions.Noted(row.id, received_at(row.id), row.device, said.mnemonic, said.message, said.structured_data)
        for row in rows
        if (said := row.parsed).mnemonic in mnemonics
        and row.device is not None
        and reactions.wanted(row.id, row.device, said.mnemonic)
    ]
    if noted:
        reactions.note(noted)


def _model(row: Row) -> SyslogMessage:
    parsed = row.parsed._asdict()
    sent = parsed.pop("sent_at")
    return SyslogMessage(
        id=row.id,
        received_at=received_at(row.id),
        sent_at=None if sent is None else datetime.fromtimestamp(sent / 1e6, UTC),
        device_id=row.device,
        source=address(row.source),
        **parsed,
    )


def _count(batch: Batch, stored: int, rows: int) -> None:
    """The batch as stored, and what its run had counted when it was cut, unless the row knows more already."""
    most = {name: Greatest(F(name), Value(getattr(batch.counts, name))) for name in GROWING}
    now = timezone.now()
    first = received_at(row_id(min(chunk.tick for chunk in batch.chunks), 0)) if batch.chunks else now
    changed = SyslogRun.objects.filter(uuid=batch.run).update(
        stored=F("stored") + stored,
        rows=F("rows") + rows,
        lag_ms=max(0, int((now - first).total_seconds() * 1000)),
        stored_at=now,
        **most,
    )
    if not changed:
        _open_run(batch)
        _count(batch, stored, rows)


def _open_run(batch: Batch) -> None:
    """The run's row, when the database was away as it began."""
    now = timezone.now()
    SyslogRun.objects.bulk_create(
        [SyslogRun(uuid=batch.run, host="", receiver=batch.receiver, started_at=now, seen_at=now)],
        ignore_conflicts=True,
    )


def _store_in_pieces(batch: Batch, payload: bytes) -> int:
    """A row that the database refuses costs no other row: halves in savepoints, down to the one, which is kept raw."""
    rows = _rows(batch)
    try:
        with transaction.atomic():
            if not _first_time(batch.uuid, batch.size):
                return 0
            _write_halves(rows)
            _count(batch, stored=batch.size, rows=len(rows))
    except DatabaseError as error:
        if is_away(error):
            raise
        _set_aside(batch, payload, f"{type(error).__name__}: {error}")
        return 0
    return len(rows)


def _write_halves(rows: Sequence[Row]) -> None:
    try:
        with transaction.atomic():
            _write(rows)
    except DatabaseError as error:
        if is_away(error):
            raise
        if len(rows) == 1:
            _write([_harmless(rows[0])])
            return
        middle = len(rows) // 2
        _write_halves(rows[:middle])
        _write_halves(rows[middle:])


def _harmless(row: Row) -> Row:
    """What a row said, in plain ASCII, unparsed: no database refuses that."""
    said = row.parsed
    text = (said.raw or said.message).encode("ascii", "backslashreplace").decode().replace("\0", "\\x00")
    kept = Parsed(None, NO_TIME, said.facility, said.severity, "", "", "", "", "", None, text, text)
    return row._replace(parsed=kept)


def _set_aside(batch: Batch, payload: bytes, error: str) -> None:
    with transaction.atomic():
        if not _first_time(batch.uuid, batch.size):
            return
        _count(batch, stored=0, rows=0)
        SyslogRun.objects.filter(uuid=batch.run).update(aside=F("aside") + batch.size)
        run = SyslogRun.objects.filter(uuid=batch.run).first()
        SyslogPoison.objects.create(
            uuid=batch.uuid, run=run, at=timezone.now(), count=batch.size, payload=payload, error=error[:2000]
        )


def _set_aside_unread(key: str, payload: bytes, error: str) -> None:
    """How many messages it held is not known: they count as lost when their run is closed."""
    _prefix, run, uuid = key.rsplit(":", 2)
    with transaction.atomic():
        if _first_time(UUID(uuid), 0):
            SyslogPoison.objects.create(
                uuid=UUID(uuid), run=SyslogRun.objects.filter(uuid=UUID(run)).first(), at=timezone.now(), count=0,
                payload=payload, error=error[:2000],
            )  # fmt: skip
