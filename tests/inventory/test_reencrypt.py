"""`manage.py reencrypt_credentials`: every secret under the key in use, whoever writes or is killed meanwhile."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from inventory import reencrypt
from inventory.fields import SealedTextField, SecretField
from inventory.keyring import Keyring, Standing
from inventory.models import ConfigText, Credential, KeyCanary
from tests import factories as make
from tests.house import ROOT
from tests.worker import database_url_of_this_test

OLD, NEW, STRANGE = (Fernet.generate_key().decode() for _key in range(3))


@contextmanager
def keys(settings: Settings, *in_use: str) -> Iterator[None]:
    """This process has these keys, the first one encrypts."""
    before = settings.FERNET_KEYS
    settings.FERNET_KEYS = list(in_use)
    _forget()
    try:
        yield
    finally:
        settings.FERNET_KEYS = before
        _forget()


def _forget() -> None:
    """Fields keep the keys they were first used with."""
    for table in reencrypt.tables():
        for field in table.fields:
            for name in ("keys", "fernet_keys", "fernet"):
                field.__dict__.pop(name, None)


def stored(credential: Credential) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM inventory_credential WHERE id = %s", [credential.pk])
        return bytes(cursor.fetchone()[0])


def store(credential: Credential, value: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_credential SET password = %s WHERE id = %s", [value, credential.pk])


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of the command in this process."""
    output = io.StringIO()
    try:
        call_command("reencrypt_credentials", *arguments, stdout=output)
    except CommandError as error:
        return error.returncode, f"{output.getvalue()}{error}"
    return 0, output.getvalue()


def report(*arguments: str) -> dict[str, dict[str, int]]:
    """The fields of the JSON report by name."""
    text = run("--json", *arguments)[1]
    found = json.loads(text[: text.rindex("}") + 1])
    return {f"{one['model']}.{one['field']}": one for one in found["fields"]}


@pytest.mark.django_db
def test_it_knows_every_secret_field_of_every_model() -> None:
    found = {(table.model, field.name) for table in reencrypt.tables() for field in table.fields}
    assert {(Credential, "password"), (ConfigText, "full"), (KeyCanary, "sealed")} <= found
    assert len(found) >= 9


@pytest.mark.django_db
def test_a_dry_run_counts_and_changes_nothing(settings: Settings) -> None:
    with keys(settings, OLD):
        credential = make.make_credential(password="of-old-days")
    before = stored(credential)
    with keys(settings, NEW, OLD):
        code, output = run()
        assert code == 1
        assert report()["inventory.Credential.password"]["old"] == 1
    assert "DRY_RUN=0" in output
    assert "The old key is still needed." in output
    assert "of-old-days" not in output
    assert stored(credential) == before


@pytest.mark.django_db
@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])  # by COPY, and row by row
def test_it_brings_old_and_plain_values_under_the_new_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    monkeypatch.setattr(connections["default"], "vendor", vendor)
    KeyCanary.objects.all().delete()
    with keys(settings, OLD):
        old = make.make_credential(password="of-old-days", snmp_community="c0mm")
        text = ConfigText.objects.create(sha256="a" * 64, redacted="", full="hostname old\n", lines=1, size=13)
    plain = make.make_credential()
    store(plain, "gAAAAA-plaiñ".encode())
    with keys(settings, NEW, OLD):
        code, output = run("--apply")
        assert code == 0
        assert "OLD_FIELD_ENCRYPTION_KEY may be removed" in output
    with keys(settings, NEW):
        assert Credential.objects.get(pk=old.pk).password.reveal() == "of-old-days"
        assert Credential.objects.get(pk=old.pk).snmp_community.reveal() == "c0mm"
        assert Credential.objects.get(pk=plain.pk).password.reveal() == "gAAAAA-plaiñ"
        assert ConfigText.objects.get(pk=text.pk).full.reveal() == "hostname old\n"


@pytest.mark.django_db
@pytest.mark.parametrize("cut", [0, 1, 4, 30])
def test_it_names_what_no_key_opens_and_leaves_it_exactly_as_it_is(settings: Settings, cut: int) -> None:
    KeyCanary.objects.all().delete()
    token = Fernet(STRANGE).encrypt(b"nobody reads me")
    credential = make.make_credential()
    store(credential, token[: len(token) - cut])
    with keys(settings, NEW, OLD):
        code, output = run("--apply")
        assert report()["inventory.Credential.password"]["unreadable_ids"] == [credential.pk]
    assert code == 1
    assert f"inventory.Credential.password of id {credential.pk}" in output
    assert "may be removed" not in output
    assert stored(credential) == token[: len(token) - cut]


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["maybe", "2", "-1"])
def test_it_refuses_a_dry_run_that_is_neither_yes_nor_no(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DRY_RUN", word)
    assert run() == (2, f"DRY_RUN={word!r} is not one of 1, true, yes, 0, false, no.")


@pytest.mark.django_db
def test_dry_run_0_applies_and_a_second_run_finds_nothing_to_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRY_RUN", "0")
    with keys(settings, OLD):
        KeyCanary.objects.all().delete()
        make.make_credential(password="x")
    with keys(settings, NEW, OLD):
        assert "Re-encrypted: 1." in run()[1]
        assert "Re-encrypted: 0." in run()[1]


@pytest.mark.django_db
def test_a_row_read_before_the_rotation_and_saved_after_it_brings_no_old_key_back(settings: Settings) -> None:
    with keys(settings, OLD):
        KeyCanary.objects.all().delete()
        made = make.make_credential(password="x")
    with keys(settings, NEW, OLD):
        early = Credential.objects.get(pk=made.pk)
        run("--apply")
        early.save()
        assert report()["inventory.Credential.password"]["old"] == 0


@pytest.mark.django_db
def test_it_says_that_somebody_still_writes_with_the_old_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fleet is mixed: after each pass a process with the earlier pair stores another value."""
    monkeypatch.setattr(reencrypt, "PAUSE", 0)
    KeyCanary.objects.all().delete()
    credential = make.make_credential()
    look = reencrypt.look
    monkeypatch.setattr(reencrypt, "look", lambda: (store(credential, Fernet(OLD).encrypt(b"again")), look())[1])
    with keys(settings, NEW, OLD):
        code, output = run("--apply")
    assert code == 1
    assert "Some process still writes with an old key: restart it." in output
    assert "may be removed" not in output


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_nobody_who_holds_a_row(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencrypt, "PAUSE", 0)
    held, free = (make.make_credential(), make.make_credential())
    for one in (held, free):
        store(one, Fernet(OLD).encrypt(b"x"))
    done: list[reencrypt.Report] = []

    def rotate() -> None:
        done.append(reencrypt.reencrypt())
        connection.close()

    with keys(settings, NEW, OLD), transaction.atomic():
        Credential.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=rotate, daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        assert Keyring([NEW]).standing(stored(free)) is Standing.NEW
    assert not done[0].old_keys_may_go


@given(st.binary(max_size=300))
def test_a_keyring_judges_any_bytes(rubbish: bytes) -> None:
    assert Keyring([NEW, OLD]).standing(rubbish) in (Standing.EMPTY, Standing.PLAIN, Standing.UNREADABLE)


@given(st.text(min_size=1, max_size=40))
def test_no_text_of_a_person_is_taken_for_a_token(text: str) -> None:
    wanted = Standing.UNREADABLE if "\0" in text else Standing.PLAIN
    assert Keyring([NEW]).standing(text.encode()) is wanted


@given(st.binary(max_size=100), st.integers(0, 3))
def test_a_token_is_told_by_the_key_that_made_it(content: bytes, number: int) -> None:
    made = Fernet([NEW, OLD, STRANGE, STRANGE][number]).encrypt(content)
    wanted = [Standing.NEW, Standing.OLD, Standing.UNREADABLE, Standing.UNREADABLE][number]
    assert Keyring([NEW, OLD]).standing(made) is wanted


@given(st.binary(max_size=100), st.integers(1_400_000_000, 2**32 - 1))
def test_a_rotated_token_is_one_that_fernet_opens_with_its_time(content: bytes, made_at: int) -> None:
    rotated = Keyring([NEW, STRANGE, OLD]).rotated(Fernet(OLD).encrypt_at_time(content, made_at), b"i" * 16)
    assert Fernet(NEW).decrypt(rotated) == content
    assert Fernet(NEW).extract_timestamp(rotated) == made_at


def test_what_is_stored_is_packed_as_its_field_packs_it() -> None:
    assert SecretField().pack("x") == b"x"
    assert SealedTextField().unpack(SealedTextField().pack("x" * 1000)) == "x" * 1000


ROWS, WRITERS, WRITES = 2_000, 8, 12


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_it_is_killed_while_writers_run(settings: Settings) -> None:
    """Writers change secrets all the time, the command is killed in the middle and started again."""
    token = Fernet(OLD)
    KeyCanary.objects.all().delete()
    Credential.objects.bulk_create(Credential(name=f"c{n}", username="u") for n in range(ROWS))
    ids = list(Credential.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        values = [(token.encrypt(f"first {key}".encode()), key) for key in ids]
        cursor.executemany("UPDATE inventory_credential SET password = %s WHERE id = %s", values)
    written: dict[int, str] = {}
    numbers = count()

    def write(share: list[int]) -> None:
        for key in share[:: max(len(share) // WRITES, 1)]:
            row = Credential.objects.get(pk=key)
            row.password = written[key] = f"later {next(numbers)}"
            row.save(update_fields=["password"])
        connection.close()

    with keys(settings, NEW, OLD):
        threads = [threading.Thread(target=write, args=(ids[n::WRITERS],)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        killed = start_command("2")
        killed.stdout.readline()  # the first batch is written
        killed.send_signal(signal.SIGKILL)
        assert killed.wait() == -signal.SIGKILL
        assert 0 < sum(Keyring([NEW]).standing(stored(row)) is Standing.NEW for row in Credential.objects.all())
        again = start_command("500")
        output = again.communicate(timeout=60)[0]
        for thread in threads:
            thread.join()
        assert "left 0" in output
    with keys(settings, NEW):
        for row in Credential.objects.all():
            assert row.password.reveal() == written.get(row.pk, f"first {row.pk}")
        found = report()["inventory.Credential.password"]
    assert (found["new"], found["old"], found["plain"], found["unreadable"]) == (ROWS, 0, 0, 0)


COMMAND = """
import sys, django; django.setup()
from inventory import reencrypt
reencrypt.ROWS = int(sys.argv[1])
print("left", reencrypt.reencrypt(lambda rows: print("batch", flush=True)).left)
"""


def start_command(rows: str) -> "subprocess.Popen[str]":
    """The re-encryption as a process of its own on this test's database, with batches of so many rows."""
    environment = dict(
        os.environ,
        DATABASE_URL=database_url_of_this_test(),
        DJANGO_SETTINGS_MODULE="netmanager.settings",
        FIELD_ENCRYPTION_KEY=NEW,
        OLD_FIELD_ENCRYPTION_KEY=OLD,
    )
    command = [sys.executable, "-c", COMMAND, rows]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
