"""The Celery application: queues and routes. Tasks live in each app's `tasks.py`."""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, celeryd_init, task_prerun
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")


class CelerySettings:
    """Django's CELERY_ settings under Celery's own names.

    `inspect conf` and `celery report` tell everything Celery was given, and mask a password in `broker_url` only.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(settings, f"CELERY_{name.upper()}")

    def __dir__(self) -> list[str]:
        return [name.removeprefix("CELERY_").lower() for name in dir(settings) if name.startswith("CELERY_")]


app = Celery("netmanager")
app.config_from_object(CelerySettings())
app.autodiscover_tasks()

if Path(sys.argv[0]).name == "celery":
    # A worker or beat with a wrong setting stops with the sentence instead of a traceback.
    try:
        settings.QUEUES  # noqa: B018
    except ImproperlyConfigured as error:
        sys.exit(str(error))


# Celery closes the database connection before and after every task; opening one costs more than a small task's work.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


RECENT = 5.0  # seconds within which a connection that worked is not asked whether it still does: that costs as much too
_looked = threading.local()


@task_prerun.connect
def drop_broken_connections(task: Any, **_kwargs: Any) -> None:
    """What Django does before a request: a connection that broke or is older than CONN_MAX_AGE is not used again."""
    if task.request.is_eager:
        return
    now = time.monotonic()
    due = now - getattr(_looked, "at", -RECENT) >= RECENT
    for connection in connections.all(initialized_only=True):
        if due or connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()
    if due:
        _looked.at = now


@celeryd_init.connect
def consume_configured_queues(options: dict[str, Any], **_kwargs: Any) -> None:
    """A worker started without -Q takes the queues of CELERY_QUEUES."""
    if not options.get("queues"):
        app.amqp.queues.select(settings.WORKER_QUEUES)


@celeryd_init.connect
@beat_init.connect
def refuse_wrong_key(**_kwargs: Any) -> None:
    """A worker or beat whose keys open nothing ends at once, with the sentence."""
    django.setup()
    from inventory.keys import WrongKey, require_key

    try:
        require_key()
    except WrongKey as error:
        sys.exit(str(error))
    finally:
        connections.close_all()  # a child must not inherit it
