"""One attempt at changing one device: enter what is missing, judge by what the device shows, keep it or take it back.

A journal is stored before the first line. With it a later attempt, in whichever process, reads the device again and
judges: nothing of the change is there, a part of it, all of it, or something else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils import timezone

from inventory.backup import note_failure, store
from inventory.drivers.base import Driver
from inventory.errors import CommandRejected, IncompleteConfig, Locked, SessionLost, Stopped, Unsupported
from inventory.models import ConfigBackup, Device
from inventory.parsing import config_text
from inventory.parsing.vlan_list import format_vlan_list
from inventory.platforms import get_platform
from inventory.present import Present, keep_facts, read_present
from inventory.sentences import first_few, sentences
from inventory.startup import note_all_saved
from inventory.vlans import (
    SwitchState,
    VlanPlan,
    VlanRequest,
    diff_of,
    foreign,
    from_relevant,
    mismatches,
    plan_undo,
    plan_vlans,
    relevant,
)

SHOWN = 6  # lines that a sentence repeats
AS_BEFORE = "Rolled back: the device is as before."
BY_ITSELF = "The device undoes the change by itself within some minutes unless somebody confirms it."
CHANGED_SINCE = "refused: the configuration changed since the plan was approved. Nothing was touched."


@dataclass(frozen=True, slots=True)
class Approved:
    """What somebody said yes to: these lines, on the configuration with this fingerprint."""

    commands: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Journal:
    """What a later attempt must know: the device's state before the first line, and what was to be entered.

    `backup`: id of the configuration before. `undo`: why it is being taken back, empty while it is being entered.
    """

    before: Mapping[str, Any]
    commands: tuple[str, ...]
    at: str
    backup: int
    undo: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Journal":
        """From its stored form."""
        return cls(**{**stored, "commands": tuple(stored["commands"])})

    @property
    def sentence(self) -> str:
        """For whoever finds the change in the middle."""
        return f"The change had begun and any of its lines may be in force: {quoted(self.commands)}."


@dataclass(frozen=True, slots=True)
class Hold:
    """What the runner of a deployment lends to it.

    `stopped`: nobody wants the change any more; costs nothing. `forbidden`: a sentence when no further device may be
    begun, asked once, right before. `require` raises when this process is not in charge of the device any
    more. `write_down` stores the journal, or that nothing has begun after all, and raises likewise.
    """

    stopped: Callable[[], bool]
    forbidden: Callable[[], str]
    require: Callable[[], None]
    write_down: Callable[[Mapping[str, Any] | None], None]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of one device. `stopped`: it was not changed, or is as before, because nobody wants it any more."""

    ok: bool
    message: str
    changed: bool = False
    diff: str = ""
    stopped: bool = False


@dataclass(slots=True)
class Change:
    """One attempt at one device. `journal` is set from the moment that lines may have been entered."""

    device: Device
    request: VlanRequest
    hold: Hold
    journal: Journal | None
    driver: Driver = field(init=False)

    def begin(self, present: Present, approved: Approved | None, save: bool = False) -> Deployed:
        """The device is as nobody of us has touched it."""
        wanted = planned(self.device, present, self.request)
        if approved and present.fingerprint != approved.fingerprint:
            return Deployed(False, f"{self.device.name} {CHANGED_SINCE}")
        if wanted.refusals:
            return Deployed(False, sentences(*wanted.refusals))
        if approved and wanted.commands != approved.commands:
            return Deployed(False, f"{self.device.name} refused: the plan is not the approved one any more.")
        if not wanted.commands:
            return self._already(save)
        before = store(self.device, present.config).backup
        if self.hold.stopped():
            return Deployed(False, "Cancelled before anything was entered.", stopped=True)
        if reason := self.hold.forbidden():
            return Deployed(False, f"Not touched: {reason}", stopped=True)
        noted = relevant(present.state, self.request)
        journal = Journal(noted, wanted.commands, timezone.now().isoformat(), before.pk)
        return self._enter(journal, wanted, present.state)

    def resume(self, journal: Journal, present: Present, approved: Approved | None) -> Deployed:
        """An earlier attempt has begun: judge what of it is there."""
        self._require_whole(journal, present)
        if journal.undo:
            return self._take_back(journal, present, journal.undo)
        untouched = relevant(present.state, self.request) == journal.before
        if self.hold.stopped():
            self.hold.require()
            return self._cancelled(journal, present, untouched)
        if untouched:
            self.journal = None
            return self.begin(present, approved)
        wanted = planned(self.device, present, self.request)
        if wanted.refusals or (approved and not set(wanted.commands) <= set(journal.commands)):
            return self._contradicted(journal, present, wanted)
        if not wanted.commands:
            return self._keep(journal, present, "Found applied after the session was lost.")
        return self._enter(journal, wanted, None)

    def _write_down(self, journal: Journal | None) -> None:
        self.hold.write_down(asdict(journal) if journal else None)
        self.journal = journal

    def _already(self, save: bool) -> Deployed:
        if not save:
            return Deployed(True, "Already as requested.")
        self.hold.require()
        try:
            self.driver.confirm()
        except (CommandRejected, Unsupported) as error:
            return Deployed(False, sentences(f"Already as requested, but not saved: {error}"))
        return Deployed(True, "Already as requested; what an earlier deployment left unsaved is saved now.")

    def _enter(self, journal: Journal, wanted: VlanPlan, before: SwitchState | None) -> Deployed:
        """Enter lines, then judge by what the device shows afterwards, not by what it answered."""
        self._write_down(journal)
        refused = ""
        try:
            self.driver.apply(wanted.commands, before_line=self.hold.require)
        except CommandRejected as error:
            refused = str(error)
        except (Locked, Stopped):
            if before is not None:  # nothing of ours was there when this session began, and it was not let in
                self._write_down(None)
            raise
        present = self._read(journal)
        missing = sentences(*mismatches(present.state, wanted.predicted, self.request))
        if refused or missing:
            return self._take_back(journal, present, refused or missing)
        others = foreign(before, present.state, self.request) if before else ()
        return self._keep(journal, present, _others(others))

    def _read(self, journal: Journal) -> Present:
        """What the device shows now; raises DeviceError."""
        present = read_present(self.driver, self.device)
        self._require_whole(journal, present)
        return present

    def _require_whole(self, journal: Journal, present: Present) -> None:
        """Raise SessionLost where a text stops short that has no end marker, or one that each block has too."""
        platform = get_platform(self.device.platform)
        printed = platform.running_config
        if printed is None or (printed.end_marker is not None and printed.sections != "braces"):
            return
        before = ConfigBackup.objects.select_related("text").defer("text__full").filter(pk=journal.backup).first()
        text = config_text.redact(config_text.normalise(present.config, platform), platform)
        if before and not config_text.reaches_the_end(text, before.text.redacted):
            lines = config_text.count_lines(text)
            raise SessionLost(f"{self.device.name} broke off its configuration after {lines} lines: its end is missing")

    def _keep(self, journal: Journal, present: Present, remark: str) -> Deployed:
        """The device is as requested: make that last."""
        self.hold.require()
        refused = _tried(self.driver.confirm)
        if refused:
            return self._not_kept(journal, refused, remark)
        note_all_saved(self.device)
        diff = self._stored(journal, present)
        return Deployed(True, sentences(f"VLAN {self._vids} verified on the device and saved", remark), True, diff)

    def _not_kept(self, journal: Journal, refused: str, remark: str) -> Deployed:
        """The device would not make it last: it may have undone it by now, or be about to."""
        present = self._read(journal)
        if self.driver.pending():
            return self._take_back(journal, present, refused)
        diff = self._stored(journal, present)
        if relevant(present.state, self.request) == journal.before:
            return Deployed(False, sentences(refused, AS_BEFORE))
        sentence = f"VLAN {self._vids} is on the device but not saved, so that a restart would lose it: {refused}"
        return Deployed(False, sentences(sentence, remark), True, diff)

    @property
    def _vids(self) -> str:
        return format_vlan_list(vlan.vid for vlan in self.request.vlans).replace(",", ", ")

    def _take_back(self, journal: Journal, present: Present, reason: str) -> Deployed:
        """Undo what is there of the change, and only that; the device's own answer decides whether it worked."""
        if not journal.undo:
            self._write_down(replace(journal, undo=reason))
        problem = self._undone(journal, present)
        after = self._read(journal)
        diff = self._stored(journal, after)
        noted = relevant(after.state, self.request)
        if noted == journal.before:
            return Deployed(False, sentences(reason, AS_BEFORE))
        left = _left(journal, noted)
        return Deployed(False, sentences(reason, problem, BY_ITSELF if self.driver.pending() else "", left), True, diff)

    def _undone(self, journal: Journal, present: Present) -> str:
        """Enter the opposite lines, or let the device take back what was not confirmed; what hindered it."""
        self.hold.require()
        if self.driver.pending():
            return _tried(self.driver.rollback)
        platform = get_platform(self.device.platform)
        lines = plan_undo(platform, from_relevant(journal.before), present.state, self.request)
        return _tried(lambda: self.driver.apply(lines, before_line=self.hold.require)) if lines else ""

    def _cancelled(self, journal: Journal, present: Present, untouched: bool) -> Deployed:
        """The job was cancelled after this device had begun: what is whole stays, what is half is taken back."""
        if untouched:
            return Deployed(False, "Cancelled; nothing of the change is on the device.", stopped=True)
        wanted = planned(self.device, present, self.request)
        if not wanted.refusals and not wanted.commands:
            return self._keep(journal, present, "Found applied after the session was lost.")
        back = self._take_back(journal, present, "Cancelled in the middle of the change.")
        return replace(back, stopped=not back.changed)

    def _contradicted(self, journal: Journal, present: Present, wanted: VlanPlan) -> Deployed:
        """Neither ours alone nor as before: nothing is entered and nothing taken back."""
        why = sentences(*wanted.refusals) or "What is missing is not in the approved plan."
        diff = self._stored(journal, present)
        left = _left(journal, relevant(present.state, self.request))
        since = "The change had begun, and something else was changed since"
        return Deployed(False, sentences(since, why, left), True, diff)

    def _stored(self, journal: Journal, present: Present) -> str:
        """Back up what is there now; returns what differs from the configuration before, without secrets."""
        keep_facts(self.device, present)
        try:
            stored = store(self.device, present.config)
        except IncompleteConfig as error:  # it was complete when it was read; only its size can be in doubt
            note_failure(self.device, str(error))
            return ""
        before = ConfigBackup.objects.select_related("text").defer("text__full").filter(pk=journal.backup).first()
        if before is None:
            return stored.diff
        return config_text.unified(before.text.redacted, stored.backup.text.redacted)[: config_text.MAX_DIFF]


def planned(device: Device, present: Present, request: VlanRequest) -> VlanPlan:
    """What leads from what is there to the request."""
    return plan_vlans(get_platform(device.platform), present.state, request, present.protected)


def _tried(action: Callable[[], object]) -> str:
    """Nothing, or the sentence of the device that would not do it."""
    try:
        action()
    except (CommandRejected, Unsupported) as error:
        return str(error)
    return ""


def _others(found: Sequence[str]) -> str:
    """What somebody else changed in the meantime."""
    return f"Somebody else changed something meanwhile, which was left alone: {sentences(*found)}" if found else ""


def _left(journal: Journal, noted: Mapping[str, Any]) -> str:
    """What of the change is in force, for the person who must decide."""
    shown = diff_of(from_relevant(journal.before), from_relevant(noted)).splitlines()
    lines = [line for line in shown if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return f"In force now, against the state before: {quoted(lines)}. Somebody must look at the device."


def quoted(lines: Sequence[str]) -> str:
    """The first few lines for a sentence."""
    return first_few((f"'{line.strip()}'" for line in lines), SHOWN)
