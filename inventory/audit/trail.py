"""Entries of the audit trail: from the saves and deletions of registered models, and from verbs that bypass them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Field, Model, QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from inventory.audit.chain import after_commit
from inventory.audit.changes import Changes, contents, cut, differences, plain
from inventory.audit.who import current, process_owner

Action = LogEntry.Action
NAMED = 200  # characters of an object's name; objects of one many-to-many change


@dataclass(frozen=True, slots=True)
class Tracked:
    """What entries tell of a model. `when` leaves out rows that no person decides."""

    fields: tuple[Field, ...]
    masked: frozenset[str]
    when: Callable[[Any], bool]


TRACKED: dict[type[Model], Tracked] = {}


def register(
    model: type[Model],
    *,
    leave_out: Collection[str] = (),
    masked: Collection[str] = (),
    many: Collection[str] = (),
    when: Callable[[Any], bool] = lambda row: True,
) -> None:
    """Make each save and deletion of the model's rows an entry.

    `leave_out`: fields that change by themselves; `masked`: fields told as changed only, as secrets always are;
    `many`: its many-to-many fields.
    """
    fields = tuple(one for one in model._meta.concrete_fields if not one.primary_key and one.name not in leave_out)
    TRACKED[model] = Tracked(fields, frozenset(masked), when)
    pre_save.connect(_before_save, sender=model)
    post_save.connect(_after_save, sender=model)
    post_delete.connect(_after_delete, sender=model)
    for name in many:
        m2m_changed.connect(partial(_many, name), sender=getattr(model, name).through, weak=False)


def record(row: Model, action: int, changes: Changes | None = None, **more: Any) -> None:
    """One entry about a row, in the transaction of the change; `more` is told beside the changes."""
    entry = _entry(row, action, changes or {}, more)
    entry.save(force_insert=True)
    after_commit([entry.pk])


def created(rows: Iterable[Model]) -> None:
    """An entry for each row that `bulk_create` has made."""
    _insert(_entry(row, Action.CREATE, _contents(row, after=True)) for row in rows)


def update(rows: QuerySet[Any], **values: Any) -> int:
    """`QuerySet.update` with an entry for each row that becomes different; returns how many rows there are."""
    model = rows.model
    fields = {name: model._meta.get_field(name) for name in values}
    with transaction.atomic():
        chosen = model._base_manager.filter(pk__in=rows.order_by().values("pk")).order_by("pk")
        found = list(chosen.select_for_update(no_key=True))
        keys = [row.pk for row in found]
        model._base_manager.filter(pk__in=keys).update(**values)
        told = ((row, _replaced(row, fields, values)) for row in found)
        _insert(_entry(row, Action.UPDATE, changes) for row, changes in told if changes)
    return len(keys)


def _replaced(row: Model, fields: dict[str, Any], values: dict[str, Any]) -> Changes:
    pairs = {name: [plain(field, getattr(row, name)), plain(field, values[name])] for name, field in fields.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _insert(entries: Iterable[LogEntry]) -> None:
    rows = LogEntry.objects.bulk_create(entries, batch_size=1000)
    after_commit([row.pk for row in rows])


def _entry(row: Model, action: int, changes: Changes, more: dict[str, Any] | None = None) -> LogEntry:
    who = current()
    person = who.person()
    told = {"source": str(who.source), **_person(person), **({"job": who.job} if who.job else {}), **(more or {})}
    return LogEntry(
        content_type=_content_type(row, bool(who.job)),
        object_pk=str(row.pk)[:255],
        object_id=row.pk if isinstance(row.pk, int) else None,
        object_repr=cut(str(row))[:NAMED],
        action=action,
        changes=changes,
        actor=person,
        cid=who.cid(),
        remote_addr=who.address,
        additional_data=told,
    )


def _content_type(row: Model, anew: bool) -> ContentType:
    """In a job it is asked for `anew`: a worker outlives a database that is restored with other ids under it."""
    if not anew:
        return ContentType.objects.get_for_model(row)
    named = {"app_label": row._meta.app_label, "model": row._meta.model_name}
    return ContentType.objects.filter(**named).first() or ContentType.objects.get_for_model(row)


def _person(person: Any) -> dict[str, Any]:
    """Id and name stay in the entry when the user is deleted; without a user, which account ran the process."""
    if person is None:
        return {"actor": "", "actor_id": None, "process": process_owner()}
    return {"actor": person.get_username(), "actor_id": person.pk}


def _contents(row: Model, after: bool) -> Changes:
    """Every value as a change from nothing, or to nothing."""
    tracked = TRACKED[type(row)]
    values = contents(row, tracked.fields, tracked.masked)
    return {name: [None, value] if after else [value, None] for name, value in values.items()}


def _before_save(sender: type[Model], instance: Any, update_fields: Collection[str] | None, **_kwargs: Any) -> None:
    """Compare with what is stored, where a field that is told may have changed."""
    tracked = TRACKED[sender]
    instance.__dict__.pop("_audit", None)
    if instance._state.adding:
        return
    wanted = tracked.fields
    if update_fields is not None:
        wanted = tuple(one for one in wanted if one.name in update_fields or one.attname in update_fields)
    if not wanted:
        return
    old = sender._base_manager.filter(pk=instance.pk).only("pk", *(one.name for one in wanted)).first()
    if old is not None:
        instance.__dict__["_audit"] = differences(old, instance, wanted, tracked.masked)


def _after_save(sender: type[Model], instance: Any, created: bool, **_kwargs: Any) -> None:
    """After, so that a save that fails leaves no entry."""
    changes = instance.__dict__.pop("_audit", None)
    if not TRACKED[sender].when(instance):
        return
    if created:
        record(instance, Action.CREATE, _contents(instance, after=True))
    elif changes:
        record(instance, Action.UPDATE, changes)


def _after_delete(sender: type[Model], instance: Any, **_kwargs: Any) -> None:
    if TRACKED[sender].when(instance):
        record(instance, Action.DELETE, _contents(instance, after=False))


def _many(
    name: str, instance: Any, action: str, reverse: bool, model: type[Model], pk_set: set[Any] | None, **_kwargs: Any
) -> None:
    """Who or what was added to a many-to-many field, or taken out; told of the row whose field was used."""
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    if reverse:
        relation: Any = model._meta.get_field(name).remote_field
        name = relation.get_accessor_name()
    rows = model._base_manager.filter(pk__in=pk_set or ()) if pk_set is not None else getattr(instance, name).all()
    objects = [str(row)[:NAMED] for row in rows.order_by("pk").select_related()[:NAMED]]
    if objects:
        operation = "add" if action == "post_add" else "delete"
        record(instance, Action.UPDATE, {name: {"type": "m2m", "operation": operation, "objects": objects}})
