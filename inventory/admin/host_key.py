"""SSH host keys: which device is known by which, and the decision about one that changed."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin as DjangoModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from inventory.admin.columns import ReadOnlyAdmin, aged, of_device, told
from inventory.display import Tone, state
from inventory.drivers.host_key import weakness
from inventory.host_keys import PERMISSION, NotOffered, accept
from inventory.models import HostKey


class ChangedFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "changed"

    def lookups(self, request: HttpRequest, model_admin: DjangoModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("changed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HostKey]) -> QuerySet[HostKey]:
        return queryset.exclude(offered_key="") if self.value() == "yes" else queryset


@admin.register(HostKey)
class HostKeyAdmin(ReadOnlyAdmin):
    list_display = (of_device, "verdict", "key_type", told(HostKey, "fingerprint"), aged(HostKey, "pinned_at"))
    list_select_related = ("device",)
    list_filter = (ChangedFilter,)
    search_fields = ("device__name", "fingerprint", "offered_fingerprint")
    ordering = ("device__name",)
    exclude = ("key", "offered_key")
    change_form_template = "admin/inventory/hostkey/page.html"

    @display(description=gettext_lazy("state"), ordering="offered_at")
    def verdict(self, key: HostKey) -> SafeString | str:
        if key.offered_key:
            return state(Tone.BAD, _("changed"))
        weak = weakness(key.key_type, key.key)
        return state(Tone.WARN, _("weak"), weak) if weak else ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.accept_view))
        return [path("<int:pk>/accept/", view, name="inventory_hostkey_accept"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: HostKey | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context |= {
                "host_key": obj,
                "weak": weakness(obj.key_type, obj.key),
                "may_accept": request.user.has_perm(PERMISSION),
            }
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def accept_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pin the key whose fingerprint the page showed."""
        if not (self.has_view_permission(request) and request.user.has_perm(PERMISSION)):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("device").filter(pk=pk).first()
        if found is None:
            raise Http404
        try:
            accept(found.device, request.POST.get("fingerprint", ""), request.user)
            messages.success(request, _("The host key is accepted."))
        except NotOffered as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:inventory_hostkey_change", args=[pk]))
