"""Secrets are stored encrypted, decrypted only when revealed, and never shown by accident."""

import copy
import json
import logging
import pickle
from io import StringIO

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.contrib.admin.models import LogEntry
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.forms import modelform_factory
from django.test import Client

from inventory.fields import SecretField
from inventory.models import ConfigText, Credential
from inventory.secrets import MASK, Secret, SecretUnreadable
from tests.factories import make_admin, make_credential

pytestmark = pytest.mark.django_db
VALUE = "planted-s3cret"


@pytest.fixture
def credential() -> Credential:
    return Credential.objects.get(pk=make_credential(password=VALUE).pk)


def raw(credential: Credential) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM inventory_credential WHERE id = %s", [credential.pk])
        return bytes(cursor.fetchone()[0])


def test_it_stores_the_value_encrypted_and_reveals_it_only_when_asked(credential: Credential) -> None:
    assert VALUE.encode() not in raw(credential)
    assert credential.password.reveal() == VALUE
    assert bool(credential.password)
    assert not credential.enable_password


def test_it_shows_a_mask_wherever_text_is_made_of_it(credential: Credential, caplog: pytest.LogCaptureFixture) -> None:
    secret = credential.password
    logging.getLogger("x").warning("login with %s %r", secret, secret)
    shown = f"{secret} {secret!r} {secret:>20} {credential.__dict__!s} {caplog.text}"
    assert VALUE not in shown
    assert MASK in shown


def test_it_is_a_secret_from_the_moment_it_is_put_into_an_instance() -> None:
    credential = Credential(name="new", password=VALUE)
    assert isinstance(credential.password, Secret)
    assert VALUE not in repr(vars(credential))
    credential.save()
    assert credential.password.reveal() == VALUE


def test_it_is_read_when_it_was_deferred(credential: Credential) -> None:
    assert Credential.objects.defer("password").get(pk=credential.pk).password.reveal() == VALUE


def test_it_cannot_be_pickled_or_put_into_json(credential: Credential) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(credential.password)
    with pytest.raises(TypeError):
        json.dumps(credential.password, cls=DjangoJSONEncoder)


def test_it_does_not_encrypt_again_what_was_not_changed(credential: Credential) -> None:
    before = raw(credential)
    credential.description = "moved"
    credential.save()
    assert raw(credential) == before


def test_it_raises_a_sentence_that_names_the_field_when_the_key_is_wrong(
    credential: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = Credential._meta.get_field("password")
    assert isinstance(field, SecretField)
    monkeypatch.setitem(field.__dict__, "fernet", MultiFernet([Fernet(Fernet.generate_key())]))
    with pytest.raises(SecretUnreadable, match=r"inventory\.Credential\.password of row \d+ cannot"):
        credential.password.reveal()
    assert str(credential.password) == MASK


def test_a_form_keeps_the_stored_value_when_the_input_is_left_empty(credential: Credential) -> None:
    form_class = modelform_factory(Credential, fields=["name", "kind", "username", "password"])
    assert VALUE not in form_class(instance=credential).as_p()
    data = {"name": "renamed", "kind": "ssh", "username": "netops", "password": ""}
    form = form_class(data, instance=credential)
    assert form.is_valid(), form.errors
    form.save()
    credential.refresh_from_db()
    assert (credential.name, credential.password.reveal()) == ("renamed", VALUE)


def test_a_form_replaces_the_value_when_a_new_one_is_typed(credential: Credential) -> None:
    form_class = modelform_factory(Credential, fields=["name", "kind", "username", "password"])
    data = {"name": "a", "kind": "ssh", "username": "netops", "password": "n3w"}
    form = form_class(data, instance=credential)
    assert form.is_valid(), form.errors
    form.save()
    credential.refresh_from_db()
    assert credential.password == Secret("n3w")


# Every way a row is written, read, copied or exported ---------------------------------------------


def test_each_way_of_writing_encrypts(credential: Credential) -> None:
    changed, _ = Credential.objects.update_or_create(name=credential.name, defaults={"password": "by-update-or-create"})
    assert Credential.objects.get(pk=changed.pk).password.reveal() == "by-update-or-create"
    Credential.objects.filter(pk=credential.pk).update(password="by-update")
    assert Credential.objects.get(pk=credential.pk).password.reveal() == "by-update"
    credential.password = Secret("by-bulk-update")
    Credential.objects.bulk_update([credential], ["password"])
    assert b"by-bulk-update" not in raw(credential)
    credential.refresh_from_db()
    assert credential.password.reveal() == "by-bulk-update"
    made = Credential.objects.bulk_create([Credential(name="bulk", username="u", password="by-bulk-create")])
    assert b"by-bulk-create" not in raw(made[0])
    assert Credential.objects.get(name="bulk").password.reveal() == "by-bulk-create"


def test_each_way_of_reading_gives_a_secret(credential: Credential) -> None:
    rows = Credential.objects.filter(pk=credential.pk)
    read = [rows.values("password")[0]["password"], rows.values_list("password", flat=True)[0]]
    read += [rows.defer("password")[0].password, rows.only("name")[0].password]
    assert [type(secret).__mro__[-2] for secret in read] == [Secret] * 4
    assert [secret.reveal() for secret in read] == [VALUE] * 4
    assert VALUE not in f"{rows.values()[0]} {read}"


def test_it_cannot_be_searched_for(credential: Credential) -> None:
    for lookup in ("password", "password__contains", "password__startswith"):
        with pytest.raises(FieldError, match="does not support lookups"):
            Credential.objects.filter(**{lookup: VALUE}).exists()


def test_a_copy_of_a_row_keeps_the_secret(credential: Credential) -> None:
    for twin in (copy.copy(credential), copy.deepcopy(credential)):
        twin.pk, twin.name = None, f"twin {id(twin)}"
        twin._state.adding = True
        twin.save()
        assert Credential.objects.get(pk=twin.pk).password.reveal() == VALUE


def test_a_stored_secret_moves_into_a_field_of_the_other_kind(credential: Credential) -> None:
    text = ConfigText.objects.create(sha256="a", redacted="", full=credential.password, lines=1, size=1)
    text = ConfigText.objects.get(pk=text.pk)
    assert text.full.reveal() == VALUE
    credential.enable_password = text.full
    credential.save()
    assert Credential.objects.get(pk=credential.pk).enable_password.reveal() == VALUE


def test_equal_secrets_have_one_hash(credential: Credential) -> None:
    assert len({credential.password, Secret(VALUE)}) == 1
    assert credential.password != Secret("another")


def test_an_unreadable_secret_names_its_row(credential: Credential, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ConfigText.objects.create(sha256="a", redacted="", full=Secret("x"), lines=1, size=1)
    for row, name in ((credential, "password"), (ConfigText.objects.get(pk=text.pk), "full")):
        field = type(row)._meta.get_field(name)
        monkeypatch.setitem(field.__dict__, "fernet", MultiFernet([Fernet(Fernet.generate_key())]))
        with pytest.raises(SecretUnreadable, match=rf"{row._meta.label}\.{name} of row {row.pk} cannot be decrypted"):
            getattr(row, name).reveal()


@pytest.mark.parametrize("form", ["json", "xml", "python"])
def test_it_is_not_exported(credential: Credential, form: str) -> None:
    with pytest.raises(TypeError, match=r"inventory\.Credential\.\w+ is a secret and is not exported"):
        serializers.serialize(form, [credential])


def test_dumpdata_refuses_in_words_and_works_without_secrets(credential: Credential) -> None:
    with pytest.raises(CommandError, match=r"is a secret and is not exported\. Back the database up with pg_dump"):
        call_command("dumpdata", "inventory", stdout=StringIO())
    written = StringIO()
    without = ["inventory.credential", "inventory.configtext", "inventory.keycanary"]
    call_command("dumpdata", "inventory", exclude=without, stdout=written)
    assert {row["model"] for row in json.loads(written.getvalue())}.isdisjoint(without)


def test_the_admin_keeps_blanks_around_a_password_and_no_value_in_its_history(client: Client) -> None:
    admin = make_admin()
    client.force_login(admin)
    data = {"name": "a", "kind": "ssh", "username": "u", "password": f" {VALUE} "}
    assert client.post("/admin/inventory/credential/add/", data).status_code == 302
    stored = Credential.objects.get(name="a")
    assert stored.password.reveal() == f" {VALUE} "
    change = f"/admin/inventory/credential/{stored.pk}/change/"
    assert client.post(change, {**data, "password": f"{VALUE}-new"}).status_code == 302
    told = [
        f"{entry.object_repr} {entry.change_message} {entry.get_change_message()}" for entry in LogEntry.objects.all()
    ]
    assert len(told) == 2
    assert "assword" in told[0]
    assert VALUE not in "".join(told)
    assert VALUE not in client.get(change).content.decode()
