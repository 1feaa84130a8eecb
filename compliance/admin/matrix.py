"""The matrix: devices by standards with the trend and the worst rules, and the results behind one cell."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from compliance import matrix
from compliance.admin.cells import Cell, cell_of, sum_of
from compliance.admin.judged import judged, severity_of
from compliance.admin.matrix_form import MatrixForm
from compliance.curve import Trend, drawn
from compliance.models import Result, Standard
from compliance.trend import DAYS, trend
from inventory.display import visible
from inventory.models import Device
from inventory.scope import access_of, scoped

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A device and its cells; `place` says where it stands and what it is."""

    device: Device
    place: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Worst:
    """A rule with its words and the number of devices that it fails on."""

    title: str
    standard: str
    severity: SafeString
    devices: int
    url: str


def matrix_page(request: HttpRequest) -> HttpResponse:
    """The page, or the part of it that counts results: slower than the rest, so the page asks for it by itself.

    A form that asks for what is not offered says so and shows nothing.
    """
    if not request.user.has_perm("compliance.view_result"):
        raise PermissionDenied
    form = MatrixForm(request.GET, request.user)
    context = {**admin.site.each_context(request), "title": _("Matrix"), "form": form}
    if form.is_valid():
        wanted = form.wanted()
        if request.GET.get("part") == "worst":
            return render(request, "admin/compliance/matrix/worst.html", {"worst": _worst_rules(request, wanted)})
        context |= _shown(request, wanted)
    return TemplateResponse(request, "admin/compliance/matrix/page.html", context)


def results_page(request: HttpRequest, device_id: int, standard_id: int) -> HttpResponse:
    """The results of one standard on one device, with what explains them."""
    if not request.user.has_perm("compliance.view_result"):
        raise PermissionDenied
    device = get_object_or_404(scoped(Device.objects.select_related("site"), request.user), pk=device_id)
    standard = get_object_or_404(Standard, pk=standard_id)
    (line,) = matrix.lines([device], [standard])
    results = scoped(Result.objects.filter(device=device, rule__standard=standard), request.user)
    context = {
        **admin.site.each_context(request),
        "title": f"{visible(device.name)}: {standard.name}",
        "original": device,
        "cell": cell_of(device, standard, line.cells[0][1]),
        "standard": standard,
        "results": judged(device, results, request.user),
        "may_waive": request.user.has_perm("compliance.add_waiver"),
        "may_open": request.user.has_perm("inventory.view_device"),
    }
    return TemplateResponse(request, "admin/compliance/matrix/results.html", context)


def _shown(request: HttpRequest, wanted: matrix.Wanted) -> dict[str, Any]:
    rows, columns = matrix.devices(wanted, request.user), matrix.standards(wanted)
    if not columns and wanted.standard:
        raise Http404
    page = Paginator(_short(matrix.ordered(rows, wanted)), PAGE).get_page(request.GET.get("page"))
    whole = access_of(request.user) is None
    return {
        "page": page,
        "lines": _lines(page, columns),
        "totals": [sum_of(one.standard, one.sums) for one in matrix.totals(rows, columns)],
        "columns": columns,
        "before_url": _url(request, page=page.previous_page_number()) if page.has_previous() else "",
        "after_url": _url(request, page=page.next_page_number()) if page.has_next() else "",
        "worst_url": _url(request, part="worst"),
        "trend": _trend(columns[0] if wanted.standard else None) if whole else None,
        "trend_of": columns[0].name if wanted.standard else "",
        "whole": whole,
        "days": DAYS,
    }


def _short(rows: QuerySet[Device]) -> QuerySet[Device]:
    return rows.select_related("site").only("name", "site__name", "role", "platform", "compliance_score")


def _lines(page: Page, columns: list[Standard]) -> list[Line]:
    return [
        Line(line.device, _place(line.device), [cell_of(line.device, *cell) for cell in line.cells])
        for line in matrix.lines(list(page), columns)
    ]


def _place(device: Device) -> str:
    said = (device.site.name if device.site else "", device.role, device.platform)
    return " · ".join(visible(one) for one in said if one)


def _trend(standard: Standard | None) -> Trend | None:
    return drawn(trend(standard))


def _worst_rules(request: HttpRequest, wanted: matrix.Wanted) -> list[Worst]:
    found = matrix.worst_rules(matrix.devices(wanted, request.user), matrix.standards(wanted))
    return [_worst(one) for one in found]


def _worst(found: matrix.FailingRule) -> Worst:
    url = f"{reverse('admin:compliance_result_changelist')}?state__exact=fail&rule__id__exact={found.rule.pk}"
    rule = found.rule
    return Worst(rule.title, rule.standard.name, severity_of(rule), found.devices, url)


def _url(request: HttpRequest, **other: object) -> str:
    """The same question but for these."""
    query = request.GET.copy()
    for name, value in other.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
