"""What stands in a cell of the matrix: never a colour alone, but an icon, the score and what is wrong."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.models import Standard
from compliance.scoring import Tally
from inventory.display import Tone, state
from inventory.models import Device
from inventory.verdicts import score_tone


@dataclass(frozen=True, slots=True)
class Cell:
    """One standard on one device, or its sums over many; without results there is no `verdict`."""

    title: str  # of the standard
    url: str = ""
    tone: Tone = Tone.NONE
    verdict: SafeString | str = ""
    detail: str = ""


def cell_of(device: Device, standard: Standard, found: Tally | None) -> Cell:
    """A device's cell, leading to its results."""
    url = reverse("admin:compliance_matrix_results", args=[device.pk, standard.pk])
    return _cell(standard.name, url, found) if found else Cell(standard.name)


def sum_of(standard: Standard, found: Tally) -> Cell:
    """The cell above all devices, leading to the standard's failures."""
    query = f"state__exact=fail&rule__standard__id__exact={standard.pk}"
    url = f"{reverse('admin:compliance_result_changelist')}?{query}"
    return _cell(standard.name, url, found) if found.total else Cell(standard.name)


def _cell(title: str, url: str, found: Tally) -> Cell:
    tone = tone_of(found)
    text = _("not judged") if found.score is None else f"{found.score} %"
    return Cell(title, url, tone, state(tone, text, counts(found)), wrong(found))


def tone_of(found: Tally) -> Tone:
    """As the score of the whole device is shown; what could not be judged is never green."""
    if found.score is None:
        return Tone.WARN if found.unknown else Tone.NONE
    tone = score_tone(found.score)
    return Tone.WARN if tone == Tone.GOOD and found.unknown else tone


def wrong(found: Tally) -> str:
    """What is not fulfilled, in a few words; '' where all is."""
    said = []
    if found.failed:
        text = ngettext("%(count)s failure", "%(count)s failures", found.failed)
        said.append(text % {"count": f"{found.failed:,}"})
    if found.unknown:
        said.append(_("%(count)s unknown") % {"count": f"{found.unknown:,}"})
    return ", ".join(said)


def counts(found: Tally) -> str:
    """All four numbers in a sentence."""
    return _("%(passed)s passed, %(failed)s failed, %(unknown)s unknown, %(waived)s waived") % {
        name: f"{getattr(found, name):,}" for name in ("passed", "failed", "unknown", "waived")
    }
