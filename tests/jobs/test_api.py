"""Starting, following and stopping jobs over REST. Messages go out on commit, which these tests never do."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from rest_framework.test import APIClient

from inventory.models import Credential, Device
from jobs import system_settings
from jobs.launch import launch
from jobs.models import Job, JobTarget, LoginFailure, SystemSetting
from jobs.operations import Operation, operations
from jobs.outcome import Outcome
from jobs.progress import estimated_end
from jobs.rollout import advance
from jobs.system_settings import REGISTRY
from tests.factories import (
    CAPTURED,
    make_admin,
    make_credential,
    make_device,
    make_job,
    make_operator,
    make_prefix,
    make_site,
    make_standard,
    make_user,
    make_viewer,
)
from tests.visitors import queries_of

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def operator() -> APIClient:
    return signed_in(make_operator(name="kim"))


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def targets() -> list[str]:
    return list(JobTarget.objects.order_by("label").values_list("label", flat=True))


# Starting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sync", "backup"])
def test_it_starts_work_on_named_devices(operator: APIClient, kind: str) -> None:
    chosen = [make_device("a"), make_device("b")]
    make_device("c")
    answer = operator.post(f"{API}/devices/{kind}", {"devices": [device.pk for device in chosen]})
    assert answer.status_code == 202
    job = Job.objects.get()
    assert answer.json() == {"job_id": str(job.uuid), "url": f"http://testserver{API}/jobs/{job.uuid}"}
    assert answer.headers["Location"] == answer.json()["url"]
    assert (job.kind, job.requested_by.username, targets()) == (kind, "kim", ["a", "b"])
    assert operator.get(answer.json()["url"]).json()["state"] == "PENDING"


def test_it_starts_work_on_the_active_devices_of_a_filter(operator: APIClient) -> None:
    site = make_site()
    make_device("a", site=site, role="core")
    make_device("b", site=site, role="access")
    make_device("c", site=site, role="core", status=Device.Status.QUARANTINE)
    make_device("d", role="core")
    assert operator.post(f"{API}/devices/sync", {"site": site.pk, "role": "core"}).status_code == 202
    assert targets() == ["a"]


def test_it_carries_the_request_id_into_the_job(operator: APIClient) -> None:
    sent = str(uuid4())
    device = make_device()
    answer = operator.post(f"{API}/devices/sync", {"devices": [device.pk]}, headers={"X-Request-ID": sent})
    assert answer.headers["X-Request-ID"] == sent
    assert operator.get(answer.json()["url"]).json()["request_id"] == sent


def test_it_discovers_ranges(operator: APIClient) -> None:
    make_prefix("127.0.0.0/8")
    credential = make_credential(Credential.Kind.SNMP_V2C)
    wanted = {"ranges": ["127.9.0.0/24"], "exclude": ["127.9.0.1"], "credentials": [credential.pk], "pps": 500}
    assert operator.post(f"{API}/devices/discover", wanted).status_code == 202
    job = Job.objects.get()
    assert (job.parameters["pps"], job.parameters["snmp_port"], job.parameters["credentials"]) == (
        500,
        161,
        [credential.pk],
    )


def test_it_scans_by_one_standard(operator: APIClient) -> None:
    device, standard = make_device(), make_standard()
    answer = operator.post(f"{API}/compliance/scan", {"devices": [device.pk], "standard": standard.pk})
    assert answer.status_code == 202
    assert Job.objects.get().parameters == {"standard": standard.pk}


@pytest.mark.parametrize("where", ["scan", "drift"])
def test_work_on_what_is_stored_is_about_all_devices_where_none_are_chosen(operator: APIClient, where: str) -> None:
    make_device("r1")
    make_device("r2")
    job = Job.objects.get(uuid=operator.post(f"{API}/compliance/{where}", {}).json()["job_id"])
    assert job.total == 2


def test_a_scan_can_judge_again_what_has_not_changed(operator: APIClient) -> None:
    make_device("r1")
    job = Job.objects.get(uuid=operator.post(f"{API}/compliance/scan", {"again": True}).json()["job_id"])
    assert job.parameters == {"standard": None, "again": True}


def test_it_crawls_from_seed_devices(operator: APIClient) -> None:
    make_credential(Credential.Kind.SNMP_V2C)
    device = make_device("seed")
    assert operator.post(f"{API}/devices/crawl", {"devices": [device.pk], "max_depth": 2}).status_code == 202
    assert Job.objects.get().parameters["max_depth"] == 2


@pytest.mark.parametrize(
    ("path", "wanted", "field", "sentence"),
    [
        ("devices/sync", {}, "devices", "Name the devices by their ids"),
        ("devices/sync", {"devices": [876543, 876544]}, "devices", "There is no device with the id 876543, 876544."),
        ("devices/sync", {"devices": []}, "devices", "Nothing was selected to work on."),
        ("devices/sync", {"site": 987654321}, "site", "There is no site with the id 987654321."),
        ("devices/sync", {"role": "none has it"}, "devices", "Nothing was selected to work on."),
        ("devices/sync", {"devices": [], "role": "core"}, "role", "Give either the ids of devices or a filter"),
        ("devices/sync", {"device": [1]}, "device", "This is not a field here; accepted are devices, site"),
        ("devices/discover", {}, "ranges", "This field is required."),
        ("devices/discover", {"ranges": ["10.0.0.0/33"]}, "ranges", ""),
        ("devices/discover", {"ranges": ["127.0.0.0/8"]}, "ranges", ""),
        ("devices/discover", {"ranges": ["8.8.8.0/24"]}, "ranges", ""),
        ("devices/discover", {"ranges": ["127.0.0.1"], "pps": 0}, "pps", "0 is not a whole number from 1 to 100000."),
        ("devices/discover", {"ranges": ["127.0.0.1"], "credentials": [987654321]}, "credentials", ""),
        ("compliance/scan", {"role": "core", "standard": 987654321}, "standard", "There is no standard with the id"),
    ],
)
def test_it_refuses_by_field(operator: APIClient, path: str, wanted: dict[str, Any], field: str, sentence: str) -> None:
    make_prefix("127.0.0.0/8")
    make_credential(Credential.Kind.SNMP_V2C)
    if "devices" not in wanted or field == "role":
        make_device(role="core")
    answer = operator.post(f"{API}/{path}", wanted)
    assert answer.status_code == 400
    assert answer.json()[field][0].startswith(sentence)
    assert not Job.objects.exists()


def test_it_names_devices_that_wait_for_approval(operator: APIClient) -> None:
    waiting = make_device(status=Device.Status.QUARANTINE)
    answer = operator.post(f"{API}/devices/backup", {"devices": [waiting.pk, make_device().pk]})
    assert answer.json()["devices"] == [f"Not active (waiting for approval, or ignored): device {waiting.pk}."]


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("devices/discover", "inventory.run_discovery"),
        ("devices/crawl", "inventory.run_discovery"),
        ("devices/sync", "inventory.run_sync"),
        ("devices/backup", "inventory.run_sync"),
        ("compliance/scan", "compliance.run_scan"),
    ],
)
def test_it_starts_work_only_with_the_permission_of_its_kind(path: str, permission: str) -> None:
    assert APIClient().post(f"{API}/{path}", {}).status_code == 401
    assert signed_in(make_viewer()).post(f"{API}/{path}", {}).status_code == 403
    assert signed_in(make_user(permission)).post(f"{API}/{path}", {}).status_code == 400


# Following ----------------------------------------------------------------------------------------


def test_it_tells_where_a_job_is() -> None:
    device = make_device()
    job = make_job("sync", [device], state=Job.State.STARTED, done=0, started_at=CAPTURED)
    assert signed_in(make_viewer()).get(f"{API}/jobs/{job.uuid}").json() == {
        "task_id": str(job.uuid),
        "kind": "sync",
        "state": "STARTED",
        "ready": False,
        "successful": False,
        "result": None,
        "progress": {"total": 1, "done": 0, "failed": 0, "estimated_end": None},
        "parameters": {},
        "reason": "",
        "requested_by": None,
        "request_id": "",
        "retry_of": None,
        "stage": "",
        "ring": 0,
        "plan_hash": "",
        "approved_by": None,
        "approved_at": None,
        "cancel_requested": False,
        "created_at": job.created_at.isoformat().replace("+00:00", "Z"),
        "started_at": "2026-03-01T04:00:00Z",
        "finished_at": None,
    }


def test_it_tells_the_error_of_a_job_that_failed(operator: APIClient) -> None:
    job = make_job(labels=["a"], state=Job.State.PARTIAL, error="1 of 2 failed. a: no answer.")
    told = operator.get(f"{API}/jobs/{job.uuid}").json()
    assert (told["ready"], told["successful"], told["error"]) == (True, False, "1 of 2 failed. a: no answer.")


def test_it_lists_jobs_by_kind_state_and_device(operator: APIClient) -> None:
    device = make_device()
    wanted = make_job("backup", [device])
    make_job("sync", [device])
    make_job("backup", [make_device()], state=Job.State.SUCCESS)
    for query in (f"kind=backup&state=PENDING,STARTED&device={device.pk}", f"device={device.pk}&kind=backup"):
        found = operator.get(f"{API}/jobs?{query}").json()["results"]
        assert [job["task_id"] for job in found] == [str(wanted.uuid)]


def test_it_shows_the_targets_that_failed(operator: APIClient) -> None:
    job = make_job("sync", labels=["a", "b", "c"])
    make_job("sync", labels=["of another job"])
    job.targets.filter(label="b").update(state=JobTarget.State.FAILED, message="b refused the password.")
    shown = operator.get(f"{API}/jobs/{job.uuid}/targets?state=FAILED&state=ERRORED").json()["results"]
    assert [(row["target"], row["message"]) for row in shown] == [("b", "b refused the password.")]
    assert operator.get(f"{API}/jobs/{job.uuid}/targets").json()["count"] == 3
    assert operator.get(f"{API}/jobs/{job.uuid}/targets?state=BAD").status_code == 400


def test_it_needs_the_same_number_of_queries_for_any_job(operator: APIClient) -> None:
    def count(path: str) -> int:
        return queries_of(operator, f"{API}/{path}")

    job = make_job(labels=["a"], requested_by=make_user())
    few = [count("jobs"), count(f"jobs/{job.uuid}/targets")]
    for _ in range(5):
        make_job(labels=["b"], requested_by=make_user())
        JobTarget.objects.create(job=job, label="b", device=make_device())
    assert [count("jobs"), count(f"jobs/{job.uuid}/targets")] == few


@pytest.mark.parametrize("task_id", ["4e7d795d-1692-494f-ae81-ea0b9280a690", "1", "-" * 36, "0" * 31, "x" * 36])
@pytest.mark.parametrize("path", ["", "/targets"])
def test_it_knows_no_other_jobs(operator: APIClient, task_id: str, path: str) -> None:
    assert operator.get(f"{API}/jobs/{task_id}{path}").status_code == 404


def test_it_shows_a_target_with_its_plan_and_its_log(operator: APIClient) -> None:
    job = make_job("sync", [make_device("a")])
    target = job.targets.get()
    job.targets.update(plan={"commands": ["vlan 10"]}, log="12:00:00 planned\n", journal={"secret": "of ours"})
    listed = operator.get(f"{API}/jobs/{job.uuid}/targets").json()["results"][0]
    shown = operator.get(f"{API}/jobs/{job.uuid}/targets/{target.pk}").json()
    assert shown == {**listed, "plan": {"commands": ["vlan 10"]}, "log": "12:00:00 planned\n"}
    assert {"step", "ring", "not_before"} <= set(listed)
    assert not {"plan", "log", "journal"} & set(listed)
    other = make_job(labels=["b"])
    assert operator.get(f"{API}/jobs/{other.uuid}/targets/{target.pk}").status_code == 404
    assert signed_in(make_user()).get(f"{API}/jobs/{job.uuid}/targets/{target.pk}").status_code == 403


def test_it_finds_targets_by_step_and_by_words(operator: APIClient) -> None:
    job = make_job(labels=["core1", "core2", "edge1"])
    job.targets.filter(label="core2").update(step=JobTarget.Step.DEPLOY, message="Port Gi1/0/1 is no trunk.")

    def found(query: str) -> list[str]:
        rows = operator.get(f"{API}/jobs/{job.uuid}/targets?{query}").json()["results"]
        return [row["target"] for row in rows]

    assert found("step=deploy") == ["core2"]
    assert found("search=no trunk") == ["core2"]
    assert found("search=core&ordering=-id") == ["core2", "core1"]


def test_it_estimates_the_end_from_the_pace_so_far() -> None:
    begin = timezone.now()
    job = Job(state=Job.State.STARTED, started_at=begin, total=10, done=4)
    now = begin + timedelta(seconds=40)
    assert estimated_end(job, now) == now + timedelta(seconds=60)
    job.approved_at = begin + timedelta(seconds=20)
    assert estimated_end(job, now) == now + timedelta(seconds=30)


@pytest.mark.parametrize(
    "fields",
    [
        {"done": 0},
        {"started_at": None},
        {"done": 10},
        {"state": Job.State.PARTIAL},
        {"stage": Job.Stage.APPROVAL},
    ],
)
def test_it_tells_no_end_where_nobody_can(fields: dict[str, Any]) -> None:
    told = {"state": Job.State.STARTED, "started_at": CAPTURED, "total": 10, "done": 4, **fields}
    assert estimated_end(Job(**told), timezone.now()) is None


# Deciding -----------------------------------------------------------------------------------------


@pytest.fixture
def planned() -> Iterator[Job]:
    """A deployment with one device, planned and waiting for its approval."""
    operations()["probe"] = Operation(
        kind="probe",
        title="probe",
        queue="default",
        permission="jobs.deploy",
        on_devices=True,
        staged=True,
        run=lambda claim: Outcome(ok=True, message="done"),
    )
    SystemSetting.objects.create(name="deploy_approval_required", value="1")
    job = launch("probe", devices=Device.objects.filter(pk=make_device("a").pk), user=make_user(name="lee"))
    target = job.targets.get()
    target.step, target.state, target.plan = "deploy", "HELD", {"commands": ["vlan 10"]}
    target.save()
    advance(job.pk)
    job.refresh_from_db()
    yield job
    del operations()["probe"]


def test_it_lets_a_plan_go_on_that_was_looked_at(planned: Job) -> None:
    approver = signed_in(make_user("jobs.view_job", "jobs.approve_deployment", name="park"))
    address = f"{API}/jobs/{planned.uuid}/approve"
    told = approver.get(f"{API}/jobs/{planned.uuid}").json()
    assert (told["stage"], len(told["plan_hash"])) == ("approval", 64)
    refused = approver.post(address, {"plan_hash": "0" * 64})
    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": "This is not the plan that was looked at; look at it again."},
    )
    approved = approver.post(address, {"plan_hash": told["plan_hash"]})
    assert approved.status_code == 202
    assert (approved.json()["stage"], approved.json()["ring"], approved.json()["approved_by"]) == ("rollout", 1, "park")
    assert approved.json()["approved_at"]
    assert planned.targets.get().state == "PENDING"
    assert approver.post(address, {"plan_hash": told["plan_hash"]}).status_code == 409


def test_it_lets_nobody_approve_what_they_asked_for(planned: Job) -> None:
    asker = User.objects.get(username="lee")
    asker.user_permissions.set(Permission.objects.filter(codename__in=("view_job", "approve_deployment")))
    refused = signed_in(asker).post(f"{API}/jobs/{planned.uuid}/approve", {"plan_hash": planned.plan_hash})
    assert refused.status_code == 409
    assert "deploy_approval_by_another" in refused.json()["detail"]


def test_it_ends_a_plan_that_nobody_wants_and_tells_each_target_why(planned: Job) -> None:
    address = f"{API}/jobs/{planned.uuid}/reject"
    approver = signed_in(make_user("jobs.view_job", "jobs.approve_deployment", name="park"))
    assert approver.post(address, {}).json() == {"reason": ["This field is required."]}
    rejected = approver.post(address, {"reason": "VLAN 10 is taken."})
    assert (rejected.status_code, rejected.json()["state"]) == (202, "REVOKED")
    target = planned.targets.get()
    assert (target.state, target.message) == ("REVOKED", "Rejected by park: VLAN 10 is taken.")
    again = approver.post(address, {"reason": "x"})
    assert (again.status_code, again.json()["detail"]) == (409, "This job does not wait for an approval.")


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_it_lets_only_approvers_decide(planned: Job, verb: str) -> None:
    wanted = {"plan_hash": planned.plan_hash} if verb == "approve" else {"reason": "no"}
    assert signed_in(make_operator()).post(f"{API}/jobs/{planned.uuid}/{verb}", wanted).status_code == 403
    assert planned.targets.get().state == "HELD"


# Stopping -----------------------------------------------------------------------------------------


def test_it_cancels_what_waits(operator: APIClient) -> None:
    job = make_job(labels=["a", "b"], requested_by=User.objects.get(username="kim"))
    answer = operator.post(f"{API}/jobs/{job.uuid}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "REVOKED")
    assert set(job.targets.values_list("state", flat=True)) == {"REVOKED"}


def test_it_lets_only_the_entitled_cancel_the_job_of_another() -> None:
    job = make_job(labels=["a"], requested_by=make_user())
    url = f"{API}/jobs/{job.uuid}/cancel"
    refused = signed_in(make_viewer()).post(url)
    assert refused.status_code == 403
    assert "jobs.change_job" in refused.json()["detail"]
    assert signed_in(make_admin()).post(url).status_code == 202


@pytest.mark.parametrize(
    ("moment", "status"),
    [("2027-01-22T01:01:31-22:46", 200), ("2020-01-01T00:00:00+09:00", 200), ("0001-01-01T00:00:00+10:00", 400)],
)
def test_it_takes_moments_of_any_zone(operator: APIClient, moment: str, status: int) -> None:
    make_job()
    answer = operator.get(f"{API}/jobs", {"created_before": moment})
    assert answer.status_code == status, answer.content
    if status == 400:
        assert list(answer.json()) == ["created_before"]


# Settings and credentials -------------------------------------------------------------------------


def test_it_tells_every_setting_with_what_it_is_for() -> None:
    changed = SystemSetting.objects.create(name="job_retention_days", value="30", updated_by=make_user(name="lee"))
    reader = signed_in(make_user("jobs.view_systemsetting"))
    listed = reader.get(f"{API}/settings").json()
    rows = {row["name"]: row for row in listed["results"]}
    assert set(rows) == set(REGISTRY)
    assert listed["count"] == len(REGISTRY)
    assert rows["job_retention_days"] == {
        "name": "job_retention_days",
        "value": 30,
        "default": 90,
        "type": "number",
        "help": "Jobs that ended longer ago are deleted (days).",
        "updated_at": changed.updated_at.isoformat().replace("+00:00", "Z"),
        "updated_by": "lee",
    }
    untouched = rows["config_drift_enabled"]
    assert (untouched["value"], untouched["type"], untouched["updated_at"]) == (True, "boolean", None)
    assert reader.get(f"{API}/settings/job_retention_days").json() == rows["job_retention_days"]


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("config_drift_enabled", False, False),
        ("config_drift_enabled", "off", False),
        ("job_retention_days", 30, 30),
        ("job_retention_days", " 30 ", 30),
        ("job_retention_days", None, 90),
        ("compliance_scan_standard_id", 3, 3),
        ("compliance_scan_standard_id", "", None),
    ],
)
def test_it_changes_a_setting(name: str, value: Any, stored: Any) -> None:
    user = make_user("jobs.view_systemsetting", "jobs.change_systemsetting")
    answer = signed_in(user).patch(f"{API}/settings/{name}", {"value": value})
    assert (answer.status_code, answer.json()["value"]) == (200, stored)
    assert answer.json()["updated_by"] == user.username
    assert system_settings.get(name) == stored


@pytest.mark.parametrize(
    ("name", "wanted", "field", "sentence"),
    [
        ("job_retention_days", {"value": 0}, "value", "job_retention_days is '0'; accepted are whole numbers from 1"),
        ("job_retention_days", {"value": True}, "value", "job_retention_days is 'true'; accepted are whole numbers"),
        ("config_drift_enabled", {"value": 2}, "value", "config_drift_enabled is '2'; accepted are 1, true, yes, on"),
        ("config_drift_enabled", {"value": [1]}, "value", "[1] is not true, false, a whole number or a text of"),
        ("config_drift_enabled", {"value": "1" * 3000}, "value", "'1111"),
        ("config_drift_enabled", {"value": "\x00"}, "value", "config_drift_enabled is '\\x00'"),
        ("config_drift_enabled", {}, "value", "This field is required."),
        ("config_drift_enabled", {"valu": 1}, "valu", "This is not a field here; accepted are value."),
    ],
)
def test_it_refuses_what_a_setting_does_not_accept(name: str, wanted: Any, field: str, sentence: str) -> None:
    answer = signed_in(make_admin()).patch(f"{API}/settings/{name}", wanted)
    assert answer.status_code == 400
    assert answer.json()[field][0].startswith(sentence)
    assert not SystemSetting.objects.exists()


def test_it_tells_of_a_stored_value_that_is_not_accepted_any_more_what_counts() -> None:
    SystemSetting.objects.create(name="job_retention_days", value="many")
    assert signed_in(make_admin()).get(f"{API}/settings/job_retention_days").json()["value"] == 90


def test_it_knows_no_other_settings() -> None:
    admin = signed_in(make_admin())
    for answer in (admin.get(f"{API}/settings/colour"), admin.patch(f"{API}/settings/colour", {"value": 1})):
        assert answer.status_code == 404
        assert "job_retention_days" in answer.json()["detail"]


def test_it_lets_only_the_entitled_see_and_change_settings() -> None:
    address = f"{API}/settings/job_retention_days"
    assert signed_in(make_user()).get(address).status_code == 403
    assert signed_in(make_viewer()).patch(address, {"value": 30}).status_code == 403


def test_it_lets_a_locked_credential_be_tried_again() -> None:
    device = make_device()
    credential = make_credential(locked_at=CAPTURED, locked_reason="10 logins refused within an hour.")
    LoginFailure.objects.create(credential=credential, device=device)
    address = f"{API}/credentials/{credential.pk}"
    told = signed_in(make_viewer()).get(address).json()
    assert (told["locked_at"], told["locked_reason"]) == ("2026-03-01T04:00:00Z", "10 logins refused within an hour.")
    assert signed_in(make_operator()).post(f"{address}/release").status_code == 403
    released = signed_in(make_user("inventory.change_credential")).post(f"{address}/release")
    assert (released.status_code, released.json()["locked_at"], released.json()["locked_reason"]) == (200, None, "")
    assert not LoginFailure.objects.exists()


def test_it_lets_nobody_unlock_a_credential_by_editing_it() -> None:
    credential = make_credential(locked_at=CAPTURED, locked_reason="why")
    answer = signed_in(make_admin()).patch(f"{API}/credentials/{credential.pk}", {"locked_at": None, "username": "x"})
    assert (answer.json()["username"], answer.json()["locked_at"]) == ("x", "2026-03-01T04:00:00Z")
