"""compose/: accepted by docker-compose, one environment for all, every variable documented and read."""

import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from compose import healthcheck
from syslogd.models import SyslogRun
from tests.house import FLOORS, ROOT

COMPOSE = ROOT / "compose"
READERS = r"env(?:int|bool|choice|list|rate|url|addresses)|env\.(?:str|path|int|bool|list)"
SETTING = re.compile(rf"\b(?:{READERS})\(\s*\"([A-Z_]+)\"")
LINE = re.compile(r"^#?([A-Z_]+)=(.*)$", re.MULTILINE)
OURS = {"web", "celery-worker", "celery-worker-ssh", "celery-worker-syslog", "celery-beat", "syslogd"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of compose/ with a filled-in .env, as an operator has it."""
    copy = tmp_path / "compose"
    shutil.copytree(COMPOSE, copy)
    (copy / ".env").write_text((COMPOSE / ".env.example").read_text() + "\nPOSTGRES_PASSWORD=0123456789abcdef\n")
    return copy


def compose_config(folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(["docker-compose", "config"], cwd=folder, env=clean, capture_output=True, text=True)


def services(folder: Path) -> dict[str, Any]:
    done = compose_config(folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return found


def example() -> dict[str, str]:
    return dict(LINE.findall((COMPOSE / ".env.example").read_text()))


def test_docker_compose_accepts_it(folder: Path) -> None:
    assert set(services(folder)) == OURS | {"migrate", "postgres", "redis"}


def test_it_refuses_to_start_without_a_database_password(folder: Path) -> None:
    shutil.copy(COMPOSE / ".env.example", folder / ".env")
    done = compose_config(folder)
    assert done.returncode != 0
    assert "set POSTGRES_PASSWORD in .env" in done.stderr


def test_all_of_ours_share_image_and_environment(folder: Path) -> None:
    found = services(folder)
    own = {"CELERY_QUEUES", "CELERY_WORKER_CONCURRENCY", "SYSLOG_HOST"}
    environments = {
        name: {key: value for key, value in found[name]["environment"].items() if key not in own} for name in OURS
    }
    assert {found[name]["image"] for name in OURS | {"migrate"}} == {"netmanager"}
    assert all(environment == environments["web"] for environment in environments.values())


def test_workers_scale_out_and_everything_is_watched(folder: Path) -> None:
    found = services(folder)
    assert [name for name in found if "container_name" in found[name]] == []
    assert [name for name in found if "healthcheck" not in found[name]] == ["migrate"]


def test_the_workers_together_serve_every_queue_once(folder: Path) -> None:
    queues = [
        queue
        for name, service in services(folder).items()
        if name.startswith("celery-worker")
        for queue in service["environment"]["CELERY_QUEUES"].split(",")
    ]
    assert sorted(queues) == sorted(settings.QUEUES)


def test_the_example_documents_exactly_what_is_read() -> None:
    read = set(SETTING.findall((ROOT / "netmanager" / "settings.py").read_text()))
    files = "".join(path.read_text() for path in COMPOSE.glob("docker-compose*.yml"))
    interpolated = set(re.findall(r"\$\{([A-Z_]+)", files))
    assert set(example()) >= read, "settings.py reads what .env.example does not document"
    assert set(example()) <= read | interpolated, "nobody reads these variables"


def test_the_settings_accept_every_value_of_the_example(tmp_path: Path) -> None:
    environment = {
        **{name: value.replace("/data", str(tmp_path)) for name, value in example().items()},
        "SECRET_KEY": "Q5cR1mVw8zXo3TtYb7LkHs2NfJd9GpEaUi4xCv6BnMqZrW0yKu",
        "FIELD_ENCRYPTION_KEY": "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=",
        "ALLOWED_HOSTS": "netmanager.example.com",
        "CSRF_TRUSTED_ORIGINS": "https://netmanager.example.com",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_example_holds_no_secret() -> None:
    secret = re.compile(r"KEY|PASSWORD|TOKEN")
    assert [name for name, value in example().items() if secret.search(name) and value] == []


def test_the_image_takes_what_exists_and_every_app() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (COMPOSE / "Dockerfile").read_text(), re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert set(sources) == allowed
    assert set(FLOORS) <= set(sources)


def test_the_health_check_of_web_asks_under_an_allowed_name(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", f"{live_server.thread.host},other.example.com")
    assert healthcheck.web(live_server.thread.port) == ""


def test_the_health_check_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> str:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setitem(healthcheck.CHECKS, "web", refuse)
    assert healthcheck.main(["web"]) == 1
    assert capsys.readouterr().out == "web: nobody listens\n"


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "well"), [(1, True), (11, False)])
def test_the_health_check_of_beat_wants_a_recent_run(minutes: int, well: bool) -> None:
    PeriodicTask.objects.all().delete()
    every = IntervalSchedule.objects.create(every=15, period=IntervalSchedule.SECONDS)
    last = timezone.now() - timedelta(minutes=minutes)
    PeriodicTask.objects.create(name="a", task="a", interval=every, last_run_at=last)
    assert (healthcheck.beat() == "") is well


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "ended", "well"), [(5, False, True), (60, False, False), (5, True, False)])
def test_the_health_check_of_syslogd_wants_fresh_counts_of_this_host(seconds: int, ended: bool, well: bool) -> None:
    seen = timezone.now() - timedelta(seconds=seconds)
    host = socket.gethostname()
    SyslogRun.objects.create(host="another", receiver=0, started_at=seen, seen_at=timezone.now())
    SyslogRun.objects.create(host=host, receiver=0, started_at=seen, seen_at=seen, ended_at=seen if ended else None)
    assert (healthcheck.syslogd() == "") is well


def test_docker_compose_accepts_prometheus_and_grafana_and_asks_for_their_secrets(folder: Path) -> None:
    files = ["-f", "docker-compose.yml", "-f", "docker-compose.observability.yml"]
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder)}

    def config() -> subprocess.CompletedProcess[str]:
        command = ["docker-compose", *files, "config"]
        return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True)

    given = folder / ".env"
    for missing in ("ALLOWED_HOSTS", "METRICS_TOKEN", "GRAFANA_ADMIN_PASSWORD"):
        assert f"set {missing} in .env" in config().stderr
        kept = [line for line in given.read_text().splitlines() if not line.startswith(f"{missing}=")]
        given.write_text("\n".join([*kept, f"{missing}=abc.example.com", ""]))
    done = config()
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load(done.stdout)["services"]
    assert found["web"]["environment"]["ALLOWED_HOSTS"] == "abc.example.com,web"
    folders = {one.split(":")[0] for name in ("prometheus", "grafana") for one in found[name]["volumes"]}
    assert [one for one in folders if one.startswith("/") and not Path(one).exists()] == []


@pytest.mark.django_db
def test_rules_and_panels_ask_for_metrics_that_exist(client: Client) -> None:
    known = set(re.findall(r"^(netmanager_\w+)", client.get("/metrics").content.decode(), re.MULTILINE))
    files = [*COMPOSE.glob("prometheus/rules/*.yml"), *COMPOSE.glob("grafana/dashboards/*.json")]
    asked = {name for path in files for name in re.findall(r"netmanager_\w+", path.read_text())}
    assert len(files) >= 2
    assert asked <= known
    assert "netmanager_syslog_dropped_messages_total" in asked
