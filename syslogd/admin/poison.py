"""Batches set aside: why, what stands in them, and what to do with them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from inventory.admin.columns import ReadOnlyAdmin, aged
from inventory.display import visible
from syslogd.models import SyslogPoison
from syslogd.poison import SHOWN, StillRefused, give_up, messages_of, try_again


@admin.register(SyslogPoison)
class SyslogPoisonAdmin(ReadOnlyAdmin):
    list_display = (aged(SyslogPoison, "at"), "count", "reason")
    change_form_template = "admin/syslogd/poison/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyslogPoison]:
        """Payloads are large: read when one is shown."""
        return super().get_queryset(request).defer("payload")

    @display(description=gettext_lazy("error"))
    def reason(self, poison: SyslogPoison) -> str:
        return visible(Truncator(poison.error).chars(200))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("syslogd.delete_syslogpoison"))

    def delete_model(self, request: HttpRequest, obj: SyslogPoison) -> None:
        """Its messages are counted as lost."""
        give_up([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SyslogPoison]) -> None:
        """Their messages are counted as lost."""
        give_up(queryset)

    def get_urls(self) -> list[URLPattern]:
        wrap: Callable[..., Any] = self.admin_site.admin_view
        again = wrap(require_POST(self.again_view))
        return [path("<int:pk>/again/", again, name="syslogd_syslogpoison_again"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: SyslogPoison | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context |= {
                "poison": obj,
                "found": messages_of(obj),
                "shown": SHOWN,
                "may_try": request.user.has_perm("syslogd.change_syslogpoison"),
            }
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Store it after all."""
        if not request.user.has_perm("syslogd.change_syslogpoison"):
            raise PermissionDenied
        poison = self.get_queryset(request).filter(pk=pk).first()
        if poison is None:
            raise Http404
        try:
            rows = try_again(poison)
        except StillRefused as error:
            messages.error(request, _("It was refused again: %(reason)s") % {"reason": visible(str(error))})
            return HttpResponseRedirect(reverse("admin:syslogd_syslogpoison_change", args=[pk]))
        messages.success(request, _("Stored: %(rows)d rows.") % {"rows": rows})
        return HttpResponseRedirect(reverse("admin:syslogd_syslogpoison_changelist"))
