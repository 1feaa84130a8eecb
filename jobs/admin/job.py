"""Jobs: a list with progress, and a page that follows a job until it ends."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from compliance.export import ComplianceReport
from inventory.admin.columns import ReadOnlyAdmin, aged
from inventory.display import visible
from inventory.export import InventoryReport
from inventory.models import Device
from inventory.report import FORMATS, Report
from inventory.scope import scoped
from jobs import rollout
from jobs.admin.job_filters import KindFilter, RoutineFilter, TodayFilter
from jobs.admin.job_page import may_cancel, page_context
from jobs.admin.lights import progress_bar, span, state_of
from jobs.admin.target_page import opened
from jobs.admin.words import started, words_of
from jobs.close import cancel
from jobs.models import Job, JobTarget
from jobs.operations import BadParameters, get_operation, operations
from jobs.reporting import job_if_large
from jobs.retry import retry

LIVE = "live"  # ?part=live answers with the moving part of the page only
MOST_REASON = 200


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("title", "state_light", "progress", "counts", "who", "why", aged(Job, "created_at"), "duration")
    list_select_related = ("requested_by",)
    list_filter = (
        ("state", ChoicesDropdownFilter), ("stage", ChoicesDropdownFilter), KindFilter, TodayFilter, RoutineFilter,
    )  # fmt: skip
    search_fields = ("uuid", "request_id", "reason", "error", "requested_by__username")

    @display(description=gettext_lazy("work"), ordering="kind")
    def title(self, job: Job) -> str:
        return str(words_of(job.kind).title)

    @display(description=gettext_lazy("state"), ordering="state")
    def state_light(self, job: Job) -> SafeString:
        return state_of(job)

    @display(description=gettext_lazy("progress"))
    def progress(self, job: Job) -> SafeString:
        return progress_bar(job)

    @display(description=gettext_lazy("done"))
    def counts(self, job: Job) -> str:
        text = f"{job.done}/{job.total}"
        return f"{text}, " + _("%(count)d failed") % {"count": job.failed} if job.failed else text

    @display(description=gettext_lazy("requested by"), ordering="requested_by__username")
    def who(self, job: Job) -> str:
        return str(job.requested_by or _("schedule"))

    @display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, job: Job) -> str:
        return visible(job.reason)

    @display(description=gettext_lazy("took"))
    def duration(self, job: Job) -> str:
        return span(job.started_at, job.finished_at)

    def get_urls(self) -> list[URLPattern]:
        wrap: Callable[..., Any] = self.admin_site.admin_view
        posted = {
            "cancel": self.cancel_view, "retry": self.retry_view,
            "approve": self.approve_view, "reject": self.reject_view,
        }  # fmt: skip
        return [
            *(
                path(f"<int:pk>/{verb}/", wrap(require_POST(view)), name=f"jobs_job_{verb}")
                for verb, view in posted.items()
            ),
            path("report/<slug:report>/<slug:form>/", wrap(self.report_view), name="jobs_job_report"),
            path("<int:pk>/target/<int:target_id>/", wrap(self.target_view), name="jobs_job_target"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page, or its moving part. Nothing on it is a form of the row, so none is built."""
        job = self._find(request, int(object_id)) if object_id.isdecimal() else None
        if job is None or not self.has_view_permission(request, job):
            return super().change_view(request, object_id, form_url, extra_context)
        context = page_context(request, job)
        if request.GET.get("part") == LIVE:
            return render(request, "admin/jobs/job/live.html", context)
        frame = {"opts": self.opts, "original": job, "title": words_of(job.kind).title}
        page = {**self.admin_site.each_context(request), **frame, **context}
        return TemplateResponse(request, "admin/jobs/job/page.html", page)

    def target_view(self, request: HttpRequest, pk: int, target_id: int) -> HttpResponse:
        """One target opened: commands, difference, log."""
        job = self._must_find(request, pk)
        target = get_object_or_404(JobTarget.objects.select_related("device"), job=job, pk=target_id)
        return render(request, "admin/jobs/job/target.html", {"one": opened(target)})

    def report_view(self, request: HttpRequest, report: str, form: str) -> HttpResponse:
        """A report's button: to its file where that is made at once, else to the job that makes it."""
        if report not in REPORTS or form not in FORMATS:
            raise Http404
        if not request.user.has_perm(get_operation(report).permission):
            raise PermissionDenied
        wanted = request.GET.get("device", "")
        seen = scoped(Device.objects.select_related("site"), request.user)
        device = get_object_or_404(seen, pk=int(wanted[:18])) if wanted.isdecimal() else None
        found, address = REPORTS[report](device, request.user)
        job = job_if_large(report, found, form, device, request.user)  # type: ignore[arg-type]
        if job is None:
            return HttpResponseRedirect(f"{address}{'&' if '?' in address else '?'}format={form}")
        messages.success(request, _("The report is large and is made in the background. Its file will stand here."))
        return to_page(job)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop what waits; what runs ends at its next safe point."""
        job = self._must_find(request, pk)
        if not may_cancel(request.user, job):
            raise PermissionDenied
        if job.ready:
            messages.info(request, _("This job has already ended."))
        else:
            cancel(job)
            messages.success(request, _("Cancelling: what waits is stopped, what runs ends at its next safe point."))
        return to_page(job)

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what did not succeed once more, as a new job."""
        job = self._must_find(request, pk)
        operation = operations().get(job.kind)
        if operation is None or not request.user.has_perm(operation.permission):
            raise PermissionDenied
        try:
            again = retry(job, request.user)  # type: ignore[arg-type]
        except BadParameters as error:
            messages.error(request, visible(error))
            return to_page(job)
        messages.success(request, started(again.job))
        for sentence in again.left_out:
            messages.warning(request, visible(sentence))
        return to_page(again.job)

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the plan that was looked at go on."""
        job = self._must_find(request, pk)
        if not request.user.has_perm("jobs.approve_deployment"):
            raise PermissionDenied
        try:
            rollout.approve(job, request.user, request.POST.get("plan_hash", ""))  # type: ignore[arg-type]
        except rollout.NotNow as error:
            messages.error(request, visible(error))
        else:
            messages.success(request, _("Approved: the first ring begins."))
        return to_page(job)

    def reject_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End the planned job untouched."""
        job = self._must_find(request, pk)
        if not request.user.has_perm("jobs.approve_deployment"):
            raise PermissionDenied
        reason = visible(" ".join(request.POST.get("reason", "").split())[:MOST_REASON])
        if not reason:
            messages.error(request, _("Say why it is rejected: who asked for it reads the reason."))
            return to_page(job)
        try:
            rollout.reject(job, request.user, reason)  # type: ignore[arg-type]
        except rollout.NotNow as error:
            messages.error(request, visible(error))
        else:
            messages.success(request, _("Rejected: no device was touched."))
        return to_page(job)

    def _find(self, request: HttpRequest, pk: int) -> Job | None:
        jobs = self.get_queryset(request).select_related("requested_by", "approved_by", "retry_of")
        return jobs.filter(pk=pk).first()

    def _must_find(self, request: HttpRequest, pk: int) -> Job:
        """The job, to those who may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self._find(request, pk)
        if job is None:
            raise Http404
        return job


def compliance_report(device: Device | None, user: Any) -> tuple[Report, str]:
    """The report and the address of its file."""
    address = reverse("compliance-report")
    return ComplianceReport(device, user), f"{address}?device_id={device.pk}" if device else address


def inventory_report(device: Device | None, _user: Any) -> tuple[Report, str]:
    """The same; raises Http404 without a device."""
    if device is None:
        raise Http404
    return InventoryReport(device), reverse("devices-inventory-export", args=[device.pk])


REPORTS: dict[str, Callable[[Device | None, Any], tuple[Report, str]]] = {
    "compliance_report": compliance_report,
    "inventory_report": inventory_report,
}


def to_page(job: Job) -> HttpResponse:
    """Go to the job's page."""
    return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))
