"""The device list and page, as far as the inventory knows. `jobs.admin.device` adds the work and registers it."""

import ipaddress
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Field, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import CHECKBOX_CLASSES, UnfoldAdminSelectWidget

from inventory import verdicts
from inventory.admin.columns import WholeAdmin
from inventory.admin.device_filters import AttentionFilter, PlatformFilter, RoleFilter, VendorFilter
from inventory.admin.device_page import EDIT, INVENTORY_TABS, Tab, page_context
from inventory.admin.scoped import OwnRelatedFilter
from inventory.display import state, visible
from inventory.download import attachment
from inventory.export import devices_csv, devices_xlsx
from inventory.models import Device, DeviceAddress
from inventory.platforms import platforms
from inventory.tombstones import delete_device, delete_devices

CHECKBOX = " ".join(CHECKBOX_CLASSES)
EXPORTS: dict[str, Callable[[QuerySet[Device]], Any]] = {"xlsx": devices_xlsx, "csv": devices_csv}


class DeviceAdmin(WholeAdmin):
    """Columns answer "how is it?"; the page's tabs are given by `tabs`."""

    tabs: tuple[Tab, ...] = INVENTORY_TABS
    list_display = ("who", "status_light", "where", "what", "sync_light", "backup_light", "compliance_light")
    list_display_links = None
    list_select_related = ("site",)
    list_filter = (
        AttentionFilter,
        ("status", ChoicesDropdownFilter),
        ("site", OwnRelatedFilter),
        RoleFilter,
        PlatformFilter,
        VendorFilter,
    )
    list_per_page = 50
    list_fullwidth = True
    search_fields = ("name", "primary_address", "serial", "sys_name")
    search_help_text = _("Name, address, serial number or sysName")
    change_form_template = "admin/inventory/device/page.html"
    autocomplete_fields = ("site",)
    fieldsets = (
        (None, {"fields": (("name", "primary_address"), ("status", "site"), ("role", "platform"), "comments")}),
        (
            _("Access"),
            {"fields": (("ssh_credential", "snmp_credential"), ("ssh_port", "snmp_port"), "api_port")},
        ),
    )

    @display(description="")
    def action_checkbox(self, obj: Device) -> SafeString:
        """The box that chooses a row. Drawn here: as a form widget, fifty of them take a tenth of the page's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select {}" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            CHECKBOX,
            visible(obj.name),
        )

    @display(description=_("device"), ordering="name")
    def who(self, device: Device) -> SafeString:
        return two_lines(visible(device.name), device.primary_address, url=f"{device.pk}/change/")

    @display(description=_("state"), ordering="status")
    def status_light(self, device: Device) -> SafeString:
        verdict = verdicts.status(device)
        return state(verdict.tone, verdict.text, verdict.detail)

    @display(description=_("site and role"), ordering="site__name")
    def where(self, device: Device) -> SafeString:
        return two_lines(device.site.name if device.site else "-", visible(device.role))

    @display(description=_("platform"), ordering="platform")
    def what(self, device: Device) -> SafeString:
        made = " ".join(word for word in (device.vendor, device.model) if word)
        return two_lines(visible(made or "-"), visible(f"{device.platform} {device.os_version}"))

    @display(description=_("last sync"), ordering="last_sync_at")
    def sync_light(self, device: Device) -> SafeString:
        verdict = verdicts.sync(device)
        return state(verdict.tone, verdict.text, verdict.detail)

    @display(description=_("backup"), ordering="last_backup_at")
    def backup_light(self, device: Device) -> SafeString:
        verdict = verdicts.backup(device)
        return state(verdict.tone, verdict.text, verdict.detail)

    @display(description=_("compliance"), ordering="compliance_score")
    def compliance_light(self, device: Device) -> SafeString:
        verdict = verdicts.compliance(device)
        return state(verdict.tone, verdict.text, verdict.detail)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Device]:
        """Lists leave out the long texts they do not show."""
        return super().get_queryset(request).defer("sys_descr", "comments")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Device], search_term: str
    ) -> tuple[QuerySet[Device], bool]:
        """A whole address also finds the device that has it on any interface."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        try:
            address = str(ipaddress.ip_address(search_term.strip()))
        except ValueError:
            return found, duplicates
        has_it = Exists(DeviceAddress.objects.filter(device=OuterRef("pk"), address=address))
        return queryset.filter(Q(primary_address=address) | has_it), False

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        if db_field.name == "platform":
            choices = [(one.slug, one.name) for one in platforms().values()]
            return forms.ChoiceField(
                label=capfirst(db_field.verbose_name),
                choices=choices,
                initial="generic",
                widget=UnfoldAdminSelectWidget,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Device | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            wanted = EDIT.key if request.method == "POST" else request.GET.get("tab", "")
            context |= page_context(request, self.tabs, obj, wanted)
            context["title"] = visible(obj.name)
            context["subtitle"] = None
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def delete_model(self, request: HttpRequest, obj: Device) -> None:
        delete_device(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        delete_devices(queryset)

    def get_urls(self) -> list[URLPattern]:
        wrap: Callable[..., Any] = self.admin_site.admin_view
        exports = [
            path(f"export.{kind}", wrap(self.export_view), {"kind": kind}, name=f"inventory_device_export_{kind}")
            for kind in EXPORTS
        ]
        return [
            path("platforms/", wrap(self.platforms_view), name="inventory_platforms"),
            *exports,
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The devices that the list shows with the same search and filters, all pages, as one file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            chosen = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:inventory_device_changelist"))
        return attachment(f"devices.{kind}", EXPORTS[kind](chosen))

    def platforms_view(self, request: HttpRequest) -> HttpResponse:
        """The platform records: what NetManager recognises and can read."""
        context = {**self.admin_site.each_context(request), "title": _("Platforms"), "platforms": platforms().values()}
        return TemplateResponse(request, "admin/inventory/platforms.html", context)


def two_lines(first: str, second: str, url: str = "") -> SafeString:
    """A cell with a main line (a link when there is a URL) and a lesser one."""
    main = format_html('<a class="nm-link" href="{}">{}</a>', url, first) if url else first
    both = f"{first}\n{second}"
    return format_html('<span class="nm-two" title="{}"><b>{}</b><small>{}</small></span>', both, main, second)
