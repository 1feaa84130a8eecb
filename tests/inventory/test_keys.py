"""No process starts with a key that opens nothing, and each says what to do."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from inventory import keys
from inventory.models import Credential, KeyCanary
from tests import factories as make
from tests.house import ROOT
from tests.worker import database_url_of_this_test

STRANGE = Fernet.generate_key().decode()
WEB = ["-m", "gunicorn", "netmanager.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket"]
WORKER = ["-m", "celery", "-A", "netmanager", "worker", "-P", "solo"]
BEAT = ["-m", "celery", "-A", "netmanager", "beat"]


def start(*commands: list[str], old: str = "") -> list[tuple[int, str, str]]:
    """Run processes of ours with a strange key beside each other; exit code, output and errors of each."""
    environment = dict(
        os.environ,
        DATABASE_URL=database_url_of_this_test(),
        FIELD_ENCRYPTION_KEY=STRANGE,
        OLD_FIELD_ENCRYPTION_KEY=old,
    )
    started = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    said = [one.communicate(timeout=120) for one in started]
    return [(one.returncode, *texts) for one, texts in zip(started, said, strict=True)]


def refill() -> None:
    """The canary of this test's key."""
    KeyCanary.objects.all().delete()
    keys.plant()


@pytest.mark.django_db(transaction=True)
def test_every_process_refuses_to_start_with_a_wrong_key() -> None:
    refill()
    ended = start(WEB, WORKER, BEAT, ["manage.py", "first_start"])
    assert [code for code, _output, _errors in ended] == [3, 1, 1, 2]
    for _code, _output, errors in ended:
        assert keys.WRONG in errors
        assert "Traceback" not in errors


@pytest.mark.django_db(transaction=True)
def test_what_tells_of_a_wrong_key_still_runs_with_one() -> None:
    refill()
    migrated, listed = start(["manage.py", "migrate", "--check"], ["manage.py", "reencrypt_credentials"])
    assert migrated[0] == 0
    assert (listed[0], "inventory.KeyCanary.sealed of id" in listed[1]) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_a_process_starts_when_the_right_key_is_an_earlier_one(settings: Settings) -> None:
    refill()
    assert start(["manage.py", "verify_audit"], old=settings.FERNET_KEYS[0])[0][0] == 0


@pytest.mark.django_db
def test_migrate_plants_a_canary_once() -> None:
    refill()
    keys.plant()
    assert [one.sealed.reveal() for one in KeyCanary.objects.all()] == [keys.SONG]


@pytest.mark.django_db
def test_without_a_canary_the_stored_credentials_tell(settings: Settings) -> None:
    KeyCanary.objects.all().delete()
    assert keys.refusal() == ""
    make.make_credential()
    settings.FERNET_KEYS = [STRANGE]
    assert keys.refusal() == keys.WRONG
    keys.plant()
    assert not KeyCanary.objects.exists()
    Credential.objects.all().delete()
    assert keys.refusal() == ""


@pytest.mark.django_db
def test_a_missing_table_keeps_nobody_from_starting() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_keycanary RENAME TO elsewhere")
    keys.require_key()


@pytest.mark.django_db
def test_readyz_says_that_the_key_is_wrong(client: Client, settings: Settings) -> None:
    refill()
    settings.FERNET_KEYS = [STRANGE]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["keys"]) == (503, keys.WRONG)
