"""What became of every message, by receiver, over REST."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers

from inventory.api.fields import ModelSerializer
from inventory.api.viewsets import Listed
from syslogd.models import SyslogRun
from syslogd.models.run import REASONS

COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


class ReceiverSerializer(ModelSerializer):
    dropped = serializers.SerializerMethodField(help_text=f"Messages by reason: {', '.join(REASONS)}.")
    in_flight = serializers.SerializerMethodField(help_text="Messages by place: queue, spool, broker, aside.")

    class Meta:
        model = SyslogRun
        fields = [
            "uuid", "host", "receiver", "started_at", "seen_at", "ended_at", "closed_at", "received", "stored", "rows",
            "dropped", "in_flight", "spool_bytes", "corrupt_files", "lag_ms", "stored_at", "dropped_at",
        ]  # fmt: skip

    @extend_schema_field(COUNTS)
    def get_dropped(self, run: SyslogRun) -> dict[str, int]:
        return run.dropped

    @extend_schema_field(COUNTS)
    def get_in_flight(self, run: SyslogRun) -> dict[str, int]:
        return run.in_flight


class ReceiverFilter(filters.FilterSet):
    closed = filters.BooleanFilter(
        field_name="closed_at", lookup_expr="isnull", exclude=True, label="true: nothing of it is on its way any more."
    )

    class Meta:
        model = SyslogRun
        fields = {"host": ["exact"], "receiver": ["exact"]}


class Receivers(Listed, mixins.ListModelMixin):
    """Lives of receivers, the newest first: received = stored + dropped + in flight, in messages."""

    queryset = SyslogRun.objects.all()
    serializer_class = ReceiverSerializer
    filterset_class = ReceiverFilter
    search_fields = ["host"]
    ordering_fields = ["id", "started_at", "host", "receiver"]
    ordering = ["-started_at"]
