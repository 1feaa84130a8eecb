"""Jobs: where each is, what came of its targets, stop it."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.fields import ModelSerializer
from inventory.api.filters import MomentFilter, TextIn
from inventory.api.viewsets import Listed
from jobs.close import cancel
from jobs.models import Job, JobTarget


class ProgressSerializer(serializers.Serializer):
    """Targets: how many there are, how many have ended, how many of these not well."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()


class JobSerializer(ModelSerializer):
    task_id = serializers.UUIDField(source="uuid", read_only=True)
    ready = serializers.BooleanField(read_only=True, help_text="It has ended, well or not.")
    successful = serializers.BooleanField(read_only=True, help_text="Every target succeeded.")
    progress = ProgressSerializer(source="*", read_only=True)
    requested_by = serializers.CharField(source="requested_by.username", read_only=True, default=None, allow_null=True)
    result = serializers.JSONField(read_only=True)
    parameters = serializers.JSONField(read_only=True)
    error = serializers.CharField(read_only=True, required=False, help_text="Only when something failed.")

    class Meta:
        model = Job
        fields = [
            "task_id",
            "kind",
            "state",
            "ready",
            "successful",
            "result",
            "error",
            "progress",
            "parameters",
            "requested_by",
            "request_id",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Job) -> dict[str, Any]:
        shown_job = super().to_representation(instance)
        if not shown_job["error"]:
            del shown_job["error"]
        return shown_job


class JobSchema(OpenApiSerializerExtension):
    """Says that `error` is there only when something failed; by default what is read-only counts as always there."""

    target_class = JobSerializer

    def map_serializer(self, auto_schema: Any, direction: str) -> Any:
        mapped = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        mapped["required"] = [name for name in mapped["required"] if name != "error"]
        return mapped


class JobTargetSerializer(ModelSerializer):
    target = serializers.CharField(source="label", read_only=True, help_text="The device's name, or the addresses.")

    class Meta:
        model = JobTarget
        fields = [
            "id",
            "target",
            "device",
            "state",
            "attempts",
            "message",
            "changed",
            "diff",
            "result",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class JobFilter(filters.FilterSet):
    kind = TextIn()
    state = TextIn()
    requested_by = filters.CharFilter(field_name="requested_by__username")
    request_id = filters.CharFilter()
    device = filters.NumberFilter(method="of_device", label="Id of a device the job works on")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Job
        fields: list[str] = []

    def of_device(self, queryset: QuerySet[Job], _name: str, value: int) -> QuerySet[Job]:
        """Jobs with the device among their targets."""
        return queryset.filter(pk__in=JobTarget.objects.filter(device_id=value).values("job_id"))


class JobTargetFilter(filters.FilterSet):
    state = filters.MultipleChoiceFilter(choices=JobTarget.State.choices)

    class Meta:
        model = JobTarget
        fields: list[str] = []


class JobViewSet(Listed, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """What was asked, and what came of it."""

    queryset = Job.objects.select_related("requested_by")
    serializer_class = JobSerializer
    filterset_class = JobFilter
    lookup_field = "uuid"
    lookup_url_kwarg = "task_id"
    lookup_value_regex = "[0-9a-fA-F-]{32,36}"
    search_fields = ["kind", "request_id", "requested_by__username"]
    ordering_fields = ["id", "kind", "state", "created_at", "finished_at"]
    ordering = ["-created_at", "-id"]

    @extend_schema(
        responses=JobTargetSerializer(many=True),
        filters=True,
        parameters=[OpenApiParameter("task_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    @action(
        detail=True,
        queryset=JobTarget.objects.all(),
        serializer_class=JobTargetSerializer,
        required_permission="jobs.view_job",
        filterset_class=JobTargetFilter,
        ordering=["id"],
        ordering_fields=["id", "state", "finished_at"],
        search_fields=["label", "message"],
    )
    def targets(self, request: Request, task_id: str) -> Response:
        """What came of each device or address block of the job."""
        job = get_object_or_404(Job, uuid=task_id)
        page = self.paginate_queryset(self.filter_rows(self.get_queryset().filter(job=job)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"], required_permission="jobs.view_job")
    def cancel(self, request: Request, task_id: str) -> Response:
        """Stop what waits at once, and what runs at its next safe point. Own jobs need no further permission."""
        job = self.get_object()
        if job.requested_by_id != request.user.pk and not request.user.has_perm("jobs.change_job"):
            raise PermissionDenied("Somebody else asked for this job; that needs the permission jobs.change_job.")
        cancel(job)
        job.refresh_from_db()
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
