"""Links between known devices, and what each device reported about its neighbours."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from inventory.admin.columns import ReadOnlyAdmin, device_link, of_device, told
from inventory.admin.scoped import ScopedAdmin
from inventory.display import Tone, state
from inventory.models import Link, Neighbour


@admin.register(Link)
class LinkAdmin(ScopedAdmin):
    """A link entered here is manual: no sync changes it."""

    list_display = ("a_end", told(Link, "a_interface"), "b_end", told(Link, "b_interface"), "agreement")
    list_select_related = ("a_device", "b_device")
    list_filter = ("agreed", "manual")
    search_fields = ("a_device__name", "b_device__name", "a_interface", "b_interface")
    fields = ("a_device", "a_interface", "b_device", "b_interface")
    autocomplete_fields = ("a_device", "b_device")

    def save_model(self, request: HttpRequest, obj: Link, form: object, change: bool) -> None:
        obj.manual = True
        super().save_model(request, obj, form, change)

    @display(description=_("device A"), ordering="a_device__name")
    def a_end(self, link: Link) -> SafeString:
        return device_link(link.a_device)

    @display(description=_("device B"), ordering="b_device__name")
    def b_end(self, link: Link) -> SafeString:
        return device_link(link.b_device)

    @display(description=_("known from"), ordering="agreed")
    def agreement(self, link: Link) -> SafeString:
        if link.manual:
            return state(Tone.NONE, _("entered by hand"))
        return state(Tone.GOOD, _("both ends")) if link.agreed else state(Tone.WARN, _("one end only"))


@admin.register(Neighbour)
class NeighbourAdmin(ReadOnlyAdmin):
    list_display = (
        of_device,
        told(Neighbour, "local_interface"),
        told(Neighbour, "remote_name"),
        told(Neighbour, "remote_port"),
        "remote_address",
        told(Neighbour, "remote_description"),
        "protocol",
    )
    list_display_links = None
    list_select_related = ("device",)
    list_filter = (("protocol", ChoicesDropdownFilter),)
    search_fields = ("device__name", "local_interface", "remote_name", "remote_chassis_id", "remote_description")
    ordering = ("device__name", "local_interface")
