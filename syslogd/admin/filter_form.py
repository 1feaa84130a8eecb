"""The form above the explorer. It judges what the address asks for; its sentences are shown at the fields."""

import ipaddress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Device, Site
from inventory.scope import scoped
from syslogd.admin.address import BETWEEN, Address, local
from syslogd.models import SyslogMessage
from syslogd.models.message import Facility, Severity
from syslogd.search import Filters

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

WINDOWS = {
    "15m": (timedelta(minutes=15), gettext_lazy("last 15 minutes")),
    "1h": (timedelta(hours=1), gettext_lazy("last hour")),
    "6h": (timedelta(hours=6), gettext_lazy("last 6 hours")),
    "24h": (timedelta(days=1), gettext_lazy("last 24 hours")),
    "7d": (timedelta(days=7), gettext_lazy("last 7 days")),
}
KEYS = tuple(WINDOWS)
USUAL = "1h"
LONGEST = timedelta(days=31)
MORE = ("site", "facility", "source", "hostname", "app_name", "unparsed")
ANY = ("", gettext_lazy("any"))


def moment_input() -> forms.DateTimeInput:
    """The browser's own field for a time; to the second, as the bars of the histogram need it."""
    return forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1, "class": "nm-input"})


def text_field(label: Any, **more: Any) -> forms.CharField:
    """A short text to look for."""
    return forms.CharField(label=label, required=False, max_length=200, widget=text_input(**more))


def text_input(**more: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "nm-input", **more})


def choice_field(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    """One of a few."""
    widget = forms.Select(attrs={"class": "nm-select"})
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=widget)


class FilterForm(forms.Form):
    """Everything is optional: nothing asked for is the last hour."""

    window = choice_field(
        gettext_lazy("Window"),
        [*((key, title) for key, (_span, title) in WINDOWS.items()), (BETWEEN, gettext_lazy("from … to"))],
    )
    since = forms.DateTimeField(label=gettext_lazy("From"), required=False, widget=moment_input())
    until = forms.DateTimeField(label=gettext_lazy("To"), required=False, widget=moment_input())
    text = text_field(
        gettext_lazy("Words"), type="search", placeholder=gettext_lazy('all of these words, or "a phrase"')
    )
    device = forms.ModelChoiceField(
        Device.objects.none(),
        label=gettext_lazy("Device"),
        required=False,
        widget=AutocompleteSelect(SyslogMessage._meta.get_field("device"), admin.site),
    )
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label=gettext_lazy("Site"),
        required=False,
        empty_label=ANY[1],  # type: ignore[arg-type]  # lazy, as all texts of a form
        widget=forms.Select(attrs={"class": "nm-select"}),
    )
    severity = choice_field(
        gettext_lazy("Severity (or worse)"), [ANY, *((str(number), label) for number, label in Severity.choices)]
    )
    facility = choice_field(
        gettext_lazy("Facility"), [ANY, *((str(number), label) for number, label in Facility.choices)]
    )
    source = text_field(gettext_lazy("Source address or prefix"))
    hostname = text_field(gettext_lazy("Host name"))
    mnemonic = text_field(gettext_lazy("Mnemonic"), placeholder="LINK-3-*")
    app_name = text_field(gettext_lazy("Application"))
    unparsed = forms.BooleanField(label=gettext_lazy("Unparsed only"), required=False)

    def __init__(self, data: dict[str, str], user: "User | AnonymousUser") -> None:
        super().__init__({"window": USUAL, **data})
        for name, model in (("device", Device), ("site", Site)):
            self.fields[name].queryset = scoped(model._default_manager.all(), user)  # type: ignore[attr-defined]

    def clean_source(self) -> str:
        """An address or a prefix."""
        text: str = self.cleaned_data["source"]
        try:
            ipaddress.ip_network(text or "::", strict=False)
            return text
        except ValueError:
            sentence = _("%(text)s is neither an IP address nor a prefix such as 10.0.0.0/8.")
            raise forms.ValidationError(sentence % {"text": text[:60]}) from None

    def clean(self) -> dict[str, Any]:
        """The window: how far back, or from when to when."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("window") == BETWEEN and not self.errors:
            self._judge(told["since"], told["until"])
        return told

    def _judge(self, since: datetime | None, until: datetime | None) -> None:
        if since is None:
            self.add_error("since", _("Say from when."))
        elif (until or timezone.now()) <= since:
            self.add_error("until", _("The end must lie after the beginning."))
        elif (until or timezone.now()) - since > LONGEST:
            self.add_error("since", _("The window may be at most %(days)d days long.") % {"days": LONGEST.days})

    @property
    def usual(self) -> list[forms.BoundField]:
        """The fields that are always shown."""
        return [field for field in self if field.name not in MORE]

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that are folded away."""
        return [field for field in self if field.name in MORE]

    @property
    def unfolded(self) -> bool:
        """Whether one of those is set."""
        return any(self.data.get(name) for name in MORE)

    @property
    def moving(self) -> bool:
        """Whether the window ends now, so that new messages come into it."""
        return self.cleaned_data["window"] != BETWEEN

    def filters(self, now: datetime) -> Filters:
        """What to search for; the form must be valid."""
        told = self.cleaned_data
        span, _title = WINDOWS.get(told["window"], WINDOWS[USUAL])
        return Filters(
            since=now - span if self.moving else told["since"],
            until=now if self.moving else told["until"] or now,
            devices=(told["device"].pk,) if told["device"] else (),
            site=told["site"].pk if told["site"] else None,
            severity=int(told["severity"]) if told["severity"] else None,
            facility=int(told["facility"]) if told["facility"] else None,
            source=told["source"],
            hostname=told["hostname"],
            mnemonic=told["mnemonic"],
            app_name=told["app_name"],
            text=told["text"],
            unparsed=told["unparsed"],
        )

    def narrower(self, address: Address, now: datetime) -> str:
        """The query part with the next smaller window, or the later half of one that was told; empty for none."""
        if self.moving:
            place = KEYS.index(self.cleaned_data["window"] or USUAL)
            return address.but(window=KEYS[place - 1]) if place else ""
        asked = self.filters(now)
        return address.but(since=local(asked.until - (asked.until - asked.since) / 2))

    def wider(self, address: Address) -> str:
        """The query part with the next larger window; empty for none."""
        place = KEYS.index(self.cleaned_data["window"] or USUAL) + 1 if self.moving else len(KEYS)
        return address.but(window=KEYS[place]) if place < len(KEYS) else ""
