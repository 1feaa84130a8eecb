"""What a device needs a human for. The list's filter and the home page count the same rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.models import Device, HostKey

BACKUP_TOO_OLD = timedelta(days=1)
COMPLIANCE_FLOOR = 80  # per cent
ACTIVE = Q(status=Device.Status.ACTIVE)


@dataclass(frozen=True, slots=True)
class Attention:
    """One reason to look. `where` is made anew at each use: it may depend on the time."""

    key: str
    title: str | Promise
    where: Callable[[], Q]


def _backup_old() -> Q:
    return ACTIVE & Q(last_backup_at__lt=timezone.now() - BACKUP_TOO_OLD)


def _no_backup() -> Q:
    return ACTIVE & Q(last_backup_at=None)


def _backup_failed() -> Q:
    return ACTIVE & ~Q(last_backup_error="")


def _host_key_changed() -> Q:
    return Q(pk__in=HostKey.objects.exclude(offered_key="").values("device_id"))


REASONS = {
    reason.key: reason
    for reason in (
        Attention("waiting", _("waiting for approval"), lambda: Q(status=Device.Status.QUARANTINE)),
        Attention("down", _("down"), lambda: ACTIVE & Q(reachable=False)),
        Attention("host_key_changed", _("changed host key"), _host_key_changed),
        Attention("sync_failed", _("sync failed"), lambda: ACTIVE & ~Q(last_sync_error="")),
        Attention("never_synced", _("never read"), lambda: ACTIVE & Q(last_sync_at=None)),
        Attention(
            "backup_late",
            _("backup failed, missing or older than 1 day"),
            lambda: _no_backup() | _backup_failed() | _backup_old(),
        ),
        Attention("no_backup", _("no backup"), _no_backup),
        Attention("backup_old", _("backup older than 1 day"), _backup_old),
        Attention("unsaved", _("running configuration not saved"), lambda: ACTIVE & Q(unsaved_since__isnull=False)),
        Attention("backup_failed", _("backup failed"), _backup_failed),
        Attention(
            "compliance_low", _("compliance below 80 %"), lambda: ACTIVE & Q(compliance_score__lt=COMPLIANCE_FLOOR)
        ),
    )
}
