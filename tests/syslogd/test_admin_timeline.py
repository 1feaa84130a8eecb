"""What happened to a device: its own events, jobs and configurations in one order, as far as one may see them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Device
from jobs.models import Job, JobTarget
from syslogd.models import SyslogEvent
from tests import factories as make
from tests.visitors import signed_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOSTILE = "<script>window.taken=1</script>\u202e"


@pytest.fixture
def device() -> Device:
    """A change, the backup that it started, its configuration; and a link that went down an hour before."""
    device = make.make_device("core1")
    mark = {"device": device, "message_id": 1 << 40}
    SyslogEvent.objects.create(
        kind="link_down", at=NOW - timedelta(hours=1), interface="Gi0/1", text=f"down {HOSTILE}", **mark
    )
    SyslogEvent.objects.create(kind="config", at=NOW - timedelta(minutes=3), user="kim", text="configured", **mark)
    job = make.make_job("backup", [device], state=Job.State.SUCCESS)
    ended = {"state": JobTarget.State.SUCCESS, "finished_at": NOW - timedelta(minutes=1), "message": "stored it"}
    job.targets.update(**ended)
    make.make_job("monitor", [device]).targets.update(**ended)
    make.make_config_backup(device, captured_at=NOW - timedelta(minutes=2), changed_by="kim")
    return device


def marks(device: Device, *permissions: str) -> list[str]:
    """What somebody with these permissions sees on the timeline."""
    person = make.make_user("inventory.view_device", "syslogd.view_syslogevent", *permissions)
    answer = signed_in(person).get(f"/admin/inventory/device/{device.pk}/change/?tab=timeline")
    return [mark.title for mark in answer.context["rows"]]


def test_it_puts_events_jobs_and_configurations_in_one_order(device: Device) -> None:
    assert marks(device, "jobs.view_job", "inventory.view_configbackup") == [
        "Configuration backup: done",
        "New configuration (running)",
        "configuration changed by kim",
        "link down: Gi0/1",
    ]


def test_it_tells_of_jobs_and_configurations_only_to_who_may_see_them(device: Device) -> None:
    assert marks(device) == ["configuration changed by kim", "link down: Gi0/1"]


def test_it_shows_what_the_device_said_as_text(device: Device) -> None:
    page = signed_in(make.make_viewer()).get(f"/admin/inventory/device/{device.pk}/change/?tab=timeline")
    assert "&lt;script&gt;window.taken=1&lt;/script&gt;&lt;U+202E&gt;" in page.content.decode()


def test_it_has_no_timeline_where_nothing_happened() -> None:
    page = signed_in(make.make_viewer()).get(f"/admin/inventory/device/{make.make_device().pk}/change/")
    assert "timeline" not in [tab.key for tab in page.context["device_tabs"]]
