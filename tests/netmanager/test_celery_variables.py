"""Every CELERY_* variable of the runbook does what it says, in a real worker started as in production."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from celery import Celery
from celery.app.control import Inspect
from django.conf import settings

from tests.process import ended_within, spawn, stop, wait_for_words
from tests.worker import ROOT, database_url_of_this_test

# One worker for all of them; the tests ask no database, but it does.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("celery variables")]
NAME = "variables@localhost"
VARIABLES = {
    "CELERY_QUEUES": "monitoring,maintenance",
    "CELERY_WORKER_CONCURRENCY": "2",
    "CELERY_PREFETCH_MULTIPLIER": "7",
    "CELERY_LOGLEVEL": "INFO",
    "CELERY_MAX_TASKS_PER_CHILD": "3",
    "CELERY_VISIBILITY_TIMEOUT": "30",
    "LOG_LEVEL": "ERROR",
}
NOTHING = 2**60  # no target has this id: the task looks for it and ends
PATIENCE = 600  # of a tenth of a second


class Running:
    """A worker on a Redis database of its own, and what was lost there before it started."""

    def __init__(self, process: Popen[bytes], log: Path, app: Celery, redis: Any) -> None:
        self.process, self.log, self.app, self.redis = process, log, app, redis

    def ask(self) -> Inspect:
        inspect: Inspect = self.app.control.inspect(destination=[NAME], timeout=2)
        return inspect

    def stats(self) -> dict[str, Any]:
        """The worker's own account of itself."""
        return dict(self.until(lambda: self.ask().stats())[NAME])

    def until(self, found: Callable[[], Any]) -> Any:
        """What it is, once it is something."""
        for _ in range(PATIENCE):
            if answer := found():
                return answer
            assert not ended_within(self.process, 0.1), self.log.read_text()
        raise AssertionError(f"It did not come.\n{self.log.read_text()[-5000:]}")

    def lines(self) -> list[dict[str, Any]]:
        """Its log so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def has_done(self, task_id: str) -> bool:
        """The log tells of every task that Celery has seen to its end."""
        return any(task_id in line["message"] and "succeeded" in line["message"] for line in self.lines())

    def send(self, queue: str) -> str:
        """Put a task on a queue; its id."""
        return send(self.app, queue)


def send(app: Celery, queue: str) -> str:
    """Put a task on a queue; its id."""
    return str(app.send_task("jobs.scan", (NOTHING,), queue=queue, ignore_result=True).id)


def taken_by_the_dead(redis: Any, task_id: str, seconds_ago: float) -> None:
    """Leave the message as a killed worker does: taken from its queue so long ago, never acknowledged."""
    message = json.loads(redis.rpop("monitoring"))
    assert message["headers"]["id"] == task_id
    tag = message["properties"]["delivery_tag"]
    redis.hset("unacked", tag, json.dumps([message, "", "monitoring"]))
    redis.zadd("unacked_index", {tag: time.time() - seconds_ago})


@pytest.fixture(scope="module")
def taken() -> dict[str, str]:
    """Ids of tasks that a dead worker has held for a long and for a short time."""
    return {}


@pytest.fixture(scope="module")
def worker(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, taken: dict[str, str]) -> Iterator[Running]:
    assert settings.REDIS_URL, "This test needs Redis. Run it with: make test ARGS=..."
    server, _, number = settings.REDIS_URL.rpartition("/")
    url = f"{server}/{15 - int(number)}"  # beside the one of the workers of other tests of this process
    log = tmp_path_factory.mktemp("variables") / "worker.log"
    environment = {"DATABASE_URL": database_url_of_this_test(), "REDIS_URL": url, **VARIABLES}
    app = Celery("variables", broker=url, set_as_current=False)
    with app.connection_for_write() as connection:
        redis = connection.default_channel.client
        redis.flushdb()
        for word, seconds_ago in (("long", 31), ("short", 5)):
            taken[word] = send(app, "monitoring")
            taken_by_the_dead(redis, taken[word], seconds_ago)
        process = spawn(
            [sys.executable, "-m", "celery", "-A", "netmanager", "worker", "-n", NAME],
            log,
            cwd=ROOT,
            environment=environment,
        )
        try:
            assert wait_for_words(process, log, f"{NAME} ready."), log.read_text()
            yield Running(process, log, app, redis)
        finally:
            stop(process)
            redis.flushdb()


def test_it_takes_from_the_queues_of_celery_queues_only(worker: Running) -> None:
    queues = worker.until(lambda: worker.ask().active_queues())[NAME]
    assert {queue["name"] for queue in queues} == {"monitoring", "maintenance"}
    left = worker.send("ssh")
    done = worker.send("maintenance")
    worker.until(lambda: worker.has_done(done))
    assert worker.redis.llen("ssh") == 1
    assert not worker.has_done(left)


def test_it_runs_as_many_at_once_as_celery_worker_concurrency_says(worker: Running) -> None:
    pool = worker.stats()["pool"]
    assert (pool["max-concurrency"], len(pool["processes"])) == (2, 2)


def test_it_fetches_ahead_as_celery_prefetch_multiplier_says(worker: Running) -> None:
    assert worker.stats()["prefetch_count"] == 2 * 7


def test_it_replaces_its_processes_after_celery_max_tasks_per_child(worker: Running) -> None:
    before = set(worker.stats()["pool"]["processes"])
    sent = [worker.send("monitoring") for _ in range(2 * 3)]
    worker.until(lambda: all(worker.has_done(task_id) for task_id in sent))
    worker.until(lambda: before - set(worker.stats()["pool"]["processes"]))
    assert worker.stats()["pool"]["max-tasks-per-child"] == 3


def test_it_logs_as_celery_loglevel_says_whatever_the_others_do(worker: Running) -> None:
    sent = worker.send("monitoring")
    worker.until(lambda: worker.has_done(sent))
    levels = {(line["logger"].split(".")[0], line["level"]) for line in worker.lines()}
    assert ("celery", "INFO") in levels
    assert {level for logger, level in levels if logger != "celery"} <= {"ERROR", "CRITICAL"}


def test_it_is_given_a_message_again_after_celery_visibility_timeout(worker: Running, taken: dict[str, str]) -> None:
    worker.until(lambda: worker.has_done(taken["long"]))
    assert not worker.has_done(taken["short"])
    kept = [json.loads(text)[0]["headers"]["id"] for text in worker.redis.hvals("unacked")]
    assert kept == [taken["short"]]
    assert worker.stats()["broker"]["transport_options"]["visibility_timeout"] == 30
