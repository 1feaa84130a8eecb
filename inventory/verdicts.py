"""How is it? A device's state in the words and tones the pages show."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.attention import BACKUP_TOO_OLD, COMPLIANCE_FLOOR
from inventory.display import Tone, age_words, exact
from inventory.models import Device, Interface

COMPLIANCE_GOOD = 95  # percent


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is a few words; `detail` the sentence or the exact time behind them."""

    tone: Tone
    text: str
    detail: str = ""


def status(device: Device) -> Verdict:
    """Whether the device is managed, whether it answers, and whether its last reading worked."""
    words = device.get_status_display()
    if device.status == Device.Status.QUARANTINE:
        return Verdict(Tone.WARN, words, _("Found by discovery; approve it to manage it."))
    if device.status == Device.Status.IGNORED:
        return Verdict(Tone.NONE, words, _("No job touches this device."))
    if device.reachable is False:
        since = exact(device.reachable_since) if device.reachable_since else ""
        return Verdict(Tone.BAD, _("not reachable"), since)
    if device.last_sync_error:
        return Verdict(Tone.BAD, _("sync failed"), device.last_sync_error)
    if device.last_sync_at is None:
        return Verdict(Tone.NONE, _("not read yet"), _("No sync has reached this device yet."))
    return Verdict(Tone.GOOD, words)


def sync(device: Device) -> Verdict:
    """The age of the last reading, or why it failed."""
    text = age_words(device.last_sync_at) if device.last_sync_at else _("never")
    if device.last_sync_error:
        return Verdict(Tone.BAD, _("failed"), _with_last_good(device.last_sync_error, device.last_sync_at))
    if device.last_sync_at is None:
        return Verdict(Tone.NONE, text)
    return Verdict(Tone.GOOD, text, exact(device.last_sync_at))


def _with_last_good(error: str, when: datetime | None) -> str:
    """The failure, and how old what we have is."""
    return _("%(error)s · last good: %(when)s") % {"error": error, "when": exact(when)} if when else error


def backup(device: Device) -> Verdict:
    """The age of the newest complete configuration, or why there is none."""
    text = age_words(device.last_backup_at) if device.last_backup_at else _("none")
    if device.last_backup_error:
        return Verdict(Tone.BAD, _("failed"), _with_last_good(device.last_backup_error, device.last_backup_at))
    if device.last_backup_at is None:
        return Verdict(Tone.WARN if device.status == Device.Status.ACTIVE else Tone.NONE, text)
    if device.unsaved_since:
        since = _("A restart would undo what is not saved since %(when)s.") % {"when": exact(device.unsaved_since)}
        return Verdict(Tone.WARN, _("%(age)s, not saved") % {"age": text}, since)
    late = timezone.now() - device.last_backup_at > BACKUP_TOO_OLD
    return Verdict(Tone.WARN if late else Tone.GOOD, text, exact(device.last_backup_at))


def compliance(device: Device) -> Verdict:
    """The score of the last scan."""
    if device.compliance_score is None:
        return Verdict(Tone.NONE, _("not scanned"))
    return Verdict(score_tone(device.compliance_score), f"{device.compliance_score} %")


def score_tone(score: int) -> Tone:
    """How good a score in percent is."""
    if score < COMPLIANCE_FLOOR:
        return Tone.BAD
    return Tone.GOOD if score >= COMPLIANCE_GOOD else Tone.WARN


def interface(port: Interface) -> Verdict:
    """A port's traffic light."""
    if port.enabled is False:
        return Verdict(Tone.NONE, _("disabled"))
    if port.up is None:
        return Verdict(Tone.NONE, _("unknown"))
    return Verdict(Tone.GOOD, _("up")) if port.up else Verdict(Tone.BAD, _("down"))
