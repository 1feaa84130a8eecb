"""Firmware images: a software file kept for a platform, with its checksum."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.fields import ModelSerializer
from inventory.api.filters import equal
from inventory.api.platforms import PlatformSlug
from inventory.api.viewsets import Editable
from inventory.firmware import FULL_SENTENCE, Refused, as_file, checked, is_full, kept_or_gone
from inventory.models import FirmwareImage


class StorageFull(APIException):
    """The disk is full (RFC 4918 section 11.5)."""

    status_code = 507
    default_detail = FULL_SENTENCE
    default_code = "storage_full"


class FirmwareImageSerializer(ModelSerializer):
    platform = PlatformSlug(max_length=50)
    file = serializers.FileField(
        required=False, use_url=False, allow_empty_file=True, help_text="The name under which it is stored."
    )
    sha256 = serializers.CharField(
        required=False, allow_blank=True, max_length=64, help_text="What you expect; another file is refused."
    )

    class Meta:
        model = FirmwareImage
        fields = ["id", "name", "platform", "version", "file", "size", "sha256", "uploaded_at"]
        read_only_fields = ["size", "uploaded_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The checksum is of the bytes that came."""
        promised, file = attrs.pop("sha256", ""), attrs.get("file")
        try:
            if isinstance(file, UploadedFile):
                others = FirmwareImage.objects.exclude(pk__in=[self.instance.pk] if self.instance else [])
                attrs |= {"sha256": checked(file, promised, others), "size": file.size}
            elif promised and promised != getattr(self.instance, "sha256", ""):
                raise Refused("sha256", "It is compared with the file of the same request; send the file with it.")
        except Refused as error:
            raise serializers.ValidationError({error.field: [str(error)]}) from None
        return attrs

    def create(self, validated_data: dict[str, Any]) -> FirmwareImage:
        image = FirmwareImage(**validated_data)
        with kept_or_gone(image):
            image.save()
        return image

    def update(self, instance: FirmwareImage, validated_data: dict[str, Any]) -> FirmwareImage:
        with kept_or_gone(instance):
            return super().update(instance, validated_data)


class FirmwareImageFilter(filters.FilterSet):
    class Meta:
        model = FirmwareImage
        fields = equal("name", "platform", "version", "sha256")


class FirmwareImageViewSet(Editable):
    """Software images. The file comes as multipart/form-data."""

    queryset = FirmwareImage.objects.all()
    serializer_class = FirmwareImageSerializer
    filterset_class = FirmwareImageFilter
    search_fields = ["name", "platform", "version"]
    ordering_fields = ["id", "name", "platform", "version", "uploaded_at"]
    ordering = ["platform", "version"]

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(StorageFull() if is_full(exc) else exc)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True)
    def download(self, request: Request, pk: str) -> FileResponse:
        """The file itself."""
        try:
            return as_file(self.get_object())
        except FileNotFoundError:
            raise Http404 from None
