"""One thread per process that keeps the leases of all its claims and looks whether their jobs were cancelled."""

import logging
import os
import threading
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from jobs.models import DeviceSession, JobTarget

if TYPE_CHECKING:
    from jobs.claim import Claim

log = logging.getLogger(__name__)
LOOK = 2.0  # seconds between two looks


class Keeper:
    """Two statements for any number of claims: one thread per target would cost more than the work of small ones."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._claims: dict[int, Claim] = {}
        self._lock = threading.Lock()
        self._some = threading.Event()
        threading.Thread(target=self._keep, name="keeper", daemon=True).start()

    def add(self, claim: "Claim") -> None:
        """Keep this claim until it is removed."""
        with self._lock:
            self._claims[id(claim)] = claim
            self._some.set()

    def remove(self, claim: "Claim") -> None:
        """Leave this claim alone from now on."""
        with self._lock:
            self._claims.pop(id(claim), None)
            if not self._claims:
                self._some.clear()

    def _keep(self) -> None:
        pause = threading.Event()
        while True:
            self._some.wait()
            pause.wait(LOOK)
            with self._lock:
                claims = list(self._claims.values())
            try:
                renew(claims)
                look(claims)
            except DatabaseError as error:  # away for a moment: a lease lasts for several tries
                log.warning("leases could not be renewed: %s", error, extra={"claims": len(claims)})
            except Exception:
                log.exception("the keeper of the leases broke and goes on")
            finally:
                connection.close()


def renew(claims: "list[Claim]") -> None:
    """Give each claim whose lease is a third over a new one, and its device session; `look` tells who got it."""
    now = timezone.now()
    due = [claim for claim in claims if now - claim.renewed > claim.lease / 3]
    for lease in {claim.lease for claim in due}:
        workers = [claim.worker for claim in due if claim.lease == lease]
        running = JobTarget.objects.filter(state=JobTarget.State.RUNNING, lease_worker__in=workers)
        with transaction.atomic():  # or the reaper would find the session alone, and expired
            running.update(lease_until=now + lease)
            DeviceSession.objects.filter(worker__in=workers).update(until=now + lease)


def look(claims: "list[Claim]") -> None:
    """Tell each claim how long its lease lasts, that its job was cancelled, or that somebody else has its target.

    Only what the row says counts as renewed: after a pause longer than the lease another worker may be at the device.
    """
    fields = ("pk", "state", "lease_worker", "lease_until", "job__cancel_requested")
    rows = JobTarget.objects.order_by().filter(pk__in=[claim.target.pk for claim in claims]).values_list(*fields)
    found = {pk: row for pk, *row in rows}
    for claim in claims:
        gone = ("", "", None, False)  # deleted with its job
        state, worker, until, cancelled = found.get(claim.target.pk, gone)
        if until is None or (state, worker) != (JobTarget.State.RUNNING, claim.worker):
            claim.lost.set()
        else:
            claim.renewed = until - claim.lease
        if cancelled:
            claim.cancelled.set()


_keeper: Keeper | None = None
_starting = threading.Lock()


def keeper() -> Keeper:
    """This process's own: a forked child has its parent's memory, but not its threads."""
    global _keeper
    with _starting:
        if _keeper is None or _keeper.pid != os.getpid():
            _keeper = Keeper()
        return _keeper
