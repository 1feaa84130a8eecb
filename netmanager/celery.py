"""The Celery application: queues and routes. Tasks live in each app's `tasks.py`."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import celeryd_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")

app = Celery("netmanager")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

try:
    app.conf.task_queues = [Queue(name) for name in settings.QUEUES]
except ImproperlyConfigured as error:
    # Without this a worker or gunicorn would show a traceback instead of the sentence.
    if "pytest" in sys.modules or sys.argv[0].endswith("manage.py"):
        raise
    sys.exit(f"{error}")


@celeryd_init.connect
def consume_configured_queues(options: dict[str, Any], **_kwargs: Any) -> None:
    """A worker started without -Q takes the queues of CELERY_QUEUES."""
    if not options.get("queues"):
        app.amqp.queues.select(settings.WORKER_QUEUES)
