"""Following a job in the admin: its page, its targets, and what may be done with it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job, JobTarget, SystemSetting
from tests import factories as make
from tests.visitors import said, signed_in

HOSTILE = "<script>alert(1)</script>"
STATES = JobTarget.State


def job_page(job: Job) -> str:
    return reverse("admin:jobs_job_change", args=[job.pk])


def button(job: Job, verb: str) -> str:
    return reverse(f"admin:jobs_job_{verb}", args=[job.pk])


def labels(response: Any) -> list[str]:
    """The targets on the page."""
    return [row.target.label for row in response.context["rows"]]


@pytest.fixture
def half_done(db: None) -> Job:
    """Four targets: done, failed, running, waiting."""
    devices = [make.make_device(name) for name in ("a-done", "b-failed", "c-running", "d-waiting")]
    job = make.make_job("sync", devices, state=Job.State.STARTED, done=2, failed=1, request_id="req-77")
    states = (JobTarget.State.SUCCESS, JobTarget.State.FAILED, JobTarget.State.RUNNING, JobTarget.State.PENDING)
    for target, state in zip(job.targets.order_by("id"), states, strict=True):
        JobTarget.objects.filter(pk=target.pk).update(state=state, message=f"{state} {HOSTILE}", diff=HOSTILE)
    return job


def test_it_shows_what_failed_first(as_viewer: Client, half_done: Job) -> None:
    response = as_viewer.get(job_page(half_done))
    assert labels(response) == ["b-failed", "c-running", "d-waiting", "a-done"]
    page = response.content.decode()
    assert HOSTILE not in page
    assert "2 of 4" in page
    assert "req-77" in page


def test_it_shows_only_what_failed(as_viewer: Client, half_done: Job) -> None:
    response = as_viewer.get(job_page(half_done), {"show": "failed"})
    assert labels(response) == ["b-failed"]


def test_it_follows_a_job_until_it_ends(as_viewer: Client, half_done: Job) -> None:
    assert 'hx-trigger="every 2s' in as_viewer.get(job_page(half_done), {"part": "live"}).content.decode()
    Job.objects.update(state=Job.State.PARTIAL)
    part = as_viewer.get(job_page(half_done), {"part": "live"}).content.decode()
    assert "every 2s" not in part
    assert "<html" not in part
    assert "partly failed" in part


def test_it_shows_the_moving_part_to_those_who_may_see_jobs(half_done: Job) -> None:
    client = signed_in(make.make_user("inventory.view_device"))
    assert client.get(job_page(half_done), {"part": "live"}).status_code == 403
    assert Client().get(job_page(half_done), {"part": "live"}).status_code == 302


def test_it_cancels(as_admin: Client, half_done: Job) -> None:
    assert 'action="/admin/jobs/job/' in as_admin.get(job_page(half_done)).content.decode()
    response = as_admin.post(reverse("admin:jobs_job_cancel", args=[half_done.pk]))
    half_done.refresh_from_db()
    assert half_done.cancel_requested
    assert half_done.targets.get(label="d-waiting").state == JobTarget.State.REVOKED
    assert "Cancelling" in said(response)


def test_it_does_not_cancel_what_has_ended(as_admin: Client) -> None:
    job = make.make_job(devices=[make.make_device()], state=Job.State.SUCCESS, done=1)
    response = as_admin.post(reverse("admin:jobs_job_cancel", args=[job.pk]))
    job.refresh_from_db()
    assert "already ended" in said(response)
    assert not job.cancel_requested


def test_it_forbids_a_viewer_to_cancel(as_viewer: Client, half_done: Job) -> None:
    url = reverse("admin:jobs_job_cancel", args=[half_done.pk])
    assert as_viewer.post(url).status_code == 403
    assert as_viewer.get(url).status_code == 405
    assert not as_viewer.get(job_page(half_done)).context["offers"].cancel


def test_it_shows_a_job_without_targets(as_admin: Client) -> None:
    job = make.make_job("discover", state=Job.State.FAILURE, error=HOSTILE)
    page = as_admin.get(job_page(job)).content.decode()
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_it_shows_a_job_of_a_kind_that_is_gone(as_viewer: Client) -> None:
    job = make.make_job("forgotten", [make.make_device()])
    assert "forgotten" in as_viewer.get(job_page(job)).content.decode()


@pytest.mark.parametrize(("query", "count"), [("state__exact=PARTIAL", 1), ("kind=scan", 1), ("since=day", 2), ("", 2)])
def test_it_filters_jobs(as_admin: Client, query: str, count: int) -> None:
    make.make_job("scan")
    make.make_job("sync", state=Job.State.PARTIAL)
    assert as_admin.get(f"/admin/jobs/job/?{query}").context["cl"].result_count == count


def test_it_leaves_out_what_runs_every_minute_until_asked(as_admin: Client) -> None:
    for kind in ("monitor", "retention", "sync"):
        make.make_job(kind)

    def kinds(query: str) -> set[str]:
        return {job.kind for job in as_admin.get(f"/admin/jobs/job/?{query}").context["cl"].result_list}

    assert kinds("") == {"sync"}
    assert kinds("routine=too") == {"monitor", "retention", "sync"}
    assert kinds("routine=only") == {"monitor", "retention"}
    assert kinds("kind=monitor") == {"monitor"}


@pytest.fixture
def large(db: None) -> Job:
    """120 waiting targets, of which the last one broke off."""
    job = make.make_job("discover", labels=[f"block-{number:03d}" for number in range(120)], done=1, failed=1)
    job.targets.filter(label="block-119").update(state=STATES.ERRORED)
    return job


def test_it_shows_targets_page_by_page_with_what_failed_on_the_first(as_viewer: Client, large: Job) -> None:
    first = as_viewer.get(job_page(large))
    assert labels(first)[:2] == ["block-119", "block-000"]
    assert len(labels(first)) == 50
    assert labels(as_viewer.get(job_page(large), {"page": "3"}))[-1] == "block-118"
    assert "1 to 50 of 120" in first.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "1e9", "\x00"])
def test_it_shows_some_page_whatever_the_address_says(as_viewer: Client, large: Job, page: str) -> None:
    assert labels(as_viewer.get(job_page(large), {"page": page}))


def test_it_finds_targets_by_name_and_keeps_that_in_the_address(as_viewer: Client, large: Job) -> None:
    response = as_viewer.get(job_page(large), {"q": "BLOCK-11", "show": "PENDING"})
    assert labels(response) == [f"block-11{last}" for last in range(9)]
    assert 'hx-get="?show=PENDING&amp;q=BLOCK-11&amp;part=live"' in response.content.decode()


@pytest.mark.parametrize("name", [HOSTILE, "%", "_", "'; drop table", "\x00"])
def test_it_finds_nothing_by_a_strange_name(as_viewer: Client, large: Job, name: str) -> None:
    response = as_viewer.get(job_page(large), {"q": name})
    assert labels(response) == []
    assert HOSTILE not in response.content.decode()


def test_it_counts_the_targets_of_each_state(as_viewer: Client, half_done: Job) -> None:
    chips = as_viewer.get(job_page(half_done)).context["filters"]
    assert [(chip.title, chip.count) for chip in chips] == [
        ("all", 4), ("not succeeded", 1), ("failed", 1), ("running", 1), ("waiting", 1), ("done", 1),
    ]  # fmt: skip


def test_it_asks_the_database_equally_often_for_many_targets_and_for_few(as_viewer: Client, large: Job) -> None:
    few = make.make_job("discover", labels=["one"])
    as_viewer.get(job_page(few))
    asked = []
    for job in (few, large):
        with CaptureQueriesContext(connection) as queries:
            as_viewer.get(job_page(job))
        asked.append(len(queries))
        assert not any('"jobs_jobtarget"."log"' in query["sql"] for query in queries)
    assert asked[0] == asked[1]


def opened(client: Client, target: JobTarget) -> str:
    return client.get(reverse("admin:jobs_job_target", args=[target.job_id, target.pk])).content.decode()


def test_it_opens_a_target_with_its_commands_changes_and_log(as_viewer: Client) -> None:
    job = make.make_job("deploy_vlan", [make.make_device()])
    job.targets.update(
        state=STATES.HELD,
        message="Planned: 1 command.",
        plan={"commands": [f"vlan 10 {HOSTILE}"]},
        result={"device_diff": "+device says"},
        diff=f"+vlan 10\n-{HOSTILE}\n snmp-server community planted-77 ro",
        log="2026-03-01 22:00:00 Planned: 1 command.\n",
    )
    page = opened(as_viewer, job.targets.get())
    assert "Planned commands" in page
    assert "<li>vlan 10 &lt;script&gt;" in page
    assert '<div class="nm-new">+vlan 10</div>' in page
    assert '<div class="nm-old">-&lt;script&gt;' in page
    assert "+device says" in page
    assert "<time>2026-03-01 22:00:00</time> Planned: 1 command." in page
    assert "every 3s" in page
    assert HOSTILE not in page
    assert "planted-77" not in page


def test_it_says_which_commands_were_entered(as_viewer: Client) -> None:
    job = make.make_job("deploy_vlan", [make.make_device(platform="of yesterday")])
    job.targets.update(state=STATES.FAILED, plan={"commands": ["planned"]}, journal={"commands": ["entered"]})
    page = opened(as_viewer, job.targets.get())
    assert "Commands entered" in page
    assert "<li>entered</li>" in page
    assert "every 3s" not in page


@pytest.mark.parametrize(
    "rubbish", ["null", "[]", "7", '{"commands": null}', '{"commands": {"a": 1}}', '{"commands": [[1]]}']
)
def test_it_opens_a_target_whatever_is_stored(as_viewer: Client, rubbish: str) -> None:
    job = make.make_job("deploy_vlan", labels=["x"])
    job.targets.update(plan=json.loads(rubbish), result=json.loads(rubbish) or {}, log="\n\n \nx")
    assert "nm-opened" in opened(as_viewer, job.targets.get())


def test_it_opens_targets_only_to_those_who_may_see_jobs_and_only_under_their_job(as_viewer: Client) -> None:
    job, other = make.make_job(labels=["a"]), make.make_job(labels=["b"])
    target = job.targets.get()
    stranger = signed_in(make.make_user("inventory.view_device"))
    assert stranger.get(reverse("admin:jobs_job_target", args=[job.pk, target.pk])).status_code == 403
    assert as_viewer.get(reverse("admin:jobs_job_target", args=[other.pk, target.pk])).status_code == 404


def test_it_retries_what_failed(as_admin: Client) -> None:
    good, bad = make.make_device("good"), make.make_device("bad")
    job = make.make_job("sync", [good, bad], state=Job.State.PARTIAL, done=2, failed=1, reason="new code")
    job.targets.filter(device=good).update(state=STATES.SUCCESS)
    job.targets.filter(device=bad).update(state=STATES.FAILED)
    assert as_admin.get(job_page(job)).context["offers"].retry == 1
    response = as_admin.post(button(job, "retry"))
    again = Job.objects.get(retry_of=job)
    assert response.headers["Location"] == job_page(again)
    assert [target.device for target in again.targets.all()] == [bad]
    assert "1 device" in said(response)
    for shown, other in ((again, job), (job, again)):
        assert f'href="{job_page(other)}"' in as_admin.get(job_page(shown)).content.decode()
    assert "new code" in as_admin.get(job_page(again)).content.decode()


def test_it_says_why_nothing_is_retried(as_admin: Client) -> None:
    job = make.make_job("sync", [make.make_device()], state=Job.State.SUCCESS, done=1)
    job.targets.update(state=STATES.SUCCESS)
    assert not as_admin.get(job_page(job)).context["offers"].retry
    assert "nothing to retry" in said(as_admin.post(button(job, "retry")))


@pytest.fixture
def planned(db: None) -> Job:
    """A deployment that waits for its approval, asked for by an administrator."""
    job = make.make_job(
        "deploy_vlan",
        [make.make_device("sw1"), make.make_device("sw2")],
        state=Job.State.STARTED,
        stage=Job.Stage.APPROVAL,
        plan_hash="ab" * 32,
        requested_by=make.make_admin(),
        parameters={"vlans": [{"vid": 110, "name": "users"}], "trunks": ["all"], "canary": 1},
    )
    job.targets.update(state=STATES.HELD, step=JobTarget.Step.DEPLOY, plan={"commands": ["vlan 110"]})
    return job


@pytest.mark.parametrize("verb", ["retry", "approve", "reject"])
def test_it_lets_a_viewer_neither_retry_nor_decide(as_viewer: Client, planned: Job, verb: str) -> None:
    assert as_viewer.post(button(planned, verb), {"plan_hash": planned.plan_hash, "reason": "no"}).status_code == 403
    assert as_viewer.get(button(planned, verb)).status_code == 405
    offers = as_viewer.get(job_page(planned)).context["offers"]
    assert (offers.approve, offers.retry, offers.cancel) == (False, 0, False)
    assert "Somebody who may approve" in offers.approval_note


def test_it_says_what_is_deployed_and_that_it_waits(as_viewer: Client, planned: Job) -> None:
    page = as_viewer.get(job_page(planned)).content.decode()
    assert "110 users" in page
    assert "waiting for approval" in page
    assert planned.plan_hash in page


def test_it_does_not_let_those_approve_who_asked(planned: Job) -> None:
    assert planned.requested_by is not None
    client = signed_in(planned.requested_by)
    assert "somebody else has to approve" in client.get(job_page(planned)).content.decode()
    response = client.post(button(planned, "approve"), {"plan_hash": planned.plan_hash})
    assert "may not approve" in said(response)
    planned.refresh_from_db()
    assert planned.stage == Job.Stage.APPROVAL


def test_it_lets_those_approve_who_asked_where_the_setting_allows_it(planned: Job) -> None:
    SystemSetting.objects.create(name="deploy_approval_by_another", value="no")
    assert planned.requested_by is not None
    assert signed_in(planned.requested_by).get(job_page(planned)).context["offers"].approve


def test_it_does_not_approve_another_plan_than_the_one_shown(as_admin: Client, planned: Job) -> None:
    response = as_admin.post(button(planned, "approve"), {"plan_hash": "cd" * 32})
    assert "not the plan that was looked at" in said(response)
    planned.refresh_from_db()
    assert planned.approved_by is None


def test_it_rejects_with_a_reason(as_admin: Client, planned: Job) -> None:
    assert "Say why" in said(as_admin.post(button(planned, "reject"), {"reason": "  "}))
    response = as_admin.post(button(planned, "reject"), {"reason": "not tonight"})
    assert "no device was touched" in said(response)
    planned.refresh_from_db()
    assert planned.state == Job.State.REVOKED
    assert "not tonight" in planned.targets.all()[0].message
    assert "does not wait" in said(as_admin.post(button(planned, "reject"), {"reason": "again"}))


def test_it_says_in_which_ring_a_rollout_is_and_when_it_may_end(as_viewer: Client) -> None:
    job = make.make_job(
        "deploy_vlan",
        [make.make_device() for _ in range(4)],
        state=Job.State.STARTED,
        stage=Job.Stage.ROLLOUT,
        ring=2,
        done=1,
        started_at=timezone.now() - timedelta(minutes=1),
    )
    for ring, target in enumerate(job.targets.order_by("id"), start=1):
        JobTarget.objects.filter(pk=target.pk).update(ring=ring)
    page = as_viewer.get(job_page(job)).content.decode()
    assert "ring 2 of 4" in page
    assert "Estimated end" in page


def test_it_shows_what_came_of_a_job_in_words_for_each_kind(as_admin: Client) -> None:
    sums = {
        "drift": ({"in_sync": 7, "drifted": 2, "unknown": 1}, ("as golden", "drifted")),
        "monitor": ({"up": 5, "silent": 1, "unasked": 3}, ("no answer for the first time", "not asked")),
        "retention": ({"jobs": 41, "login_failures": 3}, ("deleted jobs", "deleted refused logins")),
    }
    for kind, (result, words) in sums.items():
        job = make.make_job(kind, labels=["all"], state=Job.State.SUCCESS, result={"targets": 1, **result})
        page = as_admin.get(job_page(job)).content.decode()
        assert [word for word in words if f"<dt>{word.capitalize()}</dt>" not in page] == [], kind
