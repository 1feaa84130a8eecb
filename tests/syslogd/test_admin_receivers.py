"""The list of receivers: what became of every message, in words."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories as make

LIST = "/admin/syslogd/syslogrun/"
pytestmark = pytest.mark.django_db


def test_it_tells_what_became_of_every_message(as_viewer: Client) -> None:
    make.make_receiver(
        received=1_234_567, stored=1_200_000, handed=1_204_000, spooled=500, kernel=30_000, queue=7, lag_ms=1500,
        stored_at=timezone.now(),
    )  # fmt: skip
    text = as_viewer.get(LIST).content.decode()
    for words in (
        "1,234,567", "30,007", "30,000 by the kernel", "7 queue full", "4,000 with the broker", "500 in the spool",
        "60 in the queue", "1.5 s",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("receives", {}),
        ("receives into the spool", {"spooled": 1}),
        ("silent", {"seen_at": timedelta(minutes=-2)}),
        ("ended, its last messages are on their way", {"ended_at": timedelta(), "seen_at": timedelta(days=-1)}),
        ("ended", {"ended_at": timedelta(), "closed_at": timedelta()}),
    ],
)
def test_it_says_how_a_receiver_is(as_viewer: Client, words: str, fields: dict[str, timedelta | int]) -> None:
    now = timezone.now()
    make.make_receiver(**{name: now + one if isinstance(one, timedelta) else one for name, one in fields.items()})
    assert f"<span>{words}</span>" in as_viewer.get(LIST).content.decode()


def test_nobody_changes_a_receiver(as_admin: Client) -> None:
    run = make.make_receiver(received=5)
    assert as_admin.get(f"{LIST}{run.pk}/change/").status_code == 200
    assert as_admin.post(f"{LIST}{run.pk}/change/", {"received": 0}).status_code == 403
    assert as_admin.post(f"{LIST}{run.pk}/delete/", {"post": "yes"}).status_code == 403
    run.refresh_from_db()
    assert run.received == 5
