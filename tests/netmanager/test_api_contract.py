"""Every address of the API, as the schema names it, as everybody: who gets in, who does not, and nothing breaks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from inventory.models import FirmwareImage, HostKey
from jobs.models import FilePiece
from tests.factories import (
    make_admin,
    make_config_backup,
    make_credential,
    make_device,
    make_drift,
    make_interface,
    make_job,
    make_link,
    make_neighbour,
    make_operator,
    make_prefix,
    make_result,
    make_rule,
    make_site,
    make_standard,
    make_syslog,
    make_user,
    make_viewer,
    make_vlan,
    make_waiver,
)

OPEN = ("/api/v1/auth/token", "/api/v1/auth/token/refresh")  # one gets in here
PRIVATE = "/api/v1/audit-entries"  # for administrators
WRITES = {"post", "put", "patch", "delete"}
ASKS = {("post", "/api/v1/rules/try")}  # changes nothing
# What an operator on shift starts or decides; everything else that changes something is for others.
OPERATORS = {
    *((method, f"/api/v1/{noun}/{{id}}") for method in ("patch", "put") for noun in ("devices", "sites", "prefixes")),
    *(("post", f"/api/v1/{noun}") for noun in ("devices", "sites", "prefixes")),
    ("post", "/api/v1/devices/deploy/vlan"),
    ("post", "/api/v1/devices/{id}/approve"),
    ("post", "/api/v1/devices/discover"),
    ("post", "/api/v1/devices/crawl"),
    ("post", "/api/v1/devices/sync"),
    ("post", "/api/v1/devices/backup"),
    ("post", "/api/v1/compliance/scan"),
    ("post", "/api/v1/compliance/drift"),
    ("post", "/api/v1/drifts/{id}/acknowledge"),
    ("post", "/api/v1/jobs/{task_id}/cancel"),
    ("post", "/api/v1/jobs/{task_id}/retry"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str  # as in the schema, with {id}

    @property
    def writes(self) -> bool:
        return self.method in WRITES and (self.method, self.path) not in ASKS


@cache
def operations() -> tuple[Operation, ...]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return tuple(Operation(method, path) for path, methods in schema["paths"].items() for method in methods)


@pytest.fixture
def rows(db: None, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """One row of everything: the first segment of a path -> what stands for its {id}."""
    device, rule = make_device(site=make_site()), make_rule()
    settings.MEDIA_ROOT = tmp_path
    HostKey.objects.create(device=device, key_type="ssh-ed25519", key="AAAA", fingerprint="SHA256:pinned")
    image = FirmwareImage(name="image", platform="cisco_ios", version="17", file=ContentFile(b"image", "image"))
    image.save()
    older = make_config_backup(device, "hostname old\nend\n")
    newer = make_config_backup(device, captured_at=older.captured_at.replace(month=6))
    found = {
        "sites": make_site(),
        "prefixes": make_prefix(),
        "credentials": make_credential(),
        "devices": device,
        "interfaces": make_interface(device),
        "vlans": make_vlan(device),
        "neighbours": make_neighbour(device),
        "links": make_link(device, make_device()),
        "components": device.components.create(name="PSU"),
        "config-backups": newer,
        "firmware-images": image,
        "standards": make_standard(),
        "rules": rule,
        "waivers": make_waiver(make_user(), rule),
        "results": make_result(device, rule),
        "drifts": make_drift(device),
        "syslog": make_syslog(device),
    }
    job = make_job("compliance_report", labels=["a"], result={"file": "compliance.pdf"})
    FilePiece.objects.create(job=job, role=FilePiece.Role.FILE, number=1, content=b"%PDF")
    other = {
        "jobs": job.uuid,
        "target_id": job.targets.get().pk,
        "audit-entries": LogEntry.objects.latest("pk").pk,
        "platforms": "generic",
        "settings": "job_lease_seconds",
    }
    return {noun: row.pk for noun, row in found.items()} | other


def address(path: str, rows: dict[str, Any]) -> str:
    """A path of the schema with a row's id where it names one."""
    noun = path.split("/")[3]
    return re.sub(r"\{(\w+)\}", lambda name: str(rows.get(name[1], rows[noun])), path)


def statuses(user: User | None, rows: dict[str, Any]) -> Iterator[tuple[Operation, int]]:
    """Each operation with what the user gets for it; nothing that was changed stays."""
    client = APIClient(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    for operation in operations():
        url = address(operation.path, rows)
        query = {"search": "?q=hostname", "lines": "?lines=1"}.get(url.rsplit("/", 1)[1], "")
        with transaction.atomic():
            yield operation, client.generic(operation.method.upper(), url + query, "{}", "application/json").status_code
            transaction.set_rollback(True)


def wrong(user: User | None, rows: dict[str, Any], accepted: Any) -> list[str]:
    return [
        f"{operation.method} {operation.path} {status}"
        for operation, status in statuses(user, rows)
        if not operation.path.startswith(OPEN) and status not in accepted(operation)
    ]


OK = (200, 201, 202, 204)


def test_it_is_walked_as_a_whole() -> None:
    nouns = {operation.path.split("/")[3] for operation in operations()}
    assert {"devices", "credentials", "jobs", "config-backups", "results", "compliance", "auth"} <= nouns
    assert len(operations()) > 80


def test_it_lets_nobody_in_without_a_name(rows: dict[str, Any]) -> None:
    assert wrong(None, rows, lambda operation: (401,)) == []


def test_it_shows_nothing_to_a_stranger(rows: dict[str, Any]) -> None:
    assert wrong(make_user(), rows, lambda operation: (403,)) == []


def test_it_shows_everything_to_a_viewer_who_changes_nothing(rows: dict[str, Any]) -> None:
    def accepted(operation: Operation) -> tuple[int, ...]:
        if operation.path.endswith("/retry"):
            return (400,)  # the job is a report's, which a viewer may ask for; it has not ended yet
        if operation.writes or operation.path.startswith(PRIVATE):
            return (403,)
        return (400,) if (operation.method, operation.path) in ASKS else OK

    assert wrong(make_viewer(), rows, accepted) == []


def test_it_lets_an_operator_do_the_work_of_the_shift(rows: dict[str, Any]) -> None:
    def accepted(operation: Operation) -> tuple[int, ...]:
        if operation.path.endswith("/cancel"):
            return (202,)
        changes = operation.writes and (operation.method, operation.path) not in OPERATORS
        if changes or operation.path.startswith(PRIVATE):
            return (403,)
        return (*OK, 400)

    assert wrong(make_operator(), rows, accepted) == []


def test_it_refuses_an_administrator_nothing(rows: dict[str, Any]) -> None:
    assert wrong(make_admin(), rows, lambda operation: (*OK, 400) if operation.method in WRITES else OK) == []


def test_it_describes_every_address_when_asked_for_its_options(rows: dict[str, Any]) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_login(make_admin())
    answers = {path: client.options(address(path, rows)) for path in {operation.path for operation in operations()}}
    silent = [path for path, answer in answers.items() if (answer.status_code, "name" in answer.json()) != (200, True)]
    assert silent == []


def test_its_schema_is_valid_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def test_it_puts_secrets_into_requests_only() -> None:
    components = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    secret = {"password", "snmp_community", "ssh_private_key", "snmp_auth_key", "snmp_priv_key"}
    shown = [name for name, part in components.items() if secret & set(part.get("properties", {}))]
    assert sorted(shown) == ["CredentialRequest", "LoginRequest", "PatchedCredentialRequest"]


def test_it_documents_itself_without_a_script_of_the_page() -> None:
    page = Client().get("/docs")
    assert page.status_code == 200
    assert re.findall(r"<script(?![^>]*src=)[^>]*>", page.content.decode()) == []
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    script = Client().get("/docs?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema" in script.content.decode()
