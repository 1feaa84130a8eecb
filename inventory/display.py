"""How states, ages and foreign text are shown to people. Everything here returns escaped HTML or plain text."""

import unicodedata
from datetime import datetime
from enum import StrEnum

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

KEPT = {"\n", "\t"}
INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # control, format (bidi overrides), unassigned, separators


class Tone(StrEnum):
    """How good a state is. Every tone is shown with an icon and a word, never by colour alone."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    BUSY = "busy"
    NONE = "none"


ICONS = {
    Tone.GOOD: "check_circle",
    Tone.WARN: "warning",
    Tone.BAD: "error",
    Tone.BUSY: "progress_activity",
    Tone.NONE: "radio_button_unchecked",
}


def visible(text: object) -> str:
    """Text from outside with every invisible character spelt out as <U+202E>; line breaks (CR LF too) and tabs stay.

    The result is plain text: escape it as any other.
    """
    plain = str(text)
    if plain.isprintable():  # nearly every text: a list of devices asks a thousand times
        return plain
    return "".join(
        f"<U+{ord(char):04X}>" if char not in KEPT and unicodedata.category(char) in INVISIBLE else char
        for char in plain.replace("\r\n", "\n")
    )


def state(tone: Tone, text: object, title: str = "") -> SafeString:
    """An icon and a word in the tone's colour."""
    return format_html(
        '<span class="nm-state nm-{}" title="{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>'
        "<span>{}</span></span>",
        tone,
        visible(title),
        ICONS[tone],
        visible(text),
    )


def chip(tone: Tone, text: object) -> SafeString:
    """A short word on a coloured ground."""
    return format_html('<span class="nm-chip nm-{}">{}</span>', tone, visible(text))


def shield() -> SafeString:
    """The sign of a port that no deployment changes."""
    return format_html(
        '<span class="nm-state nm-busy nm-still">'
        '<span class="material-symbols-outlined" aria-hidden="true">shield</span><span>{}</span></span>',
        _("protected"),
    )


def exact(when: datetime) -> str:
    """A time in the operator's zone, to the second."""
    local = timezone.localtime(when)
    return f"{date_format(local, 'Y-m-d H:i:s')} {local.tzname()}"


def age_words(when: datetime) -> str:
    """How long ago, short enough for a column: "5 min ago", "47 h ago", "3 days ago"."""
    seconds = int((timezone.now() - when).total_seconds())
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return _("%(count)d min ago") % {"count": seconds // 60}
    if seconds < 2 * 86_400:
        return _("%(count)d h ago") % {"count": seconds // 3600}
    return _("%(count)d days ago") % {"count": seconds // 86_400}


def age(when: datetime | None) -> SafeString:
    """A human age with the exact time on hover."""
    if when is None:
        return format_html('<span class="nm-muted">{}</span>', _("never"))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', when.isoformat(timespec="seconds"), exact(when), age_words(when)
    )


def label_of(model: type[models.Model], name: str) -> str | Promise:
    """A field's name in the reader's language."""
    return getattr(model._meta.get_field(name), "verbose_name", name)


def field_text(row: models.Model, name: str) -> str:
    """A field's value as the operator reads it; choices by their label, invisible characters spelt out."""
    getter = getattr(row, f"get_{name}_display", None)
    return visible(getter() if getter else (getattr(row, name) or ""))
