"""What `make test` runs: packages, servers, then pytest in parallel. Arguments go to pytest.

python -m tests.run tests/inventory -k sweep
"""

import os
import secrets
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from types import FrameType
from typing import NoReturn

import psycopg

from tests.debian import PackagesMissing, install_missing
from tests.process import ends_with_us
from tests.services import ServiceError, Services, running_services

TEMPLATE = "migrated"  # a database of that name, which nobody connects to
MOST = 12  # processes; each needs a Redis database and some 10 connections to PostgreSQL


def main(arguments: list[str]) -> int:
    """Run pytest against servers of its own; returns its exit status, 2 when it could not be started."""
    signal.signal(signal.SIGTERM, _leave)  # so that the servers are stopped then, too
    try:
        install_missing()
        with running_services() as services:
            environment = environment_of(services)
            migrate(services, environment)
            return run_pytest(arguments, environment)
    except (PackagesMissing, ServiceError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2


def migrate(services: Services, environment: dict[str, str]) -> None:
    """Make the tables once: each test process begins with a copy."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    url = services.database_url.rpartition("/")[0] + f"/{TEMPLATE}"
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, env={**environment, "DATABASE_URL": url}, check=True)


def run_pytest(arguments: list[str], environment: dict[str, str]) -> int:
    """pytest's exit status; waits for it after Ctrl-C, which the terminal sends to it as well."""
    processes = min(5 * len(os.sched_getaffinity(0)) // 2, MOST)  # tests wait for more than half of their time
    command = [sys.executable, "-m", "pytest", "-p", "tests.own_redis", "-n", str(processes)]
    process = subprocess.Popen([*ends_with_us(), *command, *arguments], env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()
    except SystemExit:
        process.terminate()
        process.wait()
        raise


def environment_of(services: Services) -> dict[str, str]:
    """The full default of production: PostgreSQL, Redis, random keys; nothing is written into the checkout."""
    return {
        **os.environ,
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DATA_DIR": str(services.directory / "data"),
        "TEST_DATABASE_TEMPLATE": TEMPLATE,
    }


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
