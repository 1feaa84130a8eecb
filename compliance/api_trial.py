"""Trying a rule over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.proposal import MAX_TEMPLATE
from compliance.rules import RuleError
from compliance.trial import Trial, try_rule
from inventory.api.fields import RelatedId, RequestSerializer
from inventory.models import Device


class EvidenceSerializer(serializers.Serializer):
    line_number = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()


class TrySerializer(RequestSerializer):
    device = RelatedId(queryset=Device.objects.all())
    definition = serializers.JSONField(help_text="The check: one kind and its value.")
    platforms = serializers.ListField(
        child=serializers.CharField(max_length=50), max_length=100, required=False, help_text="The device's by default."
    )
    remediation = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEMPLATE)


class TriedSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=["pass", "fail", "unknown"])
    message = serializers.CharField()
    evidence = EvidenceSerializer(many=True)
    remediation = serializers.CharField()
    backup = serializers.IntegerField(allow_null=True)


class Trials:
    """`POST rules/try`."""

    @extend_schema(request=TrySerializer, responses=TriedSerializer)
    @action(detail=False, methods=["post"], url_path="try", required_permission="inventory.view_configbackup")
    def try_out(self, request: Request) -> Response:
        """Hold a rule that need not be stored against a device's newest configuration; nothing is stored."""
        asked = TrySerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        fields = dict(asked.validated_data)
        device, check = fields.pop("device"), fields.pop("definition")
        try:
            return Response(_told(try_rule(device, {**fields, "check": check})))
        except RuleError as error:
            raise serializers.ValidationError({"definition": [str(error)]}) from None


def _told(found: Trial) -> dict[str, object]:
    return {
        "state": found.verdict.state,
        "message": found.verdict.message,
        "evidence": [{"line_number": line.line_number, "text": line.text} for line in found.verdict.evidence],
        "remediation": found.remedy,
        "backup": found.backup.pk if found.backup else None,
    }
