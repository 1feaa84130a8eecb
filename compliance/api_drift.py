"""Drift over REST: the comparisons, who answers for one, what would mend it, and what became of it."""

from typing import cast

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.acknowledge import PERMISSION, NotAcknowledged, acknowledge
from compliance.drift_history import LONGEST, drift_trend
from compliance.drift_remedy import remediation_of
from compliance.models import Drift, DriftEvent
from compliance.models.drift import acknowledged
from inventory.api.fields import ModelSerializer, RequestSerializer
from inventory.api.filters import MomentFilter, NumberIn, TextIn
from inventory.api.viewsets import ReadOnly
from inventory.scope import scoped


class DriftSerializer(ModelSerializer):
    device_name = serializers.CharField(source="device.name", read_only=True)
    acknowledged = serializers.BooleanField(read_only=True, help_text="Somebody answers for exactly this difference.")
    acknowledged_by = serializers.CharField(source="acknowledged_by.username", read_only=True, allow_null=True)

    class Meta:
        model = Drift
        fields = [
            "id", "device", "device_name", "state", "message", "golden", "backup", "acknowledged", "acknowledged_by",
            "acknowledged_reason", "acknowledged_until", "checked_at", "changed_at",
        ]  # fmt: skip
        read_only_fields = fields


class ChangedSerializer(serializers.Serializer):
    golden = serializers.CharField(help_text="The line in the golden configuration.")
    actual = serializers.CharField(help_text="The line that stands in its place.")


class DriftLinesSerializer(DriftSerializer):
    """The differing lines below the headers of their blocks, redacted, 500 of each kind at most."""

    missing = serializers.ListField(child=serializers.CharField(), read_only=True)
    extra = serializers.ListField(child=serializers.CharField(), read_only=True)
    changed = ChangedSerializer(source="changes", many=True, read_only=True)
    reordered = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta(DriftSerializer.Meta):
        fields = [*DriftSerializer.Meta.fields, "missing", "extra", "changed", "reordered"]
        read_only_fields = fields


class AcknowledgeSerializer(RequestSerializer):
    reason = serializers.CharField(max_length=2000, help_text="Why the difference may stay.")
    until = serializers.DateTimeField(help_text="When it calls for attention again, within a year.")


class RemediationSerializer(serializers.Serializer):
    """Lines to look at, never sent from here; a line that holds a masked secret is a comment."""

    remediation = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False), help_text="They lead to the golden configuration."
    )
    rollback = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False), help_text="They lead back to what the device has now."
    )
    secrets = serializers.IntegerField(help_text="Lines in which a secret has to be filled in.")
    reason = serializers.CharField(help_text="Why there are no lines.")


class DriftEventSerializer(ModelSerializer):
    class Meta:
        model = DriftEvent
        fields = ["id", "was", "state", "message", "missing", "extra", "changed", "reordered", "at"]
        read_only_fields = fields


class DriftEventFilter(filters.FilterSet):
    state = TextIn()
    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = DriftEvent
        fields: list[str] = []


class DaySerializer(serializers.Serializer):
    day = serializers.DateField()
    drifted = serializers.IntegerField(help_text="Active devices that differed from golden at the end of the day.")


class TrendQuery(serializers.Serializer):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST, default=90, help_text="Up to and with today.")


class DriftFilter(filters.FilterSet):
    acknowledged = filters.BooleanFilter(method="filter_acknowledged")
    device = NumberIn(field_name="device_id")
    site = NumberIn(field_name="device__site_id")
    platform = TextIn(field_name="device__platform")
    state = TextIn()
    changed_after = MomentFilter(field_name="changed_at", lookup_expr="gte")
    checked_before = MomentFilter(field_name="checked_at", lookup_expr="lt")

    class Meta:
        model = Drift
        fields: list[str] = []

    def filter_acknowledged(self, queryset: QuerySet[Drift], _name: str, wanted: bool) -> QuerySet[Drift]:
        """Those that somebody answers for, or the others."""
        return queryset.filter(acknowledged()) if wanted else queryset.exclude(acknowledged())


class DriftViewSet(ReadOnly):
    """The newest comparison of each device with its golden configuration; one of them with the lines that differ."""

    queryset = Drift.objects.select_related("device", "acknowledged_by")
    serializer_class = DriftSerializer
    filterset_class = DriftFilter
    search_fields = ["device__name", "message"]
    ordering_fields = ["id", "device", "state", "checked_at", "changed_at"]
    ordering = ["device_id"]

    def filter_rows(self, queryset: QuerySet) -> QuerySet:
        """A page of devices is no place for thousands of lines."""
        rows = super().filter_rows(queryset)
        return rows.defer("missing", "extra", "changed", "reordered") if self.action == "list" else rows

    def get_serializer_class(self) -> type[ModelSerializer]:
        if self.action == "history":
            return DriftEventSerializer
        return DriftLinesSerializer if self.action == "retrieve" else DriftSerializer

    @extend_schema(request=AcknowledgeSerializer, responses=DriftSerializer)
    @action(detail=True, methods=["post"], required_permission=PERMISSION)
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Answer for this difference, with a reason and until a day; another difference calls for attention again."""
        drift = self.get_object()
        asked = AcknowledgeSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        try:
            acknowledge(drift, cast(AbstractBaseUser, request.user), **asked.validated_data)
        except NotAcknowledged as error:
            raise serializers.ValidationError({error.field: [str(error)]}) from None
        return Response(DriftSerializer(drift, context={"request": request}).data)

    @extend_schema(responses=RemediationSerializer)
    @action(detail=True)
    def remediation(self, request: Request, pk: str) -> Response:
        """The lines that lead to the golden configuration, and those that lead back; proposed only."""
        return Response(RemediationSerializer(remediation_of(self.get_object())).data)

    @extend_schema(
        responses=DriftEventSerializer(many=True),
        filters=True,
        parameters=[OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)],
    )
    @action(
        detail=True,
        queryset=DriftEvent.objects.all(),
        serializer_class=DriftEventSerializer,
        required_permission="compliance.view_drift",
        filterset_class=DriftEventFilter,
        ordering=["-at", "-id"],
        ordering_fields=["id", "at"],
        search_fields=["message"],
    )
    def history(self, request: Request, pk: str) -> Response:
        """When the device's state or its difference was another one, newest first; a year of it is kept."""
        drift = get_object_or_404(scoped(Drift.objects.only("device_id"), request.user), pk=pk)
        page = self.paginate_queryset(self.filter_rows(self.get_queryset().filter(device=drift.device_id)))
        return self.get_paginated_response(DriftEventSerializer(page, many=True).data)

    @extend_schema(parameters=[TrendQuery], responses=DaySerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def trend(self, request: Request) -> Response:
        """How many devices differed from golden at the end of each day."""
        query = TrendQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        return Response(DaySerializer(drift_trend(query.validated_data["days"], request.user), many=True).data)
