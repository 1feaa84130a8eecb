"""Many messages at once are what Celery would have sent one by one."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from redis import ConnectionError as RedisAway

from inventory.models import Device
from jobs.launch import enqueue, launch
from jobs.messages import CHUNK, MANY
from jobs.operations import get_operation
from netmanager.celery import app
from tests.factories import make_device
from tests.process import ended_within
from tests.worker import Worker

PATIENCE = 600  # of a tenth of a second

UNREAD = "unread"  # a queue that no worker of this test run takes from
SYNC = replace(get_operation("sync"), queue=UNREAD)


@pytest.fixture
def redis() -> Iterator[Any]:
    """The broker, with the queue."""
    app.amqp.queues.add(UNREAD)
    with app.connection_for_write() as connection:
        yield connection.default_channel.client
        connection.default_channel.client.delete(UNREAD)
    del app.amqp.queues[UNREAD]


@pytest.fixture
def queue(redis: Any) -> Callable[[], list[dict[str, Any]]]:
    """The messages on the queue, oldest first, as Redis has them."""
    return lambda: [json.loads(text) for text in reversed(redis.lrange(UNREAD, 0, -1))]


def ids(messages: list[dict[str, Any]]) -> list[int]:
    return [json.loads(b64decode(message["body"]))[0][0] for message in messages]


def blind(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what must differ."""
    headers = {**message["headers"], "id": "", "root_id": "", "argsrepr": ""}
    properties = {**message["properties"], "correlation_id": "", "delivery_tag": ""}
    return {**message, "body": json.loads(b64decode(message["body"]))[1:], "headers": headers, "properties": properties}


def test_it_sends_the_same_as_one_by_one(queue: Any) -> None:
    enqueue(SYNC, [987654321])
    enqueue(SYNC, range(1, MANY + 1))
    alone, *together = queue()
    assert ids(together) == list(range(1, MANY + 1))
    assert [blind(message) for message in together] == [blind(alone)] * MANY
    for message in (alone, *together):
        headers, properties = message["headers"], message["properties"]
        assert headers["id"] == headers["root_id"] == properties["correlation_id"]
        assert headers["argsrepr"] == f"({ids([message])[0]},)"
    assert len({message["headers"]["id"] for message in together}) == MANY
    assert len({message["properties"]["delivery_tag"] for message in together}) == MANY


def test_it_sends_each_once_in_its_order(queue: Any) -> None:
    wanted = list(range(2 * CHUNK + 7))
    enqueue(SYNC, wanted)
    assert ids(queue()) == wanted


def test_it_leaves_the_channel_as_it_was(queue: Any) -> None:
    enqueue(SYNC, range(MANY))
    enqueue(SYNC, [987654321])
    assert ids(queue())[-1] == 987654321


def test_it_says_that_the_broker_is_away(
    queue: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise RedisAway("connection refused")

    monkeypatch.setattr("redis.client.Redis.lpush", refuse)
    enqueue(SYNC, range(MANY))
    assert "the broker takes no messages, work waits: connection refused" in caplog.text


def test_it_connects_again_when_the_broker_was_gone_in_between(queue: Any, redis: Any) -> None:
    enqueue(SYNC, range(MANY))
    with app.producer_pool.acquire(block=True) as producer:
        redis.client_kill_filter(_id=producer.channel.client.client_id())
    enqueue(SYNC, range(MANY, 2 * MANY))
    assert ids(queue()) == list(range(2 * MANY))


def test_a_worker_does_them(celery_worker: Worker) -> None:
    for _ in range(MANY + 1):
        make_device()
    job = launch("scan", devices=Device.objects.all())
    for _ in range(PATIENCE):
        job.refresh_from_db()
        if job.ready:
            break
        ended_within(celery_worker.process, 0.1)
    assert (job.state, job.done) == ("SUCCESS", MANY + 1)
