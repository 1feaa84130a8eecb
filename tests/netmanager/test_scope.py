"""What access scopes mean: for rows, at each kind of door, and for work that is started."""

import json
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import ProtectedError
from django.test import Client

import compliance.api
import inventory.api
import jobs.api
from inventory.admin.scoped import ScopedAdmin
from inventory.api.viewsets import Listed
from inventory.models import Device, Link, Prefix, Site
from inventory.scope import access_of, may_touch, rule_of, scoped
from jobs import rollout
from jobs.launch import launch
from jobs.models import Job
from jobs.operations import BadParameters
from jobs.retry import retry
from tests import factories as make
from tests.every_address import OWN_APPS
from tests.visitors import queries_of, said, signed_in

pytestmark = pytest.mark.django_db
API, NUMBER = "/api/v1", 987_654
# About the program, or for every device alike: permissions alone say who sees and changes them.
NOT_ABOUT_DEVICES = {
    "inventory.auditseal", "inventory.configtext", "inventory.credential", "inventory.firmwareimage",
    "inventory.keycanary", "compliance.rule", "compliance.standard",
    "compliance.standardversion", "jobs.pace", "jobs.systemsetting",
    "syslogd.syslogrun",
}  # fmt: skip


def reread(user: User) -> User:
    """As the next request reads the user."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def site() -> Site:
    return make.make_site("Alpha")


@pytest.fixture
def own(site: Site) -> Device:
    return make.make_device("alpha1", site=site, role="access")


@pytest.fixture
def foreign() -> Device:
    return make.make_device("bravo1", site=make.make_site("Bravo"), role="access")


@pytest.fixture
def operator(site: Site) -> User:
    """On shift at Alpha."""
    user = make.make_operator()
    make.make_scope(user, sites=[site])
    return user


@pytest.fixture
def client(operator: User) -> Client:
    return signed_in(operator)


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(f"{API}/{path}", body, "application/json")


def test_every_model_says_what_scopes_mean_for_it() -> None:
    models = [model for app in (*OWN_APPS, "syslogd") for model in apps.get_app_config(app).get_models()]
    without = {model._meta.label_lower for model in models if rule_of(model) is None and not model._meta.auto_created}
    assert without == NOT_ABOUT_DEVICES


def test_every_page_and_every_list_asks_the_rule() -> None:
    pages = [page for model, page in admin.site._registry.items() if rule_of(model)]
    assert [type(page).__name__ for page in pages if not isinstance(page, ScopedAdmin)] == []
    lists = [view for app in (inventory.api, compliance.api, jobs.api) for view in app.VIEWSETS.values()]
    about = [view for view in lists if getattr(view, "queryset", None) is not None and rule_of(view.queryset.model)]
    assert [view.__name__ for view in about if not issubclass(view, Listed)] == []
    assert len(about) > 10


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ([], "a-core a-access b-core b-access -core"),
        ([("a", "")], "a-core a-access"),
        ([("", "core")], "a-core b-core -core"),
        ([("a", "core")], "a-core"),
        ([("a", "core"), ("b", "access")], "a-core b-access"),
        ([("a", ""), ("", "core")], "a-core a-access b-core -core"),
        ([("", "")], ""),
        ([("", ""), ("b", "")], "b-core b-access"),
    ],
)
def test_a_device_is_seen_in_any_own_scope_whose_site_and_role_fit(areas: Any, expected: str) -> None:
    sites = {name: make.make_site(name) for name in "ab"}
    for name, role in [*product("ab", ("core", "access")), ("", "core")]:
        make.make_device(f"{name}-{role}", site=sites.get(name), role=role)
    user = make.make_operator()
    for name, role in areas:
        make.make_scope(user, sites=[sites[name]] if name else [], roles=[role] if role else [])
    user = reread(user)
    seen = {device.name for device in scoped(Device.objects.all(), user)}
    assert seen == set(expected.split())
    assert {device.name for device in Device.objects.all() if may_touch(device, user)} == seen


def test_superusers_schedules_and_the_command_line_see_everything(foreign: Device, site: Site) -> None:
    superuser = make.make_admin()
    make.make_scope(superuser, sites=[site])
    assert list(scoped(Device.objects.all(), reread(superuser))) == [foreign]
    assert list(scoped(Device.objects.all(), None)) == [foreign]


def test_a_cable_is_seen_by_who_sees_both_ends(own: Device, foreign: Device, operator: User) -> None:
    across = make.make_link(own, foreign)
    inside = make.make_link(own, make.make_device(site=own.site))
    assert list(scoped(Link.objects.all(), operator)) == [inside]
    make.make_scope(operator, sites=[foreign.site])
    assert set(scoped(Link.objects.all(), reread(operator))) == {inside, across}


def test_a_job_is_seen_by_who_asked_for_it_or_sees_all_of_its_devices(
    own: Device, foreign: Device, operator: User
) -> None:
    inside, mine = make.make_job(devices=[own]), make.make_job("discover", labels=["127.0.0.1"], requested_by=operator)
    make.make_job(devices=[own, foreign], requested_by=operator)
    make.make_job("discover", labels=["127.0.0.2"])
    make.make_job("retention")
    assert set(scoped(Job.objects.all(), operator)) == {inside, mine}


@pytest.mark.parametrize("body", [{}, {"site": None}, {"role": "core"}])
def test_a_device_is_made_and_moved_within_own_scopes_only(site: Site, body: dict[str, Any]) -> None:
    user = make.make_operator()
    make.make_scope(user, sites=[site], roles=["access"])
    client, device = signed_in(user), make.make_device("alpha1", site=site, role="access")
    new = {"name": "new", "primary_address": "127.0.9.9", "site": site.pk, "role": "access"}
    assert post(client, "devices", new).status_code == 201
    if body:
        assert client.patch(f"{API}/devices/{device.pk}", body, "application/json").status_code == 400
    wrong = {**new, "primary_address": "127.0.9.8", **(body or {"site": None})}
    answers = [post(client, "devices", wrong), post(client, "devices", [wrong])]
    for answer in answers:
        errors = answer.json().get("0", answer.json())
        field, sentence = ("role", "accepted are access.") if "role" in body else ("site", "scopes: Alpha.")
        assert (answer.status_code, list(errors)) == (400, [field])
        assert errors[field][0].endswith(sentence)
    assert set(Device.objects.values_list("name", flat=True)) == {"alpha1", "new"}


def test_the_admin_form_says_at_the_field_what_lies_outside(client: Client, own: Device, foreign: Device) -> None:
    form = {
        "name": "alpha1", "primary_address": own.primary_address, "status": "active", "role": "", "site": "",
        "platform": "cisco_ios", "ssh_port": "22", "snmp_port": "161",
    }  # fmt: skip
    page = f"/admin/inventory/device/{own.pk}/change/"
    answer = client.post(page, form)
    assert answer.context["adminform"].errors == {"site": ["Choose a site of your access scopes: Alpha."]}
    refused = client.post(page, {**form, "site": foreign.site_id}).content.decode()
    assert "Select a valid choice" in refused
    assert client.post(page, {**form, "site": own.site_id}).status_code == 302
    own.refresh_from_db()
    assert (own.site_id, own.role) == (own.site_id, "")


NAMING = (
    ("devices", {"name": "x", "primary_address": "127.0.9.9", "site": "ID"}),
    ("devices", [{"name": "x", "primary_address": "127.0.9.9", "site": "ID"}]),
    ("devices/sync", {"devices": ["ID"]}),
    ("devices/sync", {"site": "ID"}),
    ("devices/deploy/vlan", {"devices": ["ID"], "vlans": [{"vid": 110}]}),
    ("prefixes", {"prefix": "127.9.0.0/16", "site": "ID"}),
)


@pytest.mark.parametrize(("path", "body"), NAMING)
def test_to_name_what_is_foreign_is_answered_like_naming_nothing(client: Client, path: str, body: Any) -> None:
    asked = json.loads(json.dumps(body).replace('"ID"', str(NUMBER)))
    missing = post(client, path, asked)
    make.make_device(pk=NUMBER, site=make.make_site(pk=NUMBER))
    hidden = post(client, path, asked)
    assert (hidden.status_code, hidden.json()) == (400, missing.json())
    assert f"with the id {NUMBER}" in hidden.content.decode()
    assert not Job.objects.exists()


def test_a_waiver_for_every_device_is_seen_and_left_to_who_sees_every_device(site: Site, own: Device) -> None:
    user = make.in_role(make.make_approver(), "admin")
    make.make_scope(user, sites=[site])
    client, everywhere = signed_in(user), make.make_waiver(make.make_user())
    here = make.make_waiver(make.make_user(), device=own)
    assert client.get(f"{API}/waivers").json()["count"] == 2
    assert client.delete(f"{API}/waivers/{everywhere.pk}").status_code == 403
    assert client.get(f"/admin/compliance/waiver/{everywhere.pk}/delete/").status_code == 403
    assert client.delete(f"{API}/waivers/{here.pk}").status_code == 204
    body = {"rule": everywhere.rule_id, "reason": "why", "ends_at": "2090-01-01T00:00:00Z"}
    refused = post(client, "waivers", body)
    assert (refused.status_code, list(refused.json())) == (400, ["device"])
    assert post(client, "waivers", {**body, "site": site.pk}).status_code == 201


def test_work_is_done_on_own_devices_whatever_was_chosen(own: Device, foreign: Device, operator: User) -> None:
    job = launch("sync", devices=Device.objects.all(), user=operator)
    assert [target.device for target in job.targets.all()] == [own]
    with pytest.raises(BadParameters, match="Nothing was selected"):
        launch("sync", devices=Device.objects.filter(pk=foreign.pk), user=operator)
    assert launch("sync", devices=Device.objects.all()).total == 2


def test_what_was_seen_once_is_judged_by_the_scopes_of_now(own: Device, foreign: Device, operator: User) -> None:
    job = make.make_job(devices=[own], requested_by=operator, state="FAILURE", stage="approval")
    job.targets.update(state="FAILED")
    own.site = foreign.site
    own.save()
    with pytest.raises(BadParameters, match="outside of your access scopes"):
        retry(job, operator)
    with pytest.raises(rollout.NotNow, match="outside of your access scopes"):
        rollout.approve(job, operator, job.plan_hash)
    with pytest.raises(rollout.NotNow, match="outside of your access scopes"):
        rollout.reject(job, operator, "no")


def test_home_counts_what_the_user_sees(client: Client, own: Device, foreign: Device) -> None:
    Device.objects.update(status=Device.Status.QUARANTINE)
    make.make_job(devices=[foreign], state=Job.State.FAILURE)
    page = client.get("/admin/")
    counts = {str(need.title): need.count for need in page.context["needs"]}
    assert counts == {"Waiting for approval": 1}
    assert (page.context["device_total"], page.context["newest_jobs"]) == (1, [])


def test_counts_beside_what_everybody_sees_are_of_own_devices(site: Site, own: Device, foreign: Device) -> None:
    user = make.make_administrator()
    make.make_scope(user, sites=[site], roles=["access"])
    client, credential, rule = signed_in(user), make.make_credential(), make.make_rule()
    for device in (own, foreign, make.make_device(site=site, role="core")):
        make.make_result(device, rule, state="fail")
        Device.objects.filter(pk=device.pk).update(ssh_credential=credential)
    for noun, name in (("site", "device_count"), ("credential", "device_count")):
        (row,) = client.get(f"/admin/inventory/{noun}/").context["cl"].result_list
        assert getattr(row, name) == 1, noun
    (standard,) = client.get(f"/admin/compliance/standard/?q={rule.standard.slug}").context["cl"].result_list
    assert standard.fail_total == 1


def test_somebody_whose_scopes_are_empty_opens_every_list_and_finds_nothing(own: Device) -> None:
    user = make.make_administrator()
    make.make_scope(user)
    client = signed_in(user)
    for noun in ("device", "site", "prefix", "link", "credential", "interface", "configbackup"):
        assert client.get(f"/admin/inventory/{noun}/").status_code == 200, noun
    assert client.get("/admin/").context["device_total"] == 0
    assert client.get("/admin/compliance/standard/").status_code == 200
    assert client.get(f"{API}/jobs").json()["count"] == client.get(f"{API}/devices").json()["count"] == 0


@pytest.mark.parametrize("path", [f"{API}/devices", f"{API}/jobs", "/admin/inventory/device/", "/admin/jobs/job/"])
def test_a_scope_costs_a_list_as_many_queries_for_many_rows_as_for_few(site: Site, path: str) -> None:
    def queries(user: User) -> int:
        client = signed_in(user)
        client.get(path)
        return queries_of(client, path)

    free, scoped_user = make.make_operator(), make.make_operator()
    make.make_scope(scoped_user, sites=[site])
    make.make_job(devices=[make.make_device(site=site)])
    before, unscoped = queries(scoped_user), queries(free)
    for _ in range(20):
        make.make_job(devices=[make.make_device(site=site)])
        make.make_scope(scoped_user, sites=[site])
    assert queries(scoped_user) == before <= unscoped + 1


def test_a_scope_with_users_and_a_site_that_limits_one_are_not_deleted(site: Site, operator: User) -> None:
    scope = operator.access_scopes.get()
    for row in (scope, site):
        with pytest.raises(ProtectedError):
            row.delete()
        with pytest.raises(ProtectedError):
            type(row)._default_manager.all().delete()
    client = signed_in(make.make_admin())
    assert client.delete(f"{API}/sites/{site.pk}").status_code == 403
    for noun, row in (("accessscope", scope), ("site", site)):
        page = client.post(f"/admin/inventory/{noun}/{row.pk}/delete/", {"post": "yes"})
        assert row.name in page.content.decode()
        assert type(row)._default_manager.filter(pk=row.pk).exists()
    scope.users.clear()
    assert client.post(f"/admin/inventory/accessscope/{scope.pk}/delete/", {"post": "yes"}).status_code == 302
    assert client.delete(f"{API}/sites/{site.pk}").status_code == 204


def test_the_page_of_a_scope_says_who_sees_everything_from_now_on(site: Site, operator: User) -> None:
    client, scope = signed_in(make.make_admin()), operator.access_scopes.get()
    page = f"/admin/inventory/accessscope/{scope.pk}/change/"
    assert "Who is in no scope at all sees every device" in client.get(page).content.decode()
    form = {"name": "night", "sites": [site.pk], "roles": "core, access, core", "users": [operator.pk]}
    client.post(page, form)
    scope.refresh_from_db()
    assert (scope.name, scope.roles) == ("night", ["core", "access"])
    answer = client.post(page, {**form, "users": []})
    assert f"they see every device: {operator.username}." in said(answer)
    assert access_of(reread(operator)) is None


def test_nobody_with_a_scope_edits_scopes(site: Site) -> None:
    user = make.make_administrator()
    scope = make.make_scope(user, sites=[site])
    client = signed_in(user)
    assert client.get(f"/admin/inventory/accessscope/{scope.pk}/change/").status_code == 302
    answer = client.post("/admin/inventory/accessscope/add/", {"name": "all", "roles": "", "users": [user.pk]})
    assert "outside of your access scopes" in answer.content.decode()
    assert user.access_scopes.count() == 1


def test_discovery_looks_inside_prefixes_of_own_sites(own: Device, foreign: Device, operator: User) -> None:
    make.make_credential("snmp_v2c")
    make.make_prefix("127.66.0.0/16", site=own.site)
    make.make_prefix("127.66.8.0/24", site=foreign.site)
    make.make_prefix("127.67.0.0/16", site=foreign.site)
    with pytest.raises(BadParameters, match="outside the allowed networks"):
        launch("discover", {"ranges": ["127.67.0.0/24"]}, user=operator)
    with pytest.raises(BadParameters, match="outside the allowed networks"):
        launch("discover", {"ranges": ["127.67.0.0/24"], "sites": None}, user=operator)
    job = launch("discover", {"ranges": ["127.66.8.0/23"]}, user=operator)
    assert job.parameters["sites"] == [own.site_id]
    assert [target.label for target in job.targets.all()] == ["127.66.9.0-127.66.9.254"]
    assert launch("discover", {"ranges": ["127.67.0.0/24"]}).parameters["sites"] is None


def test_who_has_no_whole_site_does_not_look_for_devices(site: Site) -> None:
    make.make_credential("snmp_v2c")
    Prefix.objects.create(prefix="127.66.0.0/16", site=site)
    user = make.make_operator()
    make.make_scope(user, sites=[site], roles=["core"])
    with pytest.raises(BadParameters, match="no site with all its roles"):
        launch("discover", {"ranges": ["127.66.0.0/24"]}, user=user)
