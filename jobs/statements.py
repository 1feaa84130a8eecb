"""The statements that every target of every job comes by, as SQL.

The ORM spends three times as long on building them as PostgreSQL on doing them; `make bench` (ledger) tells.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from inventory.models import Device
from jobs.models import Job, JobTarget

READ = (
    *("id", "job", "device", "label", "state", "step", "ring", "attempts", "not_before", "paced", "parked"),
    *("started_at", "message", "journal"),
)
READ_OF_JOB = ("id", "uuid", "kind", "parameters", "state", "total", "cancel_requested", "requested_by", "request_id")
ADD = """
    INSERT INTO jobs_jobtarget (job_id, device_id, label, {columns})
    SELECT %s, inventory_device.id, inventory_device.name, {values}
    FROM inventory_device WHERE inventory_device.id IN ({chosen})
    ORDER BY inventory_device.name, inventory_device.id RETURNING id"""
WAITING = """
    SELECT {columns}, (SELECT value FROM jobs_systemsetting WHERE name = 'job_lease_seconds')
    FROM jobs_jobtarget INNER JOIN jobs_job ON jobs_job.id = jobs_jobtarget.job_id
    WHERE jobs_jobtarget.id = %s AND jobs_jobtarget.state = 'PENDING'"""
TAKE = """
    UPDATE jobs_jobtarget
    SET state = 'RUNNING', attempts = attempts + 1, lease_worker = %s, lease_until = %s, started_at = %s,
        parked = %s, message = ''
    WHERE id = %s AND state = 'PENDING' AND (not_before IS NULL OR not_before <= %s)"""
SETTLE = """
    UPDATE jobs_jobtarget
    SET {assignments}, lease_until = NULL, log = log || %s
    WHERE {which} AND state = 'RUNNING' AND lease_worker = %s {still}"""
AMONG = {"postgresql": "id = ANY(%s)", "sqlite": "id IN (SELECT value FROM json_each(%s))"}
COUNT = """
    UPDATE jobs_job SET done = done + %s, failed = failed + %s WHERE id = %s RETURNING done >= total"""
SETTLE_AND_COUNT = """
    WITH settled AS ({settle} RETURNING job_id)
    UPDATE jobs_job SET done = done + 1, failed = failed + %s
    FROM settled WHERE jobs_job.id = settled.job_id RETURNING done >= total"""


def add_devices(job_id: int, devices: models.QuerySet[Device], target: JobTarget) -> list[int]:
    """Give a job a target for each of the devices, in the order of their names, like `target` in all else; their ids.

    As rows from Python 10,000 of them took a second, while somebody waits for the page.
    """
    fields = [field.attname for field in JobTarget._meta.concrete_fields]
    columns = {
        name: _stored(JobTarget, name, getattr(target, name))
        for name in fields
        if name not in ("id", "job_id", "device_id", "label")
    }
    chosen, values = devices.order_by().values("pk").query.sql_with_params()
    sql = ADD.format(columns=", ".join(columns), values=", ".join(["%s"] * len(columns)), chosen=chosen)
    with connection.cursor() as cursor:
        cursor.execute(sql, [job_id, *columns.values(), *values])
        return sorted(pk for (pk,) in cursor.fetchall())


def waiting(target_id: int) -> tuple[JobTarget, str] | None:
    """A target that waits, with its job, and the stored length of a lease; long texts come when asked for."""
    ours, jobs = _reader(JobTarget, READ, connection.vendor), _reader(Job, READ_OF_JOB, connection.vendor)
    sql = WAITING.format(columns=", ".join((*ours.columns, *jobs.columns)))
    with connection.cursor() as cursor:
        cursor.execute(sql, [target_id])
        row = cursor.fetchone()
    if row is None:
        return None
    target = ours.instance(row)
    target.job = jobs.instance(row[len(READ) :])
    return target, row[-1] or ""


def take(target_id: int, worker: str, now: datetime, until: datetime) -> bool:
    """Claim a target that waits and whose time has come; False when it is not to be had."""
    at, end = _stored(JobTarget, "started_at", now), _stored(JobTarget, "lease_until", until)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [worker, end, at, False, target_id, at])
        return bool(cursor.rowcount)


def settle_and_count(
    target_id: int, worker: str, expired: datetime | None, fields: Mapping[str, Any], line: str, failed: bool
) -> bool | None:
    """Store what came of a target and count it in its job; None when the worker does not have it any more.

    True when it was the last: no other target of the job is open. `line` is added to its log. Whoever settles a
    target of the job waits for the job's row, so PostgreSQL does both in one statement.
    """
    settle = _settle(fields, "id = %s", "AND lease_until = %s" if expired else "")
    values = _settled(target_id, worker, fields, line)
    values += [_stored(JobTarget, "lease_until", expired)] if expired else []
    if connection.vendor == "postgresql":
        return _flag(SETTLE_AND_COUNT.format(settle=settle), [*values, int(failed)])
    with transaction.atomic():
        job_id = _flag(f"{settle} RETURNING job_id", values)
        return None if job_id is None else count(job_id, done=1, failed=int(failed))


def settle_block(job_id: int, worker: str, told: Mapping[int, tuple[Mapping[str, Any], str, bool]]) -> bool:
    """The same for many targets of a job: id -> fields (of one set of names), line and whether it failed.

    What the worker does not have any more is left alone. Those that came to the same are one statement.
    """
    with transaction.atomic():
        running = JobTarget.objects.filter(job=job_id, state=JobTarget.State.RUNNING, lease_worker=worker)
        # By their own key: the order of the model would lock the job's row, too, and whoever settles others would wait.
        ids = running.order_by("pk").select_for_update().values_list("pk", flat=True)
        ours = [pk for pk in ids if pk in told]
        if not ours:
            return False
        alike: dict[str, list[int]] = defaultdict(list)
        for pk in ours:
            alike[repr(told[pk])].append(pk)
        values = [_settled(pks, worker, *told[pks[0]][:2]) for pks in alike.values()]
        with connection.cursor() as cursor:
            cursor.executemany(_settle(told[ours[0]][0], AMONG[connection.vendor]), values)
        return count(job_id, done=len(ours), failed=sum(told[pk][2] for pk in ours))


def _settle(fields: Mapping[str, Any], which: str, still: str = "") -> str:
    return SETTLE.format(assignments=", ".join(f"{name} = %s" for name in fields), which=which, still=still)


def _settled(ids: int | list[int], worker: str, fields: Mapping[str, Any], line: str) -> list[Any]:
    which = json.dumps(ids) if isinstance(ids, list) and connection.vendor == "sqlite" else ids
    return [*(_stored(JobTarget, name, value) for name, value in fields.items()), line, which, worker]


def count(job_id: int, done: int, failed: int) -> bool:
    """Add ended targets to the job's counters; True when none is open any more."""
    return bool(_flag(COUNT, [done, failed, job_id]))


def _flag(sql: str, values: Sequence[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return None if row is None else row[0]


def _stored(model: type[models.Model], name: str, value: Any) -> Any:
    return model._meta.get_field(name).get_db_prep_save(value, connection)  # type: ignore[union-attr]


class _Reader:
    """Makes instances of a model from the columns it names; all other fields are read when asked for."""

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        fields: list[Any] = [field for field in model._meta.concrete_fields if field.name in names]  # as from_db wants
        table = model._meta.db_table
        self._model = model
        self._names = [field.attname for field in fields]
        self._converters = [_converters(field, table) for field in fields]
        self.columns = [f"{table}.{field.column}" for field in fields]

    def instance(self, row: Sequence[Any]) -> Any:
        """The instance that the first values of the row are of."""
        values = []
        for value, converters in zip(row, self._converters, strict=False):
            for convert, expression in converters:
                value = convert(value, expression, connection)
            values.append(value)
        return self._model.from_db(connection.alias, self._names, values)


def _converters(field: Any, table: str) -> list[tuple[Callable[..., Any], Any]]:
    """What makes the field's value of what the database gives, as the ORM does it."""
    expression = field.get_col(table)
    return [
        (convert, expression)
        for convert in (*connection.ops.get_db_converters(expression), *field.get_db_converters(connection))
    ]


@cache
def _reader(model: type[models.Model], names: tuple[str, ...], _vendor: str) -> _Reader:
    return _Reader(model, names)
