"""`manage.py doctor`: each check passes on a healthy house and names its cure on a sick one."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from pytest_django.fixtures import Settings

from inventory import keys
from inventory.models import Credential, KeyCanary
from netmanager.doctor import servers
from syslogd.models import SyslogRun
from tests import factories as make
from tests.house import ROOT
from tests.worker import Worker

STRANGE = Fernet.generate_key()


def examine() -> dict[str, tuple[str, str]]:
    """What the command says of each check; its exit code must agree."""
    output, code = io.StringIO(), 0
    try:
        call_command("doctor", "--json", stdout=output)
    except CommandError as error:
        code = error.returncode
    said = json.loads(output.getvalue())
    found = {one["check"]: (one["level"], one["sentence"]) for one in said["findings"]}
    assert (code, said["ok"]) == ((1, False) if "fail" in {level for level, _ in found.values()} else (0, True))
    return found


@pytest.fixture
def healthy(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat was here, and nobody waits for workers that are not asked about."""
    KeyCanary.objects.all().delete()
    keys.plant()
    often = IntervalSchedule.objects.create(every=10, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(task="jobs.reap").delete()
    PeriodicTask.objects.create(name="Reap", task="jobs.reap", interval=often, last_run_at=timezone.now())
    monkeypatch.setattr(servers, "PATIENCE", 0.05)


def test_it_finds_nothing_in_a_healthy_house(celery_worker: Worker, healthy: None, settings: Settings) -> None:
    found = examine()
    assert {check: said for check, said in found.items() if said[0] == "fail" and check != "workers"} == {}
    servers.PATIENCE = 2  # given back by the fixture
    assert servers.workers().level == "pass", servers.workers().sentence
    assert len(found) >= 16


def _locked() -> None:
    make.make_credential(locked_at=timezone.now())


def _unreadable() -> None:
    _stored(Fernet(STRANGE).encrypt(b"x"))


def _plain() -> None:
    _stored(b"s3cret-in-the-clear")


def _stored(value: bytes) -> None:
    row = make.make_credential()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_credential SET password = %s WHERE id = %s", [value, row.pk])


def _no_canary() -> None:
    KeyCanary.objects.all().delete()


def _beat_silent() -> None:
    PeriodicTask.objects.filter(task="jobs.reap").update(last_run_at=timezone.now() - timedelta(hours=1))


def _no_schedule() -> None:
    PeriodicTask.objects.filter(task="jobs.reap").update(enabled=False)


def _no_backup() -> None:
    make.make_device(last_backup_at=timezone.now() - timedelta(days=2))


def _migration_waits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'jobs'")


def _receiver_silent() -> None:
    _receiver(seen_at=timezone.now() - timedelta(minutes=5))


def _receiver_late() -> None:
    _receiver(received=10, handed=10, stored_at=timezone.now() - timedelta(minutes=3))


def _receiver_lossy() -> None:
    _receiver(received=5, queue=5, dropped_at=timezone.now())


def _receiver(**fields: object) -> None:
    now = timezone.now()
    SyslogRun.objects.create(**{"host": "h", "receiver": 0, "started_at": now, "seen_at": now, **fields})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("harm", "check", "level", "cure"),
    [
        (_locked, "credentials", "warn", "release them"),
        (_unreadable, "secrets", "fail", "manage.py reencrypt_credentials names them"),
        (_plain, "secrets", "fail", "reencrypt_credentials --apply"),
        (_no_canary, "keys", "warn", "manage.py migrate"),
        (_beat_silent, "beat", "fail", "start it, exactly one"),
        (_no_schedule, "beat", "fail", "enable it"),
        (_no_backup, "backups", "warn", "see the list of devices"),
        (_migration_waits, "database", "fail", "manage.py migrate"),
        (lambda: None, "workers", "fail", "start one"),
        (lambda: None, "syslog_receivers", "warn", "start manage.py syslogd if devices log here"),
        (_receiver_silent, "syslog_receivers", "fail", "start manage.py syslogd"),
        (_receiver_late, "syslog_storage", "fail", "add workers on the queue syslog"),
        (_receiver_lossy, "syslog_losses", "warn", "dropped 5 messages"),
    ],
)
def test_it_names_the_cure(healthy: None, harm: Callable[[], None], check: str, level: str, cure: str) -> None:
    Credential.objects.all().delete()
    harm()
    found = examine()
    assert found[check][0] == level
    assert cure in found[check][1]
    assert "s3cret" not in str(found)


@pytest.mark.django_db
def test_it_says_that_an_old_key_is_needed_or_that_the_key_is_wrong(healthy: None, settings: Settings) -> None:
    right = settings.FERNET_KEYS[0]
    settings.FERNET_KEYS = [STRANGE.decode(), right]
    found = examine()
    assert (found["secrets"][0], found["key_strength"][0], found["keys"][0]) == ("warn", "warn", "pass")
    settings.FERNET_KEYS = [STRANGE.decode()]
    assert examine()["keys"] == ("fail", keys.WRONG)


@pytest.mark.django_db
def test_it_sees_settings_that_will_hurt(healthy: None, settings: Settings) -> None:
    settings.PRODUCTION, settings.ALLOWED_HOSTS = True, []
    settings.LOG_FORMAT, settings.METRICS_TOKEN = "text", ""
    settings.FIELD_ENCRYPTION_KEY = "A" * 43 + "="
    settings.FIRMWARE_STORAGE = "/proc/1/firmware"
    found = examine()
    assert found["system_checks"][0] == found["key_strength"][0] == "fail"
    assert "ALLOWED_HOSTS is empty" in found["system_checks"][1]
    assert found["log_format"][0] == found["metrics_token"][0] == "warn"


def test_it_answers_when_the_servers_are_away_and_keeps_their_passwords() -> None:
    environment = dict(
        os.environ,
        DATABASE_URL="postgresql://netmanager:db-s3cret@127.0.0.1:1/netmanager",
        REDIS_URL="redis://:broker-s3cret@127.0.0.1:1/0",
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "check DATABASE_URL" in done.stdout
    assert "check REDIS_URL" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
