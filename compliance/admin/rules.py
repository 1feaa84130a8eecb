"""Rules: written as in a standard's file, and tried on a device before they are saved."""

from collections.abc import Callable
from typing import Any

import yaml
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminTextareaWidget

from compliance.admin.judged import STATE_TONES, severity_of, shown_lines
from compliance.models import Result, Rule
from compliance.rulebook import KINDS, as_yaml, from_yaml
from compliance.rules import RuleError
from compliance.trial import Trial, try_rule
from inventory.admin.columns import WholeAdmin
from inventory.display import label_of, state, visible
from inventory.models import Device
from inventory.named import named
from inventory.platforms import platforms
from inventory.scope import scoped

MONO = {"rows": 10, "class": "nm-code", "spellcheck": "false"}
TRIED = ("definition", "platforms", "remediation")  # fields of the form that a trial needs


class RuleForm(forms.ModelForm):
    """The check as YAML, the platforms by name, one reference a line."""

    definition = forms.CharField(widget=UnfoldAdminTextareaWidget(attrs=MONO))
    platforms = forms.MultipleChoiceField(widget=UnfoldAdminSelectMultipleWidget)
    references = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Public controls that it serves, one a line."),
    )

    class Meta:
        model = Rule
        fields = (
            "standard", "rule_id", "title", "severity", "platforms", "definition", "rationale", "remediation",
            "references",
        )  # fmt: skip
        widgets = {"remediation": UnfoldAdminTextareaWidget(attrs=MONO)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["platforms"].choices = [(slug, one.name) for slug, one in sorted(platforms().items())]  # type: ignore[attr-defined]
        for name in ("definition", "platforms", "references"):
            self.fields[name].label = capfirst(str(label_of(Rule, name)))
        kinds = ", ".join(KINDS)
        self.fields["definition"].help_text = _("YAML: one of %(kinds)s, and its value.") % {"kinds": kinds}
        if self.instance.pk:
            self.initial["definition"] = as_yaml(self.instance.definition)
            self.initial["references"] = "\n".join(self.instance.references)

    def clean_definition(self) -> Any:
        """The mapping that the text stands for."""
        try:
            return from_yaml(self.cleaned_data["definition"])
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            problem = getattr(error, "problem", None) or str(error)
            line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
            raise forms.ValidationError(
                _("Not readable as YAML, line %(line)s: %(problem)s") % {"line": line, "problem": problem}
            ) from None

    def clean_references(self) -> list[str]:
        """One a line."""
        return [line.strip() for line in self.cleaned_data["references"].splitlines() if line.strip()]


@admin.register(Rule)
class RuleAdmin(WholeAdmin):
    form = RuleForm
    list_display = ("rule_id", "title", "severity_chip", "standard", "platform_list")
    list_select_related = ("standard",)
    list_filter = (("standard", RelatedDropdownFilter), ("severity", ChoicesDropdownFilter))
    search_fields = ("rule_id", "title", "rationale")
    fields = RuleForm.Meta.fields
    change_form_template = "admin/compliance/rule/form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap: Callable[..., Any] = self.admin_site.admin_view
        return [
            path("try/", wrap(require_POST(self.try_view)), name="compliance_rule_try"),
            path("<int:pk>/try/", wrap(require_POST(self.try_view)), name="compliance_rule_try_stored"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Rule | None = None, **kwargs: Any
    ) -> HttpResponse:
        """With the place to try it: what is in the form, or the rule itself where it cannot be changed."""
        if request.user.has_perm("inventory.view_configbackup"):
            stored = obj is not None and not self.has_change_permission(request, obj)
            name = "admin:compliance_rule_try_stored" if stored else "admin:compliance_rule_try"
            context["try_url"] = reverse(name, args=[obj.pk] if stored and obj else [])
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def try_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """The verdict on one device, as a piece of the page; nothing is stored."""
        if not (self.has_view_permission(request) and request.user.has_perm("inventory.view_configbackup")):
            raise PermissionDenied
        device = self._device(request)
        if device is None:
            errors = [gettext("There is no device with this name, address or id.")]
            return self._answer(request, {"errors": errors})
        if pk is not None:
            fields, errors = _of(get_object_or_404(self.get_queryset(request), pk=pk)), []
        else:
            fields, errors = _given(RuleForm(request.POST))
        try:
            return self._answer(request, {"errors": errors} if errors else _shown(device, try_rule(device, fields)))
        except RuleError as error:
            return self._answer(request, {"errors": [str(error)]})

    def _device(self, request: HttpRequest) -> Device | None:
        asked = request.POST.get("try_device", "")[:200]
        found = scoped(Device.objects.filter(named(asked) if asked.strip() else Q(pk=None)), request.user)
        return found.select_related("site").order_by("pk").first()

    def _answer(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(request, "admin/compliance/rule/tried.html", context)

    @display(description=_("severity"), ordering="severity")
    def severity_chip(self, rule: Rule) -> SafeString:
        return severity_of(rule)

    @display(description=_("platforms"))
    def platform_list(self, rule: Rule) -> str:
        return ", ".join(rule.platforms)

    def has_change_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.standard.shipped)

    def has_delete_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.standard.shipped)


def _of(rule: Rule) -> dict[str, Any]:
    return {"check": rule.definition, "platforms": rule.platforms, "remediation": rule.remediation}


def _given(form: RuleForm) -> tuple[dict[str, Any], list[str]]:
    """What a trial needs of a form that may not be complete, and what is wrong with that."""
    form.is_valid()
    told = [(name, sentence) for name in TRIED for sentence in form.errors.get(name, [])]
    errors = [f"{form.fields[name].label}: {sentence}" for name, sentence in told]
    given = {name: form.cleaned_data.get(name) for name in TRIED}
    return {
        "check": given["definition"], "platforms": given["platforms"], "remediation": given["remediation"] or "",
    }, errors  # fmt: skip


def _shown(device: Device, found: Trial) -> dict[str, Any]:
    verdict = found.verdict
    lines = ((line.line_number, line.text) for line in verdict.evidence)
    word = Result.State(verdict.state)
    return {
        "device": device,
        "verdict": state(STATE_TONES[word], word.label),
        "message": visible(verdict.message),
        "evidence": shown_lines(lines, found.backup.pk if found.backup else None),
        "remedy": visible(found.remedy),
    }
