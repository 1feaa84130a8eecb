"""The platforms NetManager knows: read from its records, changed by a new release."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.fields import TextField
from inventory.platforms import Platform, PlatformError, get_platform, platforms


class PlatformSlug(TextField):
    """The slug of a known platform."""

    def to_internal_value(self, data: Any) -> str:
        slug = super().to_internal_value(data)
        try:
            return get_platform(slug).slug
        except PlatformError as error:
            raise serializers.ValidationError(f"{error}.") from None


class PlatformSerializer(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    napalm_driver = serializers.CharField(help_text="Empty where NAPALM has none.")
    netmiko_type = serializers.CharField(help_text="Empty where nothing is read over SSH.")
    capabilities = serializers.ListField(child=serializers.CharField(), help_text="What is read over SSH.")
    commit_confirm = serializers.BooleanField()


class PlatformViewSet(viewsets.ViewSet):
    """Vendors' systems, by slug."""

    lookup_field = "slug"
    lookup_value_regex = "[a-z0-9_]+"
    required_permission = "inventory.view_device"

    @extend_schema(responses=PlatformSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Every platform; the list is short and comes without pages."""
        return Response(PlatformSerializer(self._all(), many=True).data)

    @extend_schema(
        responses=PlatformSerializer,
        parameters=[OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """One platform."""
        found = platforms().get(slug)
        if found is None:
            raise NotFound(f"There is no platform {slug!r}; known are {', '.join(platforms())}.")
        return Response(PlatformSerializer(found).data)

    def _all(self) -> Sequence[Platform]:
        return list(platforms().values())
