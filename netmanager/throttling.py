"""How often somebody may try to log in: attempts in a minute, by address and by user name, over all web processes.

The lockout (django-axes) counts failures of one name from one address. This counts every attempt, so that neither many
names from one address nor one name from many addresses can be tried quickly, and hashing passwords takes bounded time.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from time import time as now

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

MINUTE = 60
log = logging.getLogger(__name__)


class JsonSerializer:
    """What the cache keeps in Redis: JSON, for Django's default would run what it reads (pickle)."""

    def dumps(self, value: object) -> bytes | int:
        """Whole numbers as they are, so that Redis can count them."""
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> object:
        return json.loads(data)


class LoginThrottle(BaseThrottle):
    """For REST views that take a password or a refresh token."""

    def allow_request(self, request: Request, view: object) -> bool:
        """False when this minute's attempts are used up."""
        given = request.data.get("username", "") if isinstance(request.data, Mapping) else ""
        self.seconds = seconds_to_wait(request._request, str(given))
        return not self.seconds

    def wait(self) -> float:
        return self.seconds


def seconds_to_wait(request: HttpRequest, name: str) -> int:
    """Count one attempt; 0 when it may be made, else the seconds until the next minute begins."""
    attempts = {"address": request.META.get("REMOTE_ADDR", ""), "name": name}
    second = now()
    counts = [
        _count(kind, value, int(second // MINUTE)) > settings.LOGINS_PER_MINUTE[kind]
        for kind, value in attempts.items()
        if value
    ]
    return MINUTE - int(second % MINUTE) if any(counts) else 0


def _count(kind: str, value: str, minute: int) -> int:
    """This attempt's number in this minute."""
    key = f"login:{kind}:{digest(value)}:{minute}"
    cache = caches["logins"]
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return int(cache.incr(key))
    except Exception as error:  # without Redis people must still get in; the lockout counts in the database
        log.warning("Logins are not throttled: the cache failed (%s).", type(error).__name__)
        return 0


def digest(value: str) -> str:
    """So that any name makes a key, and none can be read in Redis."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
