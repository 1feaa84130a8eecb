"""The form that deploys VLANs: which devices, what is asked, and what is refused at which field."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.models import Device
from jobs.models import Job, JobTarget, SystemSetting
from tests import factories as make
from tests.jobs.switches import switches
from tests.visitors import signed_in

HOSTILE = "<script>alert(1)</script>"
LIST = "/admin/inventory/device/"
DEPLOY = f"{LIST}deploy/"
USERS = {"vlans-0-vid": "110", "vlans-0-name": "users"}


def asked(page: Any, **entered: str) -> dict[str, str]:
    """The form of a page as a browser sends it, with what was entered."""
    form = page.context["form"]
    fields = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, False)}
    for row in form.rows:
        fields |= {bound.html_name: bound.value() or "" for bound in row}
    fields |= {bound.html_name: bound.value() for bound in form.rows.management_form}
    return {**fields, "choice": page.context["choice"].token, **entered}


def send(client: Client, query: str, **entered: str) -> Any:
    """Open the form, fill it in and send it."""
    url = f"{DEPLOY}?{query}"
    return client.post(url, asked(client.get(url), **entered))


def ids(*devices: Device) -> str:
    return "ids=" + ",".join(str(device.pk) for device in devices)


def names(page: Any) -> list[str]:
    return list(page.context["choice"].devices.values_list("name", flat=True))


def test_it_takes_the_chosen_devices_to_the_form(as_admin: Client) -> None:
    chosen = [make.make_device("sw1"), make.make_device("sw2")]
    make.make_device("other")
    response = as_admin.post(LIST, {"action": "deploy", "_selected_action": [device.pk for device in chosen]})
    page = as_admin.get(response.headers["Location"])
    assert names(page) == ["sw1", "sw2"]
    text = page.content.decode()
    assert "<b>2 devices</b>: sw1, sw2" in text
    assert page.context["choice"].kinds == [("Cisco IOS and IOS-XE", 2)]
    assert not Job.objects.exists()


def test_it_takes_everything_that_the_list_shows_to_the_form(as_admin: Client) -> None:
    site = make.make_site("Seoul")
    for name in ("sw1", "sw2"):
        make.make_device(name, site=site)
    make.make_device("elsewhere")
    sent = {"action": "deploy", "_selected_action": [Device.objects.first().pk], "select_across": "1"}  # type: ignore[union-attr]
    response = as_admin.post(f"{LIST}?site__id__exact={site.pk}", sent)
    assert names(as_admin.get(response.headers["Location"])) == ["sw1", "sw2"]


def test_it_offers_the_form_on_the_device_page(as_admin: Client, as_viewer: Client) -> None:
    device = make.make_device()
    link = f'href="{DEPLOY}?ids={device.pk}"'
    assert link in as_admin.get(f"{LIST}{device.pk}/change/").content.decode()
    assert link not in as_viewer.get(f"{LIST}{device.pk}/change/").content.decode()


@pytest.mark.parametrize(
    "query", ["", "ids=", "ids=987654321", "job=987654321", "ids=x,%00", "job=x", "job=" + "9" * 30]
)
def test_it_starts_nothing_where_nothing_was_chosen(as_admin: Client, query: str) -> None:
    make.make_device()
    assert "No active device is chosen" in as_admin.get(f"{DEPLOY}?{query}").content.decode()
    response = send(as_admin, query, **USERS)
    assert "Nothing was selected" in str(response.context["form"].errors)
    assert not Job.objects.exists()


def test_it_goes_back_to_the_list_with_a_filter_that_the_list_does_not_have(as_admin: Client) -> None:
    assert as_admin.get(f"{DEPLOY}?listed&password=1").headers["Location"] == LIST


def test_it_says_which_devices_are_left_out(as_admin: Client) -> None:
    page = as_admin.get(f"{DEPLOY}?{ids(make.make_device(), make.make_device(status=Device.Status.QUARANTINE))}")
    assert "1 chosen device is not active and is left out." in page.content.decode()


def test_it_makes_a_dry_run_unless_that_is_switched_off(as_admin: Client) -> None:
    device = make.make_device()
    response = send(
        as_admin,
        ids(device),
        **USERS,
        **{
            "vlans-0-access_ports": "Gi1/0/1, Gi1/0/2 Gi1/0/3",
            "trunks": "all",
            "rings": "10, 50",
            "canary": "2",
            "failure_threshold": "1",
            "begin": "2199-03-01T22:00",
            "reason": "new floor",
        },
    )
    job = Job.objects.get(kind="deploy_vlan")
    assert response.headers["Location"] == reverse("admin:jobs_job_change", args=[job.pk])
    assert (job.reason, job.targets.get().device) == ("new floor", device)
    vlan = job.parameters["vlans"][0]
    assert (vlan["vid"], vlan["name"], vlan["access_ports"]) == (110, "users", ["Gi1/0/1", "Gi1/0/2", "Gi1/0/3"])
    wanted = {"trunks": ["all"], "dry_run": True, "canary": 2, "rings": [10, 50], "failure_threshold": 1}
    assert {name: job.parameters[name] for name in wanted} == wanted
    assert job.parameters["window"] == {"begin": "2199-03-01T22:00:00+00:00"}


@pytest.mark.parametrize(
    ("entered", "field", "words"),
    [
        ({"canary": "0"}, "canary", "1 to 1000"),
        ({"canary": "many"}, "canary", "'many'"),
        ({"rings": "4, 0"}, "rings", "1 to 10000"),
        ({"rings": HOSTILE}, "rings", "script"),
        ({"failure_threshold": "-1"}, "failure_threshold", "0 to 50000"),
        ({"trunks": "Gi1/0/1;reload"}, "trunks", ""),
        ({"begin": "tonight"}, "begin", "tonight"),
        ({"begin": "2199-03-02T00:00", "end": "2199-03-01T00:00"}, "end", "does not lie after"),
        ({"end": "2001-03-01T00:00"}, "end", "over already"),
        ({"reason": "x" * 201}, "reason", "200"),
    ],
)
def test_it_says_at_the_field_what_is_wrong(as_admin: Client, entered: dict[str, str], field: str, words: str) -> None:
    if field == "trunks":
        entered = {"trunks": "Gi1/0/1!reload"}
    response = send(as_admin, ids(make.make_device()), **USERS, **entered)
    assert response.status_code == 200
    assert words in " ".join(response.context["form"].errors[field])
    assert HOSTILE not in response.content.decode()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("entered", "row", "field"),
    [
        ({}, 0, "vid"),
        ({"vlans-0-vid": "4095"}, 0, "vid"),
        ({"vlans-0-vid": "many"}, 0, "vid"),
        ({"vlans-0-name": "users"}, 0, "vid"),
        ({"vlans-0-vid": "1002"}, 0, "vid"),
        ({**USERS, "vlans-0-name": HOSTILE}, 0, "name"),
        ({**USERS, "vlans-0-address": "10.0.0.300/24"}, 0, "address"),
        ({**USERS, "vlans-0-access_ports": "all"}, 0, "access_ports"),
        # The first row is empty, so that the second is the first VLAN of the request.
        ({"vlans-TOTAL_FORMS": "2", "vlans-1-vid": "\x00"}, 1, "vid"),
    ],
)
def test_it_says_at_the_row_what_is_wrong(as_admin: Client, entered: dict[str, str], row: int, field: str) -> None:
    response = send(as_admin, ids(make.make_device()), **entered)
    assert response.status_code == 200
    assert field in response.context["form"].rows[row].errors
    assert HOSTILE not in response.content.decode()
    assert not Job.objects.exists()


def test_it_names_devices_that_cannot_be_written_to(as_admin: Client) -> None:
    device = make.make_device(f"gate{HOSTILE}", platform="paloalto_panos")
    response = send(as_admin, ids(device), **USERS)
    assert "paloalto_panos" in str(response.context["form"].non_field_errors())
    assert HOSTILE not in response.content.decode()


def test_it_gives_another_row_and_keeps_what_was_entered(as_admin: Client) -> None:
    response = send(as_admin, ids(make.make_device()), **USERS, trunks="all", canary="x", add_row="1")
    form = response.context["form"]
    assert [row["vid"].value() for row in form.rows] == ["110", None]
    assert (form["trunks"].value(), form["canary"].value(), form.errors) == ("all", "x", {})
    assert not Job.objects.exists()
    entered = {"vlans-1-vid": "120", "canary": "1"}
    as_admin.post(f"{DEPLOY}?{ids(Device.objects.get())}", {**asked(response), **entered})
    assert [vlan["vid"] for vlan in Job.objects.get().parameters["vlans"]] == [110, 120]


@pytest.mark.parametrize("rows", ["", "-1", "x", "99999999"])
def test_it_survives_a_wrong_number_of_rows(as_admin: Client, rows: str) -> None:
    for more in ({}, {"add_row": "1"}):
        sent = {**USERS, "vlans-TOTAL_FORMS": rows, "vlans-INITIAL_FORMS": rows, **more}
        assert send(as_admin, ids(make.make_device()), **sent).status_code == 200
    assert not Job.objects.exists()


def test_it_does_not_deploy_to_others_than_those_it_named(as_admin: Client) -> None:
    site = make.make_site()
    make.make_device(site=site)
    url = f"{DEPLOY}?listed=&site__id__exact={site.pk}"
    form = asked(as_admin.get(url), **USERS)
    make.make_device("found meanwhile", site=site)
    response = as_admin.post(url, form)
    assert "other devices by now" in str(response.context["form"].non_field_errors())
    assert "2 devices" in response.content.decode()
    assert not Job.objects.exists()


def test_it_says_that_somebody_has_to_approve(as_admin: Client) -> None:
    url = f"{DEPLOY}?{ids(make.make_device())}"
    assert "until somebody approves" not in as_admin.get(url).content.decode()
    SystemSetting.objects.create(name="deploy_approval_required", value="yes")
    assert "until somebody approves" in as_admin.get(url).content.decode()


def test_it_is_only_for_those_who_may_deploy(as_viewer: Client) -> None:
    device = make.make_device()
    assert as_viewer.get(f"{DEPLOY}?{ids(device)}").status_code == 403
    assert as_viewer.post(f"{DEPLOY}?{ids(device)}", USERS).status_code == 403
    blind = signed_in(make.make_user("jobs.deploy"))
    assert blind.get(f"{DEPLOY}?{ids(device)}").status_code == 403
    operator = signed_in(make.make_user("jobs.deploy", "inventory.view_device"))
    assert operator.get(f"{DEPLOY}?{ids(device)}").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_it_offers_to_do_a_dry_run_for_real(as_admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = switches(monkeypatch)
    good, refused = make.make_device("good"), make.make_device("refused")
    entered = {"trunks": "all", "reason": "new floor", "vlans-0-access_ports": "Gi1/0/1"}
    send(as_admin, ids(good, refused), **USERS, **entered)
    dry = fake.work(Job.objects.get())
    dry.targets.filter(device=refused).update(state=JobTarget.State.FAILED)
    page = as_admin.get(reverse("admin:jobs_job_change", args=[dry.pk]))
    assert "Deploy this to 1 device" in page.content.decode()
    form = as_admin.get(f"{DEPLOY}?job={dry.pk}")
    assert names(form) == ["good"]
    as_admin.post(f"{DEPLOY}?job={dry.pk}", asked(form))
    job = Job.objects.exclude(pk=dry.pk).get()
    assert job.parameters == {**dry.parameters, "dry_run": False}
    fake.work(job)
    assert (job.state, fake.done) == (Job.State.SUCCESS, ["good"])
    assert not as_admin.get(reverse("admin:jobs_job_change", args=[job.pk])).context["offers"].deploy
