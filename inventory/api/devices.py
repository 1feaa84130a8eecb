"""Devices: list, one, many at once, approval, exports."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiTypes, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.bulk import BulkList, KnownRelatedId, without_unique_validators
from inventory.api.exports import CsvRenderer, Exports, XlsxRenderer, chosen_format
from inventory.api.fields import ModelSerializer
from inventory.api.filters import AddressFilter, AddressIn, MomentFilter, NumberIn, TextIn
from inventory.api.host_keys import HostKeys
from inventory.api.platforms import PlatformSlug
from inventory.api.viewsets import Editable
from inventory.approval import approve
from inventory.download import attachment
from inventory.export import devices_csv, devices_xlsx
from inventory.models import Device, DeviceAddress
from inventory.tombstones import delete_device

TOLD = [  # by the device or by our work with it, never by a request
    "sys_name",
    "sys_object_id",
    "sys_location",
    "snmp_engine_id",
    "chassis_mac",
    "uptime_seconds",
    "discovered_at",
    "last_seen_at",
    "last_sync_at",
    "last_sync_error",
    "last_backup_at",
    "last_backup_error",
    "startup_checked_at",
    "unsaved_since",
    "compliance_score",
    "created_at",
]


class DeviceSerializer(ModelSerializer):
    site_name = serializers.CharField(source="site.name", read_only=True, allow_null=True)
    platform = PlatformSlug(max_length=50, default="generic", help_text="A slug of /api/v1/platforms.")

    class Meta:
        model = Device
        unique = "primary_address"
        fields = [
            "id",
            "name",
            "status",
            "site",
            "site_name",
            "role",
            "platform",
            "vendor",
            "model",
            "os_version",
            "serial",
            "primary_address",
            "ssh_port",
            "snmp_port",
            "api_port",
            "ssh_credential",
            "snmp_credential",
            "comments",
            *TOLD,
        ]
        read_only_fields = TOLD

    def validate_status(self, value: str) -> str:
        """Letting a device out of quarantine has a permission of its own."""
        waits = isinstance(self.instance, Device) and self.instance.status == Device.Status.QUARANTINE
        if waits and value != Device.Status.QUARANTINE and not self._may_approve():
            raise serializers.ValidationError(
                "This device waits for approval; that needs the permission inventory.approve_device."
            )
        return value

    def _may_approve(self) -> bool:
        return bool(self.context["request"].user.has_perm("inventory.approve_device"))


class BulkDeviceSerializer(DeviceSerializer):
    """One row of a list that is created together."""

    serializer_related_field = KnownRelatedId

    class Meta(DeviceSerializer.Meta):
        list_serializer_class = BulkList

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        field, extra = super().build_standard_field(field_name, model_field)
        return field, without_unique_validators(extra) if field_name == self.Meta.unique else extra


class DeviceAddressSerializer(ModelSerializer):
    interface = serializers.CharField(source="interface.name", read_only=True, allow_null=True)

    class Meta:
        model = DeviceAddress
        fields = ["address", "prefix_length", "vrf", "interface"]


class DeviceDetailSerializer(DeviceSerializer):
    addresses = DeviceAddressSerializer(many=True, read_only=True)

    class Meta(DeviceSerializer.Meta):
        fields = [*DeviceSerializer.Meta.fields, "sys_descr", "addresses"]
        read_only_fields = [*TOLD, "sys_descr"]


class DeviceFilter(filters.FilterSet):
    id = NumberIn()
    name = TextIn()
    name_contains = filters.CharFilter(field_name="name", lookup_expr="icontains")
    status = TextIn()
    site = NumberIn(field_name="site_id")
    site_slug = TextIn(field_name="site__slug")
    role = TextIn()
    platform = TextIn()
    vendor = TextIn()
    model = TextIn()
    os_version = TextIn()
    serial = TextIn()
    primary_address = AddressIn()
    address = AddressFilter(method="of_address", label="Any address of the device")
    sys_name = TextIn()
    ssh_credential = NumberIn(field_name="ssh_credential_id")
    snmp_credential = NumberIn(field_name="snmp_credential_id")
    compliance_score_min = filters.NumberFilter(field_name="compliance_score", lookup_expr="gte")
    compliance_score_max = filters.NumberFilter(field_name="compliance_score", lookup_expr="lte")
    seen_before = MomentFilter(field_name="last_seen_at", lookup_expr="lt")
    synced_before = MomentFilter(field_name="last_sync_at", lookup_expr="lt")
    backed_up_before = MomentFilter(field_name="last_backup_at", lookup_expr="lt")
    never_synced = filters.BooleanFilter(field_name="last_sync_at", lookup_expr="isnull")
    never_backed_up = filters.BooleanFilter(field_name="last_backup_at", lookup_expr="isnull")
    sync_failed = filters.BooleanFilter(method="with_error", label="The last sync failed")
    unsaved = filters.BooleanFilter(
        field_name="unsaved_since", lookup_expr="isnull", exclude=True, label="A restart would undo what runs now"
    )
    backup_failed = filters.BooleanFilter(method="with_error", label="The last backup failed")

    class Meta:
        model = Device
        fields: list[str] = []

    def of_address(self, queryset: QuerySet[Device], _name: str, value: str) -> QuerySet[Device]:
        """Devices that have the address, as management address or on an interface."""
        ids = DeviceAddress.objects.filter(address=value).values("device_id")
        return queryset.filter(Q(primary_address=value) | Q(pk__in=ids))

    def with_error(self, queryset: QuerySet[Device], name: str, value: bool) -> QuerySet[Device]:
        """`sync_failed` and `backup_failed`: the last attempt left an error."""
        empty = Q(**{f"last_{name.removesuffix('_failed')}_error": ""})
        return queryset.exclude(empty) if value else queryset.filter(empty)


class DeviceViewSet(HostKeys, Exports, Editable):
    """Devices. A JSON list in a POST creates all its devices or none."""

    queryset = Device.objects.select_related("site")
    serializer_class = DeviceSerializer
    filterset_class = DeviceFilter
    search_fields = ["name", "primary_address", "serial", "sys_name", "model", "site__name"]
    ordering_fields = [
        "id",
        "name",
        "status",
        "role",
        "platform",
        "vendor",
        "model",
        "os_version",
        "primary_address",
        "last_seen_at",
        "last_sync_at",
        "last_backup_at",
        "compliance_score",
        "created_at",
    ]
    ordering = ["name", "id"]

    def get_queryset(self) -> QuerySet[Device]:
        queryset = super().get_queryset()
        if self.action in ("retrieve", "update", "partial_update"):
            return queryset.prefetch_related("addresses__interface")
        return queryset if self.detail else queryset.defer("sys_descr")

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return DeviceDetailSerializer if self.detail else DeviceSerializer

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="DeviceOrDevices",
            serializers=[DeviceSerializer, BulkDeviceSerializer(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={201: DeviceSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not isinstance(request.data, list):
            return super().create(request, *args, **kwargs)
        serializer = BulkDeviceSerializer(data=request.data, many=True, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: Device) -> None:
        delete_device(instance)

    @extend_schema(request=None, responses=DeviceSerializer)
    @action(detail=True, methods=["post"], required_permission="inventory.approve_device")
    def approve(self, request: Request, pk: str) -> Response:
        """Let a device out of quarantine; one that does not wait stays as it is."""
        device = self.get_object()
        with transaction.atomic():
            approve(Device.objects.filter(pk=device.pk))
        device.refresh_from_db()
        return Response(DeviceSerializer(device, context=self.get_serializer_context()).data)

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    @action(detail=False, renderer_classes=[XlsxRenderer, CsvRenderer])
    def export(self, request: Request) -> HttpResponseBase:
        """The devices of the same filters as the list, as one file."""
        found, form = self.filter_queryset(self.get_queryset()), chosen_format(request)
        return attachment(f"devices.{form}", devices_csv(found) if form == "csv" else devices_xlsx(found))
