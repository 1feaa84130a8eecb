"""The audit trail: nobody adds, changes or deletes an entry here, superusers neither."""

import auditlog.admin  # noqa: F401  registers what is taken back below
from auditlog.models import LogEntry
from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from inventory.admin.columns import ReadOnlyAdmin, aged
from inventory.audit.told import Change, beside, changes_of, details
from inventory.display import Tone, chip, exact, visible
from inventory.models.audit import AuditSeal

admin.site.unregister(LogEntry)
TONES = {
    LogEntry.Action.CREATE: Tone.GOOD,
    LogEntry.Action.UPDATE: Tone.BUSY,
    LogEntry.Action.DELETE: Tone.BAD,
    LogEntry.Action.ACCESS: Tone.NONE,
}
FEW = 4  # fields that the list names


@admin.register(LogEntry)
class AuditAdmin(ReadOnlyAdmin):
    list_display = (aged(LogEntry, "timestamp"), "who", "did", "what", "fields_changed", "remote_addr")
    list_filter = (
        ("action", ChoicesDropdownFilter),
        ("content_type", RelatedDropdownFilter),
        ("timestamp", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_select_related = ("content_type",)
    search_fields = ("object_repr", "=object_pk", "=cid", "additional_data__actor", "additional_data__job")
    ordering = ("-id",)
    show_full_result_count = False
    fields = ("when", "who", "did", "what", "address", "request_id", "more", "changes_told", "sealed")
    readonly_fields = fields

    @display(description=gettext_lazy("who"))
    def who(self, entry: LogEntry) -> str:
        person = beside(entry, "actor")
        if person:
            return visible(person)
        return f"{visible(beside(entry, 'process'))} ({beside(entry, 'source')})"

    @display(description=gettext_lazy("action"), ordering="action")
    def did(self, entry: LogEntry) -> SafeString:
        return chip(TONES.get(entry.action, Tone.NONE), beside(entry, "verb") or entry.get_action_display())

    @display(description=gettext_lazy("what"), ordering="content_type")
    def what(self, entry: LogEntry) -> str:
        return f"{entry.content_type.name} {visible(entry.object_repr)}"

    @display(description=gettext_lazy("fields"))
    def fields_changed(self, entry: LogEntry) -> str:
        names = sorted(entry.changes or {})
        return visible(", ".join(names[:FEW]) + (" ..." if len(names) > FEW else ""))

    @display(description=gettext_lazy("time"))
    def when(self, entry: LogEntry) -> str:
        return exact(entry.timestamp)

    @display(description=gettext_lazy("address"))
    def address(self, entry: LogEntry) -> str:
        return entry.remote_addr or ""

    @display(description=gettext_lazy("request ID"))
    def request_id(self, entry: LogEntry) -> str:
        return visible(entry.cid or "")

    @display(description=gettext_lazy("details"))
    def more(self, entry: LogEntry) -> SafeString:
        pairs = ((name, visible(value)) for name, value in sorted(details(entry).items()))
        return format_html_join("", "{}: {}<br>", pairs)

    @display(description=gettext_lazy("changes"))
    def changes_told(self, entry: LogEntry) -> SafeString:
        rows = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", map(_shown, changes_of(entry)))
        head = format_html("<tr><th>{}</th><th>{}</th><th>{}</th></tr>", _("field"), _("before"), _("after"))
        return format_html('<table class="nm-table"><thead>{}</thead><tbody>{}</tbody></table>', head, rows)

    @display(description=gettext_lazy("sealed"))
    def sealed(self, entry: LogEntry) -> str:
        seal = AuditSeal.objects.filter(entry=entry.pk).first()
        return f"{exact(seal.sealed_at)}, {seal.sequence}, {seal.digest}" if seal else _("not yet")


def _shown(change: Change) -> tuple[str, str, str]:
    return visible(change.field), visible(change.before), visible(change.after)
