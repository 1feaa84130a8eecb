"""One line per event, whatever text an event carries."""

import json
import logging
import sys
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from jobs.models import Job
from netmanager.logs import JsonFormatter, TextFormatter
from tests.factories import make_admin, make_device
from tests.worker import Worker

HOSTILE = "up\n2026-01-01 CRITICAL root [-] forged\r\x1b[2J\x00\x85\u2028\u202eevil\ud800"
FORMATTERS = [JsonFormatter(), TextFormatter()]


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("inventory", logging.WARNING, __file__, 1, "said %s", (message,), None)
    made.__dict__.update({"request_id": None, **extra})
    return made


@pytest.mark.parametrize("formatter", FORMATTERS, ids=["json", "text"])
def test_a_text_from_outside_stays_on_its_line_and_steers_no_terminal(formatter: logging.Formatter) -> None:
    line = formatter.format(record(HOSTILE, device=HOSTILE))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert "forged" in line
    line.encode()


@pytest.mark.parametrize("formatter", FORMATTERS, ids=["json", "text"])
@given(text=st.text())
def test_any_text_makes_one_line(formatter: logging.Formatter, text: str) -> None:
    line = formatter.format(record(text))
    assert len(line.splitlines()) == 1
    line.encode()


def test_json_gives_the_text_back_as_it_was() -> None:
    assert json.loads(JsonFormatter().format(record("서울 \u202e \n \x85")))["message"] == "said 서울 \u202e \n \x85"
    assert "서울" in JsonFormatter().format(record("서울"))


@pytest.mark.parametrize("formatter", FORMATTERS, ids=["json", "text"])
def test_the_text_of_an_exception_cannot_pose_as_another_event(formatter: logging.Formatter) -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        broken = record("broke")
        broken.exc_info = sys.exc_info()
    first, *others = formatter.format(broken).splitlines()
    assert "broke" in first
    assert all(line.startswith("    | ") and line.isprintable() for line in others)
    assert isinstance(formatter, TextFormatter) or not others


@pytest.mark.xdist_group("celery")
def test_one_request_has_one_id_in_the_answer_the_job_and_the_worker(celery_worker: Worker) -> None:
    begin, sent = celery_worker.log_size(), str(uuid4())
    device, client = make_device(), Client()
    client.force_login(make_admin())
    started = client.post(
        "/api/v1/compliance/scan",
        json.dumps({"devices": [device.pk]}),
        content_type="application/json",
        headers={"X-Request-ID": sent, "X-CSRFToken": "none"},
    )
    job = Job.objects.get(uuid=started.json()["job_id"])
    target = job.targets.get()
    celery_worker.wait_for(begin, f'"args": "({target.pk},)"')
    told = [json.loads(line) for line in celery_worker.log_since(begin).splitlines() if line.startswith("{")]
    of_target = [event for event in told if event.get("data", {}).get("args") == f"({target.pk},)"]
    assert started.headers["X-Request-ID"] == job.request_id == sent
    assert {event["request_id"] for event in of_target if "succeeded" in event["message"]} == {sent}
