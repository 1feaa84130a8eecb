"""What watches the watcher: liveness, readiness, metrics, request ids, the front door."""

import re
from uuid import UUID, uuid4

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django.fixtures import Settings


def test_it_lives_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_it_is_ready_when_everything_answers(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "broker": "ok", "keys": "ok"},
    }
    assert answer.status_code == 200


@pytest.mark.django_db
def test_it_is_not_ready_without_a_broker_and_keeps_the_password(client: Client, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://:broker-s3cret@127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"].startswith("failed")
    assert answer.json()["checks"]["database"] == "ok"
    assert "broker-s3cret" not in answer.content.decode()


@pytest.mark.django_db
def test_it_is_not_ready_before_its_migrations(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="jobs").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert re.fullmatch(r"\d+ migrations wait: run manage.py migrate", answer.json()["checks"]["migrations"])


@pytest.mark.django_db
def test_it_shows_metrics_to_this_machine_only(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert b"django_http_requests" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


@pytest.mark.django_db
def test_it_shows_metrics_to_whoever_has_the_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "m3trics"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    afar = client.get("/metrics", REMOTE_ADDR="192.0.2.1", headers={"Authorization": "Bearer m3trics"})
    assert afar.status_code == 200


def test_it_returns_the_request_id_it_was_given(client: Client) -> None:
    sent = str(uuid4())
    assert client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"] == sent


@pytest.mark.parametrize("sent", ["", "not-a-uuid", "x" * 10_000, "a\tb"])
def test_it_makes_a_request_id_where_none_can_be_used(client: Client, sent: str) -> None:
    returned = client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert returned != sent
    assert UUID(returned)


@pytest.mark.django_db
def test_its_front_door_leads_to_the_login(client: Client) -> None:
    answer = client.get("/", follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
