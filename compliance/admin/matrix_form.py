"""The form above the matrix: everything is optional, and stands in the address."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from compliance import matrix
from inventory.display import visible
from inventory.models import Device, Site
from inventory.platforms import platforms
from inventory.scope import Somebody, scoped

ANY = ("", _("any"))
STATES = ((matrix.FAILING, _("has failures")), (matrix.UNKNOWN, _("has unknown ones")), (matrix.PASSING, _("all pass")))
ORDERS = ((matrix.WORST, _("worst first")), (matrix.NAME, _("by name")))
ROLES = 200  # offered


def choice(label: Any, choices: Iterable[tuple[Any, Any]] = ()) -> forms.ChoiceField:
    """One of a few, or any."""
    widget = forms.Select(attrs={"class": "nm-select"})
    return forms.ChoiceField(label=label, required=False, choices=[ANY, *choices], widget=widget)


class MatrixForm(forms.Form):
    """What is offered is what the user may see."""

    search = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "nm-input", "type": "search"}),
    )
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label=_("Site"),
        required=False,
        empty_label=ANY[1],  # type: ignore[arg-type]  # lazy, as all texts of a form
        widget=forms.Select(attrs={"class": "nm-select"}),
    )
    role = choice(_("Role"))
    platform = choice(_("Platform"))
    standard = choice(_("Standard"))
    state = choice(_("State"), STATES)
    order = forms.ChoiceField(
        label=_("Order"), required=False, choices=ORDERS, widget=forms.Select(attrs={"class": "nm-select"})
    )

    def __init__(self, data: QueryDict, user: Somebody) -> None:
        super().__init__(data)
        own = scoped(Device.objects.filter(status=Device.Status.ACTIVE), user)
        roles = own.exclude(role="").order_by("role").values_list("role", flat=True).distinct()[:ROLES]
        self.fields["site"].queryset = scoped(Site.objects.all(), user)  # type: ignore[attr-defined]
        self._offer("role", ((role, visible(role)) for role in roles))
        self._offer("platform", ((one.slug, one.name) for one in platforms().values()))
        self._offer("standard", ((one.pk, one.name) for one in matrix.standards(matrix.Wanted())))

    def _offer(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        self.fields[name].choices = [ANY, *choices]  # type: ignore[attr-defined]

    def wanted(self) -> matrix.Wanted:
        """What is asked for; the form must be valid."""
        told = self.cleaned_data
        return matrix.Wanted(
            site=told["site"].pk if told["site"] else None,
            role=told["role"],
            platform=told["platform"],
            standard=int(told["standard"]) if told["standard"] else None,
            state=told["state"],
            search=told["search"],
            order=told["order"] or matrix.WORST,
        )

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for."""
        return any(self.data.get(name) for name in self.fields)
