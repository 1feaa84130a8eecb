"""What syslog knows of a device, as tabs of its page. Added here: the floors below do not know syslog."""

from django.utils.translation import gettext_lazy as _

from inventory.admin.device_page import EDIT, Tab
from inventory.models import Device
from inventory.scope import Somebody
from jobs.admin.device import DeviceAdmin
from syslogd.admin.timeline import timeline
from syslogd.models import SyslogEvent


def happened(device: Device, _user: Somebody) -> int | None:
    """0 hides the timeline of a device that never told of anything."""
    return None if SyslogEvent.objects.filter(device=device).order_by().exists() else 0


FOLDER = "admin/syslogd/device"
TIMELINE_TAB = Tab(
    "timeline", _("Timeline"), f"{FOLDER}/tab_timeline.html", timeline, "syslogd.view_syslogevent", happened
)

DeviceAdmin.tabs = (*(tab for tab in DeviceAdmin.tabs if tab is not EDIT), TIMELINE_TAB, EDIT)
