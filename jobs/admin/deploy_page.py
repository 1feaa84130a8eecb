"""The page that deploys VLANs: it names the devices, says what will be touched, and starts the job."""

import hashlib
from dataclasses import dataclass

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.display import visible
from inventory.models import Device
from inventory.platforms import platforms
from inventory.scope import scoped
from jobs import system_settings
from jobs.admin.deploy import KIND, DeployForm
from jobs.admin.words import KINDS
from jobs.models import Job, JobTarget
from jobs.operations import operations

NAMED = 12  # devices that the page names
LISTED = "listed"  # ?listed&...: all devices that the list shows with the rest of the query


@dataclass(frozen=True, slots=True)
class Choice:
    """The devices a deployment is for, and whether anybody has chosen them."""

    devices: QuerySet[Device]
    left_out: int
    token: str

    @property
    def names(self) -> list[str]:
        """The first few."""
        return [visible(name) for name in self.devices.order_by("name", "id").values_list("name", flat=True)[:NAMED]]

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """(platform, how many), the most common first."""
        counts = self.devices.order_by().values_list("platform").annotate(count=Count("pk")).order_by("-count")
        known = platforms()
        return [(known[slug].name if slug in known else visible(slug), count) for slug, count in counts]


def may_deploy(request: HttpRequest) -> bool:
    """Whether this user may deploy, and whether there is anything that does it."""
    operation = operations().get(KIND)
    return operation is not None and bool(request.user.has_perm(operation.permission))


def address_of(request: HttpRequest, ids: list[str]) -> str:
    """The page's address for the chosen rows of the list, or for all that the list shows where no ids are given."""
    query = QueryDict(mutable=True)
    if ids:
        query["ids"] = ",".join(ids)
    else:
        query = request.GET.copy()
        query[LISTED] = ""
    return f"{reverse('admin:inventory_device_deploy')}?{query.urlencode()}"


def deploy_page(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show the form; start the job and go to its page."""
    if not (may_deploy(request) and admin.has_view_permission(request)):
        raise PermissionDenied
    job = _job(request)
    try:
        choice = _choice(admin, request, job)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(reverse("admin:inventory_device_changelist"))
    form = _form(request, job)
    if form.is_bound and _unchanged(request, choice, form) and (made := form.launch(choice.devices, request.user)):
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[made.pk]))
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": KINDS[KIND].title,
        "form": form,
        "choice": choice,
        "count": choice.devices.count(),
        "more": max(choice.devices.count() - NAMED, 0),
        "touches": KINDS[KIND].touches,
        "waits": system_settings.enabled("deploy_approval_required"),
    }
    return TemplateResponse(request, "admin/inventory/device/deploy.html", context)


def _job(request: HttpRequest) -> Job | None:
    """The dry run that shall be done for real."""
    wanted = request.GET.get("job", "")
    if not wanted.isdecimal() or len(wanted) > 18 or not request.user.has_perm("jobs.view_job"):
        return None
    return scoped(Job.objects.filter(pk=int(wanted), kind=KIND), request.user).first()


def _choice(admin: ModelAdmin, request: HttpRequest, job: Job | None) -> Choice:
    """Raises IncorrectLookupParameters for a filter that the list does not have."""
    chosen = _chosen(admin, request, job)
    devices = Device.objects.filter(pk__in=chosen.order_by().values("pk"), status=Device.Status.ACTIVE)
    ids = sorted(devices.order_by().values_list("pk", flat=True))
    token = hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()
    return Choice(devices, chosen.count() - len(ids), token)


def _chosen(admin: ModelAdmin, request: HttpRequest, job: Job | None) -> QuerySet[Device]:
    visible_devices: QuerySet[Device] = admin.get_queryset(request)
    if job is not None:
        planned = job.targets.filter(state=JobTarget.State.SUCCESS)
        return visible_devices.filter(pk__in=planned.values("device_id"))
    if "ids" in request.GET:
        ids = [int(one) for one in request.GET["ids"].split(",") if one.isdecimal() and len(one) <= 18]
        return visible_devices.filter(pk__in=ids)
    if LISTED in request.GET:
        query = request.GET.copy()
        del query[LISTED]  # the list refuses what it does not know
        request.GET = query  # type: ignore[assignment]
        found: QuerySet[Device] = admin.get_changelist_instance(request).get_queryset(request)
        return found
    return visible_devices.none()


def _form(request: HttpRequest, job: Job | None) -> DeployForm:
    if request.method == "POST":
        return DeployForm.longer(request.POST) if "add_row" in request.POST else DeployForm.of(request.POST)
    return DeployForm.like(job.parameters) if job else DeployForm.empty()


def _unchanged(request: HttpRequest, choice: Choice, form: DeployForm) -> bool:
    """Whether the devices are still those that the page named when it was sent."""
    if request.POST.get("choice") == choice.token:
        return True
    form.add_error(None, _("The choice holds other devices by now than this page named. Look at them and start again."))
    return False
