"""Secrets are stored encrypted, decrypted only when revealed, and never shown by accident."""

import json
import logging
import pickle

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.forms import modelform_factory

from inventory.fields import SecretField
from inventory.models import Credential
from inventory.secrets import MASK, Secret, SecretUnreadable
from tests.factories import make_credential

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
    with pytest.raises(SecretUnreadable, match=r"inventory\.Credential\.password cannot be decrypted"):
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
