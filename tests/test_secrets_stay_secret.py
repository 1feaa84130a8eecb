"""A secret planted in every place where one lives is found nowhere else, whatever succeeds or fails."""

import base64
import json
import logging
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from pypdf import PdfReader
from pytest_django.fixtures import Settings
from redis import Redis

from inventory.models import ConfigText, Credential, Device
from inventory.reach import snmp_target, ssh_target
from netmanager.celery import app
from netmanager.logs import JsonFormatter
from tests.every_address import every_address, one_of_each
from tests.factories import make_admin
from tests.journey import Operator, ports
from tests.lab import Lab
from tests.lab.snmp.usm import V3User
from tests.lab.vendors.baseline import PLANTED_SECRETS
from tests.worker import ROOT, Worker

NETWORK = "127.43.0.0/28"
pytestmark = [pytest.mark.xdist_group("celery")]
PASSWORD, ENABLE, COMMUNITY = "pl4nted-ssh-passw0rd", "pl4nted-enable-passw0rd", "pl4nted-c0mmunity"
AUTH_KEY, PRIV_KEY = "pl4nted-v3-auth-key", "pl4nted-v3-priv-key"
WRONG_PASSWORD, WRONG_COMMUNITY, WRONG_KEY = "pl4nted-wr0ng-passw0rd", "pl4nted-wr0ng-c0mmunity", "pl4nted-wr0ng-v3-key"
PASSPHRASE, LOGIN, TOKEN = "pl4nted-passphrase", "pl4nted-web-l0gin", "pl4nted-metrics-t0ken"
REFUSED = "pl4nted-refused-passw0rd"
KEY_LINE = "cGw0bnRlZC1rZXktbGluZS1vZi1hLXByaXZhdGUta2V5"
KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY_LINE}\n-----END OPENSSH PRIVATE KEY-----\n"
PLANTED = (
    *PLANTED_SECRETS, PASSWORD, ENABLE, COMMUNITY, AUTH_KEY, PRIV_KEY, WRONG_PASSWORD, WRONG_COMMUNITY, WRONG_KEY,
    PASSPHRASE, LOGIN, TOKEN, REFUSED, KEY_LINE,
)  # fmt: skip


@dataclass
class Search:
    """Where which secret was seen."""

    secrets: list[bytes]
    leaks: list[str] = field(default_factory=list)
    looked: int = 0

    def look(self, where: str, content: bytes | str) -> None:
        """As it stands, and as base64, hexadecimal and JSON write it."""
        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self.looked += len(data)
        for number, secret in enumerate(self.secrets):
            forms = {secret, secret.hex().encode(), json.dumps(secret.decode())[1:-1].encode()}
            if any(form in data for form in forms):
                self.leaks.append(f"secret {number} ({secret[:12]!r}...) in {where}")


@pytest.fixture
def search() -> Search:
    own = [settings.SECRET_KEY, *settings.FERNET_KEYS, connection.settings_dict["PASSWORD"]]
    own.append(re.search(r":([^:@]+)@", settings.REDIS_URL)[1])  # type: ignore[index]
    return Search([secret.encode() for secret in (*PLANTED, *own)])


@pytest.fixture
def lab() -> Iterator[Lab]:
    user = V3User("netmon", AUTH_KEY, PRIV_KEY)
    with Lab(5, network=NETWORK, password=PASSWORD, community=COMMUNITY, v3_user=user, enable_password=ENABLE) as lab:
        yield lab


@pytest.fixture
def web_log() -> Iterator[list[str]]:
    """Every line this process logs at DEBUG, tracebacks included."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, keep = logging.getLogger(), Keep()
    keep.setFormatter(JsonFormatter())
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(before)
    root.removeHandler(keep)


@contextmanager
def redis_commands() -> Iterator[list[str]]:
    """Everything that is said to Redis meanwhile, messages' bodies decoded."""
    said: list[str] = []
    with Redis.from_url(settings.REDIS_URL) as client, client.monitor() as monitor:

        def listen() -> None:
            for command in monitor.listen():
                text = command["command"]
                said.append(text)
                if "end of the walk" in text:
                    return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield said
        Redis.from_url(settings.REDIS_URL).set("end of the walk", 1, ex=1)
        thread.join(timeout=10)
    bodies = re.findall(r'body\\*": \\*"([\w+/=]+)', "\n".join(said))
    said += [base64.b64decode(body).decode(errors="replace") for body in bodies]


def walk(operator: Operator, lab: Lab) -> None:
    """The journey, then everything that can go wrong with a secret on the way."""
    operator.prepare(lab, NETWORK)
    right = Credential.objects.get(name="Lab SSH")
    operator.client.patch(f"/api/v1/credentials/{right.pk}", {"enable_password": ENABLE}, format="json")
    v3 = operator.prepare_v3(lab)
    wrong_v2c = operator.post("credentials", {"name": "w2", "kind": "snmp_v2c", "snmp_community": WRONG_COMMUNITY})
    body = {"snmp_auth_protocol": "SHA", "snmp_auth_key": WRONG_KEY, "snmp_priv_protocol": "AES"}
    body |= {"snmp_priv_key": WRONG_KEY, "name": "w3", "kind": "snmp_v3", "username": "netmon"}
    wrong_v3 = operator.post("credentials", body)
    ssh = {"kind": "ssh", "username": lab.username}
    wrong = operator.post("credentials", {**ssh, "name": "w1", "password": WRONG_PASSWORD})
    keyed = operator.post("credentials", {**ssh, "name": "key", "ssh_private_key": KEY, "ssh_passphrase": PASSPHRASE})
    look_for = {"ranges": [NETWORK], **ports(lab)}
    for failing in (wrong_v2c["id"], wrong_v3["id"]):
        operator.job("devices/discover", {**look_for, "credentials": [failing]})
    assert operator.job("devices/discover", {**look_for, "credentials": [v3]})["result"]["created"] == 5
    operator.job("devices/discover", look_for)
    ids = list(Device.objects.filter(primary_address__startswith="127.43.").values_list("pk", flat=True))
    for pk in ids:
        operator.post(f"devices/{pk}/approve", {}, status=200)
    for path in ("devices/sync", "devices/backup", "compliance/scan"):
        job = operator.job(path, {"devices": ids})
        assert job["state"] == "SUCCESS", job["error"]
    for credential in (wrong, keyed):
        Device.objects.filter(pk__in=ids).update(ssh_credential=credential["id"])
        assert operator.job("devices/sync", {"devices": ids})["state"] == "FAILURE"
    Device.objects.filter(pk__in=ids).update(ssh_credential=right)
    for device in lab.devices:
        lab.fault(device.address, "cut-in-config")
    operator.job("devices/backup", {"devices": ids})


def refusals(operator: Operator, admin: Client) -> Iterator[tuple[str, bytes]]:
    """What is answered to secrets that cannot be taken."""
    good = {"name": "refused", "kind": "ssh", "username": "u"}
    bodies: list[dict[str, Any]] = [
        {"password": [REFUSED]},
        {"password": {"a": REFUSED}},
        {"password": REFUSED * 2000},
        {"password": REFUSED, "username": ""},
        {"password": f"{REFUSED}\x00"},
        {"password": REFUSED, "snmp_auth_protocol": "x"},
    ]
    for number, body in enumerate(bodies):
        answer = operator.client.post("/api/v1/credentials", {**good, **body}, format="json")
        assert answer.status_code == 400, (number, answer.content)
        yield f"refusal {number}", answer.content
    yield (
        "broken JSON",
        operator.client.generic(
            "POST", "/api/v1/credentials", f'{{"password": "{REFUSED}"', content_type="application/json"
        ).content,
    )
    form = {"kind": "ssh", "username": "u", "password": REFUSED, "ssh_private_key": KEY}
    yield "the admin's refusal", admin.post("/admin/inventory/credential/add/", form).content
    pk = Credential.objects.get(name="key").pk
    change = admin.post(f"/admin/inventory/credential/{pk}/change/", {**form, "name": "key"}, follow=True)
    assert change.status_code == 200
    yield "the admin's change", change.content
    login = {"username": operator_name(operator), "password": LOGIN}
    yield "token", Client().post("/api/v1/auth/token", login).content
    yield "login", Client().post("/admin/login/", login).content


def operator_name(operator: Operator) -> str:
    return str(operator.client.handler._force_user.username)


def pages(admin: Client) -> Iterator[tuple[str, bytes]]:
    """Every address as page, JSON and OPTIONS, and every export, unpacked."""
    for address in every_address():
        yield address.path, admin.get(address.path, headers={"Accept": "text/html,*/*"}).content
        if address.path.startswith("/api/"):
            yield f"{address.path} as JSON", admin.get(address.path, headers={"Accept": "application/json"}).content
            yield f"{address.path} OPTIONS", admin.options(address.path).content
    device = Device.objects.order_by("pk").last()
    for pk in ConfigText.objects.values_list("backups", flat=True):
        yield f"backup {pk}", admin.get(f"/api/v1/config-backups/{pk}").content
        yield f"page of backup {pk}", admin.get(f"/admin/inventory/configbackup/{pk}/change/").content
    for path in ("devices/export", f"devices/{device.pk}/inventory/export", "compliance/reports/export"):
        for kind in ("xlsx", "csv", "pdf"):
            yield f"{path} {kind}", unpacked(admin.get(f"/api/v1/{path}?format={kind}&device_id={device.pk}").content)


def unpacked(file: bytes) -> bytes:
    """The text of a workbook or a PDF; anything else as it is."""
    if file.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(file)) as book:
            return b"\n".join(book.read(name) for name in book.namelist())
    if file.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages).encode()
    return file


def stored() -> Iterator[tuple[str, str]]:
    """Every row of every table as PostgreSQL writes it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            yield table, "\n".join(row[0] for row in cursor.fetchall())


def test_a_planted_secret_is_found_nowhere(
    celery_worker: Worker, search: Search, lab: Lab, web_log: list[str], settings: Settings
) -> None:
    settings.METRICS_TOKEN = TOKEN
    begin = celery_worker.log_size()
    one_of_each()
    operator, admin = Operator(), Client(raise_request_exception=False)
    admin.force_login(make_admin())
    with redis_commands() as said:
        walk(operator, lab)
    for where, content in (*refusals(operator, admin), *pages(admin)):
        search.look(where, content)
    for header in ("", f"Bearer {TOKEN}x", f"Bearer {TOKEN}"):
        search.look("metrics", admin.get("/metrics", headers={"Authorization": header}).content)
    for table, rows in stored():
        search.look(f"table {table}", rows)
    search.look("Redis", "\n".join(said))
    search.look("the log of the web", "\n".join(web_log))
    search.look("the log of the worker", celery_worker.log.read_bytes()[begin:])
    search.look("what a worker tells of its settings", json.dumps(app.control.inspect(timeout=5).conf(), default=str))
    search.look("Celery's report", app.bugreport())
    for device in Device.objects.exclude(ssh_credential=None).exclude(snmp_credential=None):
        search.look("a target", f"{ssh_target(device)!r} {snmp_target(device)!r} {vars(device.ssh_credential)}")
    assert search.leaks == []
    assert any("jobs.sync" in line for line in said)
    assert search.looked > 5_000_000


EMBEDDED = """
from inventory.models import Credential, Device, Prefix
from inventory.backup import store
from jobs.launch import launch
from jobs.models import JobTarget
from jobs.run import run_target
import os
planted = os.environ["PLANTED"]
ssh = Credential.objects.create(name="c", username="u", password=planted, enable_password=planted)
Prefix.objects.create(prefix="127.0.0.0/8")
device = Device(name="r", primary_address="127.0.0.1", ssh_port=1, platform="cisco_ios", ssh_credential=ssh)
device.save()
store(device, f"hostname r\\nenable password {planted}\\nend\\n")
job = launch("sync", devices=Device.objects.all())
for _ in range(2):  # an unreachable device is tried twice
    JobTarget.objects.update(not_before=None)
    run_target(JobTarget.objects.get().pk)
print(JobTarget.objects.get().state, JobTarget.objects.get().message)
"""


def test_no_file_of_the_embedded_default_holds_it(tmp_path: Path) -> None:
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY")
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    env = {**clean, "DATA_DIR": str(tmp_path), "LOG_TO_FILE": "true", "LOG_LEVEL": "DEBUG", "PLANTED": PASSWORD}
    said = b""
    for command in (["migrate", "-v0"], ["shell", "-v0", "-c", EMBEDDED]):
        done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True)
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    assert b"FAILED r (127.0.0.1) refused the connection" in said
    keys = (tmp_path / "keys.env").read_text()
    search = Search([secret.encode() for secret in (PASSWORD, *re.findall(r"=(.{40,})", keys))])
    search.look("what was printed", said)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "keys.env"]
    for path in files:
        search.look(str(path), path.read_bytes())
    assert search.leaks == []
    assert {"netmanager.sqlite3", "netmanager.log"} <= {path.name for path in files}
    assert any("queue" in path.parts for path in files)  # the message itself was looked at
