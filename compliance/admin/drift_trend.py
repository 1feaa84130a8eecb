"""How many devices drifted over the last days, as bars made of HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.drift_history import Day

DAYS = 90
HIGH = 96  # pixels of the highest bar


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: its height in pixels, and what it says."""

    height: int
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The days with their scale; `words` say the first and the last."""

    bars: list[Bar]
    highest: int
    words: str
    times: list[str]


def chart(days: Sequence[Day]) -> Chart | None:
    """None where there is nothing to see: fewer than two days, or no device that ever drifted."""
    highest = max((day.drifted for day in days), default=0)
    if len(days) < 2 or not highest:
        return None
    bars = [Bar(max(2, round(HIGH * day.drifted / highest)) if day.drifted else 0, told(day)) for day in days]
    words = _("From %(first)s to %(last)s") % {"first": told(days[0]), "last": told(days[-1])}
    return Chart(
        bars, highest, words, [date_format(day.day, "m-d") for day in (days[0], days[len(days) // 2], days[-1])]
    )


def told(day: Day) -> str:
    """A day in words."""
    text = ngettext("%(day)s: %(count)d device drifted", "%(day)s: %(count)d devices drifted", day.drifted)
    return text % {"day": date_format(day.day, "Y-m-d"), "count": day.drifted}
