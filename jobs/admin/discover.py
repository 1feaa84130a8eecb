"""The form that starts a discovery. Only `prepare` of the job kind judges; its sentences are shown at the fields."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from inventory.models import Credential
from jobs.launch import launch
from jobs.models import Job
from jobs.operations import BadParameters

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

SNMP_KINDS = (Credential.Kind.SNMP_V2C, Credential.Kind.SNMP_V3)


class DiscoverForm(forms.Form):
    """Where to look, with what, and how fast."""

    ranges = forms.CharField(
        label=_("Ranges"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "placeholder": "10.0.0.0/24\n10.0.1.1-10.0.1.20"}),
        help_text=_("Networks, ranges or single addresses, one a line. They must lie inside the allowed prefixes."),
    )
    exclude = forms.CharField(
        label=_("Leave out"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Addresses that are not asked, even inside the ranges."),
    )
    credentials = forms.ModelMultipleChoiceField(
        label=_("SNMP credentials"),
        required=False,
        queryset=Credential.objects.filter(kind__in=SNMP_KINDS),
        widget=UnfoldAdminSelectMultipleWidget,
        help_text=_("Tried in this order. None chosen: all of them."),
    )
    pps = forms.CharField(
        label=_("Packets per second"),
        required=False,
        initial=2000,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("1 to 100,000. Small routers and firewalls on the way like it slow."),
    )
    snmp_port = forms.CharField(label=_("SNMP port"), required=False, initial=161, widget=UnfoldAdminIntegerFieldWidget)
    ssh_port = forms.CharField(label=_("SSH port"), required=False, initial=22, widget=UnfoldAdminIntegerFieldWidget)
    confirmed = forms.BooleanField(
        label=_("Yes, a very large range"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Needed when the ranges hold more addresses than a mistake should be able to start."),
    )

    def launch(self, user: "User | AnonymousUser") -> Job | None:
        """Start the discovery; None when a parameter was wrong, and then the fields say so."""
        data = self.cleaned_data
        parameters = {**data, "credentials": [credential.pk for credential in data["credentials"]]}
        try:
            return launch("discover", parameters, user=user)  # type: ignore[arg-type]
        except BadParameters as error:
            for name, sentence in error.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
            return None
