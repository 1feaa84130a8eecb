"""The login forms, and what somebody sees whose login is locked: the same whether the user exists or not."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from netmanager.throttling import seconds_to_wait

View = Callable[..., HttpResponseBase]
NAME_LENGTH = 255  # of the column that failures are counted in


def throttled(view: View) -> View:
    """A login form's view that looks at no password once this minute's attempts are used up."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and (wait := seconds_to_wait(request, request.POST.get("username", ""))):
            return refusal(request, _("Too many logins. Try again in %(seconds)d seconds.") % {"seconds": wait}, wait)
        return view(request, *args, **kwargs)

    return answer


def locked(
    request: HttpRequest, _response: HttpResponse | None = None, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The answer to a login that is locked after AXES_FAILURE_LIMIT failures of this name from this address."""
    until = locked_until(request, counted_name(request, credentials))
    sentence = _(
        "Too many failed logins with this name from your address: locked until %(time)s. "
        "An administrator can release it."
    )
    wait = max(int((until - timezone.now()).total_seconds()), 1)
    return refusal(request, sentence % {"time": f"{timezone.localtime(until):%H:%M:%S %Z}"}, wait)


def counted_name(_request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """The name under which failures are counted; the forms let any length through."""
    return str((credentials or {}).get("username") or "")[:NAME_LENGTH]


def locked_until(request: HttpRequest, name: str) -> datetime:
    """The end of the lock: the last failure that counted, and the time to cool off."""
    mine = AccessAttempt.objects.filter(username=name, ip_address=request.META.get("REMOTE_ADDR") or None)
    last = mine.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    return last + cool_off


def refusal(request: HttpRequest, sentence: str, wait: int) -> HttpResponse:
    """429 with one sentence: JSON for who asked for a token, a page for who filled in a form."""
    if request.path.startswith("/api/v1/auth/token"):
        answer: HttpResponse = JsonResponse({"detail": sentence}, status=429)
    else:
        answer = render(request, "netmanager/login_refused.html", {"sentence": sentence}, status=429)
    answer.headers["Retry-After"] = str(wait)
    add_never_cache_headers(answer)
    return answer
