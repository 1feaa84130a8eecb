"""Doing again what did not succeed, and nothing else."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.response import Response
from rest_framework.test import APIClient

from inventory.models import Credential, Device
from jobs.models import Job, JobTarget
from jobs.retry import NAMED
from tests.factories import make_credential, make_device, make_job, make_operator, make_prefix, make_user, make_viewer

pytestmark = pytest.mark.django_db
API = "/api/v1"


def ended(kind: str = "sync", states: str = "SFER", **fields: Any) -> Job:
    """A job whose targets ended so: succeeded, failed, errored, revoked."""
    names = {"S": "SUCCESS", "F": "FAILED", "E": "ERRORED", "R": "REVOKED"}
    devices = [make_device(f"{names[one].lower()}{number}") for number, one in enumerate(states)]
    job = make_job(kind, devices, **{"state": Job.State.PARTIAL, "done": len(states), **fields})
    for device, one in zip(devices, states, strict=True):
        job.targets.filter(device=device).update(state=names[one])
    return job


def retry(job: Job, user: User | None = None) -> Response:
    client = APIClient()
    client.force_login(user or make_operator())
    return client.post(f"{API}/jobs/{job.uuid}/retry")


def labels(job: Job) -> list[str]:
    return list(job.targets.order_by("id").values_list("label", flat=True))


def test_it_starts_a_new_job_for_what_did_not_succeed() -> None:
    job = ended("crawl", parameters={"max_depth": 2}, reason="CHG-17")
    make_credential(Credential.Kind.SNMP_V2C)
    user = make_operator()
    answer = retry(job, user)
    assert answer.status_code == 202
    new = Job.objects.get(uuid=answer.json()["job_id"])
    assert answer.json() == {
        "job_id": str(new.uuid),
        "url": f"http://testserver{API}/jobs/{new.uuid}",
        "left_out": [],
    }
    assert labels(new) == ["errored2", "failed1", "revoked3"]
    assert (new.kind, new.state, new.reason, new.requested_by) == ("crawl", "PENDING", "CHG-17", user)
    assert (new.parameters["max_depth"], new.total) == (2, 3)
    assert new.retry_of == job
    assert set(new.targets.values_list("state", "attempts")) == {("PENDING", 0)}


def test_it_tells_of_which_job_it_is_the_retry() -> None:
    job, user = ended(), make_operator()
    client = APIClient()
    client.force_login(user)
    assert client.get(retry(job, user).json()["url"]).json()["retry_of"] == str(job.uuid)


def test_it_looks_again_at_the_blocks_of_a_discovery_that_failed() -> None:
    make_prefix("10.0.0.0/8")
    parameters = {"ranges": ["10.0.0.0/8"], "exclude": ["10.0.0.1"], "credentials": [], "pps": 500}
    blocks = ["10.0.0.0-10.0.63.255", "10.0.64.0-10.0.127.255"]
    job = make_job("discover", labels=blocks, state=Job.State.PARTIAL, parameters=parameters)
    job.targets.filter(label=blocks[1]).update(state=JobTarget.State.FAILED)
    job.targets.filter(label=blocks[0]).update(state=JobTarget.State.SUCCESS)
    new = Job.objects.get(uuid=retry(job).json()["job_id"])
    assert (labels(new), new.parameters) == ([blocks[1]], parameters)


def test_it_names_devices_that_cannot_be_tried_again() -> None:
    job = ended(states="FFFS")
    Device.objects.get(name="failed0").delete()
    Device.objects.filter(name="failed1").update(status=Device.Status.IGNORED)
    answer = retry(job).json()
    assert answer["left_out"] == ["Deleted meanwhile: failed0.", "Not active any more: failed1."]
    assert labels(Job.objects.get(uuid=answer["job_id"])) == ["failed2"]


def test_it_refuses_when_no_device_is_left() -> None:
    job = ended(states="FE")
    Device.objects.all().update(status=Device.Status.QUARANTINE)
    refused = retry(job)
    assert refused.status_code == 400
    assert refused.json() == {"devices": ["Not active any more: errored1, failed0."]}


def test_it_names_only_some_of_very_many() -> None:
    job = ended(states="F" * (NAMED + 3))
    Device.objects.all().delete()
    assert retry(job).json()["devices"][0].endswith(" and 3 more.")


@pytest.mark.parametrize(
    ("state", "states", "sentence"),
    [
        (Job.State.STARTED, "SF", "This job has not ended yet; what fails can be retried when it has."),
        (Job.State.PENDING, "F", "This job has not ended yet; what fails can be retried when it has."),
        (Job.State.SUCCESS, "SS", "Every target of this job succeeded; there is nothing to retry."),
    ],
)
def test_it_refuses_what_runs_and_what_succeeded(state: str, states: str, sentence: str) -> None:
    refused = retry(ended(states=states, state=state))
    assert (refused.status_code, refused.json()) == (400, {"job": [sentence]})
    assert Job.objects.count() == 1


def test_it_checks_the_parameters_as_when_they_were_new() -> None:
    refused = retry(ended("scan", parameters={"standard": 987654321}))
    assert refused.json() == {"standard": ["There is no standard with the id '987654321'."]}


def test_it_needs_the_permission_of_the_kind() -> None:
    job = ended()
    refused = retry(job, make_viewer())
    assert refused.status_code == 403
    assert refused.json()["detail"] == "To start a job of the kind sync needs the permission inventory.run_sync."
    assert retry(job, make_user("jobs.view_job", "inventory.run_sync")).status_code == 202
    assert retry(job, make_user("inventory.run_sync")).status_code == 403
