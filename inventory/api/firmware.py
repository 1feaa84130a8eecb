"""Firmware images: a software file kept for a platform, with its checksum."""

import hashlib
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django_filters import rest_framework as filters
from rest_framework import serializers

from inventory.api.fields import ModelSerializer
from inventory.api.filters import equal
from inventory.api.platforms import PlatformSlug
from inventory.api.viewsets import Editable
from inventory.models import FirmwareImage


class FirmwareImageSerializer(ModelSerializer):
    platform = PlatformSlug(max_length=50)
    file = serializers.FileField(required=False, use_url=False, help_text="The name under which it is stored.")

    class Meta:
        model = FirmwareImage
        fields = ["id", "name", "platform", "version", "file", "sha256", "uploaded_at"]
        read_only_fields = ["sha256", "uploaded_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The checksum is of the bytes that came."""
        if isinstance(attrs.get("file"), UploadedFile):
            attrs["sha256"] = sha256(attrs["file"])
        return attrs


def sha256(file: UploadedFile) -> str:
    """Hexadecimal SHA-256 of an upload, read in pieces."""
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


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
