"""Reads one device over SSH: facts, interfaces, VLANs, neighbours, components and the running configuration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.utils import timezone

from inventory import backup
from inventory.drivers import open_driver
from inventory.drivers.base import Driver, never
from inventory.errors import CommandRejected, DeviceError, IncompleteConfig, Stopped, Unsupported
from inventory.facts import Snapshot, SystemFacts
from inventory.models import Device
from inventory.reach import ssh_target
from inventory.record import Changes, host_name, record
from inventory.secrets import SecretUnreadable

T = TypeVar("T")
PASSABLE = (CommandRejected, IncompleteConfig)  # one part cannot be read; the others can


class AnotherDevice(DeviceError):
    """What answers on the device's address is not the device."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one session found. `problems` are sentences about parts that could not be read."""

    changes: Changes
    config: backup.Stored | None
    problems: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Every part was read."""
        return not self.problems

    @property
    def sentence(self) -> str:
        """For the operator."""
        found = "Facts changed." if self.changes else "Facts are unchanged."
        kept = self.config.sentence if self.config else "No configuration was stored."
        return " ".join((found, kept, *self.problems))


def sync(device: Device, stopped: Callable[[], bool] = never) -> Synced:
    """Read everything in one session and store it; raises DeviceError and notes it on the device."""
    try:
        return _sync(device, stopped)
    except Stopped:
        raise
    except (DeviceError, SecretUnreadable) as error:
        Device.objects.filter(pk=device.pk).update(last_sync_error=str(error))
        raise


def _sync(device: Device, stopped: Callable[[], bool]) -> Synced:
    problems: list[str] = []
    driver = open_driver(ssh_target(device, stopped=stopped))
    try:
        snapshot = read(driver, problems)
        require_same(device, snapshot.system)
        changes = record(device, snapshot)
        config = _config(driver, device, problems)
    finally:
        driver.close()
    now = timezone.now()
    Device.objects.filter(pk=device.pk).update(last_sync_at=now, last_seen_at=now, last_sync_error=" ".join(problems))
    return Synced(changes, config, tuple(problems))


def require_same(device: Device, told: SystemFacts | None) -> None:
    """Raise AnotherDevice when both serial number and name differ from what is known.

    Replaced hardware keeps its name, a renamed device its serial number; SNMP and SSH may tell different serial
    numbers of one stack.
    """
    if told is None or not (device.serial and device.sys_name and told.serial and told.hostname):
        return
    known, here = host_name(device.sys_name), host_name(told.hostname)
    if told.serial.lower() != device.serial.lower() and here.lower() != known.lower():
        raise AnotherDevice(
            f"{device.name} ({device.primary_address}) was not read: "
            f"{here!r} with the serial number {told.serial[:60]!r} answers there "
            f"instead of {known!r} with {device.serial!r}. If that is right, clear the serial number."
        )


def read(driver: Driver, problems: list[str]) -> Snapshot:
    """Every part the device can tell; a refused part is None and a sentence in `problems`."""

    def part(get: Callable[[], T]) -> T | None:
        try:
            return get()
        except Unsupported:
            return None
        except PASSABLE as error:
            problems.append(str(error))
            return None

    return Snapshot(
        system=part(driver.system),
        interfaces=part(driver.interfaces),
        vlans=part(driver.vlans),
        neighbours=part(driver.neighbours),
        components=part(driver.components),
    )


def _config(driver: Driver, device: Device, problems: list[str]) -> backup.Stored | None:
    """The running configuration, stored; what goes wrong here leaves the facts that were read."""
    try:
        return backup.store(device, driver.running_config())
    except Unsupported:
        return None
    except PASSABLE as error:
        backup.note_failure(device, str(error))
        # Interfaces are read from the same text: one failure, one sentence.
        problems[:] = [text for text in problems if not text.startswith(str(error))] + [str(error)]
        return None
    except Stopped:
        raise
    except DeviceError as error:
        backup.note_failure(device, str(error))
        raise
