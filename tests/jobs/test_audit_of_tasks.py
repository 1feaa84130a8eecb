"""What jobs change is put down to who asked for them; what people do with jobs and credentials is told, too."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from inventory import audit
from inventory.models import Credential, Device, Prefix
from jobs import gate, rollout, schedule
from jobs.close import cancel
from jobs.launch import launch
from jobs.models import Job, LoginFailure, SystemSetting
from jobs.operations import get_operation, operations
from jobs.outcome import Outcome
from jobs.run import run_target
from tests.factories import make_admin, make_credential, make_device, make_job
from tests.jobs.test_gate import claims, ended
from tests.lab import Lab
from tests.worker import Worker

pytestmark = pytest.mark.django_db
NETWORK = "127.59.0.0/29"


@pytest.fixture
def alice() -> User:
    return make_admin(name="alice")


@pytest.fixture
def renames(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync that reads a new version from the device."""

    def run(claim: Any) -> Outcome:
        device = Device.objects.get(pk=claim.target.device_id)
        device.os_version = "17.9"
        device.save(update_fields=["os_version"])
        return Outcome(ok=True, message="Read.")

    monkeypatch.setitem(operations(), "sync", replace(get_operation("sync"), run=run, logs_in=False))


def newest(noun: str) -> LogEntry:
    found: LogEntry = LogEntry.objects.filter(content_type__model=noun).latest("pk")
    return found


def run(job: Job) -> None:
    for target in job.targets.all():
        run_target(target.pk)


def test_a_job_changes_things_in_the_name_of_who_asked_for_it(renames: None, alice: User) -> None:
    device = make_device("core1")
    job = launch("sync", devices=Device.objects.all(), user=alice)
    Job.objects.filter(pk=job.pk).update(request_id="the-request")
    run(job)
    entry = newest("device")
    assert entry.changes == {"os_version": ["17.6.4", "17.9"]}
    assert (entry.object_id, entry.actor, entry.cid) == (device.pk, alice, "the-request")
    assert entry.additional_data["source"] == "job"
    assert entry.additional_data["job"] == str(job.uuid)


def test_a_schedule_changes_things_in_nobodys_name_and_says_so(renames: None) -> None:
    make_device("core1")
    job = Job.objects.get(uuid=schedule.start("sync"))
    run(job)
    entry = newest("device")
    assert (entry.actor, entry.additional_data["actor"]) == (None, "")
    assert entry.additional_data["source"] == "schedule"
    assert entry.additional_data["job"] == str(job.uuid)
    assert not LogEntry.objects.filter(content_type__model="job").exists()


def test_the_end_of_a_job_is_the_end_of_acting_in_its_name(renames: None, alice: User) -> None:
    make_device("core1")
    run(launch("sync", devices=Device.objects.all(), user=alice))
    assert audit.current().source == "shell"
    make_device("core2")
    assert newest("device").actor is None


def test_it_tells_who_started_and_who_cancelled_a_job_once(alice: User) -> None:
    make_device("core1")
    client = APIClient()
    client.force_authenticate(alice)
    wanted = {"devices": list(Device.objects.values_list("pk", flat=True)), "reason": "after the upgrade"}
    job_id = client.post("/api/v1/devices/sync", wanted, format="json").json()["job_id"]
    started = newest("job")
    assert (started.action, started.actor, started.object_repr) == (0, alice, f"sync {job_id}")
    assert started.changes["reason"] == [None, "after the upgrade"]
    assert started.changes["targets"] == [None, 1]
    for _ in range(2):
        client.post(f"/api/v1/jobs/{job_id}/cancel")
    cancelled = LogEntry.objects.filter(content_type__model="job", action=1)
    assert [(entry.actor, entry.additional_data["verb"]) for entry in cancelled] == [(alice, "cancel")]


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_it_tells_who_approved_or_rejected_a_deployment(alice: User, verb: str) -> None:
    job = make_job("deploy_vlan", devices=[make_device()], stage=Job.Stage.APPROVAL, plan_hash="of-the-plan")
    job.targets.update(state="HELD", step="deploy", plan={})
    verbs: dict[str, Callable[[], None]] = {
        "approve": lambda: rollout.approve(job, alice, "of-the-plan"),
        "reject": lambda: rollout.reject(job, alice, "not on a Friday"),
    }
    with audit.acting(audit.Who(audit.Source.WEB, lambda: alice)):
        verbs[verb]()
    entry = newest("job")
    assert (entry.actor, entry.additional_data["verb"]) == (alice, verb)
    assert ("Friday" in entry.additional_data.get("sentence", "")) == (verb == "reject")


def test_cancelling_what_has_ended_is_no_entry(alice: User) -> None:
    job = launch("sync", devices=Device.objects.filter(pk=make_device().pk), user=alice)
    cancel(job)
    before = LogEntry.objects.count()
    cancel(job)
    assert LogEntry.objects.count() == before


def test_it_tells_why_a_credential_was_locked_and_who_released_it(alice: User) -> None:
    SystemSetting.objects.create(name="login_failures_before_lock", value="1")
    credential = make_credential(name="ops")
    (claim,) = claims([make_device("core1", ssh_credential=credential)])
    gate.refused(claim)
    locked = newest("credential")
    assert locked.changes["locked_reason"][1].startswith("1 logins refused within an hour")
    assert LoginFailure.objects.count() == 1
    with audit.acting(audit.Who(audit.Source.WEB, lambda: alice)):
        gate.release_credential(credential, alice)
    released = newest("credential")
    assert released.actor == alice
    assert released.changes["locked_at"][1] is None
    assert not {name for name in released.changes if "password" in name}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=1, network=NETWORK, platforms=("cisco_ios",)) as running:
        yield running


@pytest.mark.xdist_group("celery")
def test_a_real_worker_acts_in_the_name_of_the_request(celery_worker: Worker, lab: Lab) -> None:
    alice = make_admin(name="alice")
    login = Credential.objects.create(name="lab", kind="ssh", username=lab.username, password=lab.password)
    Prefix.objects.create(prefix=NETWORK)
    known = {"primary_address": lab.devices[0].address, "ssh_port": lab.ssh_port, "ssh_credential": login}
    device = make_device(lab.devices[0].hostname, serial="", **known)
    client = APIClient()
    client.force_authenticate(alice)
    guid = "1" * 32
    answer = client.post(
        "/api/v1/devices/sync", {"devices": [device.pk]}, format="json", headers={"X-Request-ID": guid}
    )
    (job,) = ended(Job.objects.get(uuid=answer.json()["job_id"]))
    assert job.state == "SUCCESS"
    entry = newest("device")
    assert "serial" in entry.changes
    assert (entry.actor, entry.cid, entry.additional_data["job"]) == (alice, guid, str(job.uuid))
    audit.seal()
    assert audit.verify().ok
