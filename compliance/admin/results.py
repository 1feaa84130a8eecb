"""Standards, rules, results and waivers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import DateTimeField, Field, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from compliance.admin.judged import WORST_FIRST, severity_of, verdict_of
from compliance.admin.matrix import matrix_page, results_page
from compliance.attention import ENDS
from compliance.models import Result, Waiver
from compliance.rulebook import as_yaml
from compliance.versions import explained
from inventory.admin.columns import ReadOnlyAdmin, aged, of_device, told
from inventory.admin.config_lines import evidence, url_of
from inventory.admin.scoped import ScopedAdmin
from inventory.display import exact, visible


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    list_display = ("verdict", of_device, "rule_title", "severity", told(Result, "message"), aged(Result, "checked_at"))
    list_select_related = ("device", "rule")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("rule__severity", ChoicesDropdownFilter),
        ("rule__standard", RelatedDropdownFilter),
    )
    search_fields = ("device__name", "rule__rule_id", "rule__title", "message")
    change_list_template = "admin/compliance/result/list.html"
    change_form_template = "admin/compliance/result/page.html"
    show_full_result_count = False
    fields = ("device", "rule", "verdict", "told_message", "evidence_lines", "backup", "waiver", "times")
    readonly_fields = ("verdict", "told_message", "evidence_lines", "times")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        results = "matrix/<int:device_id>/<int:standard_id>/"
        return [
            path("matrix/", wrap(matrix_page), name="compliance_matrix"),
            path(results, wrap(results_page), name="compliance_matrix_results"),
            *super().get_urls(),
        ]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [WORST_FIRST, "device__name", "rule__rule_id"]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Result | None = None, **kwargs: Any
    ) -> HttpResponse:
        """With the evidence where it stands, for who may read configurations, and the version that explains it."""
        if obj is not None and (found := explained(obj)):
            rule = as_yaml(found.rule) if found.rule else ""
            context |= {"explained": found, "rule_then": visible(rule)}
        if obj is not None and obj.backup and request.user.has_perm("inventory.view_configbackup"):
            numbers = [line["line_number"] or 0 for line in obj.evidence]
            context |= {"excerpt": evidence(obj.backup, numbers), "whole_url": url_of(obj.backup.pk, numbers)}
        return super().render_change_form(request, context, obj=obj, **kwargs)

    @display(description=_("state"), ordering="state")
    def verdict(self, result: Result) -> SafeString:
        return verdict_of(result)

    @display(description=_("rule"), ordering="rule__rule_id")
    def rule_title(self, result: Result) -> str:
        return result.rule.title

    @display(description=_("severity"), ordering="rule__severity")
    def severity(self, result: Result) -> SafeString:
        return severity_of(result.rule)

    @display(description=_("message"))
    def told_message(self, result: Result) -> str:
        return visible(result.message)

    @display(description=_("evidence"))
    def evidence_lines(self, result: Result) -> str:
        return "\n".join(f"{line['line_number']}: {visible(line['text'])}" for line in result.evidence)

    @display(description=_("checked"))
    def times(self, result: Result) -> str:
        return _("%(checked)s, in this state since %(changed)s") % {
            "checked": exact(result.checked_at),
            "changed": exact(result.changed_at),
        }


class EndFilter(DropdownFilter):
    """Those that somebody should look at: they end soon, or have ended lately."""

    title = _("end")
    parameter_name = "end"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("soon", str(_("ends within 7 days"))), ("lately", str(_("has ended within 7 days")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Waiver]) -> QuerySet[Waiver]:
        return queryset.filter(ENDS[self.value()]()) if self.value() in ENDS else queryset


@admin.register(Waiver)
class WaiverAdmin(ScopedAdmin):
    list_display = ("rule", "scope", "owner", "reason", "begins", "ends")
    list_filter = (EndFilter,)
    list_select_related = ("rule", "device", "site", "owner")
    search_fields = ("rule__rule_id", "device__name", "site__name", "reason")
    autocomplete_fields = ("rule", "device", "site", "owner")

    @display(description=_("for"))
    def scope(self, waiver: Waiver) -> str:
        return visible(waiver.device or waiver.site or waiver.role or _("every device"))

    @display(description=_("starts"), ordering="starts_at")
    def begins(self, waiver: Waiver) -> str:
        return exact(waiver.starts_at)

    @display(description=_("ends"), ordering="ends_at")
    def ends(self, waiver: Waiver) -> str:
        return exact(waiver.ends_at)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, DateTimeField) and formfield:
            formfield.help_text = _("Times are in the zone %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
        return formfield

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The person who writes the waiver owns it, unless told otherwise."""
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}
