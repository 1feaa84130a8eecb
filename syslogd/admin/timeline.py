"""What happened to a device, newest first: by its own words, by jobs, and as its stored configurations tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.display import Tone, visible
from inventory.models import Device
from inventory.scope import Somebody, scoped
from jobs.admin.words import ROUTINE, TARGET_TONES, words_of
from jobs.models import Job, JobTarget
from syslogd.models import SyslogEvent

EACH = 100  # of every kind
ICONS = {
    SyslogEvent.Kind.CONFIG: ("edit_note", Tone.WARN),
    SyslogEvent.Kind.LINK_DOWN: ("link_off", Tone.BAD),
    SyslogEvent.Kind.LINK_UP: ("link", Tone.GOOD),
    SyslogEvent.Kind.RELOAD: ("restart_alt", Tone.WARN),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of the timeline; `url` leads to what tells more."""

    at: datetime
    icon: str
    tone: Tone
    title: str
    detail: str
    url: str = ""


def timeline(device: Device, user: Somebody) -> list[Mark]:
    """The newest marks that the user may see."""
    marks = [
        *_events(device, user),
        *(_jobs(device, user) if user.has_perm("jobs.view_job") else ()),
        *(_backups(device) if user.has_perm("inventory.view_configbackup") else ()),
    ]
    return sorted(marks, key=lambda mark: mark.at, reverse=True)[:EACH]


def _events(device: Device, user: Somebody) -> Iterator[Mark]:
    may_read = user.has_perm("syslogd.view_syslogmessage")
    for event in SyslogEvent.objects.filter(device=device)[:EACH]:
        icon, tone = ICONS[SyslogEvent.Kind(event.kind)]
        url = reverse("admin:syslogd_syslogmessage_change", args=[event.message_id]) if may_read else ""
        yield Mark(event.at, icon, tone, title_of(event), visible(event.text), url)


def title_of(event: SyslogEvent) -> str:
    """What happened, to what, and by whom."""
    named = {"kind": event.get_kind_display(), "user": visible(event.user), "interface": visible(event.interface)}
    if event.user:
        return _("%(kind)s by %(user)s") % named
    return f"{named['kind']}: {named['interface']}" if event.interface else str(named["kind"])


def _jobs(device: Device, user: Somebody) -> Iterator[Mark]:
    ended = device.job_targets.exclude(finished_at=None).exclude(job__kind__in=ROUTINE)
    rows = ended.select_related("job").order_by("-id")
    found = list(rows.only("state", "message", "finished_at", "job__kind", "job__created_at")[:EACH])
    seen = scoped(Job.objects.filter(pk__in={target.job_id for target in found}), user)
    whole = set(seen.order_by().values_list("pk", flat=True))
    for target in found:
        words = words_of(target.job.kind)
        title = f"{words.title}: {target.get_state_display()}"
        url = reverse("admin:jobs_job_change", args=[target.job_id]) if target.job_id in whole else ""
        at, tone = target.finished_at or target.job.created_at, TARGET_TONES[JobTarget.State(target.state)]
        yield Mark(at, str(words.icon), tone, title, visible(target.message), url)


def _backups(device: Device) -> Iterator[Mark]:
    rows = device.config_backups.order_by("-captured_at")
    for backup in rows.only("captured_at", "changed_by", "kind", "device_id")[:EACH]:
        detail = _("changed by %(user)s") % {"user": visible(backup.changed_by)} if backup.changed_by else ""
        url = reverse("admin:inventory_configbackup_change", args=[backup.pk])
        title = f"{_('New configuration')} ({backup.get_kind_display()})"
        yield Mark(backup.captured_at, "description", Tone.BUSY, title, detail, url)
