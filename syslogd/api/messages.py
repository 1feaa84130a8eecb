"""Messages and counts of them over REST."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from inventory.api.viewsets import NamedFormats
from inventory.scope import scoped
from syslogd import search
from syslogd.api.query import HIGHEST_ID, PageQuerySerializer, QuerySerializer, StatsQuerySerializer
from syslogd.batch import received_at
from syslogd.models import SyslogMessage
from syslogd.models.message import Facility, Severity

FLAGS = {1: "year_guessed", 2: "zone_guessed", 4: "not_synchronised", 8: "none"}
TEXT_OR_NULL = {"type": "string", "nullable": True}


def severity_name(severity: int | None) -> str | None:
    """As the API writes it."""
    return None if severity is None else Severity(severity).name.lower()


class MessageSerializer(serializers.Serializer):
    id = serializers.CharField(help_text="A number beyond 2^53, so as a text; it tells the time as well.")
    received_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True, help_text="By the device's own clock.")
    clock = serializers.SerializerMethodField(
        help_text="What to know of sent_at: year_guessed, zone_guessed, not_synchronised, none."
    )
    source = serializers.CharField(help_text="The sender's address.")  # type: ignore[assignment]
    device = serializers.IntegerField(source="device_id", allow_null=True)
    device_name = serializers.SerializerMethodField()
    facility = serializers.IntegerField(allow_null=True)
    facility_name = serializers.SerializerMethodField()
    severity = serializers.IntegerField(allow_null=True)
    severity_name = serializers.SerializerMethodField()
    hostname = serializers.CharField()
    app_name = serializers.CharField()
    procid = serializers.CharField()
    msgid = serializers.CharField()
    mnemonic = serializers.CharField()
    structured_data = serializers.DictField(child=serializers.DictField(child=serializers.CharField()), allow_null=True)
    message = serializers.CharField()
    raw = serializers.CharField(help_text="The whole message where its header could not be read; else empty.")

    @extend_schema_field({"type": "array", "items": {"type": "string", "enum": list(FLAGS.values())}})
    def get_clock(self, row: SyslogMessage) -> list[str]:
        return [name for bit, name in FLAGS.items() if row.clock & bit]

    @extend_schema_field(TEXT_OR_NULL)
    def get_device_name(self, row: SyslogMessage) -> str | None:
        return row.device.name if row.device else None

    @extend_schema_field(TEXT_OR_NULL)
    def get_facility_name(self, row: SyslogMessage) -> str | None:
        return None if row.facility is None else Facility(row.facility).label

    @extend_schema_field(TEXT_OR_NULL)
    def get_severity_name(self, row: SyslogMessage) -> str | None:
        return severity_name(row.severity)


class WindowSerializer(serializers.Serializer):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class MessagePageSerializer(WindowSerializer):
    older = serializers.URLField(allow_null=True, help_text="Address of the messages before these.")
    newer = serializers.URLField(allow_null=True, help_text="Address of those after these, where there may be any.")
    results = MessageSerializer(many=True, help_text="Newest first.")


class BucketSerializer(serializers.Serializer):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    count = serializers.SerializerMethodField()
    severities = serializers.SerializerMethodField(help_text="Name of the severity -> messages; unknown: none told.")

    def get_count(self, bucket: search.Bucket) -> int:
        return sum(bucket.counts.values())

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_severities(self, bucket: search.Bucket) -> dict[str, int]:
        ordered = sorted(bucket.counts.items(), key=lambda item: 9 if item[0] is None else item[0])
        return {severity_name(severity) or "unknown": count for severity, count in ordered}


class TopSourceSerializer(serializers.Serializer):
    source = serializers.CharField()  # type: ignore[assignment]
    device = serializers.IntegerField(source="device.pk", allow_null=True, default=None)
    device_name = serializers.CharField(source="device.name", allow_null=True, default=None)
    count = serializers.IntegerField()


class TopMnemonicSerializer(serializers.Serializer):
    mnemonic = serializers.CharField()
    count = serializers.IntegerField()


class StatsSerializer(WindowSerializer):
    total = serializers.IntegerField()
    histogram = BucketSerializer(many=True, help_text="About 60 buckets that begin at round times.")
    sources = TopSourceSerializer(many=True, help_text="Who sends most.")
    mnemonics = TopMnemonicSerializer(many=True, help_text="What is said most.")


class MessageView(NamedFormats, GenericAPIView):
    queryset = SyslogMessage.objects.all()
    filter_backends = ()
    pagination_class = None
    serializer_class = MessageSerializer

    def asked(self, serializer: Callable[..., QuerySerializer]) -> QuerySerializer:
        """The query parameters; raises ValidationError by the name of one that is wrong."""
        query = serializer(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        return query


@contextmanager
def told_at_the_window() -> Iterator[None]:
    """A question that takes too long is a wrong window: a shorter one is the remedy."""
    try:
        yield
    except search.TooMuch as error:
        raise ValidationError({"since": [str(error)]}) from None


class Messages(MessageView):
    """Messages of a window of time, newest first, in pages that follow each other by the addresses they tell."""

    @extend_schema(parameters=[PageQuerySerializer], responses=MessagePageSerializer, operation_id="syslog_messages")
    def get(self, request: Request) -> Response:
        query = self.asked(PageQuerySerializer)
        asked, told = query.filters(), query.validated_data
        with told_at_the_window():
            page = search.page(asked, request.user, told.get("before"), told.get("after"), told["limit"])
        answer = {
            "since": asked.since,
            "until": asked.until,
            "older": _link(request, asked, "before", page.older),
            "newer": _link(request, asked, "after", page.newer),
            "results": page.rows,
        }
        return Response(MessagePageSerializer(answer).data)


def _link(request: Request, asked: search.Filters, name: str, cursor: str | None) -> str | None:
    """The same question of the same window, from a cursor on."""
    if cursor is None:
        return None
    url = remove_query_param(remove_query_param(request.build_absolute_uri(), "before"), "after")
    for key, value in (("since", asked.since.isoformat()), ("until", asked.until.isoformat()), (name, cursor)):
        url = replace_query_param(url, key, value)
    return str(url)


class Message(MessageView):
    """One message."""

    @extend_schema(
        parameters=[OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses=MessageSerializer,
        operation_id="syslog_message",
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = scoped(self.get_queryset(), request.user).select_related("device")
        # The time, which the id tells, leads to the day; without it every day would be searched.
        found = pk <= HIGHEST_ID and rows.filter(received_at=received_at(pk), pk=pk).first()
        if not found:
            raise Http404
        return Response(MessageSerializer(found).data)


class Stats(MessageView):
    """Messages of a window counted: over time by severity, by sender, by mnemonic."""

    @extend_schema(parameters=[StatsQuerySerializer], responses=StatsSerializer, operation_id="syslog_stats")
    def get(self, request: Request) -> Response:
        query = self.asked(StatsQuerySerializer)
        asked = query.filters()
        with told_at_the_window():
            buckets = search.histogram(asked, request.user)
            tops = search.tops(asked, request.user, query.validated_data["count"])
        answer = {
            "since": asked.since,
            "until": asked.until,
            "total": sum(sum(bucket.counts.values()) for bucket in buckets),
            "histogram": buckets,
            "sources": tops.sources,
            "mnemonics": tops.mnemonics,
        }
        return Response(StatsSerializer(answer).data)
