"""The SSH host key of a device: shown, and accepted when it changed."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.fields import RequestSerializer
from inventory.drivers.host_key import weakness
from inventory.host_keys import PERMISSION, NotOffered, accept
from inventory.models import HostKey


class HostKeySerializer(serializers.ModelSerializer):
    weakness = serializers.SerializerMethodField(help_text="Why such a key proves little; empty when it is sound.")

    class Meta:
        model = HostKey
        fields = [
            "key_type",
            "fingerprint",
            "weakness",
            "pinned_at",
            "offered_key_type",
            "offered_fingerprint",
            "offered_at",
            "accepted_at",
        ]
        read_only_fields = fields

    def get_weakness(self, key: HostKey) -> str:
        return weakness(key.key_type, key.key)


class AcceptSerializer(RequestSerializer):
    fingerprint = serializers.CharField(max_length=60, help_text="Of the key you compared, as the device shows it.")


class HostKeys:
    """What a viewset of devices adds for their host keys."""

    @extend_schema(request=None, responses=HostKeySerializer)
    @action(detail=True, url_path="host-key")
    def host_key(self, request: Request, pk: str) -> Response:
        """The pinned host key, and the other one that the device showed since, if any."""
        found = HostKey.objects.filter(device=self.get_object()).first()  # type: ignore[attr-defined]
        if found is None:
            raise Http404
        return Response(HostKeySerializer(found).data)

    @extend_schema(request=AcceptSerializer, responses=HostKeySerializer)
    @action(detail=True, methods=["post"], url_path="host-key/accept", required_permission=PERMISSION)
    def accept_host_key(self, request: Request, pk: str) -> Response:
        """Pin the key with this fingerprint: the offered one, or the pinned one, which then stays."""
        device = self.get_object()  # type: ignore[attr-defined]
        asked = AcceptSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        try:
            return Response(HostKeySerializer(accept(device, asked.validated_data["fingerprint"], request.user)).data)
        except NotOffered as error:
            raise ValidationError({"fingerprint": [str(error)]}) from None
