"""A worker's hold on one target: taken with a conditional update, kept by a lease, given back or settled."""

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from jobs import statements, system_settings
from jobs.keeper import keeper
from jobs.models import Job, JobTarget
from jobs.operations import Operation
from jobs.outcome import Outcome

# A change that was begun on a device is judged and ended, also when its job was cancelled in the meantime.
GOES_ON = Q(job__cancel_requested=False) | Q(journal__isnull=False)
NEAR = timedelta(seconds=20)  # what waits longer is parked: it needs no message until the reaper sends one in time


class ClaimLost(Exception):
    """Another worker has the target by now: whatever this one was about to do must not be done."""


class Claim:
    """What an operation is handed: the target, and whether it may go on."""

    def __init__(self, target: JobTarget, operation: Operation, lease_seconds: int = 0) -> None:
        self.target, self.operation = target, operation
        self.worker = new_worker()
        self.lease = timedelta(seconds=lease_seconds or system_settings.number("job_lease_seconds"))
        self.renewed = timezone.now()
        self.expired: datetime | None = None  # in the reaper's hands: what was renewed since then is not touched
        self.waited = waited(target)
        self.cancelled = threading.Event()
        self.lost = threading.Event()

    @classmethod
    def of_taken(cls, target: JobTarget, operation: Operation, lease_seconds: int) -> "Claim":
        """The hold on a target that was taken together with others, as its row says."""
        claim = cls(target, operation, lease_seconds)
        claim.worker, claim.renewed = target.lease_worker, target.started_at or claim.renewed
        return claim

    def stopped(self) -> bool:
        """The job was cancelled, or the target is not ours any more. Asked at each safe point; costs nothing."""
        return self.cancelled.is_set() or self.outlived()

    def outlived(self) -> bool:
        """The target is or may be another worker's by now: a lease that could not be renewed is over for us, too.

        And stays so: who was told once may have given up already.
        """
        if timezone.now() > self.renewed + self.lease:
            self.lost.set()
        return self.lost.is_set()

    def take(self) -> bool:
        """Claim the target; False when somebody else has it, it is not its time yet or the job was cancelled."""
        now = timezone.now()
        if self.target.job.cancel_requested and self.target.journal is None:
            return False  # a cancel that comes from now on has revoked what waits before this can claim it
        taken = statements.take(self.target.pk, self.worker, now, now + self.lease)
        # Asked twice when the database went away in the middle of the first time: then we may have it already.
        if taken or self._ours().exists():
            self.renewed = now
            self.target.attempts += 1
            if self.target.job.cancel_requested:  # a change that has begun must know it before it goes on
                self.cancelled.set()
            self.target.state = JobTarget.State.RUNNING
            self.target.lease_worker, self.target.started_at = self.worker, now
            if self.target.job.state == Job.State.PENDING:
                Job.objects.filter(pk=self.target.job_id, state=Job.State.PENDING).update(
                    state=Job.State.STARTED, started_at=now
                )
            return True
        return False

    def release(self, after: float = 0, sentence: str = "") -> bool:
        """Give the claim back for another try in `after` seconds; False when the job was cancelled or it is lost."""
        until = timezone.now() + timedelta(seconds=after) if after else None
        return self._given_back(until, paced=False, message=sentence, log=_longer(sentence))

    def put_off(self, until: datetime, sentence: str, paced: bool = False) -> bool:
        """Give the claim back untried until its turn comes; False when the job was cancelled or the claim is lost."""
        told = sentence == self.target.message  # a wait of many rounds is one line of the log
        log = F("log") if told else _longer(sentence)
        return self._given_back(until, paced=paced, message=sentence, attempts=F("attempts") - 1, log=log)

    def hold(self, outcome: Outcome) -> bool:
        """Store the plan that was made and end the claim: the target waits for its ring; False when it is lost."""
        fields = self._told(JobTarget.State.HELD, outcome)
        step: dict[str, Any] = {"step": JobTarget.Step.DEPLOY, "attempts": 0, "lease_until": None}
        return bool(self._ours().update(**fields, **step, log=_longer(outcome.message)))

    def settle(self, state: JobTarget.State, outcome: Outcome) -> bool | None:
        """Store what came of the target, end the claim and count it in the job; None when the claim is lost.

        True when no other target of the job is open.
        """
        told = self.told(state, outcome, timezone.now())
        return statements.settle_and_count(self.target.pk, self.worker, self.expired, *told)

    def told(self, state: JobTarget.State, outcome: Outcome, ended: datetime) -> tuple[dict[str, Any], str, bool]:
        """What is stored of a target that has ended: its fields, the line of its log, and whether it failed."""
        fields = {**self._told(state, outcome), "finished_at": ended}
        line = _line(outcome.message) if outcome.message else ""
        return fields, line, state != JobTarget.State.SUCCESS

    def journal(self, journal: Mapping[str, Any] | None) -> None:
        """Store what a later attempt must know before the device is touched; None: it was not. Raises ClaimLost."""
        stored = None if journal is None else dict(journal)
        if self.outlived() or not self._ours().update(journal=stored):
            raise ClaimLost
        self.target.journal = stored

    def require(self) -> None:
        """Raise ClaimLost unless the target is still ours, as far as this process knows. Costs nothing."""
        if self.outlived():
            raise ClaimLost

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Have the lease renewed and a cancel noticed while the work lasts."""
        keeper().add(self)
        try:
            yield
        finally:
            keeper().remove(self)

    def _told(self, state: JobTarget.State, outcome: Outcome) -> dict[str, Any]:
        plan = {} if outcome.plan is None else {"plan": dict(outcome.plan)}
        told = {"message": outcome.message, "changed": outcome.changed, "diff": outcome.diff}
        return {"state": state, "result": dict(outcome.result), **told, **plan}

    def _given_back(self, until: datetime | None, **fields: Any) -> bool:
        free = {"state": JobTarget.State.PENDING, "lease_worker": "", "lease_until": None}
        when = {"not_before": until, "parked": until is not None and until - timezone.now() > NEAR}
        return bool(self._ours().filter(GOES_ON).update(**free, **when, **fields))

    def _ours(self) -> Any:
        mine = JobTarget.objects.filter(pk=self.target.pk, state=JobTarget.State.RUNNING, lease_worker=self.worker)
        return mine.filter(lease_until=self.expired) if self.expired else mine


def new_worker() -> str:
    """A name under which targets are claimed; nobody else has it."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:12]}"


def waited(target: JobTarget) -> timedelta:
    """How long the target was put off after its last try."""
    if target.not_before is None or target.started_at is None:
        return timedelta(0)
    return max(target.not_before - target.started_at, timedelta(0))


def _longer(sentence: str) -> Any:
    return Concat(F("log"), Value(_line(sentence)), output_field=TextField()) if sentence else F("log")


def _line(sentence: str) -> str:
    return f"{timezone.localtime():%Y-%m-%d %H:%M:%S} {' '.join(sentence.split())}\n"
