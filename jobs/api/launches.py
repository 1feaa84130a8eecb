"""Starting work: each POST makes a job and answers at once with its address."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.fields import IdField, RelatedId, RequestSerializer, TextField, WholeNumberField
from inventory.models import Device, Site
from inventory.scope import scoped
from inventory.sentences import first_few
from jobs.api.refusals import KEY, USED, asked_key, refusals
from jobs.idempotency import Key, job_under
from jobs.launch import launch
from jobs.models import Job
from jobs.operations import Operation, get_operation

NAMED = 20  # unknown ids that a refusal repeats
SELECTION = ("devices", "site", "role", "platform")


class PortField(WholeNumberField):
    """A TCP or UDP port."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": 65535, "required": False, **kwargs})


class IdsField(serializers.ListField):
    """Ids of rows."""

    child = IdField()


class LaunchedSerializer(serializers.Serializer):
    job_id = serializers.UUIDField()
    url = serializers.URLField(help_text="Ask here how far it is.")


class LaunchSerializer(RequestSerializer):
    """What every request for work may say."""

    reason = TextField(
        required=False, allow_blank=True, max_length=200, help_text="Why, for whoever looks at the job later."
    )

    def get_fields(self) -> dict[str, Any]:
        """What is asked comes first, why comes last."""
        fields = super().get_fields()
        return {**{name: field for name, field in fields.items() if name != "reason"}, "reason": fields["reason"]}


class DiscoverSerializer(LaunchSerializer):
    ranges = serializers.ListField(child=TextField(max_length=100), help_text="10.0.0.0/24 or 10.0.0.1-10.0.0.20")
    exclude = serializers.ListField(child=TextField(max_length=100), required=False)
    credentials = IdsField(required=False, help_text="SNMP credentials to try; all by default.")
    snmp_port = PortField(help_text="161 by default.")
    ssh_port = PortField(help_text="22 by default.")
    api_port = PortField(allow_null=True)
    pps = WholeNumberField(
        required=False, min_value=1, max_value=100_000, help_text="Packets a second; 2000 by default."
    )
    confirmed = serializers.BooleanField(required=False, help_text="Yes, as many addresses as this are meant.")


class DevicesSerializer(LaunchSerializer):
    """Which devices: by their ids, or all active ones that fit every filter given."""

    all_without = False  # any choice: all active ones
    devices = IdsField(required=False, max_length=50_000)
    site = RelatedId(queryset=Site.objects.all(), required=False)
    role = TextField(required=False, max_length=50)
    platform = TextField(required=False, max_length=50)

    def validate_devices(self, ids: list[int]) -> list[int]:
        """Every id must be a device that may be worked on."""
        states = dict(self._seen().filter(pk__in=ids).values_list("pk", "status"))
        unknown = [pk for pk in ids if pk not in states]
        if unknown:
            raise ValidationError(f"There is no device with the id {first_few(unknown, NAMED)}.")
        idle = [pk for pk in ids if states[pk] != Device.Status.ACTIVE]
        if idle:
            raise ValidationError(f"Not active (waiting for approval, or ignored): device {first_few(idle, NAMED)}.")
        return ids

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """By id or by filter, one of the two."""
        chosen = [name for name in SELECTION if name in attrs]
        if not chosen and not self.all_without:
            raise ValidationError({"devices": ["Name the devices by their ids, or give site, role or platform."]})
        if "devices" in chosen and len(chosen) > 1:
            raise ValidationError({chosen[1]: ["Give either the ids of devices or a filter, not both."]})
        return attrs

    def selected(self) -> QuerySet[Device]:
        """The devices that were chosen."""
        chosen = {name: self.validated_data[name] for name in SELECTION if name in self.validated_data}
        if "devices" in chosen:
            return self._seen().filter(pk__in=chosen["devices"])
        return self._seen().filter(status=Device.Status.ACTIVE, **chosen)

    def _seen(self) -> QuerySet[Device]:
        return scoped(Device.objects.all(), self.context["request"].user)


class CrawlSerializer(DevicesSerializer):
    max_depth = WholeNumberField(required=False, min_value=1, max_value=32, help_text="3 by default.")
    max_devices = WholeNumberField(required=False, min_value=1, max_value=10_000, help_text="500 by default.")
    credentials = IdsField(required=False, help_text="SNMP credentials to try; all by default.")
    snmp_port = PortField(help_text="161 by default.")
    ssh_port = PortField(help_text="22 by default.")
    api_port = PortField(allow_null=True)


class StoredSerializer(DevicesSerializer):
    """For work on what is stored: without ids and filters it is about all active devices."""

    all_without = True


class ScanSerializer(StoredSerializer):
    standard = IdField(required=False, allow_null=True, help_text="All enabled ones by default.")
    again = serializers.BooleanField(required=False, help_text="Also where nothing is new since the last scan.")


class LaunchView(GenericAPIView):
    """POST starts a job of `kind`."""

    kind = ""

    @property
    def required_permission(self) -> str:
        """The kind's own."""
        return get_operation(self.kind).permission

    @extend_schema(parameters=[KEY], responses={202: LaunchedSerializer, 409: USED})
    def post(self, request: Request) -> Response:
        """Start the work; the answer says where to ask how far it is."""
        with refusals():
            key = asked_key(request)
            job = key and job_under(key, request.user)  # type: ignore[arg-type]
            return launched(request, job or self._launch(request, key))

    def _launch(self, request: Request, key: Key | None) -> Job:
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        devices = wanted.selected() if isinstance(wanted, DevicesSerializer) else None
        asked = dict(wanted.validated_data)
        reason = asked.pop("reason", "")
        parameters = {name: value for name, value in asked.items() if name not in SELECTION}
        user: Any = request.user
        return launch(self.kind, parameters, devices=devices, user=user, reason=reason, key=key)


def launched(request: Request, job: Job, **more: Any) -> Response:
    """202: the job is there, and where to ask for it."""
    # Not by the framework's own reverse: it would hand ?format= of a report on.
    url = request.build_absolute_uri(reverse("jobs-detail", kwargs={"task_id": job.uuid}))
    body = {"job_id": job.uuid, "url": url, **more}
    return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": url})


class Discover(LaunchView):
    """Find devices in address ranges over SNMP."""

    kind = "discover"
    serializer_class = DiscoverSerializer


class Crawl(LaunchView):
    """Find devices by following the neighbours of the chosen ones."""

    kind = "crawl"
    serializer_class = CrawlSerializer


class Sync(LaunchView):
    """Read facts, interfaces, VLANs and neighbours."""

    kind = "sync"
    serializer_class = DevicesSerializer


class Backup(LaunchView):
    """Back up running configurations."""

    kind = "backup"
    serializer_class = DevicesSerializer


class Scan(LaunchView):
    """Hold stored configurations against compliance standards; the devices are not touched."""

    kind = "scan"
    serializer_class = ScanSerializer


class CheckDrift(LaunchView):
    """Hold stored configurations against the golden ones; the devices are not touched."""

    kind = "drift"
    serializer_class = StoredSerializer


def view_of(operation: Operation) -> type[LaunchView]:
    """The door of a kind that wants nothing but devices."""
    names = {"kind": operation.kind, "serializer_class": DevicesSerializer, "__doc__": f"Start: {operation.title}."}
    return type(f"Start_{operation.kind}", (LaunchView,), names)
