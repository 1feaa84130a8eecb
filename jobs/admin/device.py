"""Devices with the work that can be started on them. Registered here: the inventory does not know the jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import action

from compliance.admin import COMPLIANCE_TAB, DRIFT_TAB
from inventory import audit
from inventory.admin.device import DeviceAdmin as InventoryDeviceAdmin
from inventory.admin.device_page import EDIT, INVENTORY_TABS, ROWS, Tab
from inventory.models import Device
from inventory.scope import Somebody, scoped
from jobs.admin.deploy_page import address_of, deploy_page, may_deploy
from jobs.admin.discover import DiscoverForm
from jobs.admin.lights import target_state
from jobs.admin.words import KINDS, started, words_of
from jobs.launch import launch
from jobs.models import Job, JobTarget
from jobs.operations import BadParameters, get_operation, readings

OWN_ACTIONS = ("sync", "backup", "scan", "crawl")
MORE_ACTIONS = tuple(one.kind for one in readings() if one.kind not in OWN_ACTIONS)  # offered by being there
BUTTONS = (*OWN_ACTIONS, *MORE_ACTIONS)


@dataclass(frozen=True, slots=True)
class Work:
    """What one job did to the device, with its words. `open`: the user may see the job as a whole."""

    row: JobTarget
    open: bool
    title: str
    light: SafeString


def work_on(device: Device, user: Somebody) -> list[Work]:
    """What jobs did to the device, newest first."""
    rows = list(device.job_targets.select_related("job").order_by("-id")[:ROWS])
    seen = scoped(Job.objects.filter(pk__in={row.job_id for row in rows}), user)
    whole = set(seen.order_by().values_list("pk", flat=True))
    return [Work(row, row.job_id in whole, str(words_of(row.job.kind).title), target_state(row)) for row in rows]


JOBS_TAB = Tab(
    "jobs", _("Jobs"), "admin/inventory/device/tab_jobs.html", work_on,
    "jobs.view_job", lambda device, _user: device.job_targets.count(),
)  # fmt: skip


def starter(kind: str) -> Callable[..., HttpResponse | None]:
    """The action of a kind that has no words of its own here."""

    def run(admin: Any, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return start(request, kind, queryset)

    run.__name__ = kind
    run.short_description = words_of(kind).verb  # type: ignore[attr-defined]
    return run


@admin.register(Device)
class DeviceAdmin(InventoryDeviceAdmin):
    tabs = (*(tab for tab in INVENTORY_TABS if tab is not EDIT), COMPLIANCE_TAB, DRIFT_TAB, JOBS_TAB, EDIT)
    actions = (
        "approve", "ignore", "sync", "back_up", "scan", "scan_again", "crawl",
        *(starter(kind) for kind in MORE_ACTIONS), "deploy",
    )  # fmt: skip
    change_list_template = "admin/inventory/device/list.html"

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("inventory.approve_device"))

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return may_start(request, "sync")

    def has_scan_permission(self, request: HttpRequest) -> bool:
        return may_start(request, "scan")

    def has_discovery_permission(self, request: HttpRequest) -> bool:
        return may_start(request, "discover")

    def has_deploy_permission(self, request: HttpRequest) -> bool:
        return may_deploy(request)

    @action(description=_("Approve"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        count = set_status(queryset, Device.Status.ACTIVE)
        text = ngettext("%(count)d device approved.", "%(count)d devices approved.", count)
        messages.success(request, text % {"count": count})

    @action(description=_("Ignore"), permissions=["approve"])
    def ignore(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        count = set_status(queryset, Device.Status.IGNORED)
        text = ngettext(
            "%(count)d device is ignored: no job touches it.",
            "%(count)d devices are ignored: no job touches them.",
            count,
        )
        messages.success(request, text % {"count": count})

    @action(description=_("Sync"), permissions=["sync"])
    def sync(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return start(request, "sync", queryset)

    @action(description=_("Back up"), permissions=["sync"])
    def back_up(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return start(request, "backup", queryset)

    @action(description=_("Scan"), permissions=["scan"])
    def scan(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return start(request, "scan", queryset)

    @action(description=_("Scan again, also where nothing is new"), permissions=["scan"])
    def scan_again(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return start(request, "scan", queryset, {"again": True})

    @action(description=_("Crawl neighbours from here"), permissions=["discovery"])
    def crawl(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        return start(request, "crawl", queryset)

    @action(description=_("Deploy VLANs"), permissions=["deploy"])
    def deploy(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse:
        """To the form, which names the devices before anything starts."""
        across = request.POST.get("select_across") == "1"
        return HttpResponseRedirect(address_of(request, [] if across else request.POST.getlist(ACTION_CHECKBOX_NAME)))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        return {name: one for name, one in found.items() if name not in MORE_ACTIONS or may_start(request, name)}

    def get_urls(self) -> list[URLPattern]:
        wrap: Callable[..., Any] = self.admin_site.admin_view
        return [
            path("discover/", wrap(self.discover_view), name="inventory_device_discover"),
            path("deploy/", wrap(partial(deploy_page, self)), name="inventory_device_deploy"),
            path("<int:pk>/start/<slug:kind>/", wrap(require_POST(self.start_view)), name="inventory_device_start"),
            path("<int:pk>/status/", wrap(require_POST(self.status_view)), name="inventory_device_status"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Device | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context["buttons"] = [(kind, words_of(kind)) for kind in BUTTONS if may_start(request, kind)]
            context["may_deploy"] = may_deploy(request)
            context["may_approve"] = self.has_approve_permission(request)
            context["may_waive"] = request.user.has_perm("compliance.add_waiver")
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        offers = {"may_discover": self.has_discovery_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **offers})

    def start_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """A button of the device page: start one kind of work on this device."""
        if kind not in BUTTONS:
            raise Http404
        if not may_start(request, kind):
            raise PermissionDenied
        answer = start(request, kind, self.get_queryset(request).filter(pk=pk))
        return answer or HttpResponseRedirect(reverse("admin:inventory_device_change", args=[pk]))

    def status_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve or ignore this device."""
        if not self.has_approve_permission(request):
            raise PermissionDenied
        chosen = self.get_queryset(request).filter(pk=pk)
        (self.ignore if request.POST.get("status") == Device.Status.IGNORED else self.approve)(request, chosen)
        return HttpResponseRedirect(reverse("admin:inventory_device_change", args=[pk]))

    def discover_view(self, request: HttpRequest) -> HttpResponse:
        """The form that starts a discovery."""
        if not self.has_discovery_permission(request):
            raise PermissionDenied
        form = DiscoverForm(request.POST or None)
        if form.is_valid() and (job := form.launch(request.user)) is not None:
            return to_job(request, job)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Discover"),
            "form": form,
            "touches": KINDS["discover"].touches,
        }
        return TemplateResponse(request, "admin/inventory/device/discover.html", context)


def may_start(request: HttpRequest, kind: str) -> bool:
    """Whether this user may start this kind of work."""
    return bool(request.user.has_perm(get_operation(kind).permission))


def set_status(devices: QuerySet[Device], status: Device.Status) -> int:
    """Give the devices this status; returns how many had another one."""
    return audit.update(devices.exclude(status=status), status=status)


def start(
    request: HttpRequest, kind: str, devices: QuerySet[Device], parameters: dict[str, Any] | None = None
) -> HttpResponse | None:
    """Launch and go to the job; when nothing could be started, say why and stay."""
    try:
        job = launch(kind, parameters, devices=devices, user=request.user)  # type: ignore[arg-type]
    except BadParameters as error:
        messages.error(request, str(error))
        return None
    return to_job(request, job)


def to_job(request: HttpRequest, job: Job) -> HttpResponse:
    """The job's page, with a message saying what it touches."""
    messages.success(request, started(job))
    return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))
