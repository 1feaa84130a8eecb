"""What runs by itself. The rows of django-celery-beat call these; their times are edited in the admin."""

from celery import shared_task

from inventory.models import Device
from jobs.launch import launch
from jobs.operations import BadParameters


def launch_for_active(kind: str) -> str:
    """A job of this kind on every active device; returns its id, or why there is none."""
    try:
        return str(launch(kind, devices=Device.objects.filter(status=Device.Status.ACTIVE)).uuid)
    except BadParameters as error:
        return str(error)


@shared_task(name="inventory.run_scheduled_ssh_sync")
def run_scheduled_ssh_sync() -> str:
    """Hourly: read every active device."""
    return launch_for_active("sync")


@shared_task(name="compliance.run_scheduled_compliance_scan")
def run_scheduled_compliance_scan() -> str:
    """Nightly: check every active device."""
    return launch_for_active("scan")


@shared_task(name="jobs.run_scheduled")
def run_scheduled(kind: str) -> str:
    """Any kind of job on every active device, for rows that operators add."""
    return launch_for_active(kind)
