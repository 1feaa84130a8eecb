"""What may be asked of messages: each parameter says what it accepts, one that nobody knows is refused."""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from inventory.api.fields import IdField, RequestSerializer, TextField, Told, WholeNumberField, YesNoField, shown
from syslogd.batch import EPOCH
from syslogd.models.message import Facility, Severity
from syslogd.search import Filters

USUAL = timedelta(hours=1)
LONGEST = timedelta(days=31)
LAST = datetime(2200, 1, 1, tzinfo=UTC)
HIGHEST_ID = 2**63 - 1
DEVICES = 1000  # that may be named at once
SEVERITIES = {severity.name.lower(): severity.value for severity in Severity}
# As syslog.conf(5) writes them.
SHORT = {"emerg": 0, "crit": 2, "err": 3, "error": 3, "warn": 4, "info": 6}
FACILITIES = {facility.label: facility.value for facility in Facility}


class MomentField(Told, serializers.DateTimeField):
    def accepted(self) -> str:
        return "a time from 2020 to 2199 such as 2026-03-01T09:00:00+09:00"

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        if not EPOCH <= moment < LAST:
            raise ValidationError("")
        return moment.astimezone(UTC)


@extend_schema_field(OpenApiTypes.STR)
class NamedNumberField(Told, serializers.Field):
    """A number, or the name it goes by."""

    def __init__(self, names: dict[str, int], short: dict[str, int] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names, self.known = names, names | (short or {})

    def accepted(self) -> str:
        return f"a number from 0 to {max(self.names.values())} or one of: {', '.join(self.names)}"

    def to_internal_value(self, data: Any) -> int:
        text = str(data).strip().lower()
        by_number = {str(number): number for number in self.names.values()}
        if text not in self.known and text not in by_number:
            raise ValidationError("")
        return self.known.get(text, by_number.get(text, 0))


@extend_schema_field(OpenApiTypes.STR)
class IdsField(Told, serializers.Field):
    """One id, or several separated by commas."""

    def accepted(self) -> str:
        return f"an id, or up to {DEVICES} ids separated by commas"

    def to_internal_value(self, data: Any) -> tuple[int, ...]:
        texts = str(data).split(",")
        if len(texts) > DEVICES:
            raise ValidationError("")
        return tuple(IdField().run_validation(text) for text in texts)


class NetworkField(Told, serializers.CharField):
    def accepted(self) -> str:
        return "an IP address or a prefix such as 10.0.0.0/8"

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValidationError("") from None
        return text


def text(help_text: str) -> TextField:
    """A short text to compare with."""
    return TextField(required=False, max_length=200, help_text=help_text)


class QuerySerializer(RequestSerializer):
    """A window of time and filters; what is not asked for does not limit."""

    since = MomentField(required=False, help_text="Default: an hour before the end; at most 31 days before it.")
    until = MomentField(required=False, help_text="Not included; default: now.")
    device = IdsField(required=False, help_text="Ids of devices, separated by commas.")
    site = IdField(required=False, help_text="Id of the site where the device stands now.")
    source = NetworkField(  # type: ignore[assignment]
        required=False, help_text="Sender's address, or a prefix such as 10.0.0.0/8."
    )
    severity = NamedNumberField(
        SEVERITIES, SHORT, required=False, help_text="So bad or worse: 0 (emergency) to 7 (debug), or the name."
    )
    facility = NamedNumberField(FACILITIES, required=False, help_text="0 (kern) to 23 (local7), or the name.")
    mnemonic = text("Such as LINK-3-UPDOWN; a * at its end stands for anything.")
    app_name = text("Exactly this.")
    hostname = text("Exactly this, as the device told it.")
    text = text('All of these words, whatever their case; "a phrase" in quotes is one.')
    unparsed = YesNoField(required=False, help_text="true: only those whose header could not be read.")
    format = TextField(required=False, help_text="json")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The window in full: it ends after it begins, and is no longer than 31 days."""
        until = attrs.setdefault("until", timezone.now())
        since = attrs.setdefault("since", max(until - USUAL, EPOCH))
        if since >= until:
            raise ValidationError({"until": [f"{until.isoformat()} is not after since ({since.isoformat()})."]})
        if until - since > LONGEST:
            sentence = f"{since.isoformat()} lies more than {LONGEST.days} days before until ({until.isoformat()})."
            raise ValidationError({"since": [f"{sentence} Accepted is a window of at most {LONGEST.days} days."]})
        return attrs

    def filters(self) -> Filters:
        """What to search for; the serializer must be valid."""
        told = self.validated_data
        words = ("source", "severity", "facility", "mnemonic", "app_name", "hostname", "text", "unparsed", "site")
        return Filters(
            since=told["since"],
            until=told["until"],
            devices=told.get("device", ()),
            **{name: told[name] for name in words if name in told},
        )


class CursorField(Told, serializers.CharField):
    def accepted(self) -> str:
        return f"the id of a message, a whole number from 0 to {HIGHEST_ID}"

    def to_internal_value(self, data: Any) -> str:
        told: str = super().to_internal_value(data)
        if not (told.isascii() and told.isdecimal() and len(told) <= 19 and int(told) <= HIGHEST_ID):
            raise ValidationError("")
        return told


class PageQuerySerializer(QuerySerializer):
    before = CursorField(required=False, help_text="Only messages older than this id, the newest of them.")
    after = CursorField(
        required=False, help_text="Only messages newer than this id, the oldest of them: to follow what comes in."
    )
    limit = WholeNumberField(required=False, min_value=1, max_value=1000, default=50)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "before" in attrs and "after" in attrs:
            raise ValidationError({"after": [f"{shown(attrs['after'])}: accepted is before or after, not both."]})
        return super().validate(attrs)


class StatsQuerySerializer(QuerySerializer):
    count = WholeNumberField(required=False, min_value=1, max_value=100, default=10, help_text="Entries of a top list.")
