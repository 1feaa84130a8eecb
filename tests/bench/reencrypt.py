"""`reencrypt_credentials` over 200,000 secrets in PostgreSQL, beside MultiFernet.rotate alone, each in one process.

The peer reads and writes nothing, so a ratio of 1 would mean that locks, COPY and the update cost nothing.
"""

import json
import os
import resource
import time

import django
from cryptography.fernet import Fernet, MultiFernet

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
SECRETS, PEER, WANTED = 200_000, 20_000, 12_000
OLD, NEW = Fernet.generate_key(), Fernet.generate_key()


def main() -> None:
    """Measure on a database of its own, print one JSON line, drop the database."""
    os.environ |= {"FIELD_ENCRYPTION_KEY": NEW.decode(), "OLD_FIELD_ENCRYPTION_KEY": OLD.decode()}
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill()
        print(json.dumps({"bench": f"reencrypt, {SECRETS} secrets", **measure()}))
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill() -> None:
    """Credentials, each with one secret under the old key; tokens are few, because making them is not measured."""
    from django.db import connection

    tokens = [Fernet(OLD).encrypt(f"community-{n}".encode()) for n in range(1000)]
    from inventory.models import Credential

    for begin in range(0, SECRETS, 10_000):
        rows = (Credential(name=f"c{n}", kind="snmp_v2c") for n in range(begin, begin + 10_000))
        Credential.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE tokens (n bigint PRIMARY KEY, token bytea)")
        cursor.executemany("INSERT INTO tokens VALUES (%s, %s)", list(enumerate(tokens)))
        cursor.execute("UPDATE inventory_credential SET snmp_community = token FROM tokens WHERE id %% 1000 = n", [])
        cursor.execute("VACUUM ANALYZE inventory_credential")


def measure() -> dict[str, float]:
    """Secrets a second with everything, the peer's, and how much memory the run took on top."""
    from inventory.reencrypt import reencrypt

    peer = rotations()
    before = peak()
    begin = time.perf_counter()
    report = reencrypt()
    rate = SECRETS / (time.perf_counter() - begin)
    if report.rotated < SECRETS or report.left:
        raise SystemExit(f"{report.rotated} were rotated, {report.left} are left.")
    return {
        "secrets_per_second": rate,
        "peak_megabytes": peak(),
        "grown_megabytes": peak() - before,
        "multifernet_per_second": peer,
        "ratio_multifernet": rate / peer,
        "ratio_wanted": rate / WANTED,
    }


def rotations() -> float:
    """MultiFernet.rotate alone, a second."""
    both, token = MultiFernet([Fernet(NEW), Fernet(OLD)]), Fernet(OLD).encrypt(b"community-1")
    begin = time.perf_counter()
    for _number in range(PEER):
        both.rotate(token)
    return PEER / (time.perf_counter() - begin)


def peak() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
