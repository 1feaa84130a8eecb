"""The receivers: what became of every message that each life of each of them took."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from inventory.admin.columns import ReadOnlyAdmin, aged
from inventory.display import Tone, label_of, state
from inventory.verdicts import Verdict
from syslogd.attention import SILENT_AFTER, lossy, silent
from syslogd.models import SyslogRun

LOSSES = {
    "kernel": gettext_lazy("by the kernel"),
    "queue": gettext_lazy("queue full"),
    "source": gettext_lazy("too many from one source"),
    "spool": gettext_lazy("spool full"),
    "sender": gettext_lazy("sender not allowed"),
    "malformed": gettext_lazy("malformed frame"),
    "lost": gettext_lazy("lost in a crash"),
}
PLACES = {
    "queue": gettext_lazy("in the queue"),
    "spool": gettext_lazy("in the spool"),
    "broker": gettext_lazy("with the broker"),
    "aside": gettext_lazy("set aside"),
}


class RunFilter(DropdownFilter):
    """What the home page counts, and those that are still at work."""

    title = gettext_lazy("attention")
    parameter_name = "attention"
    choices_of = {"loss": lambda: lossy() | silent(), "dropped": lossy, "silent": silent}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("loss", _("dropped within 24 hours, or silent")),
            ("dropped", _("dropped within 24 hours")),
            ("silent", _("silent")),
            ("open", _("not closed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SyslogRun]) -> QuerySet[SyslogRun]:
        if self.value() == "open":
            return queryset.filter(closed_at=None)
        wanted = self.choices_of.get(self.value() or "")
        return queryset.filter(wanted()) if wanted else queryset


def verdict(run: SyslogRun) -> Verdict:
    """How a receiver is, in a few words."""
    if run.closed_at:
        return Verdict(Tone.NONE, _("ended"))
    if run.ended_at:
        return Verdict(Tone.BUSY, _("ended, its last messages are on their way"))
    if run.seen_at < timezone.now() - SILENT_AFTER:
        return Verdict(Tone.BAD, _("silent"))
    if run.spooled:
        return Verdict(Tone.WARN, _("receives into the spool"))
    return Verdict(Tone.GOOD, _("receives"))


def counted(counts: dict[str, int], names: dict[str, Any]) -> SafeString:
    """A sum over the lines of what it is made of; a dash for nothing."""
    parts = [(f"{count:,}", names[key]) for key, count in counts.items() if count]
    if not parts:
        return format_html('<span class="nm-muted">{}</span>', "-")
    lines = format_html_join("", "<small>{} {}</small>", parts)
    return format_html('<span class="nm-two"><b>{}</b>{}</span>', f"{sum(counts.values()):,}", lines)


def number(name: str) -> Any:
    """A column of a count, its thousands marked."""

    @display(description=label_of(SyslogRun, name), ordering=name)
    def column(run: SyslogRun) -> str:
        return f"{getattr(run, name):,}"

    column.__name__ = name
    return column


@admin.register(SyslogRun)
class SyslogRunAdmin(ReadOnlyAdmin):
    list_display = (
        "who", "light", number("received"), number("stored"), "drops", "waiting", "lag", aged(SyslogRun, "seen_at"),
    )  # fmt: skip
    list_filter = (RunFilter,)
    list_per_page = 50
    list_fullwidth = True

    @display(description=gettext_lazy("receiver"), ordering="receiver")
    def who(self, run: SyslogRun) -> str:
        return _("%(host)s, number %(receiver)d") % {"host": run.host, "receiver": run.receiver}

    @display(description=gettext_lazy("state"))
    def light(self, run: SyslogRun) -> SafeString:
        found = verdict(run)
        return state(found.tone, found.text)

    @display(description=gettext_lazy("dropped"))
    def drops(self, run: SyslogRun) -> SafeString:
        return counted(run.dropped, LOSSES)

    @display(description=gettext_lazy("on its way"))
    def waiting(self, run: SyslogRun) -> SafeString:
        return counted(run.in_flight, PLACES)

    @display(description=gettext_lazy("lag"), ordering="lag_ms")
    def lag(self, run: SyslogRun) -> str:
        return f"{run.lag_ms / 1000:.1f} s" if run.stored_at else "-"
