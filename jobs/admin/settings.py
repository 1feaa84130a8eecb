"""Settings: every entry of the registry on one page, whether somebody changed it or not."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from jobs.models import SystemSetting
from jobs.system_settings import REGISTRY, Definition, Value, get, parse

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting on the page, with who changed it last."""

    name: str
    help: str
    field: forms.BoundField
    value: str
    default: str
    row: SystemSetting | None


class SettingsForm(forms.Form):
    """A field for each entry of the registry; left empty, the default holds."""

    def __init__(self, data: Any, rows: dict[str, SystemSetting], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.rows = rows
        for name, definition in REGISTRY.items():
            self.fields[name] = field_of(definition, self.stored(name))

    def stored(self, name: str) -> str:
        """What is stored, in the form in which the input offers it."""
        text = self.rows[name].value if name in self.rows else ""
        if REGISTRY[name].kind is not bool or not text:
            return text
        try:
            return str(parse(name, text)).lower()
        except ValueError:
            return ""

    def clean(self) -> dict[str, Any]:
        """Each value must be one that the setting accepts."""
        found: dict[str, Any] = super().clean() or {}
        for name in REGISTRY.keys() & found.keys():
            try:
                parse(name, found[name])
            except ValueError as error:
                self.add_error(name, str(error))
        return found

    def entries(self) -> list[Entry]:
        """What the page shows, in the registry's order."""
        return [
            Entry(name, str(one.help), self[name], words(get(name)), words(one.default), self.rows.get(name))
            for name, one in REGISTRY.items()
        ]

    def save(self, user: Any) -> int:
        """Store what is different from before; returns how many settings that were."""
        different = [name for name in REGISTRY if self.cleaned_data[name].strip() != self.stored(name)]
        for name in different:
            stored = {"value": self.cleaned_data[name].strip(), "updated_by": user}
            SystemSetting.objects.update_or_create(name=name, defaults=stored)
        return len(different)


def field_of(definition: Definition, stored: str) -> forms.CharField:
    """An input for the type: a choice for yes and no, a line for a number or networks."""
    if definition.kind is bool:
        choices = [("", _("default")), ("true", _("yes")), ("false", _("no"))]
        widget: forms.Widget = UnfoldAdminSelectWidget(choices=choices)
    else:
        keys = {} if definition.kind is str else {"inputmode": "numeric"}
        widget = UnfoldAdminTextInputWidget(attrs={**keys, "placeholder": words(definition.default)})
    return forms.CharField(required=False, max_length=LONGEST, initial=stored, widget=widget)


def words(value: Value) -> str:
    """A value as an operator reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("none") if value is None else str(value)


@admin.register(SystemSetting)
class SystemSettingAdmin(ModelAdmin):
    """One page instead of a list: settings are neither made nor deleted here."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="jobs_systemsetting_changelist")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show all settings; store those that were changed."""
        if not self.has_view_permission(request) or (request.method == "POST" and not self._may_change(request)):
            raise PermissionDenied
        rows = {row.name: row for row in SystemSetting.objects.select_related("updated_by")}
        form = SettingsForm(request.POST if request.method == "POST" else None, rows)
        if form.is_valid():
            count = form.save(request.user)
            messages.success(request, _("Settings changed: %(count)d.") % {"count": count})
            return HttpResponseRedirect(reverse("admin:jobs_systemsetting_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.opts.verbose_name_plural.capitalize(),
            "form": form,
            "may_change": self._may_change(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/jobs/systemsetting/list.html", context)

    def _may_change(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("jobs.change_systemsetting"))
