"""What beat starts: jobs on every active device, of a kind the row names."""

import pytest

from jobs.models import Job, JobTarget
from jobs.schedule import run_scheduled
from tests.factories import make_device

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["sync", "backup", "scan"])
def test_it_runs_any_kind_on_every_active_device(kind: str) -> None:
    make_device("a")
    make_device("b", status="quarantine")
    job_id = run_scheduled(kind)
    assert (str(Job.objects.get(kind=kind).uuid), [target.label for target in JobTarget.objects.all()]) == (
        job_id,
        ["a"],
    )


def test_it_says_which_kinds_there_are() -> None:
    assert run_scheduled("cleanup").startswith("'cleanup' is not one of: backup, crawl, discover, scan, sync")
