"""What syslog knows of a device, as tabs of its page. Added here: the floors below do not know syslog."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.admin.device_page import EDIT, Tab
from inventory.models import Device
from inventory.scope import Somebody
from jobs.admin.device import DeviceAdmin
from syslogd import search
from syslogd.admin.address import Address
from syslogd.admin.lines import Line, lines_of
from syslogd.admin.timeline import timeline
from syslogd.models import SyslogEvent, SyslogMessage

WINDOW = timedelta(days=7)
ROWS = 50


@dataclass(frozen=True, slots=True)
class Spoken:
    """The newest messages of a device; `too_much` is the sentence where they could not be found in time."""

    lines: list[Line]
    too_much: str
    url: str


def newest(device: Device, user: Somebody) -> Spoken:
    """What the device said last."""
    now = timezone.now()
    filters = (("window", "7d"), ("device", str(device.pk)))
    address = Address(filters, reverse("admin:syslogd_syslogmessage_changelist"))
    asked = search.Filters(since=now - WINDOW, until=now, devices=(device.pk,))
    try:
        page = search.page(asked, user, limit=ROWS)
    except search.TooMuch as error:
        return Spoken([], str(error), address.but())
    return Spoken(lines_of(page.rows, address), "", address.but())


def spoken(device: Device, _user: Somebody) -> int | None:
    """0 hides the tab of a device that was silent for the week; how many messages there are is not worth counting."""
    rows = SyslogMessage.objects.filter(device=device, received_at__gt=timezone.now() - WINDOW)
    return None if rows.order_by().exists() else 0


def happened(device: Device, _user: Somebody) -> int | None:
    """0 hides the timeline of a device that never told of anything."""
    return None if SyslogEvent.objects.filter(device=device).order_by().exists() else 0


FOLDER = "admin/syslogd/device"
TIMELINE_TAB = Tab(
    "timeline", _("Timeline"), f"{FOLDER}/tab_timeline.html", timeline, "syslogd.view_syslogevent", happened
)
SYSLOG_TAB = Tab("syslog", _("Syslog"), f"{FOLDER}/tab_syslog.html", newest, "syslogd.view_syslogmessage", spoken)

DeviceAdmin.tabs = (*(tab for tab in DeviceAdmin.tabs if tab is not EDIT), TIMELINE_TAB, SYSLOG_TAB, EDIT)
