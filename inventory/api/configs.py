"""Configuration backups: history, redacted text, differences, search; the full text through one door of its own."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.fields import ModelSerializer, RelatedId, TextField, WholeNumberField
from inventory.api.filters import MomentFilter, NumberIn, equal
from inventory.api.viewsets import ReadOnly
from inventory.full_config import PERMISSION, as_file
from inventory.models import ConfigBackup
from inventory.parsing.config_diff import DiffRow, side_by_side, unified
from inventory.secrets import SecretUnreadable

HITS = 50  # lines of one configuration that a search shows
CONTEXT = 3  # unchanged lines around a changed one


class ConfigBackupSerializer(ModelSerializer):
    device_name = serializers.CharField(source="device.name", read_only=True)
    sha256 = serializers.CharField(source="text.sha256", read_only=True)
    lines = serializers.IntegerField(source="text.lines", read_only=True)
    size = serializers.IntegerField(source="text.size", read_only=True, help_text="Bytes of the full text.")

    class Meta:
        model = ConfigBackup
        fields = [
            "id",
            "device",
            "device_name",
            "kind",
            "captured_at",
            "last_seen_at",
            "is_golden",
            "changed_by",
            "sha256",
            "lines",
            "size",
        ]


class ConfigBackupDetailSerializer(ConfigBackupSerializer):
    text = serializers.CharField(source="text.redacted", read_only=True, help_text="With its secrets masked.")

    class Meta(ConfigBackupSerializer.Meta):
        fields = [*ConfigBackupSerializer.Meta.fields, "text"]


class Unreadable(APIException):
    """Stored, and no key of ours opens it."""

    status_code = 409


class DiffQuery(serializers.Serializer):
    against = RelatedId(
        queryset=ConfigBackup.objects.all(), required=False, help_text="The older side; by default the backup before."
    )
    context = WholeNumberField(  # type: ignore[assignment]
        min_value=0, max_value=1000, default=CONTEXT, help_text="Unchanged lines around."
    )


class DiffRowSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(["same", "changed", "removed", "added"])
    left_number = serializers.IntegerField(allow_null=True)
    left = serializers.CharField()
    right_number = serializers.IntegerField(allow_null=True)
    right = serializers.CharField()


class DiffSerializer(serializers.Serializer):
    backup = serializers.IntegerField(help_text="The newer side.")
    against = serializers.IntegerField(help_text="The older side.")
    equal = serializers.BooleanField(help_text="False also when only masked secrets differ.")
    unified = serializers.CharField()
    rows = DiffRowSerializer(many=True, help_text="Left is the older side.")


class SearchQuery(serializers.Serializer):
    q = TextField(min_length=2, max_length=200, help_text="Part of a line; case does not matter.")
    history = serializers.BooleanField(default=False, help_text="Also configurations that were replaced since.")


class HitLineSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    text = serializers.CharField()


class HitSerializer(serializers.Serializer):
    backup = serializers.IntegerField()
    device = serializers.IntegerField()
    device_name = serializers.CharField()
    captured_at = serializers.DateTimeField()
    matches = serializers.IntegerField(help_text=f"Lines that match; the first {HITS} are in `lines`.")
    lines = HitLineSerializer(many=True)


class ConfigBackupFilter(filters.FilterSet):
    device = NumberIn(field_name="device_id", label="Ids of devices")
    site = NumberIn(field_name="device__site_id", label="Ids of sites")
    sha256 = filters.CharFilter(field_name="text__sha256")
    captured_after = MomentFilter(field_name="captured_at", lookup_expr="gte")
    captured_before = MomentFilter(field_name="captured_at", lookup_expr="lt")
    seen_before = MomentFilter(field_name="last_seen_at", lookup_expr="lt")

    class Meta:
        model = ConfigBackup
        fields = equal("kind", "is_golden")


class ConfigBackupViewSet(ReadOnly):
    """Which configuration a device had, from when until when."""

    queryset = ConfigBackup.objects.select_related("device", "text")
    filterset_class = ConfigBackupFilter
    search_fields = ["device__name", "text__sha256"]
    ordering_fields = ["id", "device", "captured_at", "last_seen_at"]
    ordering = ["-captured_at", "-id"]

    def get_queryset(self) -> QuerySet[ConfigBackup]:
        columns = ["device", "device__name", "text", "kind", "captured_at", "last_seen_at", "is_golden", "changed_by"]
        columns += ["text__sha256", "text__lines", "text__size"]
        if self.detail or self.action == "search":
            columns.append("text__redacted")
        return super().get_queryset().only(*columns)

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return ConfigBackupDetailSerializer if self.detail else ConfigBackupSerializer

    @extend_schema(responses=DiffSerializer, parameters=[DiffQuery])
    @action(detail=True)
    def diff(self, request: Request, pk: str) -> Response:
        """What changed between two backups, as unified text and side by side."""
        newer = self.get_object()
        query = checked(DiffQuery, request)
        older = self._full_row(query["against"]) if "against" in query else self._before(newer)
        old, new, context = older.text.redacted, newer.text.redacted, query["context"]
        return Response(
            {
                "backup": newer.pk,
                "against": older.pk,
                "equal": older.text_id == newer.text_id,
                "unified": unified(old, new, context),
                "rows": [asdict(row) for row in near_changes(side_by_side(old, new), context)],
            }
        )

    @extend_schema(request=None, responses={(200, "text/plain"): str})
    @action(detail=True, methods=["post"], required_permission=PERMISSION)
    def reveal(self, request: Request, pk: str) -> HttpResponse:
        """The configuration with its secrets, as text. Each reading is written into the audit trail."""
        try:
            return as_file(self.get_object())
        except SecretUnreadable as error:
            raise Unreadable(str(error)) from None

    @extend_schema(responses=HitSerializer(many=True), parameters=[SearchQuery], filters=False)
    @action(detail=False)
    def search(self, request: Request) -> Response:
        """Lines of current configurations that contain a text, with their numbers. Masked secrets are not searched."""
        query = checked(SearchQuery, request)
        found = self.get_queryset().filter(text__redacted__icontains=query["q"]).order_by("device__name", "-id")
        page = self.paginate_queryset(found if query["history"] else found.filter(~Exists(newer_backups())))
        return self.get_paginated_response([hit(backup, query["q"]) for backup in page or ()])

    def _full_row(self, chosen: ConfigBackup) -> ConfigBackup:
        return self.get_queryset().get(pk=chosen.pk)

    def _before(self, backup: ConfigBackup) -> ConfigBackup:
        earlier = self.get_queryset().filter(
            device_id=backup.device_id, kind=backup.kind, captured_at__lt=backup.captured_at
        )
        found = earlier.order_by("-captured_at", "-id").first()
        if found is None:
            sentence = "This is the first backup of its device; name the one to compare with."
            raise ValidationError({"against": [sentence]})
        return found


def checked(query: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The query parameters, checked; raises ValidationError by name."""
    serializer = query(data=request.query_params.dict(), context={"request": request})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def near_changes(rows: Sequence[DiffRow], context: int) -> list[DiffRow]:
    """The rows that are changed or at most `context` rows away from one that is."""
    wanted = [False] * len(rows)
    for number, row in enumerate(rows):
        if row.kind != "same":
            start = max(number - context, 0)
            wanted[start : number + context + 1] = [True] * (min(number + context + 1, len(rows)) - start)
    return [row for row, near in zip(rows, wanted, strict=True) if near]


def newer_backups() -> QuerySet[ConfigBackup]:
    """Backups that replaced the one of the outer query."""
    return ConfigBackup.objects.filter(
        device=OuterRef("device"), kind=OuterRef("kind"), captured_at__gt=OuterRef("captured_at")
    )


def hit(backup: ConfigBackup, text: str) -> dict[str, Any]:
    """One configuration of a search's answer."""
    lines = [
        {"number": number, "text": line}
        for number, line in enumerate(backup.text.redacted.splitlines(), 1)
        if text.lower() in line.lower()
    ]
    return {
        "backup": backup.pk,
        "device": backup.device_id,
        "device_name": backup.device.name,
        "captured_at": backup.captured_at,
        "matches": len(lines),
        "lines": lines[:HITS],
    }
