"""VLAN deployments as operators ask for them: parameters, plans, approvals, rings, and switches over real SSH."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from inventory.models import Credential, Device
from jobs import gate, rollout
from jobs.close import cancel
from jobs.deployment import checked
from jobs.launch import launch
from jobs.models import Job, SystemSetting
from jobs.operations import BadParameters
from jobs.run import run_target
from jobs.tasks import TASKS
from tests.factories import make_credential, make_device, make_prefix, make_site, make_user
from tests.jobs.inline import Messages, do, do_later, message_of, states
from tests.lab import Lab
from tests.lab.state import Device as LabDevice
from tests.worker import Worker

API = "/api/v1/devices/deploy/vlan"
NETWORK = "127.53.0.0/28"
USERS = {"vid": 110, "name": "users"}
AT = "2030-03-01T22:00:00+09:00"


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(devices=8, network=NETWORK, platforms=("cisco_ios",)) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Iterator[Lab]:
    yield running
    running.clear_faults()
    for device in running.devices:
        running.forget(device.address)


def switches(lab: Lab) -> list[LabDevice]:
    """In the order in which rings take them."""
    return sorted((one for one in lab.devices if one.hardware.switch), key=lambda one: one.hostname)


def enrol(lab: Lab, count: int) -> list[LabDevice]:
    """The first switches of the lab, in the inventory."""
    make_prefix(NETWORK)
    login = make_credential("ssh", username=lab.username, password=lab.password)
    for one in switches(lab)[:count]:
        known = {"primary_address": one.address, "platform": one.platform, "serial": one.serial}
        make_device(one.hostname, ssh_port=lab.ssh_port, ssh_credential=login, sys_name=one.hostname, **known)
    return switches(lab)[:count]


@pytest.fixture
def messages(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Messages:
    """What would go to the workers. Rows are committed: whoever keeps the leases looks with a connection of his own."""
    monkeypatch.setitem(TASKS, "deploy_vlan", Messages())
    return TASKS["deploy_vlan"]


def start(user: Any = None, **parameters: Any) -> Job:
    """A deployment of VLAN 110 to every device, on every trunk, unless said otherwise."""
    wanted = {"vlans": [USERS], "trunks": ["all"], **parameters}
    return launch("deploy_vlan", wanted, devices=Device.objects.all(), user=user or make_user())


def has(switch: LabDevice, vid: int = 110) -> bool:
    """Whether the VLAN exists, on every trunk, and would survive a restart."""
    carried = [p.allowed is None or vid in p.allowed for p in switch.of_kind("ethernet") if p.mode == "trunk"]
    return vid in switch.vlans and all(carried) and f"vlan {vid}" in switch.startup


def untouched(switch: LabDevice) -> bool:
    return not switch.typed


# Parameters ---------------------------------------------------------------------------------------


def test_parameters_are_completed_and_completing_them_again_changes_nothing() -> None:
    full = checked({"vlans": [USERS]})
    assert (full["canary"], full["rings"], full["failure_threshold"], full["dry_run"]) == (1, [], 0, False)
    assert (full["trunks"], full["window"]) == ([], None)
    assert checked(full) == full


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"canary": 0}, "canary", "0 is not a whole number from 1 to 1000"),
        ({"canary": True}, "canary", "True is not a whole number"),
        ({"rings": [4, 0]}, "rings[1]", "0 is not a whole number from 1 to 10000"),
        ({"rings": [1] * 101}, "rings", "at most 100"),
        ({"rings": 5}, "rings", "Accepted is a list"),
        ({"failure_threshold": -1}, "failure_threshold", "-1 is not a whole number from 0"),
        ({"dry_run": "perhaps"}, "dry_run", "'perhaps' is not true or false"),
        ({"window": "tonight"}, "window", "Accepted is {begin, end}"),
        ({"window": {"begin": "2030-03-01T22:00:00"}}, "window.begin", "is not a time with its zone"),
        ({"window": {"begin": AT, "end": AT}}, "window.end", "does not lie after the begin"),
        ({"window": {"end": "2020-01-01T00:00:00Z"}}, "window.end", "is over already"),
        ({"vlan_id": 10}, "vlan_id", "no parameter of a deployment"),
        ({"vlans": [{"vid": 4095}]}, "vlans[0].vid", "4095"),
        ({"vlans": []}, "vlans", ""),
        ({"vlans": None}, "vlans", ""),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_accepted(wrong: Any, field: str, sentence: str) -> None:
    with pytest.raises(BadParameters) as refused:
        checked({"vlans": [USERS], **wrong})
    assert sentence in refused.value.errors[field]


rubbish = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["vlans", "trunks", "dry_run", "canary", "rings", "failure_threshold", "window", "x"]), rubbish
    )
)
def test_rubbish_is_refused_by_name_and_breaks_nothing(parameters: dict[str, Any]) -> None:
    try:
        full = checked(parameters)
    except BadParameters:
        return
    assert checked(full) == full


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("platforms", "wrong", "field", "sentence"),
    [
        (["cisco_ios", "linux"], {}, "devices", "linux (r1)"),
        (["cisco_ios"], {"vlans": [{"vid": 10}, {"vid": 1003}]}, "vlans[1].vid", "1003 is reserved on Cisco IOS"),
        (["cisco_ios"] * 2, {"vlans": [{"vid": 10, "address": "10.1.10.1/24"}]}, "vlans[0].address", "one device only"),
        (["cisco_ios"] * 3, {"rings": [1], "canary": 1}, "", ""),
    ],
)
def test_parameters_are_held_against_the_devices(
    platforms: list[str], wrong: Any, field: str, sentence: str, messages: Messages
) -> None:
    for number, platform in enumerate(platforms):
        make_device(f"r{number}", platform=platform)
    if not field:
        assert start(**wrong).total == len(platforms)
        return
    with pytest.raises(BadParameters) as refused:
        start(**wrong)
    assert sentence in refused.value.errors[field]
    assert not Job.objects.exists()


# The door -----------------------------------------------------------------------------------------


def signed_in(*permissions: str) -> APIClient:
    client = APIClient()
    client.force_login(make_user(*permissions))
    return client


@pytest.mark.django_db
def test_a_post_starts_a_deployment_with_everything_that_was_asked_for(messages: Messages) -> None:
    site = make_site()
    make_device("a", site=site, role="access")
    make_device("b", site=site, role="core")
    body = {
        "site": site.pk,
        "role": "access",
        "vlans": [{"vid": 110, "name": "users", "access_ports": ["Gi1/0/7"]}],
        "trunks": ["all"],
        "dry_run": True,
        "canary": 2,
        "rings": [5, 50],
        "failure_threshold": 3,
        "window": {"begin": "2030-03-01T22:00:00+09:00", "end": "2030-03-02T04:00:00+09:00"},
    }
    answer = signed_in("jobs.deploy").post(API, body, format="json")
    assert answer.status_code == 202, answer.json()
    job = Job.objects.get()
    assert answer.json() == {"job_id": str(job.uuid), "url": f"http://testserver/api/v1/jobs/{job.uuid}"}
    assert (job.kind, job.stage, list(states(job))) == ("deploy_vlan", "plan", ["a"])
    asked = {name: value for name, value in body.items() if name not in ("site", "role")}
    assert {name: job.parameters[name] for name in asked if name != "vlans"} == {
        name: value for name, value in asked.items() if name != "vlans"
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"vlans": [{"vid": 10}]}, "devices"),
        ({"devices": [99999], "vlans": [{"vid": 10}]}, "devices"),
        ({"devices": [], "vlan_id": 10}, "vlan_id"),
        ({"platform": "cisco_ios"}, "vlans"),
        ({"platform": "linux", "vlans": [{"vid": 10}]}, "devices"),
        ({"platform": "cisco_ios", "vlans": [{"vid": 10}], "canary": 0}, "canary"),
        ({"platform": "cisco_ios", "vlans": [{"vid": 10}], "rings": [0]}, "rings"),
        ({"platform": "cisco_ios", "vlans": [{"vid": 10}], "window": {"end": "2020-01-01T00:00:00Z"}}, "window"),
        ({"platform": "cisco_ios", "vlans": [{"vid": 10, "name": "a b"}]}, "vlans"),
    ],
)
def test_a_wrong_request_is_answered_with_its_field(body: Any, field: str) -> None:
    make_device("a")
    make_device("b", platform="linux")
    answer = signed_in("jobs.deploy").post(API, body, format="json")
    assert answer.status_code == 400
    assert field in answer.json()
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_errors_lie_as_deep_as_what_they_are_about() -> None:
    make_device("a")
    body = {"platform": "cisco_ios", "vlans": [{"vid": 10}, {"vid": 1002}, {"vid": 4095}]}
    client = signed_in("jobs.deploy")
    assert list(client.post(API, body, format="json").json()["vlans"]["2"]) == ["vid"]
    body["vlans"].pop()
    answer = client.post(API, body, format="json").json()
    assert "1002 is reserved on Cisco IOS" in answer["vlans"]["1"]["vid"][0]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["[", "", "..", "vlans[", "\x1f"])
def test_a_field_of_any_name_is_refused_by_that_name(name: str) -> None:
    answer = signed_in("jobs.deploy").post(API, {name: 1, "vlans": []}, format="json")
    assert (answer.status_code, name in answer.json()) == (400, True)


@pytest.mark.django_db
def test_a_deployment_needs_its_own_permission() -> None:
    device = make_device()
    body = {"devices": [device.pk], "vlans": [{"vid": 10}]}
    assert signed_in("inventory.run_sync").post(API, body, format="json").status_code == 403


# Journeys -----------------------------------------------------------------------------------------


def test_a_dry_run_tells_the_commands_of_each_device_and_changes_none(lab: Lab, messages: Messages) -> None:
    first, second = enrol(lab, 2)
    job = do(start(dry_run=True), messages)
    assert job.state == "SUCCESS"
    target = job.targets.get(label=first.hostname)
    assert target.message.startswith("Planned: ")
    assert target.result["commands"][0] == "vlan 110"
    assert any(line.startswith("+") and "110" in line for line in target.diff.splitlines())
    assert untouched(first)
    assert untouched(second)
    assert job.result["changed"] == 0


def test_a_plain_deployment_plans_and_executes_in_one_job(lab: Lab, messages: Messages) -> None:
    chosen = enrol(lab, 3)
    job = do(start(), messages)
    assert job.state == "SUCCESS", list(job.targets.values("state", "log"))
    assert all(has(switch) for switch in chosen)
    assert {"changed": 3, "unchanged": 0, "failed": 0, "not_touched": 0, "rings": 2}.items() <= job.result.items()
    target = job.targets.first()
    assert (target.message, target.changed) == ("VLAN 110 verified on the device and saved.", True)
    again = do(start(), messages)
    assert {"changed": 0, "unchanged": 3, "failed": 0}.items() <= again.result.items()


def test_a_refused_plan_leaves_that_device_alone_and_the_others_get_theirs(lab: Lab, messages: Messages) -> None:
    named, other = enrol(lab, 2)
    named.vlans[110] = "printers"
    named.touch()
    job = do(start(), messages)
    assert (job.state, states(job)) == ("PARTIAL", {named.hostname: "FAILED", other.hostname: "SUCCESS"})
    assert "printers" in message_of(job, named.hostname)
    assert untouched(named)


def test_the_others_are_not_touched_when_the_canary_fails(lab: Lab, messages: Messages) -> None:
    canary, *others = enrol(lab, 3)
    lab.fault(canary.address, "ignore-changes")
    job = do(start(), messages)
    assert job.state == "FAILURE"
    assert states(job)[canary.hostname] == "FAILED"
    assert all(untouched(switch) for switch in others)
    assert {"failed": 1, "not_touched": 2}.items() <= job.result.items()


def test_as_many_may_fail_as_the_threshold_allows(lab: Lab, messages: Messages) -> None:
    canary, *others = enrol(lab, 3)
    lab.fault(canary.address, "reject-line")
    job = do(start(failure_threshold=1), messages)
    assert job.state == "PARTIAL"
    assert all(has(switch) for switch in others)


def test_it_stops_for_an_approval_by_somebody_else(lab: Lab, messages: Messages) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="yes")
    (switch,) = enrol(lab, 1)
    job = do(start(), messages)
    assert (job.stage, states(job)) == ("approval", {switch.hostname: "HELD"})
    assert untouched(switch)
    with pytest.raises(rollout.NotNow, match="may not approve it"):
        rollout.approve(job, job.requested_by, job.plan_hash)
    rollout.approve(job, make_user(), job.plan_hash)
    assert do(job, messages).state == "SUCCESS"
    assert has(switch)


def test_an_approval_is_worth_nothing_once_the_configuration_changed(lab: Lab, messages: Messages) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="yes")
    (switch,) = enrol(lab, 1)
    job = do(start(), messages)
    switch.ports[next(iter(switch.ports))].description = "changed meanwhile"
    switch.touch()
    rollout.approve(job, make_user(), job.plan_hash)
    job = do(job, messages)
    assert job.state == "FAILURE"
    assert "refused: the configuration changed since the plan was approved" in message_of(job, switch.hostname)
    assert untouched(switch)


def test_without_an_approval_what_changed_meanwhile_is_planned_anew(lab: Lab, messages: Messages) -> None:
    canary, second = enrol(lab, 2)
    job = start()
    for pk in list(messages.sent):
        messages.sent.remove(pk)
        run_target(pk)
    second.ports[next(iter(second.ports))].description = "changed meanwhile"
    second.touch()
    assert do(job, messages).state == "SUCCESS"
    assert has(canary)
    assert has(second)


def test_no_device_is_begun_after_the_window_although_its_ring_was_open(lab: Lab, messages: Messages) -> None:
    (switch,) = enrol(lab, 1)
    job = start(window={"end": (timezone.now() + timedelta(hours=1)).isoformat()})
    planned = list(messages.sent)
    messages.sent.clear()
    for pk in planned:
        run_target(pk)
    Job.objects.update(parameters={**job.parameters, "window": {"end": "2026-01-01T00:00:00+00:00"}})
    job = do(job, messages)
    assert (job.state, states(job)) == ("REVOKED", {switch.hostname: "REVOKED"})
    assert "Not touched: the change window was over" in message_of(job, switch.hostname)
    assert untouched(switch)


def test_a_lost_session_is_tried_again_and_each_line_takes_effect_once(lab: Lab, messages: Messages) -> None:
    (switch,) = enrol(lab, 1)
    lab.fault(switch.address, "cut-in-deploy:2")
    job = do(start(), messages)
    job = do_later(do_later(job, messages), messages)
    target = job.targets.get()
    assert (job.state, target.attempts) == ("SUCCESS", 3), target.message
    assert has(switch)
    assert len(switch.applied) == len(set(switch.applied))
    assert "any of its lines may be in force" in target.log


def test_it_says_which_lines_may_be_in_force_when_the_device_never_comes_back(lab: Lab, messages: Messages) -> None:
    (switch,) = enrol(lab, 1)
    lab.fault(switch.address, "cut-in-deploy:1")
    job = do(start(), messages)
    lab.fault(switch.address, "no-answer-ssh")
    for _ in range(5):
        job = do_later(job, messages)
    assert (job.state, job.targets.get().attempts) == ("FAILURE", 6), job.targets.get().log
    assert "any of its lines may be in force: 'vlan 110'" in job.error


def test_a_change_whose_credential_is_locked_in_the_middle_is_judged_after_the_release(
    lab: Lab, messages: Messages
) -> None:
    (switch,) = enrol(lab, 1)
    lab.fault(switch.address, "cut-in-deploy:1")
    job = do(start(), messages)
    Credential.objects.update(locked_at=timezone.now(), locked_reason="2 logins refused within an hour.")
    logins = switch.logins
    job = do_later(job, messages)
    target = job.targets.get()
    assert (target.state, switch.logins) == ("PENDING", logins)
    assert "the credential" in target.message
    assert "The change had begun and a part of it may be in force" in target.message
    gate.release_credential(Credential.objects.get(), None)
    lab.clear_faults()
    job = do_later(job, messages)
    assert job.state == "SUCCESS", job.error
    assert has(switch)
    assert len(switch.applied) == len(set(switch.applied))


def test_a_change_found_half_entered_after_a_cancel_is_taken_back(lab: Lab, messages: Messages) -> None:
    (switch,) = enrol(lab, 1)
    lab.fault(switch.address, "cut-in-deploy:1")
    job = do(start(), messages)
    cancel(job)
    job = do_later(job, messages)
    assert job.targets.get().message.startswith("Cancelled in the middle of the change. Rolled back"), job.error
    assert not has(switch)


def test_what_an_earlier_deployment_left_unsaved_is_saved_by_the_next(lab: Lab, messages: Messages) -> None:
    (switch,) = enrol(lab, 1)
    lab.fault(switch.address, "refuse-save")
    job = do(start(), messages)
    assert job.state == "FAILURE"
    assert "not saved, so that a restart would lose it" in job.error
    assert not has(switch)
    lab.clear_faults()
    job = do(start(), messages)
    assert job.state == "SUCCESS"
    assert has(switch)


def ended(*jobs: Job) -> list[Job]:
    """The jobs after their end."""
    pause = Event()
    for _ in range(900):
        now = list(Job.objects.filter(pk__in=[job.pk for job in jobs]).order_by("pk"))
        if all(job.ready for job in now):
            return now
        pause.wait(0.1)
    raise AssertionError([(job.state, list(job.targets.values("label", "state", "message"))) for job in now])


def test_two_operators_deploy_to_overlapping_devices_at_once_and_both_end_right(
    celery_worker: Worker, lab: Lab
) -> None:
    chosen = enrol(lab, 4)
    one = start(canary=2, vlans=[{"vid": 110, "name": "users"}])
    two = start(canary=3, vlans=[{"vid": 110, "name": "users"}, {"vid": 120, "name": "voice"}])
    assert [job.state for job in ended(one, two)] == ["SUCCESS", "SUCCESS"]
    assert all(has(switch) and has(switch, 120) for switch in chosen)
    assert all(len(switch.applied) == len(set(switch.applied)) for switch in chosen)
    assert [switch.logins_most for switch in chosen] == [1] * 4


def test_a_halt_lets_no_further_device_begin(celery_worker: Worker, lab: Lab) -> None:
    chosen = enrol(lab, 4)
    for switch in chosen:
        lab.fault(switch.address, "slow:0.2")
    job = start(canary=1, rings=[1])
    pause = Event()
    while not chosen[0].typed:
        pause.wait(0.05)
    cancel(job)
    (job,) = ended(job)
    assert job.state == "REVOKED"
    assert has(chosen[0])
    assert all(untouched(switch) for switch in chosen[1:])
