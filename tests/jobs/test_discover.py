"""A discovery in the ledger: what several workers do together is what one operator asked for."""

import pytest

from inventory.models import Credential, Device, Prefix
from jobs import run
from jobs.launch import launch
from jobs.models import Job, JobTarget
from jobs.operations.discover import BLOCK, pace_of
from tests.factories import make_credential, make_prefix

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    """Four blocks of addresses where nobody answers."""
    make_prefix("127.44.0.0/16")
    make_credential("snmp_v2c")
    return launch("discover", {"ranges": ["127.44.0.0/16"], "pps": 2000})


def test_it_sends_no_more_packets_in_all_than_asked_for_however_many_blocks_run(job: Job) -> None:
    first, second, *_ = job.targets.all()
    assert job.total == 65_536 // BLOCK
    assert pace_of(first, 2000)() == 2000 / job.total  # perhaps all of them start at this moment
    job.targets.filter(pk__in=(first.pk, second.pk)).update(state="RUNNING")
    assert pace_of(first, 2000, every=0)() == 1000
    job.targets.filter(pk=second.pk).update(state="SUCCESS")
    assert pace_of(first, 2000, every=0)() == 2000


def outcome_of(target: JobTarget) -> JobTarget:
    run.run_target(target.pk)
    target.refresh_from_db()
    return target


def test_it_says_which_network_is_not_allowed_any_more(job: Job) -> None:
    Prefix.objects.all().delete()
    target = outcome_of(job.targets.all()[0])
    assert target.state == "FAILED"
    assert "reaches outside the allowed networks (none is declared)" in target.message


def test_it_fails_when_the_credentials_are_gone(job: Job) -> None:
    Credential.objects.all().delete()
    target = outcome_of(job.targets.all()[0])
    assert target.state == "FAILED"
    assert target.message == "There is no SNMP credential to try; add one under Credentials."
    assert not Device.objects.exists()
