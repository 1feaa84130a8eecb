"""The settings an operator may change, over REST: every entry of the registry, whether somebody changed it or not."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from inventory.api.fields import RequestSerializer, shown
from inventory.api.viewsets import NamedFormats
from jobs.models import SystemSetting
from jobs.system_settings import REGISTRY, Definition, Value, meant, parse, text_of

LONGEST = 2000
VALUE = {"oneOf": [{"type": "boolean"}, {"type": "integer"}, {"type": "string"}], "nullable": True}
NAME = OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(REGISTRY))


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of the registry with what is stored for it."""

    name: str
    definition: Definition
    row: SystemSetting | None

    @property
    def value(self) -> Value:
        """As the next run reads it."""
        return meant(self.name, self.row.value if self.row else None)


@extend_schema_field(VALUE)
class ValueField(serializers.Field):
    """Yes or no, a number, networks or nothing; all of it as text, too. Nothing: the default."""

    def to_internal_value(self, data: Any) -> bool | int | str:
        if isinstance(data, bool | int | str) and len(str(data)) <= LONGEST:
            return data
        raise ValidationError(f"{shown(data)} is not true, false, a whole number or a text of networks.")

    def to_representation(self, value: Any) -> Any:
        return value


class SettingSerializer(RequestSerializer):
    name = serializers.CharField(read_only=True)
    value = ValueField(allow_null=True)
    default = ValueField(source="definition.default", read_only=True)
    type = serializers.SerializerMethodField(help_text="boolean, number or networks")
    help = serializers.CharField(source="definition.help", read_only=True)
    updated_at = serializers.DateTimeField(source="row.updated_at", read_only=True, allow_null=True)
    updated_by = serializers.CharField(source="row.updated_by.username", read_only=True, allow_null=True)

    def get_type(self, setting: Setting) -> str:
        return {bool: "boolean", str: "networks"}.get(setting.definition.kind, "number")


class SettingViewSet(NamedFormats, GenericViewSet):
    """What operators may change while NetManager runs; read at each use."""

    queryset = SystemSetting.objects.select_related("updated_by")
    serializer_class = SettingSerializer
    lookup_field = "name"
    lookup_value_regex = "[a-z_]+"
    filter_backends = ()

    @extend_schema(responses=SettingSerializer(many=True))
    def list(self, request: Request) -> Response:
        """All of them, by name."""
        rows = {row.name: row for row in self.get_queryset()}
        every = [Setting(name, definition, rows.get(name)) for name, definition in sorted(REGISTRY.items())]
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(every), many=True).data)

    @extend_schema(parameters=[NAME])
    def retrieve(self, request: Request, name: str) -> Response:
        """One of them."""
        return Response(self.get_serializer(self._setting(name)).data)

    @extend_schema(parameters=[NAME])
    def partial_update(self, request: Request, name: str) -> Response:
        """Give it another value; null or nothing: the default."""
        setting = self._setting(name)
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        text = text_of(wanted.validated_data["value"])
        try:
            parse(name, text)
        except ValueError as error:
            raise ValidationError({"value": [str(error)]}) from None
        user = request.user if isinstance(request.user, User) else None
        SystemSetting.objects.update_or_create(name=setting.name, defaults={"value": text, "updated_by": user})
        return self.retrieve(request, name)

    def _setting(self, name: str) -> Setting:
        if name not in REGISTRY:
            raise NotFound(f"There is no setting {name!r}; there are {', '.join(sorted(REGISTRY))}.")
        return Setting(name, REGISTRY[name], self.get_queryset().filter(name=name).first())
