"""Credentials: what is stored is never shown, an empty input keeps it. `jobs.admin.credential` registers them, because
the guard that locks one belongs to the jobs.
"""

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin as DjangoModelAdmin
from django.db.models import Count, Field, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.widgets import INPUT_CLASSES, TEXTAREA_CLASSES

from inventory.admin.scoped import ScopedAdmin
from inventory.display import Tone, exact, state
from inventory.fields import SecretField
from inventory.models import Credential
from inventory.scope import own_devices

SSH = "kind == 'ssh'"
V2C = "kind == 'snmp_v2c'"
V3 = "kind == 'snmp_v3'"


def when_editing(conditions: dict[str, str]) -> dict[str, str]:
    """The same, true on a viewer's page, which has no inputs to ask."""
    return {name: f"typeof kind == 'undefined' || ({condition})" for name, condition in conditions.items()}


class CredentialForm(forms.ModelForm):
    """Says at each secret whether a value is stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in Credential._meta.get_fields():
            shown = field.name in self.fields  # to a viewer the page has no inputs
            if shown and isinstance(field, SecretField) and getattr(self.instance, field.attname):
                self.fields[field.name].help_text = _("A value is stored. Leave empty to keep it.")


class LockedFilter(DropdownFilter):
    title = _("lock")
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: DjangoModelAdmin) -> list[tuple[str, str]]:
        return [("yes", str(_("locked")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Credential]) -> QuerySet[Credential]:
        return queryset.filter(locked_at__isnull=False) if self.value() == "yes" else queryset


class CredentialAdmin(ScopedAdmin):
    form = CredentialForm
    list_display = ("name", "kind", "username", "used_by", "lock", "description")
    list_filter = ("kind", LockedFilter)
    search_fields = ("name", "username", "description")
    conditional_fields = when_editing({
        "username": "kind != 'snmp_v2c'",
        "password": SSH,
        "enable_password": SSH,
        "ssh_private_key": SSH,
        "ssh_passphrase": SSH,
        "snmp_community": V2C,
        "snmp_auth_protocol": V3,
        "snmp_auth_key": f"{V3} && snmp_auth_protocol != ''",
        "snmp_priv_protocol": V3,
        "snmp_priv_key": f"{V3} && snmp_priv_protocol != ''",
    })  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        # A credential has devices of its own kind only, so the two joins do not multiply.
        used = sum(
            Count(name, filter=own_devices(request.user, f"{name}__")) for name in ("ssh_devices", "snmp_devices")
        )
        return super().get_queryset(request).annotate(device_count=used)

    def get_fields(self, request: HttpRequest, obj: Credential | None = None) -> Any:
        """To a viewer only what has a value."""
        fields = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fields
        return [name for name in fields if getattr(obj, str(name))]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, SecretField) and formfield:
            classes = TEXTAREA_CLASSES if db_field.multiline else INPUT_CLASSES
            formfield.widget.attrs["class"] = " ".join(classes)
        return formfield

    @display(description=_("devices"), ordering="device_count")
    def used_by(self, credential: Credential) -> int:
        return credential.device_count  # type: ignore[attr-defined]

    @display(description=_("lock"), ordering="locked_at")
    def lock(self, credential: Credential) -> SafeString | str:
        return state(Tone.BAD, _("locked"), lock_words(credential)) if credential.locked_at else ""


def lock_words(credential: Credential) -> str:
    """Since when, and why."""
    return f"{exact(credential.locked_at)}: {credential.locked_reason}" if credential.locked_at else ""
