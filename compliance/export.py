"""The compliance report as a file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from django.utils.translation import gettext

from compliance.models import Result, Rule
from compliance.models.result import URGENT
from compliance.report import ReportRow, report_rows, report_sums, summed
from compliance.scoring import Tally
from inventory.display import visible
from inventory.export import printed_table, report_pdf
from inventory.models import Device
from inventory.scope import Somebody
from inventory.spreadsheet import MOST_BARS, Bars, Cell, Sheet, write_xlsx

COUNTED = (Result.State.PASS, Result.State.FAIL, Result.State.UNKNOWN, Result.State.WAIVED)
COLOURS = ("#2f9e6e", "#d64545", "#d99a2b", "#9aa5b1")  # of COUNTED: never alone, the counts stand beside them
COLUMNS = (
    "standard", "rule_id", "title", "severity", "device", "site", "platform", "state", "message", "evidence",
    "remediation", "waiver", "checked_at", "changed_at",
)  # fmt: skip
PRINTED = ("standard", "rule_id", "title", "severity", "state", "message", "evidence", "waiver")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose report: of one device, or of all active ones that the user may see."""

    device: Device | None = None
    user: Somebody = None

    def rows(self) -> Iterator[ReportRow]:
        """What the report tells."""
        return report_rows(self.device, user=self.user)

    def sums(self) -> list[Sheet]:
        """Sums by standard, rule and device."""
        counted = report_sums(self.device, user=self.user)
        return [
            _sums(gettext("standards"), counted.standards),
            _sums(gettext("rules"), counted.rules, worst_first=True),
            _sums(gettext("devices"), counted.devices, worst_first=True),
        ]


def report_xlsx(asked: Asked) -> bytes:
    """The sums first, with a chart, then every result."""
    rows = (_cells(row, COLUMNS) for row in asked.rows())
    return write_xlsx([*asked.sums(), Sheet(gettext("results"), [_word(name) for name in COLUMNS], rows)])


def report_pdf_file(asked: Asked) -> bytes:
    """One device with all its results, or the sums over many; raises PdfUnavailable."""
    device = asked.device
    rows = [_cells(row, PRINTED) for row in sorted(asked.rows(), key=_urgency)] if device else []
    standards, rules, devices = asked.sums()
    sheets = [standards, Sheet(gettext("results"), [_word(name) for name in PRINTED], rows)]
    context = {
        "title": gettext("Compliance: %(name)s") % {"name": device.name if device else gettext("all devices")},
        "bars": bars_of(standards),
        "tables": [printed_table(sheet) for sheet in (sheets if device else (standards, rules, devices))],
    }
    return report_pdf("inventory/tables_report.html", context)


def _urgency(row: ReportRow) -> tuple[int, int, str, str]:
    """What failed first, the severe ones before the rest."""
    return URGENT.index(row.state), list(Rule.Severity).index(Rule.Severity(row.severity)), row.standard, row.rule_id


def _cells(row: ReportRow, columns: Sequence[str]) -> list[Cell]:
    special: dict[str, Cell] = {
        "evidence": _evidence(row),
        "state": str(Result.State(row.state).label),
        "severity": str(Rule.Severity(row.severity).label),
    }
    return [special[name] if name in special else getattr(row, name) for name in columns]


def _evidence(row: ReportRow) -> str:
    return "\n".join(f"{line.line_number}: {line.text}" if line.line_number else line.text for line in row.evidence)


def _word(column: str) -> str:
    return gettext(column.replace("_", " "))


def _sums(name: str, counts: dict[str, Counter[tuple[str, str]]], worst_first: bool = False) -> Sheet:
    headings = [gettext("name"), *(str(state.label) for state in COUNTED), gettext("score (%)")]
    bars = Bars(gettext("Results by state"), range(1, len(COUNTED) + 1), COLOURS)
    found = [(key, summed(verdicts)) for key, verdicts in counts.items()]
    if worst_first:
        found.sort(key=lambda one: (-one[1].failed, one[0]))
    return Sheet(name, headings, [[key, *_counts(sums), sums.score] for key, sums in found], bars)


def _counts(sums: Tally) -> tuple[int, ...]:
    """In the order of COUNTED."""
    return sums.passed, sums.failed, sums.unknown, sums.waived


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of sums as a report draws it: parts of 1000 with their colours, and the counts in words."""

    name: str
    score: Cell
    parts: tuple[tuple[float, float, str], ...]  # start, width, colour
    counts: str


def bars_of(sheet: Sheet) -> list[Bar]:
    """The first rows of sums as bars."""
    return [_bar(row) for row in islice(sheet.rows, MOST_BARS)]


def _bar(row: Sequence[Cell]) -> Bar:
    counts = [int(str(count)) for count in row[1 : len(COUNTED) + 1]]
    total = sum(counts) or 1
    starts = [0, *accumulate(counts)]
    parts = tuple(
        (round(1000 * start / total, 1), round(1000 * count / total, 1), colour)
        for start, count, colour in zip(starts, counts, COLOURS, strict=False)
        if count
    )
    words = ", ".join(f"{state.label} {count:,}" for state, count in zip(COUNTED, counts, strict=True))
    return Bar(visible(row[0]), row[len(COUNTED) + 1], parts, words)
