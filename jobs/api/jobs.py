"""Jobs: where each is, what came of its targets, stop it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.exports import REPORT_FILES
from inventory.api.fields import ModelSerializer, RequestSerializer, TextField
from inventory.api.filters import MomentFilter, TextIn
from inventory.api.viewsets import Listed
from inventory.download import attachment
from inventory.scope import scoped
from jobs.api.launches import LaunchedSerializer, launched
from jobs.api.refusals import KEY, NOT_NOW, USED, asked_key, refusals
from jobs.close import cancel
from jobs.files import has_file, pieces
from jobs.idempotency import job_under
from jobs.models import FilePiece, Job, JobTarget
from jobs.operations import get_operation
from jobs.progress import estimated_end
from jobs.retry import Retried, left_out, retry
from jobs.rollout import approve, reject

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ProgressSerializer(serializers.Serializer):
    """Targets: how many there are, how many have ended, how many of these not well."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    estimated_end = serializers.SerializerMethodField(help_text="At the pace so far; null where nobody can tell.")

    def get_estimated_end(self, job: Job) -> datetime | None:
        """Seen from now."""
        return estimated_end(job, timezone.now())


class JobSerializer(ModelSerializer):
    task_id = serializers.UUIDField(source="uuid", read_only=True)
    ready = serializers.BooleanField(read_only=True, help_text="It has ended, well or not.")
    successful = serializers.BooleanField(read_only=True, help_text="Every target succeeded.")
    progress = ProgressSerializer(source="*", read_only=True)
    requested_by = serializers.CharField(source="requested_by.username", read_only=True, allow_null=True)
    approved_by = serializers.CharField(source="approved_by.username", read_only=True, allow_null=True)
    retry_of = serializers.UUIDField(
        source="retry_of.uuid", read_only=True, allow_null=True, help_text="The job it does again."
    )
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
            "reason",
            "requested_by",
            "request_id",
            "retry_of",
            "stage",
            "ring",
            "plan_hash",
            "approved_by",
            "approved_at",
            "cancel_requested",
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
            "step",
            "ring",
            "attempts",
            "not_before",
            "message",
            "changed",
            "diff",
            "result",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class JobTargetDetailSerializer(JobTargetSerializer):
    """One target with what would make a list of many too long."""

    plan = serializers.JSONField(read_only=True, help_text="What is to be done to the device; null before it is known.")
    log = serializers.CharField(read_only=True, help_text="A line for each thing that happened, with its time.")

    class Meta(JobTargetSerializer.Meta):
        fields = [*JobTargetSerializer.Meta.fields, "plan", "log"]
        read_only_fields = fields


class ApprovalSerializer(RequestSerializer):
    plan_hash = TextField(max_length=64, help_text="Of the plan that was looked at, as the job tells it.")


class RejectionSerializer(RequestSerializer):
    reason = TextField(max_length=200, help_text="Told to whoever asked for the job.")


class RetriedSerializer(LaunchedSerializer):
    left_out = serializers.ListField(
        child=serializers.CharField(), help_text="Which devices are not tried again, and why."
    )


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
    step = filters.MultipleChoiceFilter(choices=[choice for choice in JobTarget.Step.choices if choice[0]])

    class Meta:
        model = JobTarget
        fields: list[str] = []


class JobViewSet(Listed, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """What was asked, and what came of it."""

    queryset = Job.objects.select_related("requested_by", "approved_by", "retry_of").defer(
        "retry_of__parameters", "retry_of__result", "retry_of__error"
    )
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
        queryset=JobTarget.objects.defer("plan", "journal", "log"),
        serializer_class=JobTargetSerializer,
        required_permission="jobs.view_job",
        filterset_class=JobTargetFilter,
        ordering=["id"],
        ordering_fields=["id", "state", "finished_at"],
        search_fields=["label", "message"],
    )
    def targets(self, request: Request, task_id: str) -> Response:
        """What came of each device or address block of the job."""
        job = self._seen_job(task_id)
        page = self.paginate_queryset(self.filter_rows(self.get_queryset().filter(job=job)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        responses=JobTargetDetailSerializer,
        parameters=[
            OpenApiParameter("task_id", OpenApiTypes.UUID, OpenApiParameter.PATH),
            OpenApiParameter("target_id", OpenApiTypes.INT, OpenApiParameter.PATH),
        ],
    )
    @action(
        detail=True,
        url_path="targets/(?P<target_id>[0-9]{1,18})",
        queryset=JobTarget.objects.defer("journal"),
        serializer_class=JobTargetDetailSerializer,
        required_permission="jobs.view_job",
    )
    def target(self, request: Request, task_id: str, target_id: str) -> Response:
        """One target with its plan and its log."""
        found = get_object_or_404(self.get_queryset(), job=self._seen_job(task_id), pk=target_id)
        return Response(self.get_serializer(found).data)

    @extend_schema(responses=REPORT_FILES)
    @action(detail=True, required_permission="jobs.view_job")
    def file(self, request: Request, task_id: str) -> HttpResponseBase:
        """What a report's job has made. Its name and size stand in the job's result once it is there."""
        job = self.get_object()
        permission = get_operation(job.kind).permission
        if not request.user.has_perm(permission):
            raise PermissionDenied(f"To read what a job of the kind {job.kind} made needs the permission {permission}.")
        if not has_file(job):
            raise NotFound("This job has made no file." if job.ready else "The job goes on: its file is not there yet.")
        return attachment(job.result["file"], pieces(job, FilePiece.Role.FILE))

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"], required_permission="jobs.view_job")
    def cancel(self, request: Request, task_id: str) -> Response:
        """Stop what waits at once, and what runs at its next safe point. Own jobs need no further permission."""
        job = self.get_object()
        if job.requested_by_id != request.user.pk and not request.user.has_perm("jobs.change_job"):
            raise PermissionDenied("Somebody else asked for this job; that needs the permission jobs.change_job.")
        cancel(job)
        return self._accepted()

    @extend_schema(request=None, parameters=[KEY], responses={202: RetriedSerializer, 409: USED})
    @action(detail=True, methods=["post"], required_permission="jobs.view_job")
    def retry(self, request: Request, task_id: str) -> Response:
        """Do what did not succeed once more, as a new job. Needs the permission to start this kind of job."""
        job, user = self.get_object(), cast("User", request.user)
        with refusals():
            permission = get_operation(job.kind).permission
            if not user.has_perm(permission):
                raise PermissionDenied(f"To start a job of the kind {job.kind} needs the permission {permission}.")
            key = asked_key(request)
            earlier = key and job_under(key, user)
            retried = Retried(earlier, left_out(job)) if earlier else retry(job, user, key)
        return launched(request, retried.job, left_out=retried.left_out)

    @extend_schema(request=ApprovalSerializer, responses={202: JobSerializer, 409: NOT_NOW})
    @action(detail=True, methods=["post"], required_permission="jobs.approve_deployment")
    def approve(self, request: Request, task_id: str) -> Response:
        """Let a planned deployment go on, if its plan is still the one that was looked at."""
        job, wanted = self.get_object(), checked(ApprovalSerializer, request)
        with refusals():
            approve(job, cast("User", request.user), wanted["plan_hash"])
        return self._accepted()

    @extend_schema(request=RejectionSerializer, responses={202: JobSerializer, 409: NOT_NOW})
    @action(detail=True, methods=["post"], required_permission="jobs.approve_deployment")
    def reject(self, request: Request, task_id: str) -> Response:
        """End a planned deployment before a device was touched; the targets tell who did and why."""
        job, wanted = self.get_object(), checked(RejectionSerializer, request)
        with refusals():
            reject(job, cast("User", request.user), wanted["reason"])
        return self._accepted()

    def _seen_job(self, task_id: str) -> Job:
        return get_object_or_404(scoped(Job.objects.only("pk"), self.request.user), uuid=task_id)

    def _accepted(self) -> Response:
        """202 with the job as it is by now."""
        return Response(JobSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)


def checked(serializer_class: type[RequestSerializer], request: Request) -> dict[str, Any]:
    """What the body says; raises ValidationError."""
    wanted = serializer_class(data=request.data)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)
