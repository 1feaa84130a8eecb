"""A batch that could not be stored is read, tried again or given up, and counted in each case."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import DataError
from django.test import Client
from django.urls import reverse

from syslogd import store
from syslogd.batch import Batch, Chunk, Counts, pack
from syslogd.models import SyslogBatch, SyslogMessage, SyslogPoison, SyslogRun
from syslogd.poison import give_up, try_again
from tests import factories as make
from tests.visitors import said, signed_in

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, tzinfo=UTC)
HOSTILE = b"<13><script>alert(1)</script>\x1b[2J"


@pytest.fixture
def poison() -> SyslogPoison:
    run = SyslogRun.objects.create(host="h", receiver=0, started_at=AT, seen_at=AT, received=2, handed=2, aside=2)
    chunk = Chunk(1, [b"\x7f\0\0\1"] * 2, [HOSTILE, b"<13>two"])
    batch = Batch(uuid4(), run.uuid, 0, Counts(received=2, handed=2), (chunk,))
    SyslogBatch.objects.create(uuid=batch.uuid, stored_at=AT, count=2)
    return SyslogPoison.objects.create(
        uuid=batch.uuid, run=run, at=AT, count=2, payload=pack(batch), error="DataError: no"
    )


def counts() -> tuple[int, int, int]:
    run = SyslogRun.objects.get()
    return run.stored, run.aside, run.lost


def test_it_can_be_read(as_admin: Client, poison: SyslogPoison) -> None:
    page = as_admin.get(reverse("admin:syslogd_syslogpoison_change", args=[poison.pk])).content.decode()
    assert "DataError: no" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;U+001B&gt;[2J" in page
    assert HOSTILE.decode() not in page
    assert "DataError: no" in as_admin.get(reverse("admin:syslogd_syslogpoison_changelist")).content.decode()


def test_it_is_stored_when_it_is_tried_again(as_admin: Client, poison: SyslogPoison) -> None:
    answer = as_admin.post(reverse("admin:syslogd_syslogpoison_again", args=[poison.pk]))
    assert "Stored: 2 rows." in said(answer)
    assert counts() == (2, 0, 0)
    assert SyslogMessage.objects.count() == 2
    assert not SyslogPoison.objects.exists()


def test_it_stays_when_it_is_refused_again(
    as_admin: Client, poison: SyslogPoison, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_rows: object) -> None:
        raise DataError("still not")

    monkeypatch.setattr(store, "_write", refuse)
    answer = as_admin.post(reverse("admin:syslogd_syslogpoison_again", args=[poison.pk]))
    assert "It was refused again: DataError: still not" in said(answer)
    assert counts() == (0, 2, 0)
    assert SyslogPoison.objects.get().error == "DataError: still not"
    assert SyslogBatch.objects.count() == 1


def test_deleting_it_counts_its_messages_as_lost(as_admin: Client, poison: SyslogPoison) -> None:
    as_admin.post(reverse("admin:syslogd_syslogpoison_delete", args=[poison.pk]), {"post": "yes"})
    assert counts() == (0, 0, 2)
    assert not SyslogPoison.objects.exists()


def test_whoever_decides_second_counts_nothing_again(poison: SyslogPoison) -> None:
    stale = SyslogPoison.objects.get()
    assert try_again(poison) == 2
    assert try_again(stale) == 0
    give_up([stale])
    assert counts() == (2, 0, 0)
    assert SyslogMessage.objects.count() == 2


def test_it_needs_the_permission_to_be_tried_again_or_deleted(poison: SyslogPoison) -> None:
    viewer = signed_in(make.make_viewer())
    assert viewer.get(reverse("admin:syslogd_syslogpoison_change", args=[poison.pk])).status_code == 200
    for name in ("again", "delete"):
        url = reverse(f"admin:syslogd_syslogpoison_{name}", args=[poison.pk])
        assert viewer.post(url, {"post": "yes"}).status_code == 403
    assert counts() == (0, 2, 0)
