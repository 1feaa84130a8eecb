"""Every address as somebody of another site: nothing of the foreign site is told, and nothing of it changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import CharField, Model, Q, TextField
from django.http import HttpResponse
from django.test import Client
from pypdf import PdfReader

from compliance.models import Drift, Result, Waiver
from inventory.models import ConfigText, Device, HostKey, Site
from inventory.scope import rule_of, scoped
from jobs.models import DeviceSession, Job, JobTarget, LoginFailure
from tests import factories as make
from tests.every_address import OWN_APPS, Address, every_address, model_of, one_of_each

pytestmark = pytest.mark.django_db
MARK = "wyvern"
SERIAL, ADDRESS = "WYVERN0001", "127.99.31.7"
FIXED = {
    "platform", "status", "state", "kind", "protocol", "mode", "uuid", "chassis_mac", "mac_address", "prefix", "slug",
    "idempotency_key", "request_hash", "plan_hash", "lease_worker", "sha256", "key_type", "full", "step", "stage",
}  # fmt: skip
ROLES = {"admin": make.make_administrator, "operator": make.make_operator}
OWN_LOGIN = ("/api/v1/auth/", "/admin/logout/", "/admin/password_change/", "/admin/login/", "/i18n/")
SCOPED_MODELS = [model for app in OWN_APPS for model in apps.get_app_config(app).get_models() if rule_of(model)]


@dataclass(frozen=True, slots=True)
class World:
    """The own device, the foreign one, and everything foreign, to be compared afterwards."""

    own: Device
    foreign: Device
    site: Site
    mixed: Job


@pytest.fixture
def world() -> World:
    """Two sites. The newest row of every noun is of the foreign one, so that every address names it."""
    site = make.make_site("Alpha")
    own = make.make_device("alpha1", site=site, role="access")
    make.make_prefix("127.66.0.0/16", site=site)
    make.make_interface(own, "Ethernet1")
    make.make_config_backup(own, "hostname alpha1\nend\n")
    make.make_result(own)
    make.make_job(devices=[own])
    kept = {model: list(model.objects.values_list("pk", flat=True)) for model in SCOPED_MODELS}
    one_of_each()
    foreign = Device.objects.exclude(pk=own.pk).get(site__isnull=False)
    make.make_link(own, foreign)
    HostKey.objects.get_or_create(device=foreign, defaults={"key": "AAAA", "fingerprint": MARK})
    job = make.make_job(devices=[foreign], parameters={"ranges": [MARK]}, result={"created": MARK}, error=MARK)
    DeviceSession.objects.create(device=foreign, target=job.targets.get(), until=make.CAPTURED)
    LoginFailure.objects.create(credential=make.make_credential(), device=foreign)
    Waiver.objects.update(site=foreign.site)
    mixed = make.make_job(devices=[own, foreign], error=f"{MARK} did not answer", state=Job.State.PARTIAL)
    make.make_job("discover", labels=[f"{MARK} 127.99.31.0/24"], requested_by=make.make_user())
    kept[JobTarget].append(mixed.targets.get(device=own).pk)  # a target on the own device is shown on its page
    for model in SCOPED_MODELS:
        mark(model, kept[model])
    ConfigText.objects.exclude(backups__device=own).update(redacted=f"hostname {MARK}\nend\n")
    foreign.refresh_from_db()
    foreign.serial, foreign.primary_address, foreign.status = SERIAL, ADDRESS, Device.Status.QUARANTINE
    foreign.save()
    return World(own, foreign, Site.objects.exclude(pk=site.pk).get(), mixed)


def mark(model: type[Model], kept: list[Any]) -> None:
    """The mark in every free text of the foreign rows."""
    texts = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and field.name not in FIXED and not field.choices
    ]
    rows = list(model._default_manager.exclude(pk__in=kept))
    for number, row in enumerate(rows):
        for field in texts:
            setattr(row, field.name, f"{MARK} {field.name} {number}"[: field.max_length])
        if isinstance(row, Waiver):
            row.role = ""  # it is for a site
        if isinstance(row, Result):
            row.evidence = [{"line_number": 1, "text": f"{MARK} line"}]
        if isinstance(row, Drift):
            row.missing, row.extra = [f"{MARK} missing"], [f"{MARK} extra"]
            row.changed = [[f"{MARK} golden", f"{MARK} actual"]]
    changed = [field.name for field in texts] + {Result: ["evidence"], Drift: ["missing", "extra", "changed"]}.get(
        model, []
    )
    if rows and changed:
        model._default_manager.bulk_update(rows, changed)


def person(role: str, world: World) -> User:
    """Somebody of this role whose scope is the own site."""
    user = ROLES[role]()
    make.make_scope(user, sites=[world.own.site])
    make.make_scope(make.make_user(), sites=[world.site], name=MARK)
    return User.objects.get(pk=user.pk)


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def told(answer: HttpResponse) -> str:
    """Everything an answer tells: headers, body, and the texts inside of files."""
    body = bytes(answer.getvalue())
    if body[:2] == b"PK":
        with ZipFile(BytesIO(body)) as archive:
            body = b"\n".join(archive.read(name) for name in archive.namelist())
    if body[:4] == b"%PDF":
        body = "\n".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages).encode()
    return f"{dict(answer.headers)}\n{body.decode(errors='replace')}".lower()


def leaks(answer: HttpResponse, asked: str) -> bool:
    """Whether the answer tells of the foreign site what the question did not say itself."""
    text = told(answer)
    for own_words in {asked.lower(), quote(asked).lower()} - {""}:
        text = text.replace(own_words, "")
    return MARK in text or ADDRESS in text


def walked() -> Iterator[Address]:
    """Every address but those of one's own login."""
    return (one for one in every_address() if not one.route.startswith(OWN_LOGIN))


def noun_of(address: Address) -> Any:
    """The model whose rows are at the address; None for what is no noun."""
    try:
        return model_of(address.route)
    except (LookupError, StopIteration, ValueError):
        return None


def is_about_one(address: Address) -> bool:
    """Whether the address names one row of a noun that scopes are about."""
    model = noun_of(address)
    return "%(" in address.route and model is not None and rule_of(model) is not None


def is_open_to_all(address: Address) -> bool:
    """A noun that is not about devices: rules, credentials, people. Permissions alone say who changes it."""
    model = noun_of(address)
    return model is not None and rule_of(model) is None


QUESTIONS = (
    "/admin/search/?s={mark}", "/admin/search/?s={mark}&extended=1", "/admin/search/?s={address}&extended=1",
    "/admin/inventory/device/?q={mark}", "/admin/inventory/device/?q={address}", "/admin/inventory/device/?all=",
    "/admin/inventory/device/?site__id__exact={site}", "/admin/inventory/device/?role=access",
    "/admin/inventory/device/export.csv?q={mark}", "/admin/inventory/device/export.xlsx",
    "/admin/inventory/device/{own}/change/?tab=neighbours", "/admin/inventory/device/{own}/change/?tab=jobs",
    "/admin/inventory/device/{own}/change/?tab=edit", "/admin/inventory/device/{own}/delete/",
    "/admin/inventory/device/deploy/?ids={foreign}", "/admin/inventory/device/deploy/?job={job}",
    "/admin/inventory/configbackup/{own_backup}/diff/?against={backup}",
    "/admin/inventory/configbackup/{own_backup}/diff/?against={backup}&fold=1-9",
    "/admin/inventory/configbackup/?q={mark}", "/admin/inventory/site/", "/admin/jobs/job/?q={mark}",
    "/admin/jobs/job/?routine=too", "/admin/autocomplete/?app_label=inventory&model_name=link&field_name=a_device",
    "/admin/autocomplete/?app_label=inventory&model_name=device&field_name=site&term=",
    "/admin/autocomplete/?app_label=compliance&model_name=waiver&field_name=device&term=",
    "/api/v1/devices?search={mark}", "/api/v1/devices?site={site}", "/api/v1/devices?address={address}",
    "/api/v1/devices/export?format=xlsx", "/api/v1/devices/export?format=csv",
    "/api/v1/devices/{foreign}/inventory/export?format=xlsx", "/api/v1/devices/{own}/inventory/export?format=pdf",
    "/api/v1/compliance/reports/export?format=xlsx", "/api/v1/compliance/reports/export?format=pdf",
    "/api/v1/compliance/reports/export?format=xlsx&device_id={foreign}", "/api/v1/jobs?device={foreign}",
    "/api/v1/jobs?search={mark}", "/api/v1/config-backups/search?q={mark}&history=true",
    "/api/v1/config-backups/{own_backup}/diff?against={backup}", "/api/v1/config-backups/{backup}/lines?lines=1",
    "/api/v1/links?device={own}",
    "/api/v1/interfaces?device={foreign}", "/api/v1/results?device={foreign}", "/api/v1/drifts?device={foreign}",
    "/api/v1/devices?limit=1000", "/api/v1/jobs?limit=1000", "/api/v1/config-backups?limit=1000",
)  # fmt: skip


def questions(world: World) -> list[str]:
    """Addresses with what only somebody who means the foreign site would ask."""
    names = {
        "mark": MARK, "address": ADDRESS, "site": world.site.pk, "own": world.own.pk, "foreign": world.foreign.pk,
        "own_backup": world.own.config_backups.get().pk, "backup": world.foreign.config_backups.first().pk,
        "job": world.mixed.pk,
    }  # fmt: skip
    return [question.format(**names) for question in QUESTIONS]


@pytest.mark.parametrize("role", ROLES)
def test_it_tells_nothing_of_another_site_at_any_address(role: str, world: World) -> None:
    cache.clear()
    client, telling, opened, count = client_of(person(role, world)), [], [], 0
    for address in (one for one in walked() if role == "admin" or is_about_one(one)):
        answer = client.get(address.path, headers={"Accept": "text/html, */*"})
        count += 1
        assert answer.status_code < 500, address.path
        if leaks(answer, ""):
            telling.append(address.route)
        if is_about_one(address) and answer.status_code not in (302, 403, 404, 405):
            opened.append((address.route, answer.status_code))
    for question in questions(world):
        answer = client.get(question, headers={"Accept": "*/*"})
        count += 1
        assert answer.status_code < 500, question
        if leaks(answer, MARK if f"={MARK}" in question else ADDRESS if ADDRESS in question else ""):
            telling.append(question)
    print(f"{count} addresses read as {role} of another site")
    assert (telling, opened) == ([], [])
    assert count > (300 if role == "admin" else 130)


def foreign_rows(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every row that the user does not see, as it is now."""
    fresh = User.objects.get(pk=user.pk)
    found = {}
    for model in SCOPED_MODELS:
        rows = model._default_manager.all()
        hidden = rows.exclude(pk__in=scoped(rows, fresh).order_by().values("pk")).order_by("pk")
        found[model.__name__] = list(hidden.values())
    return found


def wanted(world: World) -> dict[str, Any]:
    """A body that names what is foreign under every name that some address knows."""
    foreign, site = world.foreign.pk, world.site.pk
    return {
        "name": "mine", "site": site, "device": foreign, "devices": [foreign], "status": "ignored", "role": "stolen",
        "a_device": world.own.pk, "b_device": foreign, "a_interface": "a", "b_interface": "b", "slug": "mine",
        "prefix": "127.98.0.0/16", "primary_address": "127.98.0.1", "ranges": ["127.0.0.1"], "reason": "why",
        "plan_hash": "x" * 64, "vlans": [{"vid": 110}], "rule": Waiver.objects.get().rule_id,
        "ends_at": "2090-01-01T00:00:00Z",
    }  # fmt: skip


ACTIONS = ("delete_selected", "approve", "ignore", "sync", "back_up", "scan", "crawl", "deploy", "protect", "unprotect")


def forms(address: Address, world: World, hidden: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What a browser would post here: every action on the hidden rows for a list, one form elsewhere."""
    common = {**wanted(world), "post": "yes", "against": "1"}
    common = {name: value for name, value in common.items() if not isinstance(value, list)}
    _, _, app, model_name, *rest = f"{address.route}///".split("/")
    if not rest[0] and app in OWN_APPS and model_name:
        rows = [str(row["id"]) for row in hidden[apps.get_model(app, model_name).__name__]]
        return [{"action": action, "_selected_action": rows, "post": "yes"} for action in ACTIONS]
    return [common]


def test_it_changes_nothing_of_another_site_at_any_address(world: World) -> None:
    cache.clear()
    user, broken, count = person("admin", world), [], 0
    client, before = client_of(user), foreign_rows(user)
    assert all(before[name] for name in ("Device", "Job", "ConfigBackup", "Result", "HostKey"))
    for address in (one for one in walked() if not is_open_to_all(one)):
        if address.route.startswith("/admin/"):
            for form in forms(address, world, before):
                answer, count = client.post(address.path, form), count + 1
                broken += [address.path] if answer.status_code >= 500 or leaks(answer, "") else []
        elif address.route.startswith("/api/v1/"):
            for method in ("post", "put", "patch", "delete"):
                answer = getattr(client, method)(address.path, json.dumps(wanted(world)), "application/json")
                count += 1
                broken += [f"{method} {address.path}"] if answer.status_code >= 500 or leaks(answer, "") else []
                if is_about_one(address):
                    assert answer.status_code in (403, 404, 405), (method, address.route, answer.status_code)
    after = foreign_rows(user)
    print(f"{count} changes asked for as admin of another site")
    assert broken == []
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert not JobTarget.objects.filter(Q(device=world.foreign), pk__gt=world.mixed.targets.last().pk + 1).exists()
    assert count > 400


def test_the_walk_would_see_what_an_unscoped_person_sees(world: World) -> None:
    client = client_of(make.make_administrator())
    details = [address for address in walked() if is_about_one(address) and address.route.startswith("/api/")]
    seen = [address.route for address in details if leaks(client.get(address.path), "")]
    assert len(seen) > 12
