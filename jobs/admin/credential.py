"""Credentials with the guard's lock. Registered here: the inventory does not know who locks them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inventory.admin.credential import CredentialAdmin as InventoryCredentialAdmin
from inventory.display import visible
from inventory.models import Credential
from jobs.gate import refused_by, release_credential


@admin.register(Credential)
class CredentialAdmin(InventoryCredentialAdmin):
    change_form_template = "admin/inventory/credential/page.html"

    def get_urls(self) -> list[URLPattern]:
        wrap: Callable[..., Any] = self.admin_site.admin_view
        view = wrap(require_POST(self.release_view))
        return [path("<int:pk>/release/", view, name="inventory_credential_release"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Credential | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None and obj.locked_at:
            context["refused_by"] = visible(refused_by(obj, request.user))
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let a locked credential be tried again."""
        if not request.user.has_perm("inventory.change_credential"):
            raise PermissionDenied
        credential = Credential.objects.filter(pk=pk).first()
        if credential is None:
            raise Http404
        release_credential(credential, request.user)  # type: ignore[arg-type]
        text = _("%(name)s is released: jobs log in with it again.") % {"name": visible(credential.name)}
        messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:inventory_credential_change", args=[pk]))
