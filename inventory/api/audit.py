"""The audit trail over REST: read only, for those who may see everything."""

from typing import Any

from auditlog.models import LogEntry
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inventory.api.filters import AddressFilter, MomentFilter
from inventory.api.viewsets import ReadOnly
from inventory.audit import Action, Source
from inventory.audit.told import beside, details

SOURCES = [(str(one), str(one)) for one in Source]
WORDS = {"create": Action.CREATE, "update": Action.UPDATE, "delete": Action.DELETE, "access": Action.ACCESS}


class AuditEntrySerializer(serializers.ModelSerializer):
    at = serializers.DateTimeField(source="timestamp")
    actor = serializers.SerializerMethodField(help_text="Login name; empty: no person asked for it, see source.")
    source = serializers.SerializerMethodField(help_text="web, job, schedule or shell")  # type: ignore[assignment]
    address = serializers.CharField(source="remote_addr", allow_null=True)
    request_id = serializers.CharField(source="cid", allow_null=True)
    action = serializers.SerializerMethodField(help_text="create, update, delete or access")
    model = serializers.SerializerMethodField(help_text="Such as inventory.device")
    object_id = serializers.CharField(source="object_pk")
    object = serializers.CharField(source="object_repr")
    changes = serializers.SerializerMethodField(help_text="Field -> [before, after]; secrets are masked.")
    details = serializers.SerializerMethodField(help_text="The job, the verb, the account of a process.")

    class Meta:
        model = LogEntry
        fields = [
            "id", "at", "actor", "source", "address", "request_id", "action", "model", "object_id", "object", "changes",
            "details",
        ]  # fmt: skip

    def get_actor(self, entry: LogEntry) -> str:
        return beside(entry, "actor")

    def get_source(self, entry: LogEntry) -> str:
        return beside(entry, "source")

    def get_action(self, entry: LogEntry) -> str:
        return next((word for word, number in WORDS.items() if number == entry.action), "")

    def get_model(self, entry: LogEntry) -> str:
        return f"{entry.content_type.app_label}.{entry.content_type.model}"

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_changes(self, entry: LogEntry) -> dict[str, Any]:
        return entry.changes or {}

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_details(self, entry: LogEntry) -> dict[str, str]:
        return details(entry)


class AuditEntryFilter(filters.FilterSet):
    actor = filters.CharFilter(field_name="additional_data__actor", label="Login name")
    source = filters.ChoiceFilter(field_name="additional_data__source", choices=SOURCES)
    job = filters.UUIDFilter(field_name="additional_data__job", method="of_job", label="UUID of a job")
    address = AddressFilter(field_name="remote_addr")
    request_id = filters.CharFilter(field_name="cid")
    action = filters.ChoiceFilter(choices=[(word, word) for word in WORDS], method="of_action")
    model = filters.CharFilter(method="of_model", label="Such as inventory.device")
    object_id = filters.CharFilter(field_name="object_pk")
    since = MomentFilter(field_name="timestamp", lookup_expr="gte")
    until = MomentFilter(field_name="timestamp", lookup_expr="lt")

    class Meta:
        model = LogEntry
        fields: list[str] = []

    def of_action(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(action=WORDS[value])

    def of_model(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        app, _dot, model = value.lower().partition(".")
        return rows.filter(content_type__app_label=app, content_type__model=model)

    def of_job(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(additional_data__job=str(value))


class AuditEntryViewSet(ReadOnly):
    """Who changed what, when and from where; newest first."""

    queryset = LogEntry.objects.select_related("content_type")
    serializer_class = AuditEntrySerializer
    filterset_class = AuditEntryFilter
    search_fields = ["object_repr"]
    ordering_fields = ["id"]
    ordering = ["-id"]
