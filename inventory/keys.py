"""Tells a wrong FIELD_ENCRYPTION_KEY at the start, before anything is stored under it."""

from django.conf import settings
from django.db import DatabaseError

from inventory.keyring import Keyring, Standing
from inventory.models import Credential, KeyCanary
from inventory.reencrypt import read_rows, tables

SONG = "NetManager can read this"
WRONG = (
    "None of this process's keys opens what is stored in the database: FIELD_ENCRYPTION_KEY is wrong. "
    "Start with the right key; while keys are being changed, name the earlier one as OLD_FIELD_ENCRYPTION_KEY. "
    "See runbook/en/keys.md."
)


class WrongKey(Exception):
    """The process must not start."""


def plant() -> None:
    """Store the canary where there is none; not where what is stored already cannot be read with our keys."""
    if not KeyCanary.objects.exists() and not refusal():
        KeyCanary.objects.create(sealed=SONG)


def refusal() -> str:
    """Why this process must not start, in words; nothing when its keys fit, or nothing is stored yet.

    Raises DatabaseError when nobody can tell.
    """
    keyring = Keyring(settings.FERNET_KEYS)
    standings = [keyring.standing(one) for one in _stored(KeyCanary) or _stored(Credential)]
    return WRONG if standings and all(one is Standing.UNREADABLE for one in standings) else ""


def _stored(model: type[KeyCanary] | type[Credential]) -> list[bytes]:
    """Some stored values of a model, as they stand in the database."""
    table = next(one for one in tables() if one.model is model)
    return [value for _key, *values in read_rows(table) for value in values if value]


def require_key() -> None:
    """Raise WrongKey when no key of this process opens what is stored; a database that is away is not asked twice."""
    try:
        sentence = refusal()
    except DatabaseError:  # not there yet, or away: whoever needs it says so in better words
        return
    if sentence:
        raise WrongKey(sentence)
