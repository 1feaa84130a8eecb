"""Somebody answers for a difference from the golden configuration: for a reason and until a day."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from compliance.models import Drift
from inventory import audit

PERMISSION = "compliance.change_drift"
LONGEST = timedelta(days=366)


class NotAcknowledged(Exception):
    """A wrong field; `field` names it and the message is a sentence for the operator."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def acknowledge(drift: Drift, user: AbstractBaseUser, reason: str, until: datetime) -> None:
    """Let this difference wait. Another difference, or the end of the time, calls for attention again.

    Raises NotAcknowledged.
    """
    check(drift, reason, until)
    _answer(drift, user.pk, reason.strip(), until, drift.digest)


def check(drift: Drift, reason: str, until: datetime | None) -> None:
    """Raise NotAcknowledged for what is not accepted."""
    now = timezone.now()
    if drift.state != Drift.State.DRIFTED:
        raise NotAcknowledged("drift", "The device has not drifted, so there is nothing to acknowledge.")
    if not reason.strip():
        raise NotAcknowledged("reason", "Say why the difference may stay.")
    if until is None or not now < until <= now + LONGEST:
        raise NotAcknowledged("until", "until must lie in the future, within a year.")


def take_back(drift: Drift) -> None:
    """Nobody answers for it any more."""
    _answer(drift, None, "", None, "")


def _answer(drift: Drift, user: int | None, reason: str, until: datetime | None, digest: str) -> None:
    answer = {"acknowledged_by_id": user, "acknowledged_reason": reason, "acknowledged_until": until}
    # The row itself is worked out by jobs, and only who answered for it belongs into the trail.
    audit.update(Drift.objects.filter(pk=drift.pk), **answer, acknowledged_digest=digest)
    drift.refresh_from_db()
