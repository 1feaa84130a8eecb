"""A POST that is repeated under one Idempotency-Key starts the work once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from rest_framework.response import Response
from rest_framework.test import APIClient

from inventory.models import Device
from jobs.api import launches
from jobs.launch import launch
from jobs.models import Job, JobTarget
from tests.factories import make_device, make_job, make_operator, make_user

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def operator() -> User:
    return make_operator(name="kim")


def post(user: User, path: str, wanted: Any, key: str, **options: Any) -> Response:
    client = APIClient()
    client.force_login(user)
    return client.post(f"{API}/{path}", wanted, headers={"Idempotency-Key": key}, **options)


def test_it_answers_a_repeated_request_with_the_job_it_made(operator: User) -> None:
    wanted = {"devices": [make_device().pk], "reason": "CHG-17"}
    first = post(operator, "devices/sync", wanted, "night shift 17")
    again = post(operator, "devices/sync", dict(reversed(wanted.items())), "night shift 17")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert (Job.objects.get().idempotency_key, Job.objects.get().reason) == ("night shift 17", "CHG-17")


def test_it_answers_also_when_the_devices_have_gone_since(operator: User) -> None:
    device = make_device()
    wanted = {"devices": [device.pk]}
    first = post(operator, "devices/sync", wanted, "k")
    device.delete()
    assert post(operator, "devices/sync", wanted, "k").json() == first.json()


@pytest.mark.parametrize(("path", "role"), [("devices/sync", "access"), ("devices/backup", "core")])
def test_it_refuses_a_key_that_another_request_has(operator: User, path: str, role: str) -> None:
    make_device(role="core")
    make_device(role="access")
    assert post(operator, "devices/sync", {"role": "core"}, "k").status_code == 202
    refused = post(operator, path, {"role": role}, "k")
    job = Job.objects.get()
    assert refused.status_code == 409
    assert refused.json()["detail"] == (
        f"The Idempotency-Key 'k' was used for another request, which made the job {job.uuid}; "
        "take a new key for a new request."
    )


def test_it_keeps_the_keys_of_people_apart(operator: User) -> None:
    make_device(role="core")
    for user in (operator, make_operator()):
        assert post(user, "devices/sync", {"role": "core"}, "k").status_code == 202
    assert Job.objects.count() == 2


def test_it_makes_a_job_a_request_without_a_key(operator: User) -> None:
    client = APIClient()
    client.force_login(operator)
    wanted = {"devices": [make_device().pk]}
    assert {client.post(f"{API}/devices/sync", wanted).status_code for _ in range(2)} == {202}
    assert Job.objects.count() == 2


def test_it_remembers_no_request_that_was_refused(operator: User) -> None:
    assert post(operator, "devices/sync", {"role": "core"}, "k").status_code == 400
    make_device(role="core")
    assert post(operator, "devices/sync", {"role": "core"}, "k").status_code == 202


@pytest.mark.parametrize("key", ["", "k" * 201, "tab\there", "schlüssel", "null\x00", "\x7f"])
def test_it_accepts_printable_keys_of_1_to_200_characters(operator: User, key: str) -> None:
    refused = post(operator, "devices/sync", {"devices": [make_device().pk]}, key)
    assert refused.status_code == 400
    assert refused.json() == {
        "idempotency_key": [
            f"The header Idempotency-Key has {len(key)} characters; accepted are 1 to 200 printable ASCII characters."
        ]
    }
    assert not Job.objects.exists()


@pytest.mark.parametrize("key", ["k", "~" * 200, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a key"])
def test_it_takes_keys_of_any_form(operator: User, key: str) -> None:
    assert post(operator, "devices/sync", {"devices": [make_device().pk]}, key).status_code == 202


def test_it_knows_the_repetition_of_a_browsers_form(operator: User) -> None:
    one, other = make_device(), make_device()
    sent = {"devices": [one.pk, other.pk]}
    first = post(operator, "devices/sync", sent, "k", format="multipart")
    assert first.status_code == 202
    assert post(operator, "devices/sync", sent, "k", format="multipart").json() == first.json()
    assert post(operator, "devices/sync", {"devices": [other.pk]}, "k", format="multipart").status_code == 409


def test_it_retries_once_under_one_key(operator: User) -> None:
    job = make_job("sync", [make_device()], state=Job.State.FAILURE, done=1, failed=1)
    job.targets.update(state=JobTarget.State.FAILED)
    first = post(operator, f"jobs/{job.uuid}/retry", None, "k")
    assert first.status_code == 202
    assert post(operator, f"jobs/{job.uuid}/retry", None, "k").json() == first.json()
    assert job.retries.count() == 1


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests reach the making of their job at the same moment, when neither knows of the other."""
    both = Barrier(2, timeout=30)

    def launch_together(*args: Any, **kwargs: Any) -> Job:
        both.wait()
        return launch(*args, **kwargs)

    monkeypatch.setattr(launches, "launch", launch_together)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("roles", [("core", "core"), ("core", "access")])
def test_it_makes_one_job_of_two_requests_at_once(roles: tuple[str, str]) -> None:
    user = make_operator()
    make_device(role="core")
    make_device(role="access")

    def ask(role: str) -> Response:
        try:
            return post(user, "devices/sync", {"role": role}, "k")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, roles))
    job = Job.objects.get()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == ([202, 202] if roles[0] == roles[1] else [202, 409])
    assert {answer.json()["job_id"] for answer in answers if answer.status_code == 202} == {str(job.uuid)}
    assert job.targets.count() == 1


def test_it_raises_what_is_no_matter_of_the_key() -> None:
    user = make_user()
    make_device()
    with pytest.raises(IntegrityError):
        launch("sync", devices=Device.objects.all(), user=user, reason=None)  # type: ignore[arg-type]
