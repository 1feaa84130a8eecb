"""Configuration backups: history, redacted text, differences, search; the full text through one door of its own."""

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
from inventory.parsing.config_diff import DiffRow, compare, hunks, lines_of, unified_of
from inventory.parsing.diff_outline import outline
from inventory.parsing.line_ranges import around, parse_ranges
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


class DiffSectionSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="Its headers, or what a line that stands alone is about.")
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class DiffSerializer(serializers.Serializer):
    backup = serializers.IntegerField(help_text="The newer side.")
    against = serializers.IntegerField(help_text="The older side.")
    equal = serializers.BooleanField(help_text="False also when only masked secrets differ.")
    added = serializers.IntegerField(help_text="Lines; a changed one is added and removed.")
    removed = serializers.IntegerField()
    approximate = serializers.BooleanField(help_text="Too different to look for the least: fewer may have changed.")
    sections = DiffSectionSerializer(many=True, help_text="Where something changed.")
    unified = serializers.CharField()
    rows = DiffRowSerializer(many=True, help_text="Left is the older side.")


class LinesField(serializers.CharField):
    """Numbers and ranges: 12,15-18."""

    def to_internal_value(self, data: Any) -> tuple[range, ...]:  # type: ignore[override]
        try:
            return parse_ranges(super().to_internal_value(data))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class ExcerptQuery(serializers.Serializer):
    lines = LinesField(max_length=5000, help_text="Numbers from 1 and ranges of them: 12,15-18.")
    context = WholeNumberField(  # type: ignore[assignment]
        min_value=0, max_value=1000, default=CONTEXT, help_text="Lines around each."
    )


class ExcerptLineSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    text = serializers.CharField()
    wanted = serializers.BooleanField(help_text="False for a line around one that was asked for.")


class ExcerptSerializer(serializers.Serializer):
    backup = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Lines of the whole configuration.")
    lines = ExcerptLineSerializer(many=True)


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
        found, context = compare(older.text.redacted, newer.text.redacted), query["context"]
        made = outline(found.rows)
        return Response(
            {
                "backup": newer.pk,
                "against": older.pk,
                "equal": older.text_id == newer.text_id,
                "added": made.added,
                "removed": made.removed,
                "approximate": found.approximate,
                "sections": [{"name": one.name, "added": one.added, "removed": one.removed} for one in made.sections],
                "unified": unified_of(found.rows, context),
                "rows": [row_of(row) for start, stop in hunks(found.rows, context) for row in found.rows[start:stop]],
            }
        )

    @extend_schema(responses=ExcerptSerializer, parameters=[ExcerptQuery])
    @action(detail=True)
    def lines(self, request: Request, pk: str) -> Response:
        """Some lines of the configuration with those around them, as evidence names them."""
        backup, query = self.get_object(), checked(ExcerptQuery, request)
        lines = lines_of(backup.text.redacted)
        wanted = {number for one in around(query["lines"], 0, len(lines)) for number in one}
        numbers = (number for one in around(query["lines"], query["context"], len(lines)) for number in one)
        rows = [{"number": number, "text": lines[number - 1], "wanted": number in wanted} for number in numbers]
        return Response({"backup": backup.pk, "total": len(lines), "lines": rows})

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


def row_of(row: DiffRow) -> dict[str, Any]:
    """A row of a difference's answer; `asdict` takes ten times as long."""
    return {
        "left_number": row.left_number,
        "left": row.left,
        "right_number": row.right_number,
        "right": row.right,
        "kind": row.kind,
    }


def newer_backups() -> QuerySet[ConfigBackup]:
    """Backups that replaced the one of the outer query."""
    return ConfigBackup.objects.filter(
        device=OuterRef("device"), kind=OuterRef("kind"), captured_at__gt=OuterRef("captured_at")
    )


def hit(backup: ConfigBackup, text: str) -> dict[str, Any]:
    """One configuration of a search's answer."""
    lines = [
        {"number": number, "text": line}
        for number, line in enumerate(lines_of(backup.text.redacted), 1)
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
