"""One thread per process keeps all leases; a forked child has one of its own."""

import os
import threading

import pytest

from jobs.claim import Claim
from jobs.keeper import keeper, look, renew
from jobs.models import DeviceSession, Job, JobTarget
from jobs.operations import get_operation
from tests.factories import make_device, make_job

pytestmark = pytest.mark.django_db


def claims(*names: str) -> list[Claim]:
    job = make_job("backup", devices=[make_device(name) for name in names])
    found = [Claim(target, get_operation("backup")) for target in job.targets.select_related("job")]
    assert all(claim.take() for claim in found)
    return found


def test_it_is_one_thread_however_many_claims_there_are() -> None:
    first, second = claims("a", "b")
    with first.kept(), second.kept():
        assert [thread.name for thread in threading.enumerate()].count("keeper") == 1
        assert keeper() is keeper()


def test_a_forked_child_starts_its_own() -> None:
    parents = keeper()
    child = os.fork()
    if not child:
        alive = [thread.name for thread in threading.enumerate() if thread.is_alive()]
        mine = keeper()
        now = [thread.name for thread in threading.enumerate() if thread.is_alive()]
        right = (
            mine is not parents and mine.pid == os.getpid() and (alive.count("keeper"), now.count("keeper")) == (0, 1)
        )
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_it_renews_what_is_due_with_its_device_session_and_nothing_else() -> None:
    due, fresh = claims("a", "b")
    for claim in (due, fresh):
        device = claim.target.device
        DeviceSession.objects.create(device=device, target=claim.target, worker=claim.worker, until=claim.renewed)
    due.renewed -= due.lease / 2
    before = dict(JobTarget.objects.values_list("pk", "lease_until"))
    renew([due, fresh])
    after = dict(JobTarget.objects.values_list("pk", "lease_until"))
    assert after[due.target.pk] > before[due.target.pk]
    assert after[fresh.target.pk] == before[fresh.target.pk]
    assert DeviceSession.objects.get(worker=due.worker).until == after[due.target.pk]
    assert not due.stopped()


def test_it_renews_nothing_that_another_worker_has_by_now() -> None:
    (claim,) = claims("a")
    claim.renewed -= claim.lease / 2
    before = JobTarget.objects.get().lease_until
    JobTarget.objects.update(lease_worker="another")
    renew([claim])
    look([claim])
    assert JobTarget.objects.get().lease_until == before
    assert claim.lost.is_set()


def test_a_lease_that_another_worker_took_over_during_a_pause_does_not_count_as_renewed() -> None:
    (claim,) = claims("a")
    claim.renewed -= 2 * claim.lease
    JobTarget.objects.update(lease_worker="another")
    renew([claim])
    assert claim.outlived()


def test_a_lease_counts_as_renewed_when_the_row_says_so() -> None:
    (claim,) = claims("a")
    claim.renewed -= 2 * claim.lease
    renew([claim])
    look([claim])
    assert not claim.outlived()


def test_it_notices_that_a_target_was_deleted_with_its_job() -> None:
    gone, stays = claims("a")[0], claims("b")[0]
    Job.objects.filter(pk=gone.target.job_id).delete()
    look([gone, stays])
    assert (gone.lost.is_set(), stays.lost.is_set()) == (True, False)


def test_it_tells_the_claims_of_a_cancelled_job_and_of_no_other() -> None:
    cancelled, goes_on = claims("a")[0], claims("b")[0]
    Job.objects.filter(pk=cancelled.target.job_id).update(cancel_requested=True)
    look([cancelled, goes_on])
    assert (cancelled.stopped(), goes_on.stopped()) == (True, False)
