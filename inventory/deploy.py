"""Deploys VLANs to one device: plans from what is there, enters what is missing, re-reads, verifies, saves.

What was begun is never repeated blindly: see inventory/change.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from inventory.change import Approved, Change, Deployed, Hold, Journal, planned
from inventory.drivers import open_driver
from inventory.drivers.base import Driver, never
from inventory.errors import DeviceError, Unsupported
from inventory.host_keys import device_key, refusal
from inventory.models import Device
from inventory.present import read_present
from inventory.reach import ssh_target
from inventory.sentences import sentences
from inventory.sync import require_same
from inventory.vlans import VlanRequest

__all__ = ["Approved", "Deployed", "Hold", "Journal", "Planned", "deploy", "plan"]


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be entered. `refusals` are sentences; with any of them nothing is. `device_diff`: its own words."""

    commands: tuple[str, ...]
    diff: str
    fingerprint: str
    refusals: tuple[str, ...] = ()
    device_diff: str = ""


def plan(device: Device, request: VlanRequest, stopped: Callable[[], bool] = never, *, ask: bool = False) -> Planned:
    """Read the device and say what would be entered. `ask`: the device too, where it can. Raises DeviceError."""
    with _session(device, stopped) as driver:
        present = read_present(driver, device)
        wanted = planned(device, present, request)
        told = _asked(driver, wanted.commands) if ask and wanted.commands and not wanted.refusals else ""
    return Planned(wanted.commands, wanted.diff, present.fingerprint, (*wanted.refusals, *_key_refusal(device)), told)


def deploy(
    device: Device,
    request: VlanRequest,
    hold: Hold,
    *,
    approved: Approved | None = None,
    journal: Journal | None = None,
    save: bool = False,
) -> Deployed:
    """Bring the device to the request, or tell why not; what was begun by an earlier attempt is judged first.

    `save`: what is there already may not have been saved. Raises DeviceError when it is worth another attempt later;
    its sentence says so when lines may be in force.
    """
    change = Change(device, request, hold, journal)
    try:
        with _session(device, never if journal else hold.stopped, writing=True) as driver:
            change.driver = driver
            present = read_present(driver, device)
            return change.resume(journal, present, approved) if journal else change.begin(present, approved, save)
    except DeviceError as error:
        if change.journal is None:
            raise
        raise type(error)(sentences(str(error), change.journal.sentence)) from error


@contextmanager
def _session(device: Device, stopped: Callable[[], bool], *, writing: bool = False) -> Iterator[Driver]:
    """Log in and make sure that it is the device, by its host key too where lines follow; raises DeviceError."""
    driver = open_driver(ssh_target(device, stopped=stopped, writing=writing))
    try:
        require_same(device, driver.system())
        yield driver
    finally:
        driver.close()


def _key_refusal(device: Device) -> tuple[str, ...]:
    """A sentence while the device shows another host key than the pinned one."""
    sentence = refusal(device, device_key(device))
    return (sentence,) if sentence else ()


def _asked(driver: Driver, commands: tuple[str, ...]) -> str:
    """What the device itself says the lines would change, where it can say."""
    try:
        return driver.compare(commands)
    except Unsupported:
        return ""
