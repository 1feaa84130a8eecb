"""Tests that commit leave nothing behind, and take nothing away."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django_celery_beat.models import PeriodicTask

from compliance.models import Rule
from inventory.models import Device
from syslogd.models import SyslogMessage
from tests import factories as make

MIGRATED = (Group, Permission, PeriodicTask, Rule)


@pytest.fixture(scope="module")
def before(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> dict[type, list[object]]:
    """The rows that migrations made."""
    with django_db_blocker.unblock():
        return {model: list(model.objects.order_by("pk").values()) for model in MIGRATED}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_it_finds_what_migrations_made_whatever_was_committed_before(
    before: dict[type, list[object]], time: str
) -> None:
    assert all(before.values())
    assert {model: list(model.objects.order_by("pk").values()) for model in MIGRATED} == before
    assert not Device.objects.exists()
    assert not SyslogMessage.objects.exists()
    make.make_syslog(make.make_device())
    PeriodicTask.objects.update(enabled=False)
    Group.objects.create(name="shift")
    Rule.objects.all().delete()
    Permission.objects.first().delete()


def test_it_watches_over_foreign_keys_again(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
