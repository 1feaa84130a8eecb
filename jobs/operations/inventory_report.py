"""Make a file of everything that is known about one device."""

from typing import TYPE_CHECKING

from inventory.export import InventoryReport
from inventory.models import Device
from jobs import reporting
from jobs.operations import BadParameters, Parameters, Plan

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def prepare(parameters: Parameters) -> Plan:
    """As for every report, with a device; raises BadParameters."""
    if parameters.get("device") is None:
        raise BadParameters({"device": "Name the device by its id."})
    return reporting.prepare(parameters)


def report_of(device: Device | None, _user: "User | None") -> InventoryReport:
    """Of the device that was asked for; without one nothing was prepared."""
    assert device is not None  # noqa: S101
    return InventoryReport(device)


OPERATION = reporting.report_operation(
    "inventory_report", "inventory report", "inventory.view_device", report_of, prepare
)
