"""Checks of PostgreSQL, Redis, workers and beat."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from netmanager.celery import app
from netmanager.doctor.finding import Check, Finding, failed, passed, warned
from netmanager.health import PATIENCE, ask_broker, migrations_waiting

BEAT_SILENT = timedelta(minutes=10)
BACKLOG = 10_000  # messages
POSTGRESQL = 130_000  # server_version of the oldest that is supported by its makers


def limit_patience() -> None:
    """A database that swallows packets must not keep the doctor waiting."""
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "connect_timeout": PATIENCE}


def database() -> Finding:
    """It answers, and it has all tables."""
    try:
        connection.ensure_connection()
    except Exception as error:
        return failed("database", f"No answer ({type(error).__name__}): check DATABASE_URL and its server.")
    if waiting := migrations_waiting():
        return failed("database", f"{waiting} migrations wait: run manage.py migrate.")
    if connection.vendor != "postgresql":
        return warned("database", "SQLite serves small labs only: set DATABASE_URL to a PostgreSQL for real use.")
    version = getattr(connection, "pg_version")  # noqa: B009  only PostgreSQL's connection has it
    if version < POSTGRESQL:
        return warned("database", f"PostgreSQL {version // 10_000} is too old: upgrade to 13 or newer.")
    return passed("database", f"PostgreSQL {version // 10_000} answers, all migrations are in.")


def broker() -> Finding:
    """Redis, or the folder of the embedded default."""
    try:
        ask_broker()
    except Exception as error:
        return failed("broker", f"No answer ({type(error).__name__}): check REDIS_URL and the Redis behind it.")
    return passed("broker", "The broker answers.")


def workers() -> Finding:
    """Every queue has somebody who takes from it."""
    answers = app.control.inspect(timeout=PATIENCE).active_queues() or {}
    taken = {queue["name"] for queues in answers.values() for queue in queues}
    alone = [name for name in settings.WORKER_QUEUES if name not in taken]
    if alone:
        return failed("workers", f"No worker takes from {', '.join(alone)}: start one, runbook/en/jobs.md.")
    return passed("workers", f"{len(answers)} workers take from {', '.join(settings.WORKER_QUEUES)}.")


def backlog() -> Finding:
    """Messages that wait."""
    with app.connection_for_read() as asked:
        channel = asked.default_channel
        waiting = {
            name: app.amqp.queues[name](channel).queue_declare().message_count for name in settings.WORKER_QUEUES
        }
    name, most = max(waiting.items(), key=lambda pair: pair[1])
    if most > BACKLOG:
        return warned("backlog", f"{most} messages wait in {name}: add workers, runbook/en/troubleshooting.md.")
    return passed("backlog", f"{sum(waiting.values())} messages wait.")


def beat() -> Finding:
    """The scheduler sends `jobs.reap` several times a minute."""
    task = PeriodicTask.objects.filter(task="jobs.reap", enabled=True).first()
    if task is None:
        return failed("beat", "The schedule of jobs.reap is missing or disabled: enable it among the periodic tasks.")
    if task.last_run_at is None or timezone.now() - task.last_run_at > BEAT_SILENT:
        return failed("beat", "Beat has sent nothing for ten minutes: start it, exactly one.")
    return passed("beat", f"Beat last sent jobs.reap at {task.last_run_at:%Y-%m-%d %H:%M} UTC.")


DATABASE: Check = database
BROKER: Check = broker
WORKERS: tuple[Check, ...] = (workers, backlog)
