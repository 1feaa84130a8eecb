"""Tokens of the REST API. An access token lives for minutes; a refresh token is good for one use."""

from typing import Any, Self

from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenBlacklistSerializer, TokenObtainPairSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView

from netmanager.throttling import LoginThrottle

NAME_LENGTH = 150  # of django.contrib.auth's user name


class OneUseToken(RefreshToken):
    """A refresh token whose text is not kept: who reads the database cannot use it."""

    @classmethod
    def for_user(cls, user: Any) -> Self:
        token = super().for_user(user)
        OutstandingToken.objects.filter(jti=token["jti"]).update(token="")
        return token  # type: ignore[return-value]  # typed as its parent

    def outstand(self) -> Any:
        row = super().outstand()
        OutstandingToken.objects.filter(jti=self["jti"]).update(token="")
        return row

    def use_up(self) -> None:
        """Raises TokenError for everybody but the first, also when two come at the same moment."""
        pair: Any = self.blacklist()  # typed as the row, but get_or_create's answer
        OutstandingToken.objects.filter(jti=self["jti"]).update(token="")
        if not pair[1]:
            raise TokenError("Token is blacklisted")


class LoginSerializer(TokenObtainPairSerializer):
    """Name and password for a pair of tokens."""

    token_class = OneUseToken

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[self.username_field] = serializers.CharField(write_only=True, max_length=NAME_LENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        # The lockout marks the request it is given, and its middleware sees Django's own, not REST framework's.
        request = self.context["request"]._request
        user = authenticate(request, username=attrs["username"], password=attrs["password"])
        if user is None:
            raise AuthenticationFailed(self.error_messages["no_active_account"], "no_active_account")
        user_logged_in.send(type(user), request=request, user=user)  # so that earlier failures are forgotten
        refresh = self.get_token(user)  # type: ignore[arg-type]
        return {"refresh": str(refresh), "access": str(refresh.access_token)}  # type: ignore[attr-defined]


class RefreshSerializer(serializers.Serializer):
    """A refresh token for a new pair."""

    refresh = serializers.CharField()
    access = serializers.CharField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        token = OneUseToken(attrs["refresh"])
        self._check_owner(token)
        with transaction.atomic():
            token.use_up()
            token.set_jti()
            token.set_exp()
            token.set_iat()
            token.outstand()
        return {"refresh": str(token), "access": str(token.access_token)}

    def _check_owner(self, token: OneUseToken) -> None:
        user = get_user_model().objects.filter(pk=token.get(api_settings.USER_ID_CLAIM), is_active=True).first()
        if user is None or token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
            raise AuthenticationFailed("No active account found for the given token.", "no_active_account")


class EndSerializer(TokenBlacklistSerializer):
    token_class = OneUseToken

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self.token_class(attrs["refresh"]).use_up()
        return {}


class ObtainView(TokenObtainPairView):
    serializer_class = LoginSerializer
    throttle_classes = [LoginThrottle]


class RefreshView(TokenRefreshView):
    serializer_class = RefreshSerializer
    throttle_classes = [LoginThrottle]


@extend_schema(responses={200: None})
class EndView(TokenBlacklistView):
    """Log out: this refresh token is good for nothing from now on."""

    serializer_class = EndSerializer
    throttle_classes = [LoginThrottle]
