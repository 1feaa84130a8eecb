"""Credentials: secrets go in and are never given out; `secrets_set` says which ones are stored."""

from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django_filters import rest_framework as filters
from rest_framework import serializers

from inventory.api.fields import ModelSerializer
from inventory.api.filters import equal
from inventory.api.viewsets import Editable
from inventory.fields import SecretField
from inventory.models import Credential

SECRETS = [field.name for field in Credential._meta.get_fields() if isinstance(field, SecretField)]


class CredentialSerializer(ModelSerializer):
    secrets_set = serializers.SerializerMethodField(help_text="The secrets that have a value.")

    class Meta:
        model = Credential
        fields = [
            "id",
            "name",
            "kind",
            "username",
            "snmp_auth_protocol",
            "snmp_priv_protocol",
            "description",
            "locked_at",
            "locked_reason",
            "secrets_set",
            *SECRETS,
        ]
        read_only_fields = ["locked_at", "locked_reason"]

    def get_secrets_set(self, credential: Credential) -> list[str]:
        return [name for name in SECRETS if getattr(credential, name)]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What the kind needs must be there, from this request or from before."""
        known = {
            field.attname: getattr(self.instance, field.attname) for field in Credential._meta.fields if self.instance
        }
        try:
            Credential(**{**known, **attrs}).clean()
        except ModelError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return attrs


class CredentialFilter(filters.FilterSet):
    class Meta:
        model = Credential
        fields = equal("name", "kind", "username")


class CredentialViewSet(Editable):
    """Ways to log in. A secret that is left out of a PATCH or PUT stays as it is; an empty one is removed."""

    queryset = Credential.objects.all()
    serializer_class = CredentialSerializer
    filterset_class = CredentialFilter
    search_fields = ["name", "username", "description"]
    ordering_fields = ["id", "name", "kind"]
    ordering = ["name"]
