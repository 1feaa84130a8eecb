"""Jobs: a list with progress, and a page that follows a job until it ends."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from inventory.admin.columns import ReadOnlyAdmin, aged
from inventory.display import state, visible
from jobs.admin.words import JOB_TONES, KINDS, TARGET_TONES, words_of
from jobs.close import cancel
from jobs.models import Job, JobTarget
from jobs.operations import operations

ROWS = 500  # targets on one page
FAILED = (JobTarget.State.ERRORED, JobTarget.State.FAILED)
ORDER = (*FAILED, JobTarget.State.RUNNING, JobTarget.State.PENDING, JobTarget.State.REVOKED, JobTarget.State.SUCCESS)
FAILED_FIRST = Case(*(When(state=one, then=Value(rank)) for rank, one in enumerate(ORDER)), output_field=IntegerField())
LIVE = "live"  # ?part=live answers with the moving part of the page only


class KindFilter(DropdownFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, str(words_of(kind).title)) for kind in (*KINDS, *(operations().keys() - KINDS.keys()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class TodayFilter(DropdownFilter):
    title = _("started")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("day", str(_("in the last 24 hours")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "day":
            return queryset.filter(created_at__gte=timezone.now() - timedelta(days=1))
        return queryset


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("title", "state_light", "progress", "counts", "who", aged(Job, "created_at"), "duration")
    list_select_related = ("requested_by",)
    list_filter = (("state", ChoicesDropdownFilter), KindFilter, TodayFilter)
    search_fields = ("uuid", "request_id", "error", "requested_by__username")
    change_form_template = "admin/jobs/job/page.html"

    @display(description=_("work"), ordering="kind")
    def title(self, job: Job) -> str:
        return str(words_of(job.kind).title)

    @display(description=_("state"), ordering="state")
    def state_light(self, job: Job) -> SafeString:
        return state_of(job)

    @display(description=_("progress"))
    def progress(self, job: Job) -> SafeString:
        return progress_bar(job)

    @display(description=_("done"))
    def counts(self, job: Job) -> str:
        text = f"{job.done}/{job.total}"
        return f"{text}, " + str(_("%(count)d failed") % {"count": job.failed}) if job.failed else text

    @display(description=_("requested by"), ordering="requested_by__username")
    def who(self, job: Job) -> str:
        return str(job.requested_by or _("schedule"))

    @display(description=_("took"))
    def duration(self, job: Job) -> str:
        return span(job.started_at, job.finished_at)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.cancel_view))
        return [path("<int:pk>/cancel/", view, name="jobs_job_cancel"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.GET.get("part") == LIVE and object_id.isdecimal():
            job = get_object_or_404(self.get_queryset(request), pk=int(object_id))
            if not self.has_view_permission(request, job):
                raise PermissionDenied
            return render(request, "admin/jobs/job/live.html", page_context(request, job))
        return super().change_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Job | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context |= page_context(request, obj)
            context |= {"title": words_of(obj.kind).title, "subtitle": None}
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop what waits; what runs ends at its next safe point."""
        job = get_object_or_404(self.get_queryset(request), pk=pk)
        if not may_cancel(request, job):
            raise PermissionDenied
        if job.ready:
            messages.info(request, _("This job has already ended."))
        else:
            cancel(job)
            messages.success(request, _("Cancelling: what waits is stopped, what runs ends at its next safe point."))
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))


def page_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What the job's page shows, as a whole or its moving part."""
    only_failed = request.GET.get("show") == "failed"
    targets = job.targets.select_related("device").order_by(FAILED_FIRST, "id")
    shown = targets.filter(state__in=FAILED) if only_failed else targets
    return {
        "job": job,
        "words": words_of(job.kind),
        "state_light": state_of(job),
        "progress_bar": progress_bar(job),
        "took": span(job.started_at, job.finished_at),
        "targets": [
            (target, target_state(target), span(target.started_at, target.finished_at)) for target in shown[:ROWS]
        ],
        "row_limit": ROWS,
        "only_failed": only_failed,
        "may_cancel": may_cancel(request, job) and not job.ready and not job.cancel_requested,
        "result_rows": result_rows(job),
    }


def may_cancel(request: HttpRequest, job: Job) -> bool:
    """Who may start a kind of work may stop it."""
    operation = operations().get(job.kind)
    needed = ("jobs.change_job", *([operation.permission] if operation else []))
    return any(request.user.has_perm(permission) for permission in needed)


def state_of(job: Job) -> SafeString:
    """The job's state as icon and word."""
    return state(JOB_TONES[Job.State(job.state)], job.get_state_display())


def target_state(target: JobTarget) -> SafeString:
    """The target's state as icon and word."""
    return state(TARGET_TONES[JobTarget.State(target.state)], target.get_state_display())


def progress_bar(job: Job) -> SafeString:
    """Two-coloured bar: what succeeded and what failed, of all targets."""
    total = job.total or 1
    good, bad = 100 * (job.done - job.failed) // total, -(-100 * job.failed // total)
    return format_html(
        '<span class="nm-bar" role="progressbar" aria-valuemin="0" aria-valuemax="{}" aria-valuenow="{}" '
        'aria-label="{}"><span class="nm-bar-good" style="width:{}%"></span>'
        '<span class="nm-bar-bad" style="width:{}%"></span></span>',
        job.total,
        job.done,
        _("%(done)d of %(total)d done, %(failed)d failed")
        % {"done": job.done, "total": job.total, "failed": job.failed},
        good,
        bad,
    )


def span(begin: datetime | None, end: datetime | None) -> str:
    """How long something took or has been running: "4.2 s", "3:05 min"."""
    if begin is None:
        return ""
    seconds = ((end or timezone.now()) - begin).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"


def result_rows(job: Job) -> list[tuple[str, str]]:
    """The job's own summary beyond the counts that the page shows anyway."""
    labels = {
        "answered": _("addresses answered"),
        "created": _("new devices"),
        "updated": _("known devices"),
        "links": _("links"),
        "warning": _("warning"),
    }
    result = job.result or {}
    return [(str(label), visible(result[key])) for key, label in labels.items() if key in result]
