"""Standards: their versions, and their way in and out as YAML."""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from compliance.exchange import import_standard
from compliance.models import Result, Standard, StandardVersion
from compliance.rulebook import MAX_FILE_BYTES
from compliance.rules import RuleError
from compliance.versions import Changes, changes
from inventory.admin.columns import WholeAdmin
from inventory.display import Tone, state, visible
from inventory.scope import own_devices

SHOWN = 10  # versions on a standard's page


class ImportForm(forms.Form):
    """A file in the format of the export."""

    file = forms.FileField(label=_("YAML file"), widget=UnfoldAdminFileFieldWidget)

    def store(self) -> Standard | None:
        """The standard of the file; None where the file is wrong, with the sentence at its field."""
        content = self.cleaned_data["file"].read(MAX_FILE_BYTES + 1)
        try:
            return import_standard(content.decode("utf-8", errors="replace"))[0]
        except RuleError as error:
            self.add_error("file", str(error))
        except ValidationError as error:
            self.add_error("file", " ".join(error.messages))
        return None


@admin.register(Standard)
class StandardAdmin(WholeAdmin):
    """A shipped standard keeps its words; only its switch is the operator's."""

    list_display = ("name", "version", "rule_count", "failing", "switch", "shipped")
    search_fields = ("name", "slug", "description")
    fields = ("name", "slug", "version", "description", "enabled")
    prepopulated_fields = {"slug": ("name",)}
    change_form_template = "admin/compliance/standard/page.html"
    change_list_template = "admin/compliance/standard/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Standard]:
        fails = Q(rules__results__state=Result.State.FAIL) & own_devices(request.user, "rules__results__device__")
        failing = Count("rules__results", filter=fails, distinct=True)
        return super().get_queryset(request).annotate(rule_total=Count("rules", distinct=True), fail_total=failing)

    def get_urls(self) -> list[URLPattern]:
        wrap: Callable[..., Any] = self.admin_site.admin_view
        return [path("import/", wrap(self.import_view), name="compliance_standard_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        offers = {"may_import": self.has_add_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **offers})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Make a standard of one's own from a file, or replace it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if form.is_valid() and (standard := form.store()) is not None:
            text = _("%(name)s was imported, %(count)s rules.")
            told = {"name": visible(standard.name), "count": standard.rules.count()}
            messages.success(request, text % told)
            return HttpResponseRedirect(reverse("admin:compliance_standard_change", args=[standard.pk]))
        context = {**self.admin_site.each_context(request), "title": _("Import YAML"), "form": form}
        return TemplateResponse(request, "admin/compliance/standard/import.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Standard | None = None, **kwargs: Any
    ) -> HttpResponse:
        """With its versions, newest first, and what each of them changed."""
        if obj is not None:
            context["versions"] = list(_versions(obj))
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Standard | None = None) -> tuple[str, ...]:
        return ("name", "slug", "version", "description") if obj and obj.shipped else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Standard | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Standard | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.shipped)

    @display(description=_("rules"), ordering="rule_total")
    def rule_count(self, standard: Standard) -> SafeString:
        url = f"{reverse('admin:compliance_rule_changelist')}?standard__id__exact={standard.pk}"
        return format_html('<a class="nm-link" href="{}">{}</a>', url, standard.rule_total)  # type: ignore[attr-defined]

    @display(description=_("failures"), ordering="fail_total")
    def failing(self, standard: Standard) -> SafeString:
        url = (
            f"{reverse('admin:compliance_result_changelist')}?state__exact=fail&rule__standard__id__exact={standard.pk}"
        )
        return format_html('<a class="nm-link" href="{}">{}</a>', url, standard.fail_total)  # type: ignore[attr-defined]

    @display(description=_("enabled"), ordering="enabled")
    def switch(self, standard: Standard) -> SafeString:
        return state(Tone.GOOD, _("in use")) if standard.enabled else state(Tone.NONE, _("switched off"))


def _versions(standard: Standard) -> Iterator[tuple[StandardVersion, Changes]]:
    """The newest versions with what they changed; the first of all added everything."""
    found = list(standard.versions.select_related("created_by").order_by("-number")[: SHOWN + 1])
    for version, before in zip_longest(found[:SHOWN], found[1:]):
        if version is not None:
            yield version, changes(before.rules if before else [], version.rules)
