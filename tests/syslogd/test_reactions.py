"""A device that tells of a change is backed up once it is quiet, and whoever changed it stands on what came of it."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from inventory.models import ConfigBackup, Device
from jobs.models import Job, SystemSetting
from jobs.operations import get_operation
from jobs.tasks import TASKS
from syslogd import reactions
from syslogd.models import ChangeNotice, SyslogEvent
from syslogd.reactions import Noted, note, react
from tests import factories as make
from tests.jobs.inline import Messages

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CHANGED = "Configured from console by admin on vty0 (10.0.0.9)"


@pytest.fixture(autouse=True)
def messages(monkeypatch: pytest.MonkeyPatch) -> Messages:
    """Jobs are started, but nobody works on them."""
    sent = Messages()
    monkeypatch.setitem(TASKS, "backup", sent)
    monkeypatch.setattr(reactions, "LIMIT", reactions.Limit())
    cache.clear()
    return sent


@pytest.fixture
def switch() -> Device:
    return make.make_device("switch1", platform="cisco_ios", last_backup_at=timezone.now() - timedelta(days=1))


def says(device: Device, ago: timedelta, text: str = CHANGED, mnemonic: str = "SYS-5-CONFIG_I", **more: object) -> None:
    """A stored message of the device."""
    at = timezone.now() - ago
    row = int(at.timestamp() * 1e6) << 12
    if reactions.wanted(row, device.pk, mnemonic):
        note([Noted(row, at, device.pk, mnemonic, text, more.get("structured_data"))])  # type: ignore[arg-type]


def backups() -> list[list[str]]:
    """The devices of each backup job, in the order they were asked for."""
    return [sorted(job.targets.values_list("label", flat=True)) for job in Job.objects.order_by("pk")]


def test_it_backs_up_after_the_device_has_been_quiet_and_once_for_many_messages(switch: Device) -> None:
    for ago in (100, 30, 2):
        says(switch, ago * SECOND)
    assert react().startswith("No backup is due")
    ChangeNotice.objects.update(last_at=timezone.now() - 61 * SECOND)
    assert react().startswith("Backup of 1 devices")
    assert react().startswith("No backup is due")
    assert backups() == [["switch1"]]
    job = Job.objects.get()
    assert (job.kind, job.requested_by) == ("backup", None)
    assert "configuration change" in job.reason


def test_it_does_not_wait_for_ever_for_a_device_that_never_is_quiet(switch: Device) -> None:
    for ago in (6 * MINUTE, SECOND):
        says(switch, ago)
    assert react().startswith("Backup of 1 devices")


def test_it_backs_up_a_whole_fleet_in_one_job_and_no_device_twice_within_the_interval(switch: Device) -> None:
    other = make.make_device("switch2", platform="cisco_ios")
    says(switch, 2 * MINUTE)
    says(other, 2 * MINUTE)
    react()
    assert backups() == [["switch1", "switch2"]]
    says(switch, -SECOND)  # a moment later
    ChangeNotice.objects.filter(device=switch).update(first_at=timezone.now() - 9 * MINUTE)
    react()
    assert backups() == [["switch1", "switch2"]]
    ChangeNotice.objects.filter(device=switch).update(started_at=timezone.now() - 11 * MINUTE)
    react()
    assert backups() == [["switch1", "switch2"], ["switch1"]]


def test_it_leaves_alone_who_was_backed_up_since_who_is_not_approved_and_all_when_told_to(switch: Device) -> None:
    says(switch, 3 * MINUTE)
    Device.objects.update(last_backup_at=timezone.now() - MINUTE)
    waiting = make.make_device("found1", platform="cisco_ios", status=Device.Status.QUARANTINE)
    says(waiting, 3 * MINUTE)
    react()
    assert backups() == []
    SystemSetting.objects.create(name="syslog_backup_enabled", value="no")
    says(make.make_device("switch3", platform="cisco_ios"), 3 * MINUTE)
    react()
    assert backups() == []


def test_it_never_starts_what_writes_to_a_device() -> None:
    assert not get_operation("backup").writes


def captured(device: Device, at: datetime, seen: datetime, text: str) -> ConfigBackup:
    return make.make_config_backup(device, text, captured_at=at, last_seen_at=seen)


def test_it_puts_the_named_users_on_the_configuration_that_came_of_their_changes(switch: Device) -> None:
    now = timezone.now()
    first = captured(switch, now - timedelta(days=2), now - 30 * MINUTE, "hostname a\n")
    says(switch, 40 * MINUTE, "Configured from console by before on vty0 (10.0.0.9)")  # the first one showed it not
    says(switch, 20 * MINUTE, "Configured from console by lee on vty0 (10.0.0.9)")
    says(switch, 19 * MINUTE, "Configured from console by kim on vty0 (10.0.0.9)")
    says(switch, 18 * MINUTE, "Configured from console by lee on vty0 (10.0.0.9)")
    second = captured(switch, now - 10 * MINUTE, now, "hostname b\n")
    says(switch, MINUTE, "Configured from console by late on vty0 (10.0.0.9)")
    react()
    for backup in (first, second):
        backup.refresh_from_db()
    assert (first.changed_by, second.changed_by) == ("", "kim, lee")


def test_it_marks_links_restarts_and_changes_on_the_timeline_of_the_device_alone(switch: Device) -> None:
    says(switch, 3 * SECOND, "Interface GigabitEthernet0/1, changed state to down", "LINK-3-UPDOWN")
    says(switch, 2 * SECOND, "Interface GigabitEthernet0/1, changed state to up", "LINK-3-UPDOWN")
    says(switch, SECOND, "System restarted --", "SYS-5-RESTART")
    says(switch, SECOND, "of another platform", "UI_COMMIT")
    gone = make.make_device("gone1")
    number = gone.pk
    gone.delete()
    note([Noted(1, timezone.now(), number, "SYS-5-CONFIG_I", CHANGED, None)])
    told = list(SyslogEvent.objects.order_by("at").values_list("device__name", "kind", "interface"))
    port = "GigabitEthernet0/1"
    assert told == [("switch1", "link_down", port), ("switch1", "link_up", port), ("switch1", "reload", "")]
    assert not ChangeNotice.objects.exists()


def test_a_flapping_port_does_not_fill_the_timeline_and_hides_nothing_else(switch: Device) -> None:
    for _time in range(50):
        says(switch, SECOND, "Interface GigabitEthernet0/1, changed state to down", "LINK-3-UPDOWN")
    says(switch, SECOND)
    kinds = list(SyslogEvent.objects.values_list("kind", flat=True))
    assert 10 <= kinds.count("link_down") <= 20  # the minute may end in between
    assert kinds.count("config") == 1
    other = make.make_device("switch9", platform="cisco_ios")
    says(other, SECOND, "Interface GigabitEthernet0/1, changed state to down", "LINK-3-UPDOWN")
    assert SyslogEvent.objects.filter(device=other).count() == 1


def test_it_reads_the_user_from_pairs_where_the_text_names_none() -> None:
    wall = make.make_device("wall1", platform="fortinet")
    says(wall, SECOND, "Edit firewall.policy 3", "0100044547", structured_data={"kv": {"user": "kim"}})
    assert SyslogEvent.objects.get().user == "kim"
