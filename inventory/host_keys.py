"""Which SSH host key a device is known by: pinned at the first login, compared at each later one.

Reading goes on with another key, as an alarm. Writing does not, until somebody accepts the key they have seen.
"""

import logging

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import timezone

from inventory.drivers.host_key import OfferedKey
from inventory.errors import HostKeyChanged
from inventory.models import Device, HostKey

PERMISSION = "inventory.accept_hostkey"
logger = logging.getLogger(__name__)


class NotOffered(Exception):
    """Somebody accepts a key that the device does not show (any more). The message is a sentence."""


def note(device: Device, offered: OfferedKey) -> bool:
    """Pin the first key, raise the alarm for another one; whether it is the pinned one. The same writes nothing."""
    pinned, _new = HostKey.objects.get_or_create(
        device=device,
        defaults={"key_type": offered.key_type, "key": offered.key, "fingerprint": offered.fingerprint},
    )
    if pinned.key == offered.key:
        return True
    if pinned.offered_key != offered.key:
        _alarm(pinned, offered)
    return False


def require(device: Device, offered: OfferedKey) -> None:
    """As `note`, before a session that writes: raises HostKeyChanged unless it is the pinned key."""
    if not note(device, offered):
        raise HostKeyChanged(refusal(device, device_key(device)))


def device_key(device: Device) -> HostKey:
    """What is known of the device's key now; an unsaved row without fingerprint when it has none."""
    return HostKey.objects.filter(device=device).first() or HostKey(device=device)


def refusal(device: Device, known: HostKey) -> str:
    """Why nothing is written to the device; empty while no other key waits for somebody."""
    if not known.offered_key:
        return ""
    return (
        f"{device.name} shows another SSH host key, {known.offered_fingerprint} instead of {known.fingerprint}: "
        "nothing is written to it until somebody has compared the fingerprint and accepts the key."
    )


@transaction.atomic
def accept(device: Device, fingerprint: str, user: AbstractBaseUser | AnonymousUser) -> HostKey:
    """Make the key with this fingerprint the pinned one; raises NotOffered for any but the one offered, or pinned.

    To accept the pinned key means that it stays, and ends the alarm about the other one.
    """
    known = HostKey.objects.select_for_update().filter(device=device).first()
    if known is None or not known.offered_key:
        raise NotOffered(f"{device.name} shows no other SSH host key than the pinned one: there is nothing to accept.")
    if fingerprint not in (known.offered_fingerprint, known.fingerprint):
        raise NotOffered(
            f"fingerprint: {fingerprint[:60]!r} is not offered; accepted are {known.offered_fingerprint} (the key "
            f"that {device.name} shows now) and {known.fingerprint} (the pinned one, which then stays)."
        )
    if fingerprint == known.offered_fingerprint:
        known.key_type, known.key, known.fingerprint = known.offered_key_type, known.offered_key, fingerprint
        known.pinned_at = timezone.now()
    known.offered_key_type = known.offered_key = known.offered_fingerprint = ""
    known.offered_at = None
    known.accepted_by_id, known.accepted_at = user.pk, timezone.now()
    known.save()
    return known


def _alarm(pinned: HostKey, offered: OfferedKey) -> None:
    """Keep the other key beside the pinned one; only columns of the offer, for somebody may be accepting."""
    pinned.offered_key_type, pinned.offered_key = offered.key_type, offered.key
    pinned.offered_fingerprint, pinned.offered_at = offered.fingerprint, timezone.now()
    pinned.save(update_fields=["offered_key_type", "offered_key", "offered_fingerprint", "offered_at"])
    logger.warning(
        "%s shows another SSH host key: %s instead of %s",
        pinned.device.name,
        offered.fingerprint,
        pinned.fingerprint,
    )
