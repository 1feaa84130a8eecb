"""Stored configurations: the redacted text, comparisons, and the golden mark."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from inventory.admin.columns import ReadOnlyAdmin, aged, device_link
from inventory.admin.config_diff import DiffPage
from inventory.admin.config_lines import asked, whole
from inventory.display import Tone, age, chip, exact, visible
from inventory.full_config import PERMISSION, as_file
from inventory.golden import make_golden, make_ordinary
from inventory.models import ConfigBackup
from inventory.secrets import SecretUnreadable


@admin.register(ConfigBackup)
class ConfigBackupAdmin(ReadOnlyAdmin):
    list_display = (
        "captured",
        "of_device",
        "kind",
        aged(ConfigBackup, "last_seen_at"),
        "line_count",
        "by",
        "golden",
    )
    list_select_related = ("device", "text")
    list_filter = ("is_golden", ("kind", ChoicesDropdownFilter))
    search_fields = ("device__name", "text__redacted")
    search_help_text = gettext_lazy("Device, or any text of the configuration")
    change_form_template = "admin/inventory/configbackup/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConfigBackup]:
        """The texts are large: read when one is shown."""
        return super().get_queryset(request).select_related("device", "text").defer("text__redacted", "text__full")

    @display(description=gettext_lazy("captured"), ordering="captured_at")
    def captured(self, backup: ConfigBackup) -> SafeString:
        return age(backup.captured_at)

    @display(description=gettext_lazy("device"), ordering="device__name")
    def of_device(self, backup: ConfigBackup) -> SafeString:
        return device_link(backup.device)

    @display(description=gettext_lazy("lines"), ordering="text__lines")
    def line_count(self, backup: ConfigBackup) -> int:
        return backup.text.lines

    @display(description=gettext_lazy("changed by"), ordering="changed_by")
    def by(self, backup: ConfigBackup) -> str:
        return visible(backup.changed_by)

    @display(description=gettext_lazy("golden"), ordering="is_golden")
    def golden(self, backup: ConfigBackup) -> SafeString | str:
        return chip(Tone.GOOD, _("golden")) if backup.is_golden else ""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/diff/", wrap(self.diff_view), name="inventory_configbackup_diff"),
            path("<int:pk>/full/", wrap(require_POST(self.full_view)), name="inventory_configbackup_full"),
            path("<int:pk>/golden/", wrap(require_POST(self.golden_view)), name="inventory_configbackup_golden"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: ConfigBackup | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            marked, complaint = asked(request)
            context |= {
                "title": visible(obj.device.name),
                "subtitle": None,
                "backup": obj,
                "text": whole(obj.text.redacted, marked),
                "complaint": complaint,
                "others": others(obj),
                "previous": others(obj).filter(captured_at__lt=obj.captured_at).first(),
                "may_approve": may_approve(request),
                "may_reveal": request.user.has_perm(PERMISSION),
            }
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def diff_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two configurations: `against` on the left, this one on the right; `section` leads to its place."""
        right = self._find(request, pk)
        left = self._find(request, request.GET.get("against", ""))
        page = DiffPage(request, left, right)
        if "fold" in request.GET:
            return HttpResponse(page.unfolded(request.GET["fold"]))
        if page.sought and (found := page.found_url()):
            return HttpResponseRedirect(found)
        context = {**self.admin_site.each_context(request), "title": _("Comparison"), "page": page}
        return TemplateResponse(request, "admin/inventory/configbackup/diff.html", context)

    def full_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The configuration with its secrets, as a file; each reading is written into the audit trail."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        backup = self._find(request, pk)
        try:
            return as_file(backup)
        except SecretUnreadable as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:inventory_configbackup_change", args=[backup.pk]))

    def golden_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve the backup as golden, or take that back."""
        if not may_approve(request):
            raise PermissionDenied
        backup = self._find(request, pk)
        if backup.is_golden:
            make_ordinary(backup)
            messages.success(request, _("This configuration is no longer golden."))
        else:
            make_golden(backup)
            messages.success(
                request,
                _("The configuration of %(device)s from %(time)s is now golden.")
                % {"device": visible(backup.device.name), "time": exact(backup.captured_at)},
            )
        return HttpResponseRedirect(reverse("admin:inventory_configbackup_change", args=[backup.pk]))

    def _find(self, request: HttpRequest, pk: int | str) -> ConfigBackup:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(pk).isdecimal() or (found := self.get_queryset(request).filter(pk=int(pk)).first()) is None:
            raise Http404(_("There is no configuration backup %(id)s.") % {"id": visible(pk)})
        return found


def may_approve(request: HttpRequest) -> bool:
    """Marking as golden is a change of the backup's row; its text never changes."""
    return bool(request.user.has_perm("inventory.change_configbackup"))


def others(backup: ConfigBackup) -> QuerySet[ConfigBackup]:
    """The device's other backups, newest first."""
    return ConfigBackup.objects.filter(device=backup.device_id).exclude(pk=backup.pk).order_by("-captured_at", "-id")
