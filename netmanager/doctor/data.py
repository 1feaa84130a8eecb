"""Checks of what is stored: keys, secrets, backups, locks, the audit trail, the schedule, the clock."""

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from inventory import audit
from inventory.attention import REASONS
from inventory.keyring import Keyring, Standing
from inventory.keys import refusal
from inventory.models import Credential, Device, KeyCanary
from inventory.reencrypt import read_rows, tables
from netmanager.doctor.finding import Check, Finding, failed, passed, warned
from netmanager.doctor.servers import beat

APART = 5  # seconds between two clocks
NEWEST = 10_000  # entries of the audit trail


def keys() -> Finding:
    """The canary sings."""
    if sentence := refusal():
        return failed("keys", sentence)
    if not KeyCanary.objects.exists():
        return warned("keys", "There is no canary that would tell a wrong key: run manage.py migrate.")
    return passed("keys", "FIELD_ENCRYPTION_KEY opens what is stored.")


def secrets() -> Finding:
    """The first rows of every table with secrets."""
    keyring = Keyring(settings.FERNET_KEYS)
    seen = Counter(
        keyring.standing(value) for table in tables() for _key, *values in read_rows(table) for value in values
    )
    cure = "manage.py reencrypt_credentials"
    if seen[Standing.UNREADABLE]:
        return failed(
            "secrets", f"{seen[Standing.UNREADABLE]} values cannot be read with these keys: {cure} names them."
        )
    if seen[Standing.PLAIN]:
        return failed("secrets", f"{seen[Standing.PLAIN]} values are not encrypted: run {cure} --apply.")
    if seen[Standing.OLD]:
        return warned("secrets", f"{seen[Standing.OLD]} values need an old key: run {cure} --apply.")
    return passed("secrets", f"{seen[Standing.NEW]} looked at, all under FIELD_ENCRYPTION_KEY.")


def backups() -> Finding:
    """Devices without a configuration of today."""
    late = Device.objects.filter(REASONS["backup_old"].where() | REASONS["no_backup"].where()).count()
    if late:
        return warned("backups", f"{late} devices have no backup of the last day: see the list of devices.")
    return passed("backups", "Every active device has a backup of the last day.")


def credentials() -> Finding:
    """Credentials that devices refused too often."""
    locked = Credential.objects.exclude(locked_at=None).count()
    if locked:
        return warned("credentials", f"{locked} credentials are locked: correct and release them in the admin.")
    return passed("credentials", "No credential is locked.")


def audit_trail() -> Finding:
    """The chain of hashes over the newest entries."""
    verified = audit.verify(NEWEST)
    if verified.ok:
        return passed("audit_trail", verified.sentence)
    return failed("audit_trail", f"{verified.sentence} See manage.py verify_audit and runbook/en/audit.md.")


def clock() -> Finding:
    """The database's clock and ours: leases and schedules compare both."""
    if connection.vendor != "postgresql":
        return passed("clock", "The database has the clock of this machine.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    apart = abs((timezone.now() - theirs).total_seconds())
    if apart > APART:
        return failed("clock", f"The clocks of this machine and the database are {apart:.0f} s apart: run NTP on both.")
    return passed("clock", "The clocks of this machine and the database agree.")


DATA: tuple[Check, ...] = (keys, secrets, backups, credentials, audit_trail, clock, beat)
