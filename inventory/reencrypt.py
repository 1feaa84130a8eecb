"""Brings every stored secret under the key in use, while everything else goes on working.

A batch of rows is locked, read, re-encrypted and written back in one transaction: a writer waits for a moment and is
never overwritten, and the rows that writers hold are left to the next pass. What is done stays done, so a run that was
broken off is simply started again.
"""

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from inventory.fields import SealedTextField, SecretField
from inventory.keyring import Keyring, Standing

ROWS, LONG_ROWS = 2000, 200  # of one batch; long texts are read in smaller ones
NAMED = 1000  # unreadable values of a field that are named
PASSES = 5  # writers of a fleet whose keys are being changed may store under the old one meanwhile
PAUSE = 0.5  # seconds before the next pass, for writers that hold rows

Rotated = dict[int, list[bytes]]  # primary key -> all secret columns of the row


@dataclass(slots=True)
class FieldReport:
    """What was found in one field of one model."""

    model: str
    field: str
    new: int = 0
    old: int = 0
    plain: int = 0
    unreadable: int = 0
    unreadable_ids: list[int] = dataclasses.field(default_factory=list)  # the first ones

    def count(self, standing: Standing, row: int) -> None:
        """One more value."""
        if standing is Standing.EMPTY:
            return
        setattr(self, standing.value, getattr(self, standing.value) + 1)
        if standing is Standing.UNREADABLE and len(self.unreadable_ids) < NAMED:
            self.unreadable_ids.append(row)


@dataclass(slots=True)
class Report:
    """What stands under which key now; `rotated` values were brought under the key in use before."""

    fields: list[FieldReport]
    rotated: int = 0

    @property
    def left(self) -> int:
        """Values under an old key, in plain text or unreadable."""
        return sum(one.old + one.plain + one.unreadable for one in self.fields)

    @property
    def old_keys_may_go(self) -> bool:
        """Nothing needs an old key any more. What is unreadable needs a key that this process does not have."""
        return not any(one.old for one in self.fields)


@dataclass(frozen=True, slots=True)
class Table:
    """A model with its secret fields."""

    model: type[models.Model]
    fields: tuple[SecretField, ...]

    @property
    def rows_at_once(self) -> int:
        """How many rows are read, locked and written together."""
        return LONG_ROWS if any(isinstance(one, SealedTextField) for one in self.fields) else ROWS


def tables() -> list[Table]:
    """Every model of every app that keeps a secret."""
    found = [
        Table(model, tuple(one for one in model._meta.concrete_fields if isinstance(one, SecretField)))
        for model in apps.get_models()
        if not model._meta.proxy and model._meta.managed
    ]
    return [table for table in found if table.fields]


def look(progress: Callable[[int], None] = lambda rows: None) -> Report:
    """What stands under which key; nothing is changed or locked."""
    keyring = Keyring(settings.FERNET_KEYS)
    report = Report([])
    for table in tables():
        columns = [FieldReport(table.model._meta.label, one.name) for one in table.fields]
        for rows in _batches(table):
            for key, *values in rows:
                for column, value in zip(columns, values, strict=True):
                    column.count(keyring.standing(value), key)
            progress(len(rows))
        report.fields += columns
    return report


def reencrypt(progress: Callable[[int], None] = lambda rows: None) -> Report:
    """Bring everything under the key in use, and look afterwards; what is unreadable stays exactly as it is.

    Other processes may write meanwhile, also with the old key: it goes over everything again until nothing is left
    that can be changed, a few times at most.
    """
    keyring, rotated = Keyring(settings.FERNET_KEYS), 0
    for number in range(PASSES):
        if number:
            threading.Event().wait(PAUSE)
        rotated += sum(_rotate_table(table, keyring, progress) for table in tables())
        report = look()
        if not any(one.old + one.plain for one in report.fields):
            break
    report.rotated = rotated
    return report


def row_count() -> int:
    """How many rows one pass goes over."""
    return sum(table.model._base_manager.count() for table in tables())


def _batches(table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Rows by primary key, a batch at a time: nothing is held open between two."""
    last = 0
    while rows := read_rows(table, last):
        yield rows
        last = rows[-1][0]


def read_rows(table: Table, after: int = 0, lock: bool = False) -> list[tuple[Any, ...]]:
    """(primary key, stored bytes of each secret field) of the next batch. `lock` needs a transaction.

    As they stand in the database: through the model's fields they would come as Secrets. Rows that somebody holds are
    passed over, so that nobody can wait for us while we wait for them; a row we hold can still be referred to. SQLite
    has no such locks, there the transaction itself holds writers off.
    """
    name, key, columns = _names(table)
    locking = "FOR NO KEY UPDATE SKIP LOCKED" if lock and connection.vendor == "postgresql" else ""
    sql = f"SELECT {key}, {', '.join(columns)} FROM {name} WHERE {key} > %s ORDER BY {key} LIMIT %s {locking}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [after, table.rows_at_once])
        return [(row, *(_bytes(value) for value in values)) for row, *values in cursor.fetchall()]


def _bytes(value: Any) -> bytes:
    """SQLite gives text back as text, also from a column of bytes."""
    return value.encode() if isinstance(value, str) else bytes(value or b"")


def _rotate_table(table: Table, keyring: Keyring, progress: Callable[[int], None]) -> int:
    """Values of the table that were brought under the key in use."""
    done = last = 0
    while True:
        with transaction.atomic():
            rows = read_rows(table, last, lock=True)
            if not rows:
                return done
            changed, count = _rotated(table, rows, keyring)
            if changed:
                _write(table, changed)
        done, last = done + count, rows[-1][0]
        progress(len(rows))


def _rotated(table: Table, rows: Sequence[tuple[Any, ...]], keyring: Keyring) -> tuple[Rotated, int]:
    """The rows that must change, with their new values, and how many values are new in them."""
    changed: Rotated = {}
    count = 0
    for key, *values in rows:
        after = [_brought(one, value, keyring) for one, value in zip(table.fields, values, strict=True)]
        different = sum(old != new for old, new in zip(values, after, strict=True))
        if different:
            changed[key], count = after, count + different
    return changed, count


def _brought(secret: SecretField, stored: bytes, keyring: Keyring) -> bytes:
    standing = keyring.standing(stored)
    if standing is Standing.OLD:
        return keyring.rotated(stored, os.urandom(16))
    if standing is Standing.PLAIN:
        return keyring.encrypted(secret.pack(stored.decode()))
    return stored


def _write(table: Table, changed: Rotated) -> None:
    """The new values into their rows, past models and signals: to everybody else nothing has changed."""
    write = _copy if connection.vendor == "postgresql" else _update
    with connection.cursor() as cursor:
        write(cursor, table, changed)


def _copy(cursor: Any, table: Table, changed: Rotated) -> None:
    """PostgreSQL: COPY into a table of the transaction's own and one UPDATE, ten times as fast as row by row."""
    name, key, columns = _names(table)
    made = ", ".join(f"{column} bytea" for column in columns)
    cursor.execute(f"CREATE TEMP TABLE rotated (id bigint PRIMARY KEY, {made}) ON COMMIT DROP")
    with cursor.copy(f"COPY rotated (id, {', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", *("bytea" for _column in columns)])
        for row, values in changed.items():
            copy.write_row((row, *values))
    assignments = ", ".join(f"{column} = rotated.{column}" for column in columns)
    cursor.execute(f"UPDATE {name} SET {assignments} FROM rotated WHERE {name}.{key} = rotated.id")  # noqa: S608
    cursor.execute("DROP TABLE rotated")


def _update(cursor: Any, table: Table, changed: Rotated) -> None:
    name, key, columns = _names(table)
    assignments = ", ".join(f"{column} = %s" for column in columns)
    sql = f"UPDATE {name} SET {assignments} WHERE {key} = %s"  # noqa: S608
    cursor.executemany(sql, [(*values, row) for row, values in changed.items()])


def _names(table: Table) -> tuple[str, str, list[str]]:
    """Table, primary key and secret columns, quoted."""
    quote, meta = connection.ops.quote_name, table.model._meta
    return (
        quote(meta.db_table),
        quote(str(meta.pk and meta.pk.column)),
        [quote(str(one.column)) for one in table.fields],
    )
