"""A capture counts only when it is complete; a content is stored once; secrets stay in the sealed text."""

import pytest
from django.db import connection

from inventory import backup
from inventory.errors import IncompleteConfig
from inventory.models import ConfigText
from tests.factories import make_device

pytestmark = pytest.mark.django_db

LINES = [f"interface GigabitEthernet0/{number}\n description port {number}" for number in range(40)]
CONFIG = "\n".join(
    ["Building configuration...", "!", "hostname sw1", "enable secret 9 $9$s3cret$hash", *LINES, "end", ""]
)


def test_it_stores_the_first_configuration_redacted_for_people_and_sealed_in_full() -> None:
    device = make_device()
    stored = backup.store(device, CONFIG)
    text = stored.backup.text
    assert (stored.changed, stored.first) == (True, True)
    assert "s3cret" not in text.redacted
    assert "hostname sw1" in text.redacted
    text.refresh_from_db()
    assert "$9$s3cret$hash" in text.full.reveal()
    device.refresh_from_db()
    assert device.last_backup_at is not None


def test_it_keeps_no_secret_readable_in_the_table() -> None:
    backup.store(make_device(), CONFIG)
    with connection.cursor() as cursor:
        cursor.execute('SELECT "redacted", "full" FROM inventory_configtext')
        redacted, full = cursor.fetchone()
    assert "s3cret" not in redacted
    assert b"s3cret" not in bytes(full)


def test_it_extends_the_period_of_an_unchanged_configuration_instead_of_adding_a_row() -> None:
    device = make_device()
    first = backup.store(device, CONFIG).backup
    again = backup.store(device, CONFIG.replace("Building configuration...", "Building configuration...\n"))
    assert (again.changed, device.config_backups.count()) == (False, 1)
    assert device.config_backups.get().last_seen_at > first.last_seen_at


def test_it_adds_a_period_and_tells_the_difference_when_the_configuration_changed() -> None:
    device = make_device()
    backup.store(device, CONFIG)
    stored = backup.store(device, CONFIG.replace("port 7\n", "printer\n"))
    assert (stored.changed, device.config_backups.count()) == (True, 2)
    assert "+ description printer" in stored.diff
    assert "- description port 7" in stored.diff


def test_it_sees_a_changed_password_but_shows_neither() -> None:
    device = make_device()
    backup.store(device, CONFIG)
    stored = backup.store(device, CONFIG.replace("s3cret", "n3wer"))
    assert stored.changed
    assert "s3cret" not in stored.diff
    assert "n3wer" not in stored.diff


def test_it_stores_one_text_for_two_devices_with_the_same_configuration() -> None:
    backup.store(make_device(), CONFIG)
    backup.store(make_device(), CONFIG)
    assert ConfigText.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    [CONFIG.replace("\nend\n", "\n"), "", "% Authorization failed.\n", CONFIG[:200] + "\nend\n"],
    ids=["without its end marker", "empty", "refused", "shrunk"],
)
def test_it_refuses_an_incomplete_configuration_and_keeps_the_old_one(text: str) -> None:
    device = make_device()
    kept = backup.store(device, CONFIG).backup
    with pytest.raises(IncompleteConfig):
        backup.store(device, text)
    assert device.config_backups.get() == kept
