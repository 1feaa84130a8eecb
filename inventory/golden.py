"""The golden configuration: at most one approved backup of a device and kind."""

from django.db import transaction

from inventory import audit
from inventory.events import golden_changed, tell
from inventory.models import ConfigBackup


def make_golden(backup: ConfigBackup) -> None:
    """Approve this backup in place of the one approved before."""
    with transaction.atomic():
        before = ConfigBackup.objects.filter(device_id=backup.device_id, kind=backup.kind, is_golden=True)
        audit.update(before.exclude(pk=backup.pk), is_golden=False)
        audit.update(ConfigBackup.objects.filter(pk=backup.pk), is_golden=True)
        tell(golden_changed, backup.device)


def make_ordinary(backup: ConfigBackup) -> None:
    """Take the approval back."""
    audit.update(ConfigBackup.objects.filter(pk=backup.pk), is_golden=False)
    tell(golden_changed, backup.device)
