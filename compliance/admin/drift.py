"""Drift: its pages, where somebody may answer for a difference, the way back to golden, and the device page's tab."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import DateTimeField, Field, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from compliance.acknowledge import NotAcknowledged, acknowledge, check, take_back
from compliance.admin.drift_trend import DAYS, chart
from compliance.check_drift import needs_somebody
from compliance.drift import Changed
from compliance.drift_history import drift_trend
from compliance.drift_remedy import remediation_of
from compliance.models import Drift, DriftEvent
from compliance.models.drift import acknowledged
from inventory.admin.columns import aged, of_device, told
from inventory.admin.config_diff import url_of
from inventory.admin.device_page import Tab
from inventory.admin.scoped import ScopedAdmin
from inventory.display import Tone, exact, label_of, state, visible
from inventory.models import Device
from inventory.scope import Somebody

TONES = {Drift.State.IN_SYNC: Tone.GOOD, Drift.State.DRIFTED: Tone.WARN, Drift.State.UNKNOWN: Tone.NONE}
DIFFERENCES = ("missing", "extra", "changed", "reordered")
EVENTS = 20  # of the history, on the page; the rest is asked over REST
LINE_BREAK = SafeString("<br>")
FORM_FIELDS = {"reason": "acknowledged_reason", "until": "acknowledged_until"}


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison with its words; `lines`: what differs, under its title."""

    row: Drift
    verdict: SafeString
    answer: str  # who answers for it, '' where nobody does
    lines: tuple[tuple[str, SafeString], ...]


def drift_of(device: Device, _user: Somebody) -> Compared:
    """A device's comparison with its golden configuration."""
    row = Drift.objects.select_related("acknowledged_by").get(device=device)
    told = ((capfirst(str(label_of(Drift, name))), leading(row, name)) for name in DIFFERENCES)
    return Compared(row, state_of(row), answer_of(row), tuple((title, lines) for title, lines in told if lines))


def lines_of(drift: Drift, name: str) -> list[str]:
    """The lines of one kind; a changed one tells both."""
    return [both(one) for one in drift.changes] if name == "changed" else getattr(drift, name)


def both(changed: Changed) -> str:
    """What is golden, and what stands there instead, its blocks told once."""
    common = next(
        (n for n, pair in enumerate(zip(changed.golden, changed.actual, strict=False)) if len(set(pair)) > 1), 0
    )
    within = changed.golden[:common].rfind(" / ")
    return f"{changed.golden} → {changed.actual[within + 3 if within >= 0 else 0 :]}"


def leading(drift: Drift, name: str) -> SafeString:
    """The lines of one kind, a row each, leading to their places in the comparison of both configurations."""
    lines = lines_of(drift, name)
    if drift.backup_id is None or drift.golden_id is None or drift.backup_id == drift.golden_id:
        return format_html_join(LINE_BREAK, "{}", ((visible(line),) for line in lines))
    urls = (url_of(drift.backup_id, drift.golden_id, line) for line in lines)
    rows = zip(urls, map(visible, lines), strict=True)
    return format_html_join(LINE_BREAK, '<a class="nm-plain-link" href="{}">{}</a>', rows)


def state_of(drift: Drift) -> SafeString:
    """The comparison's state as icon and word."""
    if drift.acknowledged:
        return state(Tone.NONE, _("drifted, acknowledged"))
    return state(TONES[Drift.State(drift.state)], drift.get_state_display())


def answer_of(drift: Drift) -> str:
    """Who answers for the difference, why and until when; '' where nobody does."""
    if not drift.acknowledged or drift.acknowledged_until is None:
        return ""
    return _("Acknowledged by %(who)s until %(until)s: %(reason)s") % {
        "who": drift.acknowledged_by or "-",
        "until": exact(drift.acknowledged_until),
        "reason": visible(drift.acknowledged_reason),
    }


def differences(device: Device, _user: Somebody) -> int | None:
    """How many lines are told; None for a comparison without any, 0 where there was none."""
    row = Drift.objects.filter(device=device).first()
    return sum(len(getattr(row, name)) for name in DIFFERENCES) or None if row else 0


DRIFT_TAB = Tab(
    "drift", _("Drift"), "admin/inventory/device/tab_drift.html", drift_of, "compliance.view_drift", differences
)


class AcknowledgeForm(forms.ModelForm):
    """Reason and end of an acknowledgement; both empty take it back."""

    def clean(self) -> dict[str, Any]:
        """What the verb would refuse, at its field."""
        given = super().clean() or {}
        reason, until = given.get("acknowledged_reason", ""), given.get("acknowledged_until")
        if self.errors or not (reason or until):
            return given
        try:
            check(self.instance, reason, until)
        except NotAcknowledged as error:
            raise ValidationError({FORM_FIELDS.get(error.field, "__all__"): str(error)}) from None
        return given


class AnswerFilter(DropdownFilter):
    """Whether somebody answers for the difference."""

    title = _("acknowledged")
    parameter_name = "acknowledged"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("no", str(_("Nobody answers for it"))), ("yes", str(_("acknowledged")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Drift]) -> QuerySet[Drift]:
        if self.value() == "no":
            return queryset.filter(pk__in=needs_somebody().values("pk"))
        return queryset.filter(acknowledged()) if self.value() == "yes" else queryset


@admin.register(Drift)
class DriftAdmin(ScopedAdmin):
    form = AcknowledgeForm
    list_display = (
        "drift_state",
        of_device,
        told(Drift, "message"),
        aged(Drift, "changed_at"),
        aged(Drift, "checked_at"),
    )
    list_select_related = ("device", "acknowledged_by")
    list_filter = (("state", ChoicesDropdownFilter), AnswerFilter)
    search_fields = ("device__name", "message", "acknowledged_reason")
    fields = (
        "device", "drift_state", "told_message", "answer", "acknowledged_reason", "acknowledged_until",
        "golden", "backup", "way_back", "lines_missing", "lines_extra", "lines_changed", "blocks", "history",
    )  # fmt: skip
    readonly_fields = (
        "device", "drift_state", "told_message", "way_back", "lines_missing", "lines_extra", "lines_changed", "blocks",
        "golden", "backup", "answer", "history",
    )  # fmt: skip
    list_before_template = "admin/compliance/drift/trend.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.remediation_view)
        return [path("<int:pk>/remediation/", view, name="compliance_drift_remediation"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        seen = self.has_view_permission(request)
        trend = chart(drift_trend(DAYS, request.user)) if seen else None
        return super().changelist_view(request, {**(extra_context or {}), "trend": trend})

    def remediation_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The lines that lead back to golden, to be looked at; worked out anew each time."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        drift = self.get_queryset(request).select_related("device").filter(pk=pk).first()
        if drift is None:
            raise Http404(_("There is no drift %(id)s.") % {"id": pk})
        found = remediation_of(drift)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Back to golden"),
            "drift": drift,
            "found": found,
            "ways": (
                (_("Remediation"), _("Makes the device what its golden configuration says."), found.remediation),
                (_("Rollback"), _("Brings back what the device has now."), found.rollback),
            ),
        }
        return TemplateResponse(request, "admin/compliance/drift/remediation.html", context)

    def save_model(self, request: HttpRequest, obj: Drift, form: forms.ModelForm, change: bool) -> None:
        """Through the verb."""
        if obj.acknowledged_reason and obj.acknowledged_until:
            acknowledge(obj, request.user, obj.acknowledged_reason, obj.acknowledged_until)  # type: ignore[arg-type]
        else:
            take_back(obj)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, DateTimeField) and formfield:
            formfield.help_text = _("Times are in the zone %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
        return formfield

    @display(description=_("state"), ordering="state")
    def drift_state(self, drift: Drift) -> SafeString:
        return state_of(drift)

    @display(description=_("acknowledged by"))
    def answer(self, drift: Drift) -> str:
        return answer_of(drift) or "-"

    @display(description=_("message"))
    def told_message(self, drift: Drift) -> str:
        return visible(drift.message)

    @display(description=_("missing lines"))
    def lines_missing(self, drift: Drift) -> SafeString:
        return leading(drift, "missing")

    @display(description=_("extra lines"))
    def lines_extra(self, drift: Drift) -> SafeString:
        return leading(drift, "extra")

    @display(description=_("reordered blocks"))
    def blocks(self, drift: Drift) -> SafeString:
        return leading(drift, "reordered")

    @display(description=_("changed lines"))
    def lines_changed(self, drift: Drift) -> SafeString:
        return leading(drift, "changed")

    @display(description=_("back to golden"))
    def way_back(self, drift: Drift) -> SafeString | str:
        if drift.state != Drift.State.DRIFTED:
            return "-"
        url = reverse("admin:compliance_drift_remediation", args=[drift.pk])
        return format_html('<a class="nm-link" href="{}">{}</a>', url, _("Lines that lead back to golden"))

    @display(description=_("history"))
    def history(self, drift: Drift) -> str:
        events = DriftEvent.objects.filter(device=drift.device_id)[:EVENTS]
        return "\n".join(f"{exact(one.at)} {one.get_state_display()}: {visible(one.message)}" for one in events)
