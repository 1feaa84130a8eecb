"""Who may log in to a device, and when: one session per device, caps, pacing, and the guard against locked accounts."""

import logging
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inventory import audit
from inventory.errors import DeviceError
from inventory.models import Credential, Device, Site
from inventory.scope import Somebody, scoped
from inventory.sentences import first_few
from jobs import system_settings
from jobs.claim import Claim
from jobs.models import DeviceSession, JobTarget, LoginFailure
from jobs.pace import interval_of, take_slot

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)
FIRST, MOST = 1.0, 5.0  # seconds until a busy device is asked for again: at first, and after many rounds
ROUNDS = 20  # targets of one job that ask again per second where a cap keeps many waiting
# A slot that was missed by more (its message was lost, or all workers were busy) is taken anew: of those missed
# together none may start together.
LATE = timedelta(seconds=3)
HOUR = timedelta(hours=1)
AFTER_RELEASE = timedelta(seconds=60)  # how often a change that has begun asks whether its credential is released
BEGUN = "The change had begun and a part of it may be in force; what is there is judged once it is released."
NAMED, ASKED = 3, 100  # devices named of those that refused a credential, and refusals looked at for it


class Wait(Exception):
    """It is not this target's turn: it is given back until `until`. `paced`: its slot is taken and stays its own."""

    def __init__(self, sentence: str, until: datetime, paced: bool = False) -> None:
        self.sentence, self.until, self.paced = sentence, until, paced
        super().__init__(sentence)


class CredentialLocked(DeviceError):
    """The guard has locked the credential: somebody must look why it is refused."""


def enter(claim: Claim) -> None:
    """Take what the target needs before it may start. Raises Wait or CredentialLocked; `leave` gives it back."""
    device = None
    if claim.operation.logs_in:
        device = Device.objects.select_related("site", "ssh_credential").filter(pk=claim.target.device_id or 0).first()
    if device is None:
        _require_slot(claim, None)
        return
    _require_unlocked(claim, device, device.ssh_credential)
    _require_session(claim, device)
    try:
        # Asked again with the session in hand: whoever sees the lock from now on does not log in.
        locked = Credential.objects.filter(pk=device.ssh_credential_id or 0, locked_at__isnull=False)
        _require_unlocked(claim, device, locked.only("name", "locked_at", "locked_reason").first())
        # Last, because a slot is lost when the target then waits for something else.
        _require_slot(claim, device)
    except BaseException:
        leave(claim)
        raise


def leave(claim: Claim) -> None:
    """The session has ended, however it ended."""
    if claim.operation.logs_in:
        DeviceSession.objects.filter(worker=claim.worker).delete()


def refused(claim: Claim) -> None:
    """The device refused the credential: remember it, and lock the credential when that happens too often."""
    most = system_settings.number("login_failures_before_lock")
    device = Device.objects.select_related("ssh_credential").filter(pk=claim.target.device_id or 0).first()
    if device is None or device.ssh_credential is None:
        return
    credential, now = device.ssh_credential, timezone.now()
    with transaction.atomic():
        Credential.objects.select_for_update(no_key=True).only("pk").get(pk=credential.pk)
        failures = LoginFailure.objects.filter(credential=credential)
        LoginFailure.objects.create(credential=credential, device=device)
        recent = failures.filter(at__gt=now - HOUR).values_list("device_id", flat=True)
        if most and len(recent) >= most:
            # No names: whoever uses the credential reads this, also who may not see each of the devices.
            reason = f"{len(recent)} logins refused within an hour, devices: {len(set(recent))}."
            locked = Credential.objects.filter(pk=credential.pk, locked_at=None)
            if audit.update(locked, locked_at=now, locked_reason=reason[:300]):
                log.error("a credential was locked", extra={"credential": credential.name, "failures": len(recent)})


def refused_by(credential: Credential, user: Somebody) -> str:
    """The names of the devices that refused the credential last, as far as the user may see them."""
    rows = scoped(LoginFailure.objects.filter(credential=credential), user).order_by("-at", "-id")
    return first_few(dict.fromkeys(rows.values_list("device__name", flat=True)[:ASKED]), NAMED)


def release_credential(credential: Credential, user: "User | None") -> None:
    """Let a locked credential be tried again, with a new count."""
    with transaction.atomic():
        LoginFailure.objects.filter(credential=credential).delete()
        audit.update(Credential.objects.filter(pk=credential.pk), locked_at=None, locked_reason="")
    log.warning("a credential was released", extra={"credential": credential.name, "user": str(user or "")})


def _require_unlocked(claim: Claim, device: Device, credential: Credential | None) -> None:
    """Raise CredentialLocked; Wait where a change has begun on the device, because it is to be judged afterwards."""
    if credential is None or not credential.locked_at:
        return
    sentence = (
        f"{device.name} was not tried: the credential {credential.name} is locked since "
        f"{timezone.localtime(credential.locked_at):%Y-%m-%d %H:%M} ({credential.locked_reason}) "
        "Correct it, then release it on its page under Credentials."
    )
    if claim.target.journal is None:
        raise CredentialLocked(sentence)
    raise Wait(f"{sentence} {BEGUN}", timezone.now() + AFTER_RELEASE)


def _require_slot(claim: Claim, device: Device | None) -> None:
    """Take the target's slots at the rates that hold for it; raises Wait until the later one."""
    target = claim.target
    if target.paced and target.not_before is not None and timezone.now() - target.not_before < LATE:
        return
    slots = []
    if rate := settings.RATE_LIMITS.get(claim.operation.kind):
        slots.append(take_slot(f"jobs.{claim.operation.kind}", interval_of(rate)))
    pause = system_settings.number("login_interval_ms") if device is not None and device.ssh_credential_id else 0
    if device is not None and pause:
        slots.append(take_slot(f"login.{device.ssh_credential_id}", timedelta(milliseconds=pause)))
    if slots and max(slots) > timezone.now():
        raise Wait("Waits for its turn: starts are paced.", max(slots), paced=True)


def _require_session(claim: Claim, device: Device) -> None:
    """Become the only one logged in to the device; raises Wait where somebody is, or where a cap is reached."""
    with transaction.atomic():
        _require_room(claim, device)
        now = timezone.now()
        held = DeviceSession.objects.filter(device=device)
        held.filter(until__lt=now).delete()
        held.filter(target=claim.target).delete()  # of an attempt of this target whose worker died
        mine = DeviceSession(
            device=device,
            target=claim.target,
            site=device.site,
            credential=device.ssh_credential,
            worker=claim.worker,
            until=now + claim.lease,
        )
        DeviceSession.objects.bulk_create([mine], ignore_conflicts=True)
        got = held.filter(worker=claim.worker).exists()
        other = None if got else held.values_list("target__job__kind", flat=True).first()
    if not got:
        # The other may have ended between the two questions: then ours was still not stored.
        kind = f" of the kind {other}" if other else ""
        raise _busy(claim, f"Waits: a job{kind} is logged in to {device.name}.")


def _require_room(claim: Claim, device: Device) -> None:
    """Raise Wait where the site or the credential has as many sessions as it may; its row is locked meanwhile."""
    now = timezone.now()
    for name, model, row in (
        ("ssh_sessions_per_credential", Credential, device.ssh_credential),
        ("ssh_sessions_per_site", Site, device.site),
    ):
        most = system_settings.number(name) if row is not None else 0
        if row is None or not most:
            continue
        model.objects.select_for_update(no_key=True).only("pk").get(pk=row.pk)  # type: ignore[attr-defined]
        field = "site" if model is Site else "credential"
        if DeviceSession.objects.filter(until__gte=now, **{field: row}).exclude(device=device).count() >= most:
            waiting = JobTarget.objects.filter(job=claim.target.job_id, state=JobTarget.State.PENDING).count()
            raise _busy(claim, f"Waits: {most} sessions of the {field} {row} are open ({name}).", waiting)


def _busy(claim: Claim, sentence: str, waiting: int = 0) -> Wait:
    """Wait a moment, longer after each round and where many wait: asking must cost less than the work itself."""
    rounds = min(max(FIRST, claim.waited.total_seconds() * 1.5), MOST)
    pause = max(rounds, waiting / ROUNDS) * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
    return Wait(sentence, timezone.now() + timedelta(seconds=pause))
