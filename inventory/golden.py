"""The golden configuration: at most one approved backup of a device and kind."""

from django.db import transaction

from inventory.models import ConfigBackup


def make_golden(backup: ConfigBackup) -> None:
    """Approve this backup in place of the one approved before."""
    with transaction.atomic():
        ConfigBackup.objects.filter(device_id=backup.device_id, kind=backup.kind, is_golden=True).update(
            is_golden=False
        )
        ConfigBackup.objects.filter(pk=backup.pk).update(is_golden=True)


def make_ordinary(backup: ConfigBackup) -> None:
    """Take the approval back."""
    ConfigBackup.objects.filter(pk=backup.pk).update(is_golden=False)
