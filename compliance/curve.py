"""The score of the network over the last days, as a line drawn by the server; a table says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from compliance.models import ComplianceDay

WIDE, HIGH = 900, 100  # of the drawing; the page stretches it


@dataclass(frozen=True, slots=True)
class Day:
    """A day's place in the drawing and its words."""

    left: float
    width: float
    words: str
    row: ComplianceDay
    date: str


@dataclass(frozen=True, slots=True)
class Trend:
    """`line` are the points of the curve, `area` the same down to the ground."""

    days: list[Day]
    line: str
    area: str
    words: str
    times: list[str]


def drawn(rows: Sequence[ComplianceDay]) -> Trend | None:
    """None for fewer than two days with a score: a point is no line."""
    rows = [row for row in rows if row.score is not None]
    if len(rows) < 2:
        return None
    first, last = rows[0].day, rows[-1].day
    step = WIDE / (last - first).days
    places = [((row.day - first).days * step, row) for row in rows]
    points = [f"{place:.1f},{HIGH - (row.score or 0)}" for place, row in places]
    return Trend(
        days=[Day(round(place - step / 2, 1), round(step, 1), told(row), row, _date(row)) for place, row in places],
        line=" ".join(points),
        area=" ".join([f"0,{HIGH}", *points, f"{WIDE},{HIGH}"]),
        words=_("From %(first)s to %(last)s") % {"first": told(rows[0]), "last": told(rows[-1])},
        times=[_date(row) for row in (rows[0], rows[-1])],
    )


def told(row: ComplianceDay) -> str:
    """A day in words."""
    return _("%(day)s: %(score)d %%, %(failed)s failures on %(devices)s devices") % {
        "day": _date(row),
        "score": row.score,
        "failed": f"{row.failed:,}",
        "devices": f"{row.devices:,}",
    }


def _date(row: ComplianceDay) -> str:
    return date_format(row.day, "Y-m-d")
