"""The messages: what is asked for stands in the address; the lines come first, counts when they are there.

The list is none of Django's: that counts all rows before it shows fifty, and there may be a hundred million.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.admin.columns import ReadOnlyAdmin
from syslogd import search
from syslogd.admin import charts, tail
from syslogd.admin.address import FILTERS, Address
from syslogd.admin.filter_form import FilterForm
from syslogd.admin.lines import lines_of
from syslogd.admin.message_page import message_page
from syslogd.batch import received_at
from syslogd.models import SyslogMessage

ROWS = 50
TOPS = 8
HIGHEST_ID = 2**63 - 1


@admin.register(SyslogMessage)
class SyslogMessageAdmin(ReadOnlyAdmin):
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> SyslogMessage | None:
        """By the time that the id tells as well: without it every day would be searched."""
        if not object_id.isdecimal() or int(object_id) > HIGHEST_ID:
            return None
        rows = self.get_queryset(request).select_related("device")
        found: SyslogMessage | None = rows.filter(received_at=received_at(int(object_id)), pk=int(object_id)).first()
        return found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The explorer, or the part of it that the page asks for."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        address = Address.of(request)
        if any(name in request.GET and not request.GET[name].strip() for name in FILTERS):
            return HttpResponseRedirect(address.but())  # as a form sends it; without what is empty it can be passed on
        form = FilterForm(dict(address.filters), request.user)
        part = PARTS.get(request.GET.get("part", ""))
        if part:
            return part(request, form, address) if form.is_valid() else HttpResponseBadRequest()
        context = explorer(request, form, address)
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("Messages")}
        return TemplateResponse(request, "admin/syslogd/message/explorer.html", {**frame, **context})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One message with all that is known of it, and what came just before and after."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        frame = {"opts": self.opts, "original": row, "title": _("Message")}
        context = {**self.admin_site.each_context(request), **frame, **message_page(request, row)}
        return TemplateResponse(request, "admin/syslogd/message/page.html", context)


def explorer(request: HttpRequest, form: FilterForm, address: Address) -> dict[str, Any]:
    """The page: the form and the lines. What counts is asked for by the page itself."""
    context: dict[str, Any] = {"form": form, "filtered": bool(address.filters), "part_query": address.but(part="")}
    if not form.is_valid():
        return context
    now, live = timezone.now(), form.moving and bool(request.GET.get("live"))
    if form.moving:
        context |= {"live": live, "live_query": address.but(live="" if live else "1")}
    asked = form.filters(now - tail.SETTLED if live else now)
    before, after = (request.GET.get(name, "")[:100] or None for name in ("before", "after"))
    try:
        found = search.page(asked, request.user, before=before, after=after, limit=ROWS)
    except search.TooMuch as error:
        return context | too_much(error, form, address, now)
    if live:
        context["tail_query"] = address.but(**tail.first(request, found.rows, asked.until).parameters())
    return context | {
        "lines": lines_of(found.rows, address),
        "older_query": address.but(before=found.older) if found.older else "",
        "newer_query": address.but(after=found.newer) if found.newer and not live else "",
        "wider_query": form.wider(address),
    }


def too_much(error: search.TooMuch, form: FilterForm, address: Address, now: datetime) -> dict[str, str]:
    """The sentence of a search that would take too long, and where it would take less."""
    return {"too_much": str(error), "narrower_query": form.narrower(address, now)}


def histogram(request: HttpRequest, form: FilterForm, address: Address) -> HttpResponse:
    """The part with the messages over time."""
    return counted(
        request, form, address, "histogram", lambda asked: charts.chart(search.histogram(asked, request.user), address)
    )


def tops(request: HttpRequest, form: FilterForm, address: Address) -> HttpResponse:
    """The part with who sends most, and what is said most."""
    return counted(
        request,
        form,
        address,
        "tops",
        lambda asked: charts.top_lists(search.tops(asked, request.user, count=TOPS), address),
    )


def counted(
    request: HttpRequest, form: FilterForm, address: Address, name: str, count: Callable[[search.Filters], Any]
) -> HttpResponse:
    """A part of the page that counts: slower than the lines, and it may be too much where they are not."""
    now = timezone.now()
    try:
        context = {name: count(form.filters(now))}
    except search.TooMuch as error:
        context = too_much(error, form, address, now)
    return render(request, f"admin/syslogd/message/{name}.html", context)


def follow(request: HttpRequest, form: FilterForm, address: Address) -> HttpResponse:
    """What came since the page asked last, and how it asks next."""
    now = timezone.now()
    at = tail.Tail.of(request, now)
    if at.full:
        return HttpResponse(headers={"HX-Redirect": address.but(live=at.mark)})
    context: dict[str, Any] = {"live_query": address.but(live="1")}
    if not at.over(now):
        try:
            fresh = tail.fresh(form.filters(now - tail.SETTLED), request.user, at)
        except search.TooMuch as error:
            context["too_much"] = str(error)
        else:
            at = fresh.next
            context |= {"fresh": lines_of(fresh.rows, address), "skipped": fresh.skipped}
        context["tail_query"] = address.but(**at.parameters())
    return render(request, "admin/syslogd/message/tail.html", context)


PARTS = {"histogram": histogram, "tops": tops, "tail": follow}
