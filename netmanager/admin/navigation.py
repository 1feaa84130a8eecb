"""The sidebar. An entry is shown to those who may view what it leads to."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the sidebar; without a permission everybody in the staff sees it."""

    title: str | Promise
    icon: str
    view: str
    permission: str = ""


def listed(title: str | Promise, icon: str, app: str, model: str) -> Entry:
    """The entry of a model's list."""
    return Entry(title, icon, f"admin:{app}_{model}_changelist", f"{app}.view_{model}")


GROUPS: tuple[tuple[str | Promise, tuple[Entry, ...]], ...] = (
    ("", (Entry(_("Home"), "home", "admin:index"),)),
    (
        _("Network"),
        (
            listed(_("Devices"), "router", "inventory", "device"),
            Entry(_("Discover"), "radar", "admin:inventory_device_discover", "inventory.run_discovery"),
            listed(_("Interfaces"), "settings_ethernet", "inventory", "interface"),
            listed("VLANs", "lan", "inventory", "vlan"),
            listed(_("Links"), "cable", "inventory", "link"),
            listed(_("Neighbours"), "share", "inventory", "neighbour"),
            listed(_("Components"), "memory", "inventory", "component"),
            listed(_("SSH host keys"), "fingerprint", "inventory", "hostkey"),
        ),
    ),
    (
        _("Configuration"),
        (
            listed(_("Configurations"), "description", "inventory", "configbackup"),
            listed(_("Firmware images"), "system_update", "inventory", "firmwareimage"),
        ),
    ),
    (
        _("Compliance"),
        (
            Entry(_("Matrix"), "grid_view", "admin:compliance_matrix", "compliance.view_result"),
            listed(_("Results"), "fact_check", "compliance", "result"),
            listed(_("Drift"), "difference", "compliance", "drift"),
            listed(_("Standards"), "policy", "compliance", "standard"),
            listed(_("Rules"), "rule", "compliance", "rule"),
            listed(_("Waivers"), "front_hand", "compliance", "waiver"),
        ),
    ),
    (
        _("Syslog"),
        (
            listed(_("Syslog messages"), "manage_search", "syslogd", "syslogmessage"),
            listed(_("Syslog receivers"), "sensors", "syslogd", "syslogrun"),
            listed(_("Batches set aside"), "report", "syslogd", "syslogpoison"),
        ),
    ),
    (
        _("Work"),
        (
            listed(_("Jobs"), "task", "jobs", "job"),
            listed(_("Schedules"), "schedule", "django_celery_beat", "periodictask"),
            listed(_("Settings"), "tune", "jobs", "systemsetting"),
            listed(_("Audit trail"), "policy", "auditlog", "logentry"),
        ),
    ),
    (
        _("Setup"),
        (
            listed(_("Sites"), "apartment", "inventory", "site"),
            listed(_("Prefixes"), "account_tree", "inventory", "prefix"),
            listed(_("Credentials"), "key", "inventory", "credential"),
            Entry(_("Platforms"), "devices_other", "admin:inventory_platforms", "inventory.view_device"),
            listed(_("Deleted devices"), "delete_history", "inventory", "tombstone"),
            listed(_("Users"), "person", "auth", "user"),
            listed(_("Groups"), "group", "auth", "group"),
            listed(_("Failed logins"), "lock_person", "axes", "accessattempt"),
            listed(_("Access scopes"), "shield_person", "inventory", "accessscope"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups as unfold wants them; a group without entries for this user is left out."""
    here = _active(request.path)
    groups = [
        {
            "title": title,
            "separator": False,
            "items": [_item(entry, here) for entry in entries if _may(request, entry)],
        }
        for title, entries in GROUPS
    ]
    return [group for group in groups if group["items"]]


def _may(request: HttpRequest, entry: Entry) -> bool:
    return not entry.permission or request.user.has_perm(entry.permission)


def _item(entry: Entry, here: str) -> dict[str, Any]:
    link = reverse(entry.view)
    return {"title": entry.title, "icon": entry.icon, "link": link, "active": link == here}


def _active(path: str) -> str:
    """The entry whose address is the longest beginning of the page's, so that Discover is not Devices too."""
    home = reverse("admin:index")
    links = {reverse(entry.view) for _title, entries in GROUPS for entry in entries}
    fitting = [one for one in links if path == one or (one != home and path.startswith(one))]
    return max(fitting, key=len, default="")
