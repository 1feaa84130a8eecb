"""/healthz: this process lives. /readyz: it can do its work."""

from collections.abc import Callable

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from kombu import Connection

from inventory.keys import refusal

PATIENCE = 2  # seconds for a server to answer


def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Database, migrations, broker and keys, each with "ok" or what is wrong; 503 unless all are well."""
    checks = {name: _result(check) for name, check in READINESS.items()}
    ready = all(result == "ok" for result in checks.values())
    return JsonResponse({"status": "ok" if ready else "unready", "checks": checks}, status=200 if ready else 503)


def _result(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # the type only: messages of drivers may hold a URL with a password
        return f"failed ({type(error).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    waiting = migrations_waiting()
    return f"{waiting} migrations wait: run manage.py migrate" if waiting else "ok"


def migrations_waiting() -> int:
    """How many migrations the database has not had."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _broker() -> str:
    ask_broker()
    return "ok"


def ask_broker() -> None:
    """Connect to Redis, or to the folder of the embedded default; raises what its client raises after PATIENCE."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    with Connection(settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=PATIENCE) as broker:
        broker.ensure_connection(max_retries=1, timeout=PATIENCE)


def _keys() -> str:
    return refusal() or "ok"


READINESS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "keys": _keys,
}
