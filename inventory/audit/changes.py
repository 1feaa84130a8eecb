"""What became of each field, before and after, as JSON. Secrets are told as changed, never shown, never decrypted."""

import json
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Field, Model

from inventory.fields import SecretField, StoredSecret
from inventory.secrets import MASK, Secret

LONGEST = 10_000  # characters of one value that an entry keeps
Changes = dict[str, Any]


def differences(old: Model, new: Model, fields: Iterable[Field], masked: frozenset[str]) -> Changes:
    """Field -> [before, after] for the fields that are different."""
    found: Changes = {}
    for field in fields:
        if isinstance(field, SecretField):
            if _another_secret(field, getattr(old, field.attname), getattr(new, field.attname)):
                found[field.name] = [_masked(getattr(old, field.attname)), _masked(getattr(new, field.attname))]
            continue
        before, after = plain(field, getattr(old, field.attname)), plain(field, getattr(new, field.attname))
        if before == after:
            continue
        if field.name in masked:
            found[field.name] = [_masked(before), _masked(after)]
        else:
            found[field.name] = [_named(field, old, before), _named(field, new, after)]
    return found


def contents(row: Model, fields: Iterable[Field], masked: frozenset[str]) -> Changes:
    """Field -> value for the fields that hold something; nothing is read from the database for it."""
    found: Changes = {}
    for field in fields:
        value = row.__dict__.get(field.attname)
        if isinstance(field, SecretField) or field.name in masked:
            value = _masked(value)
        elif field.is_relation and value is not None:
            value = f"{row.__dict__['_state'].fields_cache.get(field.name, '')} #{value}".strip()[:LONGEST]
        else:
            value = plain(field, value)
        if value not in (None, "", [], {}):
            found[field.name] = value
    return found


def plain(field: Field, value: Any) -> Any:
    """The value of a field as JSON."""
    if hasattr(value, "resolve_expression"):
        return "(computed by the database)"
    try:
        value = field.to_python(value)
    except ValidationError:
        pass
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, list | dict):
        text = json.dumps(value, default=str, sort_keys=True)
        return json.loads(text) if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return cut(str(value))


def cut(text: str) -> str:
    """A text no longer than an entry keeps."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _another_secret(field: SecretField, old: Secret, new: Secret) -> bool:
    """What was put in anew counts as changed, even if it should be the same: nobody looks."""
    if isinstance(new, StoredSecret):
        return new.token_of(field) != (old.token_of(field) if isinstance(old, StoredSecret) else b"")
    return bool(old) or bool(new)


def _masked(value: Any) -> str:
    return MASK if value else ""


def _named(field: Field, row: Model, value: Any) -> Any:
    """What a relation leads to by name and id, for a reader who comes when it is gone."""
    if not field.is_relation or value is None:
        return value
    try:
        return f"{cut(str(getattr(row, field.name)))} #{value}"
    except ObjectDoesNotExist:
        return f"#{value}"
