"""The compliance report as a file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from compliance.models import Result
from compliance.report import ReportRow, report_rows
from compliance.scoring import weighted_score
from inventory.export import printed_table, report_pdf
from inventory.models import Device
from inventory.scope import Somebody
from inventory.spreadsheet import Cell, Sheet, write_xlsx

COUNTED = (Result.State.PASS, Result.State.FAIL, Result.State.UNKNOWN, Result.State.WAIVED)
COLUMNS = (
    "standard", "rule_id", "title", "severity", "device", "site", "platform", "state", "message", "evidence",
    "remediation", "waiver", "checked_at", "changed_at",
)  # fmt: skip
PRINTED = ("standard", "rule_id", "title", "severity", "state", "message", "evidence", "waiver")


@dataclass(slots=True)
class Tally:
    """Counts results by name while the rows pass by, so that they are read once and never all held."""

    by_standard: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    by_rule: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    by_device: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)

    def counted(self, rows: Iterator[ReportRow]) -> Iterator[ReportRow]:
        """The same rows, counted."""
        for row in rows:
            verdict = (row.severity, row.state)
            self.by_standard.setdefault(row.standard, Counter())[verdict] += 1
            self.by_rule.setdefault(f"{row.rule_id}: {row.title}", Counter())[verdict] += 1
            self.by_device.setdefault(f"{row.device} ({row.device_id})", Counter())[verdict] += 1
            yield row

    def sheets(self) -> list[Sheet]:
        """Sums by standard, rule and device; read them after the rows have passed."""
        return [
            _sums(gettext("standards"), self.by_standard),
            _sums(gettext("rules"), self.by_rule),
            _sums(gettext("devices"), self.by_device),
        ]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose report: of one device, or of all active ones that the user may see."""

    device: Device | None = None
    user: Somebody = None

    def rows(self) -> Iterator[ReportRow]:
        """What the report tells."""
        return report_rows(self.device, user=self.user)


def report_xlsx(asked: Asked) -> bytes:
    """Every result and their sums."""
    return write_xlsx(_report_sheets(asked))


def _report_sheets(asked: Asked) -> Iterator[Sheet]:
    """The results first: the sums are counted while they are written."""
    tally = Tally()
    rows = (_cells(row, COLUMNS) for row in tally.counted(asked.rows()))
    yield Sheet(gettext("results"), [_word(name) for name in COLUMNS], rows)
    yield from tally.sheets()


def report_pdf_file(asked: Asked) -> bytes:
    """One device with all its results, or the sums over many; raises PdfUnavailable."""
    tally, device = Tally(), asked.device
    rows = [_cells(row, PRINTED) for row in tally.counted(asked.rows()) if device]
    standards, rules, devices = tally.sheets()
    sheets = [standards, Sheet(gettext("results"), [_word(name) for name in PRINTED], rows)]
    context = {
        "title": gettext("Compliance: %(name)s") % {"name": device.name if device else gettext("all devices")},
        "tables": [printed_table(sheet) for sheet in (sheets if device else (standards, rules, devices))],
    }
    return report_pdf("inventory/tables_report.html", context)


def _cells(row: ReportRow, columns: Sequence[str]) -> list[Cell]:
    return [_evidence(row) if name == "evidence" else getattr(row, name) for name in columns]


def _evidence(row: ReportRow) -> str:
    return "\n".join(f"{line.line_number}: {line.text}" if line.line_number else line.text for line in row.evidence)


def _word(column: str) -> str:
    return gettext(column.replace("_", " "))


def _sums(name: str, counts: dict[str, Counter[tuple[str, str]]]) -> Sheet:
    headings = [gettext("name"), *(str(state.label) for state in COUNTED), gettext("score (%)")]
    return Sheet(name, headings, [_sum(key, verdicts) for key, verdicts in counts.items()])


def _sum(name: str, verdicts: Counter[tuple[str, str]]) -> list[Cell]:
    states: Counter[str] = Counter()
    for (_, state), count in verdicts.items():
        states[state] += count
    score = weighted_score((severity, state, count) for (severity, state), count in verdicts.items())
    return [name, *(states[state] for state in COUNTED), score]
