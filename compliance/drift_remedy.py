"""The lines that would bring a device back to its golden configuration; proposed only, nothing is sent from here."""

from typing import TYPE_CHECKING

from compliance.models import Drift
from inventory.models import ConfigBackup
from inventory.platforms import platform_or_generic

if TYPE_CHECKING:
    from compliance.remediation import Remediation

GONE = "One of the compared configurations is gone; check the drift again."


def remediation_of(drift: Drift) -> "Remediation":
    """Between the two configurations that the drift tells of; of the redacted texts.

    Takes up to a few seconds for texts that differ in thousands of lines.
    """
    from compliance.remediation import Remediation, remediate  # hier_config is a tenth of every process's start

    if drift.state != Drift.State.DRIFTED:
        return Remediation(reason=drift.message)
    running, golden = _redacted(drift.backup_id), _redacted(drift.golden_id)
    if running is None or golden is None:
        return Remediation(reason=GONE)
    return remediate(running, golden, platform_or_generic(drift.device.platform))


def _redacted(backup: int | None) -> str | None:
    return ConfigBackup.objects.filter(pk=backup or 0).values_list("text__redacted", flat=True).first()
