"""The four roles: what each may do at every door, and that the groups stay the operators' own."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from inventory.models import ConfigText
from jobs import roles
from jobs.grants import create_roles
from jobs.models import Job
from tests import factories as make
from tests.visitors import queries_of, signed_in

pytestmark = pytest.mark.django_db
API = "/api/v1"
MAKERS = {
    "viewer": make.make_viewer,
    "operator": make.make_operator,
    "approver": make.make_approver,
    "admin": make.make_administrator,
}
SECRET = "enable secret Tr0ub4dor&3"


@dataclass(frozen=True, slots=True)
class Door:
    """A request that does something, the roles it is for, and the one permission that opens it beside seeing."""

    path: str
    roles: str
    permission: str
    body: dict[str, Any] = field(default_factory=dict)
    method: str = "post"


@pytest.fixture
def rows() -> dict[str, Any]:
    device = make.make_device(name="core1")
    backup = make.make_config_backup(device, full=f"hostname core1\n{SECRET}\nend\n")
    job = make.make_job("deploy_vlan", [device], stage=Job.Stage.APPROVAL, plan_hash="1" * 64)
    return {
        "device": device.pk,
        "backup": backup.pk,
        "job": job.uuid,
        "job_pk": job.pk,
        "credential": make.make_credential().pk,
        "rule": make.make_rule().pk,
    }


OPERATE, DECIDE = "operator admin", "approver admin"
DOORS = [
    Door("/api/v1/config-backups/{backup}/reveal", "admin", "inventory.view_full_config"),
    Door("/api/v1/devices/deploy/vlan", OPERATE, "jobs.deploy"),
    Door("/api/v1/jobs/{job}/approve", DECIDE, "jobs.approve_deployment"),
    Door("/api/v1/jobs/{job}/reject", DECIDE, "jobs.approve_deployment"),
    Door("/api/v1/jobs/{job}/cancel", OPERATE, "jobs.change_job"),
    Door("/api/v1/waivers", DECIDE, "compliance.add_waiver"),
    Door("/api/v1/credentials", "admin", "inventory.add_credential"),
    Door("/api/v1/credentials/{credential}", "admin", "inventory.change_credential", method="patch"),
    Door("/api/v1/credentials/{credential}", "admin", "inventory.delete_credential", method="delete"),
    Door("/api/v1/settings/job_retention_days", "admin", "jobs.change_systemsetting", {"value": "x"}, "patch"),
    Door("/api/v1/devices", OPERATE, "inventory.add_device"),
    Door("/api/v1/devices/{device}", OPERATE, "inventory.change_device", method="patch"),
    Door("/api/v1/devices/{device}", "admin", "inventory.delete_device", method="delete"),
    Door("/api/v1/sites", OPERATE, "inventory.add_site"),
    Door("/api/v1/prefixes", OPERATE, "inventory.add_prefix"),
    Door("/api/v1/devices/discover", OPERATE, "inventory.run_discovery"),
    Door("/api/v1/devices/crawl", OPERATE, "inventory.run_discovery"),
    Door("/api/v1/devices/sync", OPERATE, "inventory.run_sync"),
    Door("/api/v1/devices/backup", OPERATE, "inventory.run_sync"),
    Door("/api/v1/compliance/scan", OPERATE, "compliance.run_scan", {"devices": [0]}),
    Door("/api/v1/compliance/drift", OPERATE, "compliance.run_scan", {"devices": [0]}),
    Door("/api/v1/standards", "admin", "compliance.add_standard"),
    Door("/api/v1/rules/{rule}", "admin", "compliance.change_rule", method="patch"),
]


def knock(client: Client, door: Door, rows: dict[str, Any]) -> int:
    answer = getattr(client, door.method)(door.path.format(**rows), door.body, content_type="application/json")
    return int(answer.status_code)


@pytest.mark.parametrize("role", MAKERS)
def test_a_role_opens_its_doors_and_no_others(role: str, rows: dict[str, Any]) -> None:
    client = signed_in(MAKERS[role]())
    for door in DOORS:
        status = knock(client, door, rows)
        assert (status == 403) == (role not in door.roles.split()), (door.method, door.path, status)
        assert status < 500, door.path
    assert len(DOORS) > 20


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
def test_one_permission_makes_the_difference_at_a_door(door: Door, rows: dict[str, Any]) -> None:
    user = make.make_viewer()
    assert knock(signed_in(user), door, rows) == 403
    app, codename = door.permission.split(".")
    user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    assert knock(signed_in(user), door, rows) != 403


def test_the_pages_offer_only_what_the_role_may_do(rows: dict[str, Any]) -> None:
    backup, device = f"/admin/inventory/configbackup/{rows['backup']}/", f"/admin/inventory/device/{rows['device']}/"
    shown = {
        ("change/", backup, f"{backup}full/"): "admin",
        ("change/", backup, f"{backup}golden/"): DECIDE,
        ("change/", device, "/admin/inventory/device/deploy/"): OPERATE,
        ("change/", f"/admin/jobs/job/{rows['job_pk']}/", "/approve/"): DECIDE,
        ("", "/admin/inventory/credential/", "/admin/inventory/credential/add/"): "admin",
        ("", "/admin/jobs/systemsetting/", 'name="job_retention_days"'): "admin",
    }
    for role, maker in MAKERS.items():
        client = signed_in(maker())
        for (end, page, needle), allowed in shown.items():
            text = client.get(page + end).content.decode()
            assert (needle in text) == (role in allowed.split()), (role, page, needle)


# Full configurations -----------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["/api/v1/config-backups/{}/reveal", "/admin/inventory/configbackup/{}/full/"])
def test_a_full_configuration_is_given_to_few_and_each_reading_is_written_down(door: str, rows: dict[str, Any]) -> None:
    url = door.format(rows["backup"])
    for maker in (make.make_viewer, make.make_operator, make.make_approver):
        answer = signed_in(maker()).post(url)
        assert (answer.status_code, SECRET in answer.content.decode()) == (403, False)
    assert not LogEntry.objects.filter(action=LogEntry.Action.ACCESS).exists()
    reader = make.make_administrator()
    answer = signed_in(reader).post(url)
    assert SECRET in answer.content.decode()
    assert answer.headers["Cache-Control"].startswith("no-store")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert (entry.actor, entry.object_id) == (reader, rows["backup"])
    assert signed_in(reader).get(url).status_code == 405  # nothing that a browser fetches ahead


def test_it_says_when_no_key_opens_a_configuration(rows: dict[str, Any]) -> None:
    table = connection.ops.quote_name(ConfigText._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET "full" = %s', [b"gAAAAABrubbish"])
    answer = signed_in(make.make_admin()).post(f"{API}/config-backups/{rows['backup']}/reveal")
    assert answer.status_code == 409
    assert "full" in answer.json()["detail"]


# The groups --------------------------------------------------------------------------------------


def test_the_table_gives_nothing_private_to_those_who_look() -> None:
    every = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}
    seen = roles.permissions_of("viewer", every)
    private = {"inventory.view_full_config", "inventory.view_configtext", "inventory.view_accessscope"}
    private |= {"auth.view_user", "auditlog.view_logentry", "axes.view_accessattempt"}
    assert private <= roles.permissions_of("admin", every)
    assert not private & seen
    assert all(name.split(".")[1].startswith("view_") for name in seen)
    assert seen < roles.permissions_of("operator", every) < roles.permissions_of("admin", every)
    assert seen < roles.permissions_of("approver", every) < roles.permissions_of("admin", every)
    assert not roles.permissions_of("operator", every) & roles.APPROVER  # two pairs of eyes
    assert roles.OPERATOR | roles.APPROVER <= every  # no name is misspelt


def test_what_an_operator_took_from_a_group_or_added_to_it_survives_an_upgrade() -> None:
    before = {group.name: group.permissions.count() for group in Group.objects.all()}
    assert set(before) == set(roles.ROLES)
    operator = Group.objects.get(name="operator")
    deploy, settings = (Permission.objects.get(codename=name) for name in ("deploy", "change_systemsetting"))
    operator.permissions.remove(deploy)
    operator.permissions.add(settings)
    Group.objects.get(name="viewer").delete()
    call_command("migrate", verbosity=0)
    assert not operator.permissions.filter(pk=deploy.pk).exists()
    assert operator.permissions.filter(pk=settings.pk).exists()
    assert not Group.objects.filter(name="viewer").exists()
    assert Group.objects.get(name="admin").permissions.count() == before["admin"]


def test_a_permission_that_an_upgrade_brings_goes_to_the_roles_that_it_is_for() -> None:
    Permission.objects.filter(codename__in=("view_vlan", "run_scan")).delete()
    call_command("migrate", verbosity=0)
    having = {
        codename: set(Group.objects.filter(permissions__codename=codename).values_list("name", flat=True))
        for codename in ("view_vlan", "run_scan")
    }
    assert having == {"view_vlan": {"viewer", "operator", "approver", "admin"}, "run_scan": {"operator", "admin"}}


def test_an_installation_from_before_the_roles_gets_them_with_everything() -> None:
    before = {group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}
    Group.objects.all().delete()
    create_roles(Group.objects, Permission.objects)  # what migration 0006 does
    after = {group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}
    assert after == before


# People ------------------------------------------------------------------------------------------


def test_an_administrator_below_the_superuser_cannot_become_one() -> None:
    root, clerk = make.make_admin(name="root"), make.make_administrator(name="clerk")
    client = signed_in(clerk)
    own = f"/admin/auth/user/{clerk.pk}/change/"
    form = {"username": "clerk", "is_active": "on", "is_staff": "on", "is_superuser": "on", "user_permissions": ["1"]}
    times = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    client.post(own, form | times)
    clerk.refresh_from_db()
    assert (clerk.is_superuser, clerk.user_permissions.count()) == (False, 0)
    new = {"password1": make.PASSWORD, "password2": make.PASSWORD, "usable_password": "true"}
    assert client.post(f"/admin/auth/user/{root.pk}/password/", new).status_code == 403
    assert client.post(f"/admin/auth/user/{root.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"/admin/auth/user/{root.pk}/change/", form | times | {"username": "r"}).status_code == 403
    assert User.objects.get(pk=root.pk).username == "root"


# Cost --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"{API}/devices", f"{API}/config-backups", f"{API}/jobs", "/admin/inventory/device/"])
def test_access_checks_cost_the_same_few_queries_however_many_rows(path: str) -> None:
    def queries(user: User) -> int:
        client = signed_in(user)
        client.get(path)
        return queries_of(client, path)

    operator, root = make.make_operator(), make.make_admin()
    few = queries(operator), queries(root)
    for _ in range(12):
        device = make.make_device()
        make.make_config_backup(device)
        make.make_job(devices=[device])
    many = queries(operator), queries(root)
    assert many[0] - few[0] == many[1] - few[1]
    assert many[0] - many[1] <= 3  # own permissions, those of the groups, the scopes
