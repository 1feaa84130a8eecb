"""Many devices in one request: all or none, refusals per row, a handful of queries whatever the number."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.validators import UniqueValidator

from inventory import audit
from inventory.api.fields import RelatedId

ROWS = 1000


class KnownRelatedId(RelatedId):
    """Looks its rows up once for the whole list."""

    known: dict[int, models.Model]

    def load(self, values: Iterable[Any]) -> None:
        """Read every row that one of the values names."""
        ids = {int(value) for value in values if str(value).isascii() and str(value).isdecimal()}
        self.known = self.seen().in_bulk(ids)

    def _row(self, pk: int) -> Any:
        if pk not in self.known:
            raise ValidationError(f"There is no {self._noun()} with the id {pk}.", code="does_not_exist")
        return self.known[pk]


class BulkList(serializers.ListSerializer):
    """A list to be created. `unique` of the child's Meta names the field that no two rows may share."""

    child: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_empty": False, "max_length": ROWS, **kwargs})

    def to_internal_value(self, data: Any) -> list[Any]:
        rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) and len(data) <= ROWS else []
        for name, field in self.child.fields.items():
            if isinstance(field, KnownRelatedId):
                field.load(row.get(name) for row in rows)
        clean = super().to_internal_value(data)
        self._refuse_doubles(clean)
        return clean

    def _refuse_doubles(self, rows: list[Any]) -> None:
        """What the child's UniqueValidator would ask the database row by row, asked once."""
        name = self.child.Meta.unique
        values = [row[name] for row in rows]
        model = self.child.Meta.model
        taken = set(model.objects.filter(**{f"{name}__in": values}).values_list(name, flat=True))
        times = Counter(values)
        errors: dict[Any, Any] = {}
        for number, value in enumerate(values):
            if value in taken:
                errors[number] = {name: [f"Another {model._meta.verbose_name} has {value} already."]}
            elif times[value] > 1:
                errors[number] = {name: [f"{value} is in this list {times[value]} times."]}
        if errors:
            raise ValidationError(errors)

    def create(self, validated_data: list[dict[str, Any]]) -> list[Any]:
        model = self.child.Meta.model
        with transaction.atomic():
            rows = model.objects.bulk_create([model(**row) for row in validated_data])
            audit.created(rows)
            return rows


def without_unique_validators(extra: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a field whose uniqueness the list checks."""
    return {
        **extra,
        "validators": [one for one in extra.get("validators", []) if not isinstance(one, UniqueValidator)],
    }
