"""API fields that say what they accept, and never show a secret."""

import json
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty

from inventory.fields import SecretField
from inventory.scope import access_of, place_errors, scoped
from inventory.secrets import Secret

SHOWN = 60  # characters of a refused value that are repeated in the answer
SECRET_LENGTH = 20_000  # an RSA key of 16,384 bits fits
OWN_WORDS = {"required", "null", "unique"}  # refusals that say more than "not accepted"


def shown(value: object) -> str:
    """A refused value as it appears in the sentence that refuses it."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class Told:
    """A field whose refusal is one sentence: the value and what is accepted instead."""

    def accepted(self) -> str:
        """What the field takes, to follow "is not"."""
        raise NotImplementedError

    def run_validation(self, data: Any = empty) -> Any:
        try:
            return super().run_validation(data)  # type: ignore[misc]
        except ValidationError as error:
            if OWN_WORDS.intersection(error.get_codes() or ()):
                raise
            raise ValidationError(f"{shown(data)} is not {self.accepted()}.", code="invalid") from None


class WholeNumberField(Told, serializers.IntegerField):
    def accepted(self) -> str:
        if self.min_value is None or self.max_value is None:
            return "a whole number"
        return f"a whole number from {self.min_value} to {self.max_value}"


class IdField(WholeNumberField):
    """The id of some row; whether it is there is checked by whoever knows the rows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": 2**63 - 1, **kwargs})

    def accepted(self) -> str:
        return "an id"


class AddressField(Told, serializers.IPAddressField):
    def accepted(self) -> str:
        return "an IPv4 or IPv6 address"


class YesNoField(Told, serializers.BooleanField):
    def accepted(self) -> str:
        return "true or false"


class OneOfField(Told, serializers.ChoiceField):
    def accepted(self) -> str:
        return f"one of: {', '.join(repr(choice) for choice in self.choices)}"


class TextField(serializers.CharField):
    default_error_messages = {
        # The number is filled in by Django's validator, the limit by this field.
        "max_length": "It has %(show_value)d characters, accepted are at most {max_length}.",
    }


class SlugField(Told, serializers.SlugField):
    def accepted(self) -> str:
        return f"made of letters, digits, hyphens and underscores, at most {self.max_length}"


class JsonField(serializers.JSONField):
    """JSON that PostgreSQL can store: no NUL, no half characters, no infinite numbers."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
            text.encode()
        except ValueError:
            raise ValidationError("Accepted is JSON without infinite numbers and half characters.") from None
        if "\\u0000" in text:
            raise ValidationError("The character U+0000 is not accepted.")
        return value


class RelatedId(serializers.PrimaryKeyRelatedField):
    """The id of another row that the user may see. In a browser a plain input: 10,000 devices are no choice.

    The context must name the request: without it nobody knows what may be seen.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs["style"] = {"base_template": "input.html", **kwargs.get("style", {})}
        super().__init__(**kwargs)

    def use_pk_only_optimization(self) -> bool:
        return True

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not str(data).isascii() or not str(data).isdecimal():
            raise ValidationError(f"{shown(data)} is not the id of a {self._noun()}.", code="incorrect_type")
        return self._row(int(data))

    def _row(self, pk: int) -> Any:
        found = self.seen().filter(pk=pk).first()
        if found is None:
            raise ValidationError(f"There is no {self._noun()} with the id {pk}.", code="does_not_exist")
        return found

    def seen(self) -> models.QuerySet:
        """The rows that may be named."""
        return scoped(self.get_queryset(), self.context["request"].user)  # type: ignore[arg-type]

    def _noun(self) -> str:
        return str(self.get_queryset().model._meta.verbose_name)  # type: ignore[union-attr]


class SecretInput(serializers.CharField):
    """Comes in, never goes out: not in answers, not in refusals, not in the browser's forms."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                **kwargs,
                "write_only": True,
                "trim_whitespace": False,
                "max_length": SECRET_LENGTH,
                "style": {"input_type": "password"},
            }
        )

    def run_validation(self, data: Any = empty) -> Any:
        value = super().run_validation(data)
        return Secret(value) if isinstance(value, str) else value


class StrictNames:
    """A serializer that refuses names it does not know: a misspelt field is a mistake, not an option."""

    fields: Any

    def to_internal_value(self, data: Any) -> Any:
        # A browser's form brings names of its own (csrfmiddlewaretoken); JSON brings only what somebody meant.
        if isinstance(data, dict) and not hasattr(data, "getlist"):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                accepted = ", ".join(name for name, field in self.fields.items() if not field.read_only)
                sentence = f"This is not a field here; accepted are {accepted}."
                raise ValidationError({name: [sentence] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[misc]


class RequestSerializer(StrictNames, serializers.Serializer):
    """What a request must say, where no model says it."""


class ModelSerializer(StrictNames, serializers.ModelSerializer):
    """A model over REST: fields that say what they accept, unknown names refused, secrets only inwards."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        **dict.fromkeys(
            (
                models.BigIntegerField,
                models.IntegerField,
                models.PositiveIntegerField,
                models.PositiveSmallIntegerField,
                models.SmallIntegerField,
            ),
            WholeNumberField,
        ),
        models.BooleanField: YesNoField,
        models.CharField: TextField,
        models.GenericIPAddressField: AddressField,
        models.JSONField: JsonField,
        models.SlugField: SlugField,
        models.TextField: TextField,
        SecretField: SecretInput,
    }
    serializer_choice_field = OneOfField
    serializer_related_field = RelatedId

    def run_validation(self, data: Any = empty) -> Any:
        """Refuse, by field, a row that would lie outside of the user's access scopes."""
        attrs = super().run_validation(data)
        user = self.context["request"].user
        if isinstance(attrs, dict) and access_of(user) is not None:
            errors = place_errors(self._as_it_would_be(attrs), user)
            if errors:
                raise ValidationError({name: [sentence] for name, sentence in errors.items()})
        return attrs

    def _as_it_would_be(self, attrs: dict[str, Any]) -> models.Model:
        """The row with what was sent, unsaved."""
        model: type[models.Model] = self.Meta.model
        columns = model._meta.concrete_fields
        before = self.instance
        known = {column.attname: getattr(before, column.attname) for column in columns} if before else {}
        row = model(**known)
        for column in columns:
            if column.name in attrs:
                setattr(row, column.name, attrs[column.name])
        return row

    def get_initial(self) -> Any:
        initial = super().get_initial()
        secret = {name for name, field in self.fields.items() if isinstance(field, SecretInput)}
        return {name: value for name, value in initial.items() if name not in secret}
