"""The form that deploys VLANs. Only the job kind judges what was entered; its sentences are shown at the fields."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from inventory.display import visible
from inventory.models import Device
from jobs.launch import launch
from jobs.models import Job
from jobs.operations import BadParameters, Parameters

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

KIND = "deploy_vlan"
PATH = re.compile(r"(?P<name>\w+)(?:\[(?P<row>\d+)\](?:\.(?P<cell>\w+))?|\.(?P<part>\w+))?")  # vlans[0].vid, window.end
WINDOW = ("begin", "end")
CELLS = ("vid", "name", "address", "access_ports")
MOST_ROWS = 200
LOCAL = "%Y-%m-%dT%H:%M"  # of an input of the type datetime-local


def text_field(label: Any, help_text: Any = "", **attrs: Any) -> forms.CharField:
    """An input of one line that takes anything: the job kind judges."""
    widget = UnfoldAdminTextInputWidget(attrs=attrs)
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


def number_field(label: Any, initial: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, initial=initial, widget=UnfoldAdminIntegerFieldWidget, help_text=help_text
    )


class VlanForm(forms.Form):
    """One VLAN that shall exist; a row left empty asks for nothing."""

    vid = text_field("VID", inputmode="numeric", placeholder="110")
    name = text_field(_("Name"), placeholder="users")
    address = text_field(_("Address"), placeholder="10.1.10.1/24")
    access_ports = text_field(_("Access ports"), placeholder="Gi1/0/1, Gi1/0/2")

    def wanted(self) -> Parameters:
        """The VLAN as the job kind wants it; empty for an empty row."""
        given = {name: str(self.data.get(self.add_prefix(name), "")).strip() for name in CELLS}
        if not any(given.values()):
            return {}
        return {**given, "vid": whole(given["vid"]), "access_ports": listed(given["access_ports"])}


VlanRows = forms.formset_factory(VlanForm, extra=1, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


class DeployForm(forms.Form):
    """Where the VLANs go, in which steps, and when. Its `rows` are the VLANs."""

    trunks = text_field(_("Trunks"), _("Trunks that shall carry all of these VLANs: Gi1/0/48, Te1/1/*, or: all"))
    dry_run = forms.BooleanField(
        label=_("Dry run"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Shows each device's commands and what they would change, and touches nothing."),
    )
    canary = number_field(
        _("Canary"), 1, _("So many devices go first. Only when all of them are verified, more follow.")
    )
    rings = text_field(
        _("Ring sizes"), _("How many follow at a time, for example 10, 50; empty: each ring four times the one before.")
    )
    failure_threshold = number_field(
        _("Failures allowed"), 0, _("Once more devices than this have failed, no further device is begun.")
    )
    begin = text_field(_("Not before"), type="datetime-local")
    end = text_field(_("Not after"), type="datetime-local")
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Why, for whoever looks at the job later."),
    )

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows

    @classmethod
    def empty(cls) -> "DeployForm":
        """As it is first shown."""
        return cls(rows=VlanRows(prefix="vlans"))

    @classmethod
    def like(cls, parameters: Parameters) -> "DeployForm":
        """Filled in with what another job was asked, to be done for real."""
        window = {name: local_text((parameters.get("window") or {}).get(name)) for name in WINDOW}
        lists = {name: ", ".join(str(one) for one in parameters.get(name) or []) for name in ("trunks", "rings")}
        rows = [
            {**vlan, "access_ports": ", ".join(vlan.get("access_ports") or [])} for vlan in parameters.get("vlans", [])
        ]
        initial = {**parameters, **lists, **window, "dry_run": False}
        return cls(initial=initial, rows=VlanRows(prefix="vlans", initial=rows))

    @classmethod
    def of(cls, posted: QueryDict) -> "DeployForm":
        """As it was sent."""
        return cls(posted, rows=VlanRows(posted, prefix="vlans"))

    @classmethod
    def longer(cls, posted: QueryDict) -> "DeployForm":
        """As it was sent, unjudged, with one row more."""
        rows = [
            {name: form.data.get(form.add_prefix(name), "") for name in CELLS}
            for form in VlanRows(posted, prefix="vlans")
        ]
        initial = {name: posted.get(name, "") for name in cls.base_fields}
        return cls(initial=initial, rows=VlanRows(prefix="vlans", initial=rows))

    def launch(self, devices: QuerySet[Device], user: "User | AnonymousUser") -> Job | None:
        """Start the deployment; None when something was wrong, and then the fields say so."""
        if not (self.is_valid() and self.rows.is_valid()):
            return None
        try:
            return launch(KIND, self.parameters(), devices=devices, user=user, reason=self.cleaned_data["reason"])  # type: ignore[arg-type]
        except BadParameters as error:
            for path, sentence in error.errors.items():
                self._tell(path, visible(sentence))
            return None

    def parameters(self) -> Parameters:
        """What was entered, as the job kind wants it."""
        data = self.cleaned_data
        window = {name: iso(data[name]) for name in WINDOW if data[name]}
        return {
            "vlans": [form.wanted() for form in self._used()],
            "trunks": listed(data["trunks"]),
            "dry_run": data["dry_run"],
            "canary": whole(data["canary"]),
            "rings": [whole(size) for size in listed(data["rings"])],
            "failure_threshold": whole(data["failure_threshold"]),
            "window": window or None,
        }

    def _used(self) -> list[VlanForm]:
        return [form for form in self.rows if form.wanted()]

    def _tell(self, path: str, sentence: str) -> None:
        """Put a sentence at the field that the job kind names: "vlans[0].vid", "rings[1]", "window.end", "canary"."""
        match, used = PATH.match(path), self._used()
        name, row, cell, part = match.groups() if match else ("", None, None, None)
        if name == "vlans" and row is not None and int(row) < len(used):
            used[int(row)].add_error(cell if cell in CELLS else "vid", sentence)
        elif name == "vlans" and self.rows.forms:
            self.rows[0].add_error("vid", sentence)
        else:
            field = part if name == "window" else name
            self.add_error(field if field in self.fields else None, sentence)


def listed(text: str) -> list[str]:
    """The parts of a text that commas, spaces or line ends divide."""
    return [part for part in re.split(r"[,;\s]+", text) if part]


def whole(text: str) -> int | str | None:
    """A whole number as such; nothing as None; anything else as it is, for whoever judges it."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text or None


def iso(text: str) -> str:
    """A local time as it comes from the browser, with its zone; what is none stays as it is."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text)).isoformat()
    except ValueError:
        return text


def local_text(stored: str | None) -> str:
    """The other way round."""
    return timezone.localtime(datetime.fromisoformat(stored)).strftime(LOCAL) if stored else ""
