"""Somebody answers for a difference from the golden configuration: for a reason and until a day."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from compliance.models import Drift

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
    drift.acknowledged_by_id = user.pk
    drift.acknowledged_reason, drift.acknowledged_until = reason.strip(), until
    drift.acknowledged_digest = drift.digest
    drift.save(update_fields=FIELDS)


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
    drift.acknowledged_by = drift.acknowledged_until = None
    drift.acknowledged_reason = drift.acknowledged_digest = ""
    drift.save(update_fields=FIELDS)


FIELDS = ("acknowledged_by", "acknowledged_reason", "acknowledged_until", "acknowledged_digest")
