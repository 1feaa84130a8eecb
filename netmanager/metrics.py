"""Prometheus metrics: middleware and the /metrics door."""

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_prometheus.exports import ExportToDjangoView
from django_prometheus.middleware import PrometheusAfterMiddleware, PrometheusBeforeMiddleware

BeforeMiddleware = PrometheusBeforeMiddleware
AfterMiddleware = PrometheusAfterMiddleware


def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics for whoever sends `Authorization: Bearer METRICS_TOKEN`, or, without a token set, for loopback."""
    if not _allowed(request):
        return HttpResponse("Send Authorization: Bearer with METRICS_TOKEN, or ask from this machine.\n", status=403)
    return ExportToDjangoView(request)


def _allowed(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # A proxy on this machine also connects from loopback: what it forwards is not local.
    if "X-Forwarded-For" in request.headers or "X-Forwarded-Proto" in request.headers:
        return False
    return ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback  # noqa: S104
