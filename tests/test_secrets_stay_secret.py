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
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.views.debug import ExceptionReporter
from pypdf import PdfReader
from pytest_django.fixtures import Settings
from redis import Redis

from inventory.drivers.base import Target
from inventory.fields import SecretField
from inventory.models import ConfigBackup, ConfigText, Credential, Device, KeyCanary
from inventory.reach import snmp_target, ssh_target
from inventory.secrets import Secret
from jobs.launch import launch
from netmanager.celery import app
from netmanager.logs import JsonFormatter, TextFormatter
from tests.every_address import every_address, one_of_each
from tests.factories import make_admin
from tests.journey import Operator, ports
from tests.lab import Lab
from tests.lab.snmp.usm import V3User
from tests.lab.vendors import baseline
from tests.leaks import Plants, Search
from tests.services import postgresql_binaries
from tests.worker import ROOT, Worker, database_url_of_this_test

NETWORK = "127.43.0.0/28"
pytestmark = [pytest.mark.xdist_group("celery")]


class Secrets:
    """What is planted in this run, each of another form."""

    def __init__(self) -> None:
        self.plants = Plants()
        new = self.plants.new
        self.password, self.enable = new("p\"w'{}<&> "), new(" 한글{}\\n")
        self.community = new("{}")
        self.auth_key, self.priv_key = new("auth {} 'key'"), new("YXV0aA{}==")
        self.wrong_password, self.wrong_community, self.wrong_key = new("%s{}%41"), new("{}{{}}"), new("{{{{ {} }}}}")
        self.passphrase, self.login, self.token = new("pass {} phrase"), new("LOGIN-{}"), new("{}")
        self.refused = new("é{}\u00fc;")
        self.key_line = new("b3BlbnNzaC1rZXk{}AAAAB3NzaC1yc2E")
        self.key = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{self.key_line}\n-----END OPENSSH PRIVATE KEY-----\n"

    def plant_in_lab(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Other secrets in the configurations that the lab's devices start with."""
        fresh = {known: self.plants.into(known) for known in baseline.PLANTED_SECRETS}
        texts = {platform: tuple(_replaced(text, fresh) for text in pair) for platform, pair in baseline._TEXTS.items()}
        monkeypatch.setattr(baseline, "_TEXTS", texts)

    def plant_in_every_field(self) -> int:
        """One in every secret field of every model the registry knows; a new model needs a row in `one_of_each`."""
        planted = 0
        for model in apps.get_models():
            fields = [one for one in model._meta.concrete_fields if isinstance(one, SecretField)]
            if not fields or model is KeyCanary:  # the canary's text is known to everybody
                continue
            row = model._default_manager.order_by("pk").first()
            assert row is not None, f"There is no {model.__name__} to plant secrets in."
            for one in fields:
                setattr(row, one.name, self.plants.new(f"{one.name}\n {{}}\t"))
                planted += 1
            row.save()
        return planted


def _replaced(text: str, fresh: dict[str, str]) -> str:
    for known, other in fresh.items():
        text = text.replace(known, other)
    return text


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    hidden = Secrets()
    hidden.plant_in_lab(monkeypatch)
    return hidden


@pytest.fixture
def search(hidden: Secrets) -> Search:
    own = [settings.SECRET_KEY, *settings.FERNET_KEYS, connection.settings_dict["PASSWORD"]]
    own.append(re.search(r":([^:@]+)@", settings.REDIS_URL)[1])  # type: ignore[index]
    return Search([hidden.plants.marker, *own])


@pytest.fixture
def lab(hidden: Secrets) -> Iterator[Lab]:
    logins = {"password": hidden.password, "community": hidden.community, "enable_password": hidden.enable}
    with Lab(5, network=NETWORK, v3_user=V3User("netmon", hidden.auth_key, hidden.priv_key), **logins) as lab:
        yield lab


@pytest.fixture
def web_log() -> Iterator[list[logging.LogRecord]]:
    """Everything this process logs at DEBUG, tracebacks included."""
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    root, keep = logging.getLogger(), Keep()
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield records
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
        try:
            yield said
        finally:
            Redis.from_url(settings.REDIS_URL).set("end of the walk", 1, ex=1)
            thread.join(timeout=10)
    bodies = re.findall(r'body\\*": \\*"([\w+/=]+)', "\n".join(said))
    said += [base64.b64decode(body).decode(errors="replace") for body in bodies]


def walk(operator: Operator, lab: Lab, hidden: Secrets) -> str:
    """The journey, then everything that can go wrong with a secret on the way; the id of a job that goes on."""
    operator.prepare(lab, NETWORK)
    right = Credential.objects.get(name="Lab SSH")
    operator.client.patch(f"/api/v1/credentials/{right.pk}", {"enable_password": hidden.enable}, format="json")
    v3 = operator.prepare_v3(lab)
    wrong_v2c = operator.post(
        "credentials", {"name": "w2", "kind": "snmp_v2c", "snmp_community": hidden.wrong_community}
    )
    body = {"snmp_auth_protocol": "SHA", "snmp_auth_key": hidden.wrong_key, "snmp_priv_protocol": "AES"}
    body |= {"snmp_priv_key": hidden.wrong_key, "name": "w3", "kind": "snmp_v3", "username": "netmon"}
    wrong_v3 = operator.post("credentials", body)
    ssh = {"kind": "ssh", "username": lab.username}
    wrong = operator.post("credentials", {**ssh, "name": "w1", "password": hidden.wrong_password})
    key = {"ssh_private_key": hidden.key, "ssh_passphrase": hidden.passphrase}
    keyed = operator.post("credentials", {**ssh, **key, "name": "key"})
    look_for = {"ranges": [NETWORK], **ports(lab)}
    found = [
        operator.post("devices/discover", {**look_for, "credentials": [one]}, status=202)["job_id"]
        for one in (wrong_v2c["id"], wrong_v3["id"], v3)
    ]
    assert [operator.ended(job)["result"].get("created", 0) for job in found] == [0, 0, 5]
    operator.job("devices/discover", look_for)
    ids = list(Device.objects.filter(primary_address__startswith="127.43.").values_list("pk", flat=True))
    for pk in ids:
        operator.post(f"devices/{pk}/approve", {}, status=200)
    for path in ("devices/sync", "devices/backup", "devices/crawl", "compliance/scan"):
        job = operator.job(path, {"devices": ids} | (ports(lab) if path == "devices/crawl" else {}))
        assert job["state"] == "SUCCESS", (path, job)
    change(operator, ids)
    for kind in ("monitor", "retention"):
        assert operator.ended(str(launch(kind).uuid))["state"] == "SUCCESS", kind
    for credential in (wrong, keyed):
        Device.objects.filter(pk__in=ids).update(ssh_credential=credential["id"])
        assert operator.job("devices/sync", {"devices": ids})["state"] == "FAILURE"
    Device.objects.filter(pk__in=ids).update(ssh_credential=right)
    for device in lab.devices:
        lab.fault(device.address, "cut-in-config")
    return str(operator.post("devices/backup", {"devices": ids}, status=202)["job_id"])


def change(operator: Operator, ids: list[int]) -> None:
    """A deployment, first tried, then done, and what it is compared with afterwards."""
    ConfigBackup.objects.filter(device__in=ids).update(is_golden=True)
    vlans = [{"vid": 110, "name": "users"}]
    for dry_run in (True, False):
        job = operator.job("devices/deploy/vlan", {"devices": ids, "vlans": vlans, "dry_run": dry_run})
        assert job["progress"]["done"] == len(ids), job
    operator.job("compliance/drift", {"devices": ids})


def refusals(operator: Operator, admin: Client, hidden: Secrets) -> Iterator[tuple[str, bytes]]:
    """What is answered to secrets that cannot be taken."""
    refused = hidden.refused
    good = {"name": "refused", "kind": "ssh", "username": "u"}
    bodies: list[dict[str, Any]] = [
        {"password": [refused]},
        {"password": {"a": refused}},
        {"password": refused * 2000},
        {"password": refused, "username": ""},
        {"password": f"{refused}\x00"},
        {"password": refused, "snmp_auth_protocol": "x"},
    ]
    for number, body in enumerate(bodies):
        answer = operator.client.post("/api/v1/credentials", {**good, **body}, format="json")
        assert answer.status_code == 400, (number, answer.content)
        yield f"refusal {number}", answer.content
    yield (
        "broken JSON",
        operator.client.generic(
            "POST", "/api/v1/credentials", f'{{"password": "{refused}"', content_type="application/json"
        ).content,
    )
    # In a wrong field it is told back to whoever sent it, and kept nowhere.
    for path, wrong in (
        ("devices/discover", {"ranges": [refused]}),
        ("devices/sync", {"devices": refused}),
        ("credentials", {**good, "kind": refused}),
    ):
        assert operator.client.post(f"/api/v1/{path}", wrong, format="json").status_code == 400, path
    form = {"kind": "ssh", "username": "u", "password": refused, "ssh_private_key": hidden.key}
    yield "the admin's refusal", admin.post("/admin/inventory/credential/add/", form).content
    pk = Credential.objects.get(name="key").pk
    change = admin.post(f"/admin/inventory/credential/{pk}/change/", {**form, "name": "key"}, follow=True)
    assert change.status_code == 200
    yield "the admin's change", change.content
    login = {"username": operator_name(operator), "password": hidden.login}
    yield "token", Client().post("/api/v1/auth/token", login).content
    yield "login", Client().post("/admin/login/", login).content


def operator_name(operator: Operator) -> str:
    return str(operator.client.handler._force_user.username)


def pages(admin: Client) -> Iterator[tuple[str, bytes]]:
    """Every address as page, JSON and OPTIONS, and every export, unpacked."""
    for address in every_address():
        yield address.path, admin.get(address.path, headers={"Accept": "text/html,*/*"}).getvalue()
        if address.path.startswith("/api/"):
            yield f"{address.path} as JSON", admin.get(address.path, headers={"Accept": "application/json"}).getvalue()
            yield f"{address.path} OPTIONS", admin.options(address.path).content
    device = Device.objects.order_by("pk").last()
    for pk in ConfigText.objects.values_list("backups", flat=True):
        yield f"backup {pk}", admin.get(f"/api/v1/config-backups/{pk}").content
        yield f"page of backup {pk}", admin.get(f"/admin/inventory/configbackup/{pk}/change/").content
    for path in ("devices/export", f"devices/{device.pk}/inventory/export", "compliance/reports/export"):
        for kind in ("xlsx", "csv", "pdf"):
            yield (
                f"{path} {kind}",
                unpacked(admin.get(f"/api/v1/{path}?format={kind}&device_id={device.pk}").getvalue()),
            )


def unpacked(file: bytes) -> bytes:
    """The text of a workbook or a PDF; anything else as it is."""
    if file.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(file)) as book:
            return b"\n".join(book.read(name) for name in book.namelist())
    if file.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages).encode()
    return file


def dumped() -> Iterator[tuple[str, str]]:
    """Every table as pg_dump writes it."""
    command = [f"{postgresql_binaries()}/pg_dump", "--data-only", database_url_of_this_test()]
    dump = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", check=True).stdout
    for part in dump.split("\nCOPY ")[1:]:
        yield part.split(" ", 1)[0], part


def kept_in_redis() -> Iterator[tuple[str, bytes]]:
    """Every key with its value, as Redis itself keeps it; small values are not packed there."""
    with Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter():
            yield f"Redis {key!r}", key + (client.dump(key) or b"")


def traces(device: Device, hidden: Secrets) -> Iterator[tuple[str, str]]:
    """What is told of an exception with secrets in every frame: DEBUG page, Django's report, Celery's result, a log."""

    @app.task
    def failing(target: Target, credential: Credential) -> None:
        password = Secret(hidden.password)
        logging.getLogger("tests").info("%s %r %s", password, credential, target, extra={"target": repr(target)})
        plain = password.reveal()
        assert plain
        raise ValueError(f"{password} {target} {vars(credential)} {password!r:>40}")

    target = ssh_target(device)
    result = failing.apply((target, device.ssh_credential))
    assert "ValueError" in result.traceback
    yield "Celery's traceback", f"{result.traceback} {result.result!r}"
    try:
        failing(target, device.ssh_credential)
    except ValueError:
        reporter = ExceptionReporter(RequestFactory().get("/"), *sys.exc_info())
        yield "the DEBUG page", reporter.get_traceback_html()
        yield "a mail to administrators", reporter.get_traceback_text()
        logging.getLogger("tests").exception("it failed")


def test_a_planted_secret_is_found_nowhere(
    celery_worker: Worker,
    hidden: Secrets,
    search: Search,
    lab: Lab,
    web_log: list[logging.LogRecord],
    settings: Settings,
) -> None:
    settings.METRICS_TOKEN = hidden.token
    begin = celery_worker.log_size()
    one_of_each()
    fields = hidden.plant_in_every_field()
    operator, admin = Operator(), Client(raise_request_exception=False)
    admin.force_login(make_admin())
    with redis_commands() as said:
        going_on = walk(operator, lab, hidden)
        for where, content in (*refusals(operator, admin, hidden), *pages(admin)):
            search.look(where, content)
        operator.ended(going_on)
        search.look("a job's end", admin.get(f"/api/v1/jobs/{going_on}/targets").content)
    for header in ("", f"Bearer {hidden.token}x", f"Bearer {hidden.token}"):
        search.look("metrics", admin.get("/metrics", headers={"Authorization": header}).content)
    devices = Device.objects.exclude(ssh_credential=None).exclude(snmp_credential=None)
    for device in devices:
        search.look("a target", f"{ssh_target(device)!r} {snmp_target(device)!r} {vars(device.ssh_credential)}")
    for where, content in (*traces(devices[0], hidden), *dumped(), *kept_in_redis()):
        search.look(where, content)
    search.look("Redis", "\n".join(said))
    for formatter in (JsonFormatter(), TextFormatter()):
        search.look("the log of the web", "\n".join(map(formatter.format, web_log)))
    search.look("the log of the worker", celery_worker.log.read_bytes()[begin:])
    asked = app.control.inspect(destination=[celery_worker.name], timeout=5)  # with a name it ends with the answer
    search.look("what a worker tells of its settings", json.dumps(asked.conf(), default=str))
    search.look("Celery's report", app.bugreport())
    assert not search.leaks, "\n".join(search.leaks)
    assert any("jobs.sync" in line for line in said)
    assert search.looked > 5_000_000
    print(f"{len(hidden.plants.planted)} secrets, {fields} of them in fields, looked for in {search.places} places")
    print(f"{search.looked:,} bytes")


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
    planted = Plants().new("p{}")
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    env = {**clean, "DATA_DIR": str(tmp_path), "LOG_TO_FILE": "true", "LOG_LEVEL": "DEBUG", "PLANTED": planted}
    said = b""
    for command in (["migrate", "-v0"], ["shell", "-v0", "-c", EMBEDDED]):
        done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True)
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    assert b"FAILED r (127.0.0.1) refused the connection" in said
    keys = (tmp_path / "keys.env").read_text()
    search = Search([planted, *re.findall(r"=(.{40,})", keys)])
    search.look("what was printed", said)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "keys.env"]
    for path in files:
        search.look(str(path), path.read_bytes())
    assert search.leaks == []
    assert {"netmanager.sqlite3", "netmanager.log"} <= {path.name for path in files}
    assert any("queue" in path.parts for path in files)  # the message itself was looked at
