"""Starting, following and stopping jobs over REST. Messages go out on commit, which these tests never do."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import Credential, Device
from jobs.models import Job, JobTarget
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


def test_it_crawls_from_seed_devices(operator: APIClient) -> None:
    make_credential(Credential.Kind.SNMP_V2C)
    device = make_device("seed")
    assert operator.post(f"{API}/devices/crawl", {"devices": [device.pk], "max_depth": 2}).status_code == 202
    assert Job.objects.get().parameters["max_depth"] == 2


@pytest.mark.parametrize(
    ("path", "wanted", "field", "sentence"),
    [
        ("devices/sync", {}, "devices", "Name the devices by their ids"),
        ("devices/sync", {"devices": [7, 8]}, "devices", "There is no device with the id 7, 8."),
        ("devices/sync", {"devices": []}, "devices", "Nothing was selected to work on."),
        ("devices/sync", {"site": 4711}, "site", "There is no site with the id 4711."),
        ("devices/sync", {"role": "none has it"}, "devices", "Nothing was selected to work on."),
        ("devices/sync", {"devices": [], "role": "core"}, "role", "Give either the ids of devices or a filter"),
        ("devices/sync", {"device": [1]}, "device", "This is not a field here; accepted are devices, site"),
        ("devices/discover", {}, "ranges", "This field is required."),
        ("devices/discover", {"ranges": ["10.0.0.0/33"]}, "ranges", ""),
        ("devices/discover", {"ranges": ["127.0.0.0/8"]}, "ranges", ""),
        ("devices/discover", {"ranges": ["8.8.8.0/24"]}, "ranges", ""),
        ("devices/discover", {"ranges": ["127.0.0.1"], "pps": 0}, "pps", "0 is not a whole number from 1 to 100000."),
        ("devices/discover", {"ranges": ["127.0.0.1"], "credentials": [99]}, "credentials", ""),
        ("compliance/scan", {"role": "core", "standard": 4711}, "standard", "There is no standard with the id"),
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
        "progress": {"total": 1, "done": 0, "failed": 0},
        "parameters": {},
        "requested_by": None,
        "request_id": "",
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
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(f"{API}/{path}").status_code == 200
        return len(captured)

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
