"""The home page: each number leads to the list that has as many rows."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.models import Drift
from inventory.models import Device
from jobs.models import Job
from tests import factories as make
from tests.visitors import signed_in


def device_down() -> None:
    make.make_device(reachable=False)
    make.make_device(reachable=False, status=Device.Status.IGNORED)
    make.make_device(reachable=True)
    make.make_device()


def credential_locked() -> None:
    make.make_credential("ssh", locked_at=timezone.now(), locked_reason="refused")
    make.make_credential("ssh")


def deployment_waits() -> None:
    make.make_job("deploy_vlan", state=Job.State.STARTED, stage=Job.Stage.APPROVAL)
    make.make_job("deploy_vlan", state=Job.State.STARTED, stage=Job.Stage.ROLLOUT)


def job_partly_failed() -> None:
    make.make_job("sync", state=Job.State.PARTIAL)
    make.make_job("monitor", state=Job.State.PARTIAL)
    make.make_job("sync")


def syslog_lost() -> None:
    now = timezone.now()
    make.make_receiver(queue=5, dropped_at=now)
    make.make_receiver(queue=5, dropped_at=now - timedelta(days=2))
    make.make_receiver()


def syslog_silent() -> None:
    earlier = timezone.now() - timedelta(minutes=2)
    make.make_receiver(seen_at=earlier)
    make.make_receiver(seen_at=earlier, ended_at=earlier)


def drifted() -> None:
    known = {"digest": "a", "acknowledged_digest": "a"}
    later = timezone.now() + timedelta(days=1)
    make.make_drift(make.make_device(), digest="a")
    make.make_drift(make.make_device(), **known, acknowledged_until=later)
    make.make_drift(make.make_device(), Drift.State.IN_SYNC)
    make.make_drift(make.make_device(status=Device.Status.IGNORED), digest="a")


def waivers_end() -> None:
    owner, now = make.make_user(), timezone.now()
    for days in (-10, -2, 3, 30):
        make.make_waiver(owner, starts_at=now - timedelta(days=20), ends_at=now + timedelta(days=days))


@pytest.mark.parametrize(
    ("title", "prepare"),
    [
        ("Devices down", device_down),
        ("Credentials locked", credential_locked),
        ("Deployments wait for approval", deployment_waits),
        ("Jobs partly failed", job_partly_failed),
        ("Syslog loss", syslog_lost),
        ("Syslog loss", syslog_silent),
        ("Configurations drifted", drifted),
        ("Waivers ended", waivers_end),
        ("Waivers end soon", waivers_end),
    ],
)
def test_it_counts_what_the_list_behind_it_shows(as_viewer: Client, title: str, prepare: object) -> None:
    assert title not in as_viewer.get("/admin/").content.decode()
    prepare()  # type: ignore[operator]
    need = next(one for one in as_viewer.get("/admin/").context["needs"] if str(one.title) == title)
    assert need.count == 1
    assert as_viewer.get(need.url).context["cl"].result_count == 1


def test_it_leads_to_the_jobs_that_run(as_viewer: Client) -> None:
    make.make_job("sync", state=Job.State.STARTED)
    make.make_job("monitor", state=Job.State.STARTED)
    make.make_job("sync")
    home = as_viewer.get("/admin/")
    assert home.context["running"] == 1
    link = re.search(r'class="nm-running" href="([^"]+)"', home.content.decode())
    assert link
    assert as_viewer.get(link[1]).context["cl"].result_count == 1


def test_it_does_not_list_what_runs_every_minute(as_viewer: Client) -> None:
    for kind in ("monitor", "retention", "backup"):
        make.make_job(kind)
    assert [job.kind for job, *_rest in as_viewer.get("/admin/").context["newest_jobs"]] == ["backup"]


def test_it_tells_only_what_one_may_see(db: None) -> None:
    for prepare in (device_down, credential_locked, deployment_waits):
        prepare()
    assert signed_in(make.make_user()).get("/admin/").context["needs"] == []
