"""Starting work in the admin: from the device list, from the device page, and by the form that discovers."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.models import Device
from jobs.models import Job
from tests import factories as make
from tests.visitors import said, signed_in

HOSTILE = "<script>alert(1)</script>"
LIST = "/admin/inventory/device/"
DISCOVER = "/admin/inventory/device/discover/"


def run_action(client: Client, action: str, *devices: Device) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [device.pk for device in devices]})


def job_page(job: Job) -> str:
    return reverse("admin:jobs_job_change", args=[job.pk])


@pytest.mark.parametrize(
    ("action", "kind", "touches"),
    [
        ("sync", "sync", "Each device is read over SSH; nothing is changed on it."),
        ("back_up", "backup", "The running configuration is read over SSH"),
        ("scan", "scan", "the devices themselves are not touched"),
    ],
)
def test_it_starts_work_on_the_selection(as_admin: Client, action: str, kind: str, touches: str) -> None:
    devices = [make.make_device(), make.make_device()]
    make.make_device("not selected")
    response = run_action(as_admin, action, *devices)
    job = Job.objects.get()
    assert response.headers["Location"] == job_page(job)
    assert job.kind == kind
    assert job.requested_by is not None
    assert {target.device for target in job.targets.all()} == set(devices)
    assert "2 devices" in said(response)
    assert touches in said(response)


def test_it_scans_again_what_has_not_changed_when_asked(as_admin: Client) -> None:
    run_action(as_admin, "scan_again", make.make_device())
    assert Job.objects.get().parameters == {"standard": None, "again": True}


def test_it_crawls_from_the_selection(as_admin: Client) -> None:
    make.make_credential("snmp_v2c")
    run_action(as_admin, "crawl", make.make_device())
    assert Job.objects.get().kind == "crawl"


def test_it_says_why_no_work_was_started(as_admin: Client) -> None:
    response = run_action(as_admin, "sync", make.make_device(status=Device.Status.IGNORED))
    assert "Nothing was selected to work on." in said(response)
    assert not Job.objects.exists()


@pytest.mark.parametrize(("action", "status"), [("approve", "active"), ("ignore", "ignored")])
def test_it_decides_about_found_devices(as_admin: Client, action: str, status: str) -> None:
    chosen, other = (make.make_device(status=Device.Status.QUARANTINE) for _ in range(2))
    response = run_action(as_admin, action, chosen)
    chosen.refresh_from_db()
    other.refresh_from_db()
    assert (chosen.status, other.status) == (status, "quarantine")
    assert "1 device" in said(response)


@pytest.mark.parametrize(
    "action", ["approve", "ignore", "sync", "back_up", "scan", "scan_again", "crawl", "delete_selected"]
)
def test_it_does_nothing_for_a_viewer(as_viewer: Client, action: str) -> None:
    device = make.make_device(status=Device.Status.QUARANTINE)
    run_action(as_viewer, action, device)
    device.refresh_from_db()
    assert device.status == "quarantine"
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ["sync", "backup", "scan"])
def test_it_starts_work_from_the_device_page(as_admin: Client, kind: str) -> None:
    device = make.make_device()
    response = as_admin.post(reverse("admin:inventory_device_start", args=[device.pk, kind]))
    assert response.headers["Location"] == job_page(Job.objects.get(kind=kind))


def test_it_starts_nothing_by_a_link(as_admin: Client) -> None:
    url = reverse("admin:inventory_device_start", args=[make.make_device().pk, "sync"])
    assert as_admin.get(url).status_code == 405
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ["sync", "backup", "scan", "crawl"])
def test_it_forbids_a_viewer_to_start_work(as_viewer: Client, kind: str) -> None:
    url = reverse("admin:inventory_device_start", args=[make.make_device().pk, kind])
    assert as_viewer.post(url).status_code == 403


@pytest.mark.parametrize("kind", ["discover", "rubbish"])
def test_it_knows_no_other_button(as_admin: Client, kind: str) -> None:
    url = reverse("admin:inventory_device_start", args=[make.make_device().pk, kind])
    assert as_admin.post(url).status_code == 404


def test_it_offers_only_what_the_user_may_start(db: None) -> None:
    client = signed_in(make.make_user("inventory.view_device", "inventory.run_sync"))
    device = make.make_device()
    page = client.get(f"{LIST}{device.pk}/change/")
    assert [kind for kind, _words in page.context["buttons"]] == ["sync", "backup"]
    offered = [name for name, _label in client.get(LIST).context["action_form"].fields["action"].choices]
    assert offered == ["", "sync", "back_up"]


@pytest.mark.parametrize("status", ["active", "ignored"])
def test_it_decides_about_one_device(as_admin: Client, status: str) -> None:
    device = make.make_device(status=Device.Status.QUARANTINE)
    response = as_admin.post(reverse("admin:inventory_device_status", args=[device.pk]), {"status": status})
    device.refresh_from_db()
    assert (response.status_code, device.status) == (302, status)


def test_it_forbids_a_viewer_to_decide(as_viewer: Client) -> None:
    device = make.make_device(status=Device.Status.QUARANTINE)
    url = reverse("admin:inventory_device_status", args=[device.pk])
    assert as_viewer.post(url, {"status": "active"}).status_code == 403


@pytest.fixture
def discoverable(as_admin: Client) -> Client:
    make.make_prefix("127.0.0.0/8")
    make.make_credential("snmp_v2c")
    return as_admin


def test_it_discovers(discoverable: Client) -> None:
    response = discoverable.post(DISCOVER, {"ranges": "127.0.0.0/29\n127.0.1.1", "exclude": "127.0.0.3", "pps": "500"})
    job = Job.objects.get()
    assert response.headers["Location"] == job_page(job)
    assert job.parameters["ranges"] == ["127.0.0.0/29", "127.0.1.1"]
    assert job.parameters["exclude"] == ["127.0.0.3"]
    assert (job.parameters["pps"], job.parameters["snmp_port"], job.parameters["ssh_port"]) == (500, 161, 22)
    assert f"{job.parameters['addresses']} addresses" in said(response)


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"ranges": ""}, "ranges", "at least one range"),
        ({"ranges": "10.0.0.0/99"}, "ranges", "10.0.0.0/99"),
        ({"ranges": HOSTILE}, "ranges", "script"),
        ({"ranges": "8.8.8.0/24"}, "ranges", "outside the allowed networks"),
        ({"ranges": "127.0.0.1", "pps": "0"}, "pps", "1 to 100000"),
        ({"ranges": "127.0.0.1", "snmp_port": "-1"}, "snmp_port", "1 to 65535"),
        ({"ranges": "127.0.0.1", "ssh_port": "ssh"}, "ssh_port", "1 to 65535"),
    ],
)
def test_it_shows_the_sentence_at_the_field(discoverable: Client, data: dict[str, str], field: str, words: str) -> None:
    response = discoverable.post(DISCOVER, data)
    assert response.status_code == 200
    assert words in " ".join(response.context["form"].errors[field])
    assert HOSTILE not in response.content.decode()
    assert not Job.objects.exists()


def test_it_wants_a_large_range_confirmed(discoverable: Client) -> None:
    large = {"ranges": "127.0.0.0/9"}
    assert "ranges" in discoverable.post(DISCOVER, large).context["form"].errors
    assert discoverable.post(DISCOVER, {**large, "confirmed": "on"}).status_code == 302


def test_it_tries_the_chosen_credentials_only(discoverable: Client) -> None:
    chosen = make.make_credential("snmp_v3")
    discoverable.post(DISCOVER, {"ranges": "127.0.0.1", "credentials": [chosen.pk]})
    assert Job.objects.get().parameters["credentials"] == [chosen.pk]


def test_it_forbids_a_viewer_to_discover(as_viewer: Client) -> None:
    assert as_viewer.post(DISCOVER, {"ranges": "127.0.0.1"}).status_code == 403
