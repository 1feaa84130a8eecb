"""A message as a line of the explorer: everything in it comes from a device, and every word of it is a filter."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.admin.columns import device_link
from inventory.display import Tone, chip, visible
from syslogd.admin.address import Address
from syslogd.models import SyslogMessage
from syslogd.models.message import Severity

FOLDED = 400  # characters of a message that are shown unasked
SHOWN = 4000  # and when it is unfolded; the message's page has all
LONGEST_WORD = 80
EMPTY = SafeString()
OFF = timedelta(minutes=1)  # a device's clock further from ours is marked
WORD = re.compile(r"\w(?:[\w./:@+-]*\w)?")
NOT_SYNCHRONISED = 4
CLOCK_WORDS = (
    (1, gettext_lazy("year guessed")),
    (2, gettext_lazy("time zone guessed")),
    (NOT_SYNCHRONISED, gettext_lazy("the device says that its clock is not synchronised")),
    (8, gettext_lazy("no time that could be read")),
)
SEVERITY_TONES = {
    Severity.EMERGENCY: Tone.BAD,
    Severity.ALERT: Tone.BAD,
    Severity.CRITICAL: Tone.BAD,
    Severity.ERROR: Tone.BAD,
    Severity.WARNING: Tone.WARN,
    Severity.NOTICE: Tone.BUSY,
}


@dataclass(frozen=True, slots=True)
class Filtering:
    """A text that filters when it is clicked."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its words. `rest` is unfolded on demand; `more` characters are on the message's page only."""

    url: str
    time: str
    hint: str
    clock: str
    severity: SafeString
    who: SafeString
    source: Filtering
    names: tuple[Filtering, ...]
    head: SafeString
    rest: SafeString
    more: int
    unparsed: bool
    here: bool


def lines_of(rows: Iterable[SyslogMessage], address: Address, here: int = 0) -> list[Line]:
    """The rows as lines whose links narrow what the address asks for; the row with the id `here` is marked."""
    chips = {severity: chip(tone_of(severity), label) for severity, label in Severity.choices}
    to_word, today = address.adding_a_word(), timezone.localdate()
    return [_line(row, address, chips, to_word, here, today) for row in rows]


def _line(
    row: SyslogMessage, address: Address, chips: dict[int, SafeString], to_word: str, here: int, today: date
) -> Line:
    text = row.raw or row.message
    return Line(
        url=reverse("admin:syslogd_syslogmessage_change", args=[row.pk]),
        time=time_of(row, today),
        hint=hint_of(row),
        clock=clock_mark(row),
        severity=chips.get(row.severity, EMPTY) if row.severity is not None else EMPTY,
        who=device_link(row.device) if row.device else EMPTY,
        source=Filtering(row.source, address.but(source=row.source)),
        names=tuple(
            Filtering(visible(value), address.but(**{name: value}))
            for name in ("mnemonic", "app_name")
            if (value := getattr(row, name))
        ),
        head=words(text[:FOLDED], to_word),
        rest=words(text[FOLDED:SHOWN], to_word),
        more=max(0, len(text) - SHOWN),
        unparsed=bool(row.raw),
        here=row.pk == here,
    )


def tone_of(severity: int) -> Tone:
    """How bad a severity is."""
    return SEVERITY_TONES.get(Severity(severity), Tone.NONE)


def time_of(row: SyslogMessage, today: date) -> str:
    """When it was received, in the operator's zone, to the millisecond; the date where it was not today."""
    local = timezone.localtime(row.received_at)
    day = "" if local.date() == today else f"{local:%m-%d} "
    return f"{day}{local:%H:%M:%S}.{local.microsecond // 1000:03d}"


def hint_of(row: SyslogMessage) -> str:
    """The exact times, and what is known of the device's clock."""
    parts = [_("received %(when)s") % {"when": timezone.localtime(row.received_at).isoformat(" ")}]
    if row.sent_at:
        parts.append(_("sent %(when)s") % {"when": timezone.localtime(row.sent_at).isoformat(" ")})
    return ", ".join(parts + clock_words(row))


def clock_words(row: SyslogMessage) -> list[str]:
    """What had to be guessed of the time that the device told."""
    return [str(words) for bit, words in CLOCK_WORDS if row.clock & bit]


def clock_mark(row: SyslogMessage) -> str:
    """A sentence where the device's clock is not to be trusted; empty where it is, or where it told no time.

    Most devices leave out the year or the zone: that alone is worth a word on hover, no mark.
    """
    if row.clock & NOT_SYNCHRONISED:
        return str(dict(CLOCK_WORDS)[NOT_SYNCHRONISED])
    if row.sent_at is None or abs(row.sent_at - row.received_at) < OFF:
        return ""
    return _("the device's clock is off by %(time)s") % {"time": abs(row.sent_at - row.received_at)}


def words(text: str, to_word: str) -> SafeString:
    """The text with every word of it a link that adds it to the filter."""
    found = [match for match in WORD.finditer(text) if 1 < len(match[0]) <= LONGEST_WORD]
    ends = [match.start() for match in found[1:]] + [len(text)]
    pieces = [
        (to_word, quote(match[0]), match[0], visible(text[match.end() : end]))
        for match, end in zip(found, ends, strict=False)
    ]
    lead = visible(text[: found[0].start()] if found else text)
    return format_html("{}{}", lead, format_html_join("", '<a href="{}{}">{}</a>{}', pieces))


def severity_chip(row: SyslogMessage) -> SafeString:
    """The severity as a word on its colour."""
    if row.severity is None:
        return format_html('<span class="nm-muted">{}</span>', "-")
    return chip(tone_of(row.severity), row.get_severity_display())
