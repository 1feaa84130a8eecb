"""Tells the audit trail who asks and from where. REMOTE_ADDR is the client's: see netmanager/proxy.py."""

from collections.abc import Callable
from ipaddress import ip_address

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from inventory.audit import Source, Who, acting


class ActingMiddleware:
    """Changes made while a request is answered are its user's, who may be known only after the token was read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def person() -> User | None:
            user = getattr(request, "user", None)
            return user if isinstance(user, User) and user.pk else None

        with acting(Who(Source.WEB, person, address_of(request))):
            return self.get_response(request)


def address_of(request: HttpRequest) -> str | None:
    """The client's address as the column takes it; a socket of the file system has none."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:
        return None
