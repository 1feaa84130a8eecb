"""What runs by itself. The rows of django-celery-beat call these; their times are edited in the admin."""

import logging
from typing import Any

from celery import shared_task

from inventory.audit import Source, Who, acting
from inventory.models import Device
from jobs import system_settings
from jobs.launch import launch
from jobs.models import Job
from jobs.operations import BadParameters, get_operation

log = logging.getLogger(__name__)


def start(kind: str, parameters: dict[str, Any] | None = None) -> str:
    """A job of this kind, on every active device where it works on devices; returns its id, or why there is none.

    While a scheduled job of the kind goes on no other is started: a slow fleet would pile them up.
    """
    try:
        operation = get_operation(kind)
        unfinished = Job.objects.filter(kind=kind, requested_by=None).exclude(state__in=Job.READY).first()
        if unfinished is not None:
            return _skipped(kind, f"The job before, {unfinished.uuid}, is not finished yet.")
        devices = Device.objects.filter(status=Device.Status.ACTIVE) if operation.on_devices else None
        with acting(Who(Source.SCHEDULE)):
            return str(launch(kind, parameters, devices=devices).uuid)
    except BadParameters as error:
        return _skipped(kind, str(error))


def _skipped(kind: str, sentence: str) -> str:
    log.info("a scheduled job was not started", extra={"kind": kind, "reason": sentence})
    return sentence


@shared_task(name="inventory.run_scheduled_ssh_sync")
def run_scheduled_ssh_sync() -> str:
    """Hourly: read every active device."""
    return start("sync")


@shared_task(name="inventory.run_scheduled_monitoring")
def run_scheduled_monitoring() -> str:
    """Every minute: which devices are there?"""
    return start("monitor")


@shared_task(name="compliance.run_scheduled_config_drift_checks")
def run_scheduled_config_drift_checks() -> str:
    """Nightly: hold every active device against its golden configuration."""
    if not system_settings.enabled("config_drift_enabled"):
        return _skipped("drift", "The setting config_drift_enabled is off.")
    return start("drift")


@shared_task(name="compliance.run_scheduled_compliance_scan")
def run_scheduled_compliance_scan() -> str:
    """Nightly: check every active device, against one standard where the setting names it."""
    if not system_settings.enabled("compliance_scan_enabled"):
        return _skipped("scan", "The setting compliance_scan_enabled is off.")
    return start("scan", {"standard": system_settings.get("compliance_scan_standard_id")})


@shared_task(name="jobs.run_scheduled_retention")
def run_scheduled_retention() -> str:
    """Nightly: delete old jobs."""
    return start("retention")


@shared_task(name="jobs.run_scheduled")
def run_scheduled(kind: str) -> str:
    """Any kind of job on every active device, for rows that operators add."""
    return start(kind)
