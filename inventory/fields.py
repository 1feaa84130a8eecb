"""Model fields that store encrypted values. What they hold shows itself only through `Secret.reveal()`."""

import os
from typing import Any

import zstandard
from django import forms
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.text import capfirst
from fernet_fields import EncryptedTextField

from inventory.keyring import Keyring, Standing
from inventory.secrets import Secret, SecretUnreadable


class StoredSecret(Secret):
    """A secret as it stands in the database: decrypted only when revealed, so lists never decrypt."""

    __slots__ = ("_field", "_token", "row")

    def __init__(self, token: bytes, field: "SecretField") -> None:
        super().__init__("")
        self._token = token
        self._field = field
        self.row: Any = None

    def reveal(self) -> str:
        try:
            return self._field.unpack(self._field.fernet.decrypt(self._token))
        except Exception as error:
            where = f" of row {self.row}" if self.row is not None else ""
            raise SecretUnreadable(
                f"{self._field.path}{where} cannot be decrypted with this process's keys. "
                "Start with the right FIELD_ENCRYPTION_KEY, or add the old one as OLD_FIELD_ENCRYPTION_KEY."
            ) from error

    def __bool__(self) -> bool:
        return bool(self._token)

    def __hash__(self) -> int:
        return hash(Secret(self.reveal()))

    def token_of(self, field: "SecretField") -> bytes | None:
        """The stored ciphertext, where the field packs what it encrypts in the same way; None where it does not."""
        return self._token if type(self._field) is type(field) else None


class SecretFormField(forms.CharField):
    """A password input that never shows the stored value and keeps it when left empty."""

    def __init__(self, **kwargs: Any) -> None:
        multiline = kwargs.pop("multiline", False)
        for unwanted in ("max_length", "empty_value"):
            kwargs.pop(unwanted, None)
        kwargs["strip"] = False  # a blank at the end of a password belongs to it
        kwargs["widget"] = (
            forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "placeholder": "-----BEGIN"})
            if multiline
            else forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        )
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> str:
        return ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)

    def clean(self, value: Any) -> Any:
        return Secret(super().clean(value) or "")


class SecretAttribute(DeferredAttribute):
    """What is put into the field becomes a `Secret` at once, so that an instance never carries plain text.

    A stored secret is told its row when it is taken from it, so that its refusal can name it.
    """

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, StoredSecret) and value.row is None:
            value.row = instance.pk
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        plain = isinstance(value, str) or value is None
        instance.__dict__[self.field.attname] = self.field.to_python(value) if plain else value


class SecretField(EncryptedTextField):
    """Text encrypted with FIELD_ENCRYPTION_KEY. Reads give a `Secret`; saving an empty Secret keeps no value.

    In a form an empty input means "leave what is stored".
    """

    descriptor_class = SecretAttribute

    def __init__(self, *args: Any, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any, *args: Any) -> Secret:
        if value is None or not bytes(value):
            return Secret("")
        return StoredSecret(bytes(value), self)

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "resolve_expression"):
            return value
        secret = self.to_python(value)
        token = secret.token_of(self) if isinstance(secret, StoredSecret) else None
        return connection.Database.Binary(self._encrypted(secret) if token is None else self._kept(token))

    def _kept(self, token: bytes) -> bytes:
        """What did not change is not decrypted to save a row, unless it would bring an earlier key back.

        A row that was read before its secrets were re-encrypted may be saved long after.
        """
        keyring = Keyring(settings.FERNET_KEYS)
        return keyring.rotated(token, os.urandom(16)) if keyring.standing(token) is Standing.OLD else token

    def _encrypted(self, secret: Secret) -> bytes:
        plain = secret.reveal()
        token: bytes = self.fernet.encrypt(self.pack(plain)) if plain else b""
        return token

    def pack(self, plain: str) -> bytes:
        """What is encrypted."""
        return plain.encode()

    def unpack(self, packed: bytes) -> str:
        """The text again."""
        return packed.decode()

    @property
    def path(self) -> str:
        """app.Model.field, for sentences."""
        return f"{self.model._meta.label}.{self.name}"

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(
            f"{self.path} is a secret and is not exported. Back the database up with pg_dump, "
            "or leave the models out: --exclude inventory.credential --exclude inventory.configtext "
            "--exclude inventory.keycanary"
        )

    def formfield(self, **kwargs: Any) -> forms.Field:
        return SecretFormField(
            label=capfirst(self.verbose_name),
            required=False,
            help_text=kwargs.get("help_text", self.help_text),
            multiline=self.multiline,
        )

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        if data:
            setattr(instance, self.attname, self.to_python(data))


class SealedTextField(SecretField):
    """A long text, compressed (zstd) and encrypted. Reads give a `Secret`."""

    def pack(self, plain: str) -> bytes:
        return zstandard.compress(plain.encode(), 3)

    def unpack(self, packed: bytes) -> str:
        return zstandard.decompress(packed, max_output_size=64 * 1024 * 1024).decode()
