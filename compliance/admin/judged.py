"""Results with their words and with what explains them, and the tab of the device page that tells of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from compliance import matrix
from compliance.admin.cells import Cell, cell_of
from compliance.models import Result, Rule
from compliance.models.result import URGENT, ranked
from compliance.remedy import remedy_of
from inventory.admin.config_lines import url_of
from inventory.admin.device_page import ROWS, Tab
from inventory.display import Tone, chip, state, visible
from inventory.models import Device
from inventory.scope import Somebody

STATE_TONES = {
    Result.State.PASS: Tone.GOOD,
    Result.State.FAIL: Tone.BAD,
    Result.State.UNKNOWN: Tone.WARN,
    Result.State.WAIVED: Tone.NONE,
}
SEVERITY_TONES = {
    Rule.Severity.CRITICAL: Tone.BAD,
    Rule.Severity.HIGH: Tone.BAD,
    Rule.Severity.MEDIUM: Tone.WARN,
}
WORST_FIRST = ranked("state", URGENT)
SEVERE_FIRST = ranked("rule__severity", Rule.Severity.values)


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of evidence; `url` leads to its place in the configuration, empty where nobody may go."""

    number: int
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with its words; `url` leads to all of its lines in the configuration."""

    row: Result
    verdict: SafeString
    severity: SafeString
    remedy: str
    evidence: list[Shown]
    url: str


@dataclass(frozen=True, slots=True)
class DeviceResults:
    """What the tab shows: a card for each standard, then the results; `more_url` where not all are here."""

    cells: list[Cell]
    results: list[Judged]
    more_url: str


def verdict_of(result: Result) -> SafeString:
    """The result's state as icon and word."""
    return state(STATE_TONES[Result.State(result.state)], result.get_state_display())


def severity_of(rule: Rule) -> SafeString:
    """The rule's severity as a chip."""
    return chip(SEVERITY_TONES.get(Rule.Severity(rule.severity), Tone.NONE), rule.get_severity_display())


def judged(device: Device, results: QuerySet[Result], user: Somebody) -> list[Judged]:
    """A device's results: what failed first, the severe ones before the rest; ROWS at most."""
    found = results.select_related("rule", "rule__standard", "waiver").defer("rule__definition")
    may_read = user.has_perm("inventory.view_configbackup")
    return [_judged(device, row, may_read) for row in found.order_by(WORST_FIRST, SEVERE_FIRST, "rule__rule_id")[:ROWS]]


def results_of(device: Device, user: Somebody) -> DeviceResults:
    """The scores by standard and the results of a device."""
    columns = matrix.standards(matrix.Wanted())
    (line,) = matrix.lines([device], columns)
    results = judged(device, device.compliance_results.all(), user)
    more = f"{reverse('admin:compliance_result_changelist')}?{urlencode({'device__id__exact': device.pk})}"
    cells = [cell_of(device, standard, found) for standard, found in line.cells if found]
    return DeviceResults(cells, results, more if len(results) >= ROWS else "")


COMPLIANCE_TAB = Tab(
    "compliance", _("Compliance"), "admin/inventory/device/tab_compliance.html", results_of,
    "compliance.view_result", lambda device, _user: device.compliance_results.count(),
)  # fmt: skip


def _judged(device: Device, row: Result, may_read: bool) -> Judged:
    row.device = device  # known: it need not be read for each row
    numbers = [line["line_number"] or 0 for line in row.evidence]
    backup = row.backup_id if may_read else None
    return Judged(
        row,
        verdict_of(row),
        severity_of(row.rule),
        visible(remedy_of(row)),
        shown_lines(((line["line_number"] or 0, line["text"]) for line in row.evidence), backup),
        url_of(backup, numbers) if backup and any(numbers) else "",
    )


def shown_lines(lines: Iterable[tuple[int, str]], backup: int | None) -> list[Shown]:
    """Lines of evidence, number and text, of a backup; without one they lead nowhere."""
    return [
        Shown(number, visible(text), url_of(backup, [number]) if backup and number else "") for number, text in lines
    ]
