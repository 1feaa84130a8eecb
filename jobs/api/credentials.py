"""Letting a locked credential be tried again: the guard belongs to the jobs, so does its door."""

from typing import TYPE_CHECKING, cast

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api.credentials import CredentialSerializer
from inventory.models import Credential
from jobs.gate import release_credential

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ReleaseCredential(GenericAPIView):
    """Let a credential that was locked after refused logins be tried again."""

    queryset = Credential.objects.all()
    serializer_class = CredentialSerializer
    filter_backends = ()
    required_permission = "inventory.change_credential"

    @extend_schema(request=None, responses=CredentialSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Release it; releasing one that is not locked changes nothing but its count of refused logins."""
        release_credential(self.get_object(), cast("User", request.user))
        return Response(self.get_serializer(self.get_object()).data)
