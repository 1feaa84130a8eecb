"""Who asks, when a TLS proxy stands in front.

The proxy appends the address it was asked from to X-Forwarded-For: the last one is the proxy's word, those before are
the client's. Everything behind this (login lockout, throttling, audit, /metrics) reads REMOTE_ADDR and nothing else.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]
NO_PROXY_HEADER = (
    "NetManager is set up for https, but this request came without X-Forwarded-Proto. "
    "Users: open the https address. Operators: let the TLS proxy send X-Forwarded-Proto and X-Forwarded-For "
    "(runbook: tls.md); without TLS set CSRF_TRUSTED_ORIGINS to the http:// address.\n"
)


class ProxyMiddleware:
    """Put the client's address into REMOTE_ADDR; where https is expected, say what a request without its mark lacks."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.exempt = [re.compile(pattern) for pattern in settings.SECURE_REDIRECT_EXEMPT]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
        if settings.HTTPS:
            request.META["REMOTE_ADDR"] = last_hop(forwarded or "") or request.META.get("REMOTE_ADDR", "")
            if "HTTP_X_FORWARDED_PROTO" not in request.META and not self._exempt(request):
                # A redirect would come back the same way, for ever.
                return HttpResponse(NO_PROXY_HEADER, status=400, content_type="text/plain")
        if forwarded is not None:  # who reads this header all the same reads no invention of the client
            request.META["HTTP_X_FORWARDED_FOR"] = request.META.get("REMOTE_ADDR", "")
        return self.get_response(request)

    def _exempt(self, request: HttpRequest) -> bool:
        return any(pattern.search(request.path.lstrip("/")) for pattern in self.exempt)


def last_hop(forwarded: str) -> str:
    """The address the nearest proxy was asked from, or nothing when the header holds none."""
    try:
        return str(ip_address(forwarded.rpartition(",")[2].strip()))
    except ValueError:
        return ""
