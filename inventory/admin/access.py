"""Access scopes: who sees which part of the network."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from inventory.admin.scoped import ScopedAdmin
from inventory.display import visible
from inventory.models import AccessScope

WARNED = 20  # people that a warning names


class AccessScopeForm(forms.ModelForm):
    """Roles as people write them: separated by commas."""

    roles = forms.CharField(
        label=gettext_lazy("Roles"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "access, core"}),
        help_text=gettext_lazy(
            "Roles of devices, separated by commas; empty: every role. A device must stand at one of the sites and "
            "have one of the roles. A scope with neither sites nor roles shows nothing."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["roles"] = ", ".join(self.instance.roles)

    def clean_roles(self) -> list[str]:
        """Each role once, in the order given."""
        words = (word.strip() for word in re.split(r"[,\n]", self.cleaned_data["roles"]))
        return list(dict.fromkeys(word for word in words if word))


@admin.register(AccessScope)
class AccessScopeAdmin(ScopedAdmin):
    form = AccessScopeForm
    list_display = ("name", "named_sites", "named_roles", "members", "description")
    search_fields = ("name", "description", "sites__name", "users__username")
    autocomplete_fields = ("sites", "users")
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "description", "sites", "roles", "users"),
                "description": gettext_lazy(
                    "Who is in a scope sees and touches the devices of all own scopes and nothing else. "
                    "Who is in no scope at all sees every device: take somebody out of the last scope only if that "
                    "is meant. Superusers see every device always."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessScope]:
        return super().get_queryset(request).prefetch_related("sites").annotate(user_count=Count("users"))

    @display(description=gettext_lazy("sites"))
    def named_sites(self, scope: AccessScope) -> str:
        return ", ".join(site.name for site in scope.sites.all()) or "-"

    @display(description=gettext_lazy("roles"))
    def named_roles(self, scope: AccessScope) -> str:
        return visible(", ".join(scope.roles) or "-")

    @display(description=gettext_lazy("users"), ordering="user_count")
    def members(self, scope: AccessScope) -> int:
        return scope.user_count  # type: ignore[attr-defined]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say who sees everything from now on."""
        before = set(form.instance.users.all()) if change else set()
        super().save_related(request, form, formsets, change)
        left = before - set(form.instance.users.all())
        free = sorted(str(user) for user in left if not user.is_superuser and not user.access_scopes.exists())
        if free:
            text = _("In no access scope any more, so they see every device: %(users)s.")
            messages.warning(request, text % {"users": visible(", ".join(free[:WARNED]))})
