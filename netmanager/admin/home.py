"""The home page: what needs me now? Each answer is a number that leads to the filtered list."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.attention import ENDS
from compliance.check_drift import needs_somebody
from compliance.models import Drift, Waiver
from inventory.attention import REASONS
from inventory.display import ICONS, Tone
from inventory.models import Credential, Device
from inventory.scope import scoped
from jobs.admin.lights import progress_bar, state_of
from jobs.admin.words import ROUTINE, words_of
from jobs.models import Job
from netmanager.admin.first_steps import first_steps
from syslogd.attention import lossy, silent
from syslogd.models import SyslogRun

NEWEST = 8


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that may need a human."""

    title: str | Promise
    count: int
    url: str
    tone: Tone
    advice: str | Promise

    @property
    def icon(self) -> str:
        """The sign beside the number."""
        return ICONS[self.tone]


DEVICE_NEEDS = (
    ("down", gettext_lazy("Devices down"), Tone.BAD, gettext_lazy("They do not answer monitoring")),
    ("waiting", gettext_lazy("Waiting for approval"), Tone.WARN, gettext_lazy("Found by discovery, not managed yet")),
    (
        "host_key_changed", gettext_lazy("Changed host keys"), Tone.BAD,
        gettext_lazy("Nothing is written to them until somebody accepts the key"),
    ),
    ("sync_failed", gettext_lazy("Sync failed"), Tone.BAD, gettext_lazy("The last reading over SSH did not work")),
    ("never_synced", gettext_lazy("Never read"), Tone.WARN, gettext_lazy("Approved, but no sync has reached them")),
    (
        "backup_late", gettext_lazy("No fresh backup"), Tone.BAD,
        gettext_lazy("Backup failed, missing or older than 1 day"),
    ),
    ("unsaved", gettext_lazy("Not saved"), Tone.WARN, gettext_lazy("A restart would undo what they run now")),
    ("compliance_low", gettext_lazy("Compliance below 80 %"), Tone.WARN, gettext_lazy("Score of the last scan")),
)  # fmt: skip


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the home page for what this user may see."""
    needs: list[Need] = []
    if request.user.has_perm("inventory.view_device"):
        devices = scoped(Device.objects.all(), request.user)
        needs += device_needs(devices)
        context["device_total"] = devices.count()
        context["first_steps"] = [] if context["device_total"] else first_steps(request)
    if request.user.has_perm("inventory.view_credential"):
        needs.append(locked_credentials())
    if request.user.has_perm("compliance.view_drift"):
        needs.append(unanswered_drift(scoped(needs_somebody(), request.user)))
    if request.user.has_perm("compliance.view_waiver"):
        needs += waiver_needs(scoped(Waiver.objects.all(), request.user))
    if request.user.has_perm("syslogd.view_syslogrun"):
        needs.append(syslog_loss())
    if request.user.has_perm("jobs.view_job"):
        asked_for = scoped(Job.objects.exclude(kind__in=ROUTINE), request.user)
        needs += job_needs(asked_for)
        context["running"] = asked_for.filter(state=Job.State.STARTED).count()
        jobs = asked_for.select_related("requested_by")[:NEWEST]
        context["newest_jobs"] = [(job, words_of(job.kind), state_of(job), progress_bar(job)) for job in jobs]
    context["needs"] = [need for need in needs if need.count]
    context["title"] = _("What needs me now?")
    return context


def device_needs(devices: QuerySet[Device]) -> list[Need]:
    """Counts of the reasons to look at devices, in one query."""
    counts = devices.aggregate(
        **{key: Count("pk", filter=REASONS[key].where()) for key, _title, _tone, _advice in DEVICE_NEEDS}
    )
    url = reverse("admin:inventory_device_changelist")
    return [
        Need(title, counts[key], f"{url}?attention={key}", tone, advice) for key, title, tone, advice in DEVICE_NEEDS
    ]


def locked_credentials() -> Need:
    """Credentials that the guard has locked."""
    return Need(
        _("Credentials locked"),
        Credential.objects.filter(locked_at__isnull=False).count(),
        f"{reverse('admin:inventory_credential_changelist')}?locked=yes",
        Tone.BAD,
        _("Their devices are not logged in to until somebody releases them"),
    )


def unanswered_drift(drifts: QuerySet[Drift]) -> Need:
    """Differences from the golden configuration that nobody answers for."""
    return Need(
        _("Configurations drifted"),
        drifts.count(),
        f"{reverse('admin:compliance_drift_changelist')}?acknowledged=no",
        Tone.WARN,
        _("They differ from the golden configuration, and nobody answers for it"),
    )


def waiver_needs(waivers: QuerySet[Waiver]) -> list[Need]:
    """Exceptions that have ended lately or do so soon, in one query."""
    counts = waivers.aggregate(**{end: Count("pk", filter=where()) for end, where in ENDS.items()})
    url = reverse("admin:compliance_waiver_changelist")
    told = (
        ("lately", _("Waivers ended"), Tone.BAD, _("What they excused fails again")),
        ("soon", _("Waivers end soon"), Tone.WARN, _("Within 7 days: renew them, or mend what they excuse")),
    )
    return [Need(title, counts[end], f"{url}?end={end}", tone, advice) for end, title, tone, advice in told]


def syslog_loss() -> Need:
    """Receivers that dropped messages, or that nobody has seen for a while."""
    return Need(
        _("Syslog loss"),
        SyslogRun.objects.filter(lossy() | silent()).count(),
        f"{reverse('admin:syslogd_syslogrun_changelist')}?attention=loss",
        Tone.BAD,
        _("Receivers that dropped messages within 24 hours, or are silent"),
    )


def job_needs(jobs: QuerySet[Job]) -> list[Need]:
    """Deployments that wait for people, and jobs of the last day that did not do everything, in one query."""
    today = Q(created_at__gte=timezone.now() - timedelta(days=1))
    waits = Q(stage=Job.Stage.APPROVAL, finished_at=None)
    states = ((Job.State.FAILURE, _("Jobs failed"), Tone.BAD), (Job.State.PARTIAL, _("Jobs partly failed"), Tone.WARN))
    counts = jobs.aggregate(
        waits=Count("pk", filter=waits),
        **{state: Count("pk", filter=today & Q(state=state)) for state, _t, _n in states},
    )
    url = reverse("admin:jobs_job_changelist")
    approval = Need(
        _("Deployments wait for approval"),
        counts["waits"],
        f"{url}?stage__exact={Job.Stage.APPROVAL}",
        Tone.WARN,
        _("Their plans are made; nothing has been changed yet"),
    )
    return [approval] + [
        Need(title, counts[state], f"{url}?state__exact={state}&since=day", tone, _("In the last 24 hours"))
        for state, title, tone in states
    ]
