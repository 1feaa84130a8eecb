"""Compliance over REST: standards, rules, waivers, results and drift."""

from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Model
from django.http.response import HttpResponseBase
from django.urls import path
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from compliance.api_drift import DriftViewSet
from compliance.api_matrix import Matrix, Trend, WorstRules
from compliance.api_trial import EvidenceSerializer, Trials
from compliance.exchange import export_standard, import_standard
from compliance.models import Result, Rule, Standard, StandardVersion, Waiver
from compliance.remedy import OF_DEVICE, remedy_of
from compliance.rulebook import MAX_FILE_BYTES, MAX_REFERENCE_LENGTH, MAX_REFERENCES
from compliance.rules import RuleError
from inventory.api.exports import Exports, FileRenderer
from inventory.api.fields import ModelSerializer, RequestSerializer
from inventory.api.filters import MomentFilter, NumberIn, TextIn, equal
from inventory.api.viewsets import Editable, ReadOnly
from inventory.download import MEDIA_TYPES, attachment


def check_model(serializer: ModelSerializer, attrs: dict[str, Any], model: type[Model], **extra: Any) -> None:
    """What the model itself demands of the whole row; raises ValidationError by field."""
    columns = [column.attname for column in model._meta.concrete_fields] if serializer.instance else []
    known = {column: getattr(serializer.instance, column) for column in columns}
    row = model(**{**known, **extra, **attrs})
    row._state.adding = serializer.instance is None  # or it would be taken for a twin of itself
    try:
        row.clean()
        row.validate_constraints()
    except ModelError as error:
        raise serializers.ValidationError(serializers.as_serializer_error(error)) from None


class StandardSerializer(ModelSerializer):
    class Meta:
        model = Standard
        fields = ["id", "name", "slug", "version", "description", "enabled", "shipped", "updated_at"]
        read_only_fields = ["shipped", "updated_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Of a shipped standard only the switch is the operator's."""
        standard = self.instance
        if isinstance(standard, Standard) and standard.shipped:
            changed = [name for name, value in attrs.items() if name != "enabled" and getattr(standard, name) != value]
            if changed:
                sentence = "This standard comes with the program and is changed by upgrades; only enabled is yours."
                raise serializers.ValidationError({name: [sentence] for name in changed})
        return attrs


class StandardVersionSerializer(serializers.ModelSerializer):
    created_by = serializers.CharField(source="created_by.username", read_only=True, allow_null=True)
    rules = serializers.ListField(child=serializers.DictField(), read_only=True, help_text="As in a standard's file.")

    class Meta:
        model = StandardVersion
        fields = ["number", "created_at", "created_by", "rules"]
        read_only_fields = fields


class StandardFilter(filters.FilterSet):
    class Meta:
        model = Standard
        fields = equal("name", "slug", "version", "enabled", "shipped")


class YamlRenderer(FileRenderer):
    format = "yaml"
    media_type = MEDIA_TYPES[format]


class ImportSerializer(RequestSerializer):
    yaml = serializers.CharField(
        max_length=MAX_FILE_BYTES, trim_whitespace=False, help_text="A standard in the format of the export."
    )


class StandardViewSet(Exports, Editable):
    queryset = Standard.objects.all()
    serializer_class = StandardSerializer
    filterset_class = StandardFilter
    search_fields = ["name", "slug", "description"]
    ordering_fields = ["id", "name", "slug"]
    ordering = ["name", "id"]

    def perform_destroy(self, instance: Standard) -> None:
        refuse_shipped(instance)
        instance.delete()

    @extend_schema(responses=StandardVersionSerializer(many=True))
    @action(detail=True, filterset_class=None, search_fields=[], ordering_fields=[])
    def versions(self, request: Request, pk: str) -> Response:
        """The rules as they were, newest first. A change of a rule makes a new version; results name theirs."""
        found = self.get_object().versions.select_related("created_by").order_by("-number")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(StandardVersionSerializer(page, many=True).data)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    @action(detail=True, renderer_classes=[YamlRenderer])
    def export(self, request: Request, pk: str) -> HttpResponseBase:
        """The standard with its rules as a YAML file."""
        standard = self.get_object()
        return attachment(f"{standard.slug}.yaml", export_standard(standard).encode())

    @extend_schema(request=ImportSerializer, responses={201: StandardSerializer, 200: StandardSerializer})
    @action(detail=False, methods=["post"], url_path="import", required_permission="compliance.add_standard")
    def import_file(self, request: Request) -> Response:
        """Make a standard of one's own from a YAML file, or replace the one of that slug."""
        asked = ImportSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        try:
            standard, new = import_standard(asked.validated_data["yaml"])
        except (RuleError, ModelError) as error:
            raise serializers.ValidationError({"yaml": [str(error)]}) from None
        told = StandardSerializer(standard, context=self.get_serializer_context())
        return Response(told.data, status=201 if new else 200)


def refuse_shipped(standard: Standard) -> None:
    """Raise PermissionDenied: an upgrade would bring it back."""
    if standard.shipped:
        raise PermissionDenied("This standard comes with the program; switch it off with enabled=false instead.")


class RuleSerializer(ModelSerializer):
    standard_slug = serializers.CharField(source="standard.slug", read_only=True)
    platforms = serializers.ListField(child=serializers.CharField(max_length=50), max_length=100)
    references = serializers.ListField(
        child=serializers.CharField(max_length=MAX_REFERENCE_LENGTH), max_length=MAX_REFERENCES, required=False
    )

    class Meta:
        model = Rule
        fields = [
            "id",
            "standard",
            "standard_slug",
            "rule_id",
            "title",
            "severity",
            "platforms",
            "definition",
            "rationale",
            "remediation",
            "references",
            "updated_at",
        ]
        read_only_fields = ["updated_at"]

    def validate_standard(self, standard: Standard) -> Standard:
        """Rules are added to standards of one's own."""
        if standard.shipped:
            raise serializers.ValidationError(
                "This standard comes with the program; make one of your own for your rules."
            )
        return standard

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The rule book says whether the check can be applied."""
        if isinstance(self.instance, Rule):
            refuse_shipped(self.instance.standard)
        check_model(self, attrs, Rule)
        return attrs


class RuleFilter(filters.FilterSet):
    standard = NumberIn(field_name="standard_id")
    standard_slug = TextIn(field_name="standard__slug")
    severity = TextIn()

    class Meta:
        model = Rule
        fields = equal("rule_id")


class RuleViewSet(Trials, Editable):
    queryset = Rule.objects.select_related("standard")
    serializer_class = RuleSerializer
    filterset_class = RuleFilter
    search_fields = ["rule_id", "title", "rationale"]
    ordering_fields = ["id", "standard", "rule_id", "severity"]
    ordering = ["standard_id", "rule_id"]

    def perform_destroy(self, instance: Rule) -> None:
        refuse_shipped(instance.standard)
        instance.delete()


class WaiverSerializer(ModelSerializer):
    owner = serializers.CharField(source="owner.username", read_only=True, help_text="Who made it, and answers for it.")
    rule_id = serializers.CharField(source="rule.rule_id", read_only=True)
    device_name = serializers.CharField(source="device.name", read_only=True, allow_null=True)

    class Meta:
        model = Waiver
        fields = [
            "id",
            "rule",
            "rule_id",
            "device",
            "device_name",
            "site",
            "role",
            "owner",
            "reason",
            "starts_at",
            "ends_at",
            "created_at",
        ]
        read_only_fields = ["created_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """For a device or a site, with a reason, and it ends after it starts."""
        check_model(self, attrs, Waiver, owner=self.context["request"].user)
        return attrs


class WaiverFilter(filters.FilterSet):
    rule = NumberIn(field_name="rule_id")
    device = NumberIn(field_name="device_id")
    site = NumberIn(field_name="site_id")
    role = TextIn()
    owner = filters.CharFilter(field_name="owner__username")
    ends_before = MomentFilter(field_name="ends_at", lookup_expr="lt")
    ends_after = MomentFilter(field_name="ends_at", lookup_expr="gte")

    class Meta:
        model = Waiver
        fields: list[str] = []


class WaiverViewSet(Editable):
    """Accepted exceptions. They count within five minutes."""

    queryset = Waiver.objects.select_related("owner", "rule", "device")
    serializer_class = WaiverSerializer
    filterset_class = WaiverFilter
    search_fields = ["reason", "rule__rule_id", "device__name", "owner__username"]
    ordering_fields = ["id", "starts_at", "ends_at", "created_at"]
    ordering = ["ends_at", "id"]

    def perform_create(self, serializer: Any) -> None:
        serializer.save(owner=self.request.user)


class ResultSerializer(ModelSerializer):
    device_name = serializers.CharField(source="device.name", read_only=True)
    rule_id = serializers.CharField(source="rule.rule_id", read_only=True)
    title = serializers.CharField(source="rule.title", read_only=True)
    severity = serializers.CharField(source="rule.severity", read_only=True)
    standard = serializers.IntegerField(source="rule.standard_id", read_only=True)
    evidence = EvidenceSerializer(many=True, read_only=True)
    remediation = serializers.SerializerMethodField(help_text="Lines that mend the failure, proposed only.")
    standard_version = serializers.IntegerField(
        source="standard_version.number", read_only=True, allow_null=True, help_text="The version it came of."
    )

    class Meta:
        model = Result
        fields = [
            "id",
            "device",
            "device_name",
            "standard",
            "standard_version",
            "rule",
            "rule_id",
            "title",
            "severity",
            "state",
            "message",
            "evidence",
            "remediation",
            "backup",
            "waiver",
            "checked_at",
            "changed_at",
        ]
        read_only_fields = fields

    def get_remediation(self, result: Result) -> str:
        """Of this device, '' for what does not fail."""
        return remedy_of(result)


class ResultFilter(filters.FilterSet):
    device = NumberIn(field_name="device_id")
    site = NumberIn(field_name="device__site_id")
    rule = NumberIn(field_name="rule_id")
    rule_id = TextIn(field_name="rule__rule_id")
    standard = NumberIn(field_name="rule__standard_id")
    severity = TextIn(field_name="rule__severity")
    state = TextIn()
    changed_after = MomentFilter(field_name="changed_at", lookup_expr="gte")
    checked_before = MomentFilter(field_name="checked_at", lookup_expr="lt")

    class Meta:
        model = Result
        fields: list[str] = []


class ResultViewSet(ReadOnly):
    """The newest verdict of each rule on each device, with the lines that show why."""

    queryset = Result.objects.select_related("device__site", "rule", "standard_version").only(
        "standard_version__number",
        "device", *(f"device__{field}" for field in OF_DEVICE), "rule", "rule__remediation", "rule__rule_id",
        "rule__title", "rule__severity", "rule__standard_id", "state", "message", "evidence", "backup", "waiver",
        "checked_at", "changed_at",
    )  # fmt: skip
    serializer_class = ResultSerializer
    filterset_class = ResultFilter
    search_fields = ["device__name", "rule__rule_id", "rule__title", "message"]
    ordering_fields = ["id", "device", "rule", "state", "checked_at", "changed_at"]
    ordering = ["device_id", "rule_id"]


VIEWSETS: dict[str, type[ViewSetMixin]] = {
    "standards": StandardViewSet,
    "rules": RuleViewSet,
    "waivers": WaiverViewSet,
    "results": ResultViewSet,
    "drifts": DriftViewSet,
}
urlpatterns = [
    path("compliance/matrix", Matrix.as_view(), name="compliance-matrix"),
    path("compliance/worst-rules", WorstRules.as_view(), name="compliance-worst-rules"),
    path("compliance/trend", Trend.as_view(), name="compliance-trend"),
]
