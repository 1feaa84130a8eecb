"""The compliance report as a file: of one device, or of all active ones that somebody may see."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import accumulate, chain

from django.utils import timezone
from django.utils.translation import gettext

from compliance.curve import HIGH, WIDE, drawn
from compliance.models import Result, Rule
from compliance.report import (
    Counted,
    ReportRow,
    report_devices,
    report_results,
    report_rows,
    report_sums,
    summed,
    urgent_rows,
)
from compliance.scoring import Tally
from compliance.trend import DAYS, trend
from inventory.display import exact, visible
from inventory.models import Device
from inventory.report import TABLE_ROWS, Bar, Curve, Document, Figure, Table
from inventory.scope import Somebody, access_of
from inventory.spreadsheet import MOST_BARS, Bars, Cell, Sheet

STATES = (Result.State.PASS, Result.State.FAIL, Result.State.UNKNOWN, Result.State.WAIVED)
COLOURS = ("#2f9e6e", "#d64545", "#d99a2b", "#9aa5b1")  # of STATES: never alone, words or counts stand beside them
COLUMNS = (
    "standard", "rule_id", "title", "severity", "device", "site", "platform", "state", "message", "evidence",
    "remediation", "waiver", "checked_at", "changed_at",
)  # fmt: skip
WORST = 1000  # devices that the fleet's report names on paper, those with most failures


@dataclass(frozen=True)
class ComplianceReport:
    """Whose report: of one device, or of all active ones that the user may see. Its numbers are of one moment."""

    device: Device | None = None
    user: Somebody = None
    now: datetime = field(default_factory=timezone.now)

    @property
    def name(self) -> str:
        """Of the file."""
        return f"compliance-{self.device.name}" if self.device else "compliance"

    def size(self, form: str) -> int:
        """Results; on paper of a fleet those that did not pass, and the devices that are named."""
        results = report_results(self.device, self.now, self.user)
        if form == "xlsx" or self.device:
            return results.count()
        return results.exclude(state=Result.State.PASS).count() + min(report_devices(None, self.user).count(), WORST)

    def workbook(self) -> Iterator[Sheet]:
        """The sums first, with charts, then every result."""
        about = chain(self._facts(), ((figure.words, figure.value) for figure in self._figures()))
        yield Sheet(gettext("summary"), [gettext("field"), gettext("value")], list(about))
        yield from self._sums()
        rows = (_cells(row, COLUMNS) for row in report_rows(self.device, self.now, self.user))
        yield Sheet(gettext("results"), [_word(name) for name in COLUMNS], rows)

    def document(self) -> Document:
        """The sums and charts first, then what did not pass; of one device what passed, too."""
        standards, rules, devices = self._sums()
        tables = [self._results()] if self.device else [standards, rules, _first(devices), self._results()]
        return Document(
            title=gettext("Compliance: %(name)s")
            % {"name": visible(self.device.name) if self.device else gettext("all devices")},
            facts=self._facts(),
            figures=self._figures(),
            bars_title=gettext("Results by standard"),
            legend=[(colour, str(state.label)) for colour, state in zip(COLOURS, STATES, strict=True)],
            bars=[_bar(list(row)) for row in list(standards.rows)[:MOST_BARS]],
            curve=self._curve(),
            tables=tables,
        )

    @cached_property
    def _counted(self) -> Counted:
        return report_sums(self.device, self.now, self.user)

    @cached_property
    def _all(self) -> Tally:
        return summed(sum(self._counted.standards.values(), Counter()))

    def _facts(self) -> list[tuple[str, str]]:
        about: list[tuple[str, str]] = []
        if self.device:
            about = [
                (gettext("device"), visible(self.device.name)),
                (gettext("site"), visible(self.device.site or "")),
                (gettext("platform"), self.device.platform),
                (gettext("version"), visible(self.device.os_version)),
            ]
        else:
            judged = sum(1 for counts in self._counted.devices.values() if counts)
            about = [
                (gettext("devices"), f"{len(self._counted.devices):,}"),
                (gettext("devices that no rule was held against"), f"{len(self._counted.devices) - judged:,}"),
                (gettext("standards"), ", ".join(visible(name) for name in self._counted.standards)),
            ]
        if self.user is not None:
            about.append((gettext("requested by"), visible(self.user)))
            if access_of(self.user) is not None:
                about.append((gettext("access scopes"), gettext("Only devices within the access scopes of who asked.")))
        return [(name, value) for name, value in [*about, (gettext("as of"), exact(self.now))] if value]

    def _figures(self) -> list[Figure]:
        score = "-" if self._all.score is None else f"{self._all.score} %"
        counts = zip(_counts(self._all), STATES, COLOURS, strict=True)
        return [
            Figure(score, gettext("score")),
            *(Figure(f"{count:,}", str(state.label), colour) for count, state, colour in counts),
        ]

    def _sums(self) -> list[Table]:
        found = self._counted
        return [
            _table(gettext("standards"), found.standards),
            _table(gettext("rules"), found.rules, worst_first=True),
            _table(gettext("devices"), found.devices, worst_first=True),
        ]

    def _results(self) -> Table:
        """Few columns of many lines: what a table costs on paper grows with its cells."""
        if self.device:
            name, left_out = gettext("results"), 0
            rows = urgent_rows(self.device, self.now, self.user, passed=True)
        else:
            name, left_out = gettext("what did not pass"), max(self._all.total - self._all.passed - TABLE_ROWS, 0)
            rows = urgent_rows(None, self.now, self.user, most=TABLE_ROWS)
        colours = {str(state.label): colour for state, colour in zip(STATES, COLOURS, strict=True)}
        columns = ("state", "rule", "device", "what was found", "remediation or waiver")
        return Table(
            name,
            [_word(column) for column in columns],
            (_printed(row) for row in rows),
            shares=(10, 27, 15, 28, 20),
            colour_of=lambda row: colours.get(str(row[0]).partition("\n")[0], ""),
            left_out=left_out,
        )

    def _curve(self) -> Curve | None:
        """The days are those of the whole network: shown to who may see it."""
        if self.device or access_of(self.user) is not None:
            return None
        line = drawn(trend(now=self.now))
        if line is None:
            return None
        title = gettext("Score of the last %(days)d days") % {"days": DAYS}
        return Curve(title, WIDE, HIGH, line.line, line.area, line.words, line.times)


def _cells(row: ReportRow, columns: Sequence[str]) -> list[Cell]:
    special: dict[str, Cell] = {
        "evidence": _evidence(row),
        "state": str(Result.State(row.state).label),
        "severity": str(Rule.Severity(row.severity).label),
    }
    return [special[name] if name in special else getattr(row, name) for name in columns]


def _printed(row: ReportRow) -> list[Cell]:
    state, severity = Result.State(row.state).label, Rule.Severity(row.severity).label
    return [
        f"{state}\n{severity}",
        f"{row.rule_id}: {row.title}",
        f"{row.device}\n{row.site}".strip(),
        f"{row.message}\n{_evidence(row)}".strip(),
        row.waiver or row.remediation,
    ]


def _evidence(row: ReportRow) -> str:
    return "\n".join(f"{line.line_number}: {line.text}" if line.line_number else line.text for line in row.evidence)


def _word(column: str) -> str:
    return gettext(column.replace("_", " "))


def _table(name: str, counts: dict[str, Counter[tuple[str, str]]], worst_first: bool = False) -> Table:
    headings = [gettext("name"), *(str(state.label) for state in STATES), gettext("score (%)")]
    bars = Bars(gettext("Results by state"), range(1, len(STATES) + 1), COLOURS)
    found = [(key, summed(verdicts)) for key, verdicts in counts.items()]
    if worst_first:
        found.sort(key=lambda one: (-one[1].failed, one[0]))
    rows = [[key, *_counts(sums), sums.score] for key, sums in found]
    return Table(name, headings, rows, bars, shares=(50, 10, 10, 10, 10, 10), counts=True)


def _first(devices: Table) -> Table:
    """The worst ones; the workbook has all."""
    rows = list(devices.rows)
    return Table(
        devices.name,
        devices.headings,
        rows[:WORST],
        shares=devices.shares,
        counts=True,
        left_out=max(len(rows) - WORST, 0),
    )


def _counts(sums: Tally) -> tuple[int, ...]:
    """In the order of STATES."""
    return sums.passed, sums.failed, sums.unknown, sums.waived


def _bar(row: Sequence[Cell]) -> Bar:
    counts = [int(str(count)) for count in row[1 : len(STATES) + 1]]
    total = sum(counts) or 1
    starts = [0, *accumulate(counts)]
    parts = tuple(
        (round(1000 * start / total, 1), round(1000 * count / total, 1), colour)
        for start, count, colour in zip(starts, counts, COLOURS, strict=False)
        if count
    )
    words = ", ".join(f"{state.label} {count:,}" for state, count in zip(STATES, counts, strict=True))
    return Bar(visible(row[0]), row[len(STATES) + 1], parts, words)
