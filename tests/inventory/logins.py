"""Logins to the lab's devices through our own drivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inventory.drivers import Driver, Target, open_driver
from inventory.platforms import get_platform
from inventory.secrets import Secret
from tests.lab.lab import Lab
from tests.lab.state import Device


def device_of(lab: Lab, platform: str) -> Device:
    """The lab's first device of the platform."""
    return next(device for device in lab.devices if device.platform == platform)


def target_of(lab: Lab, device: Device, **fields: Any) -> Target:
    """Where and how to log in to the device; `fields` replace what is usual here."""
    api_port = lab.http_port if device.platform == "arista_eos" else None
    usual = {"connect_timeout": 5.0, "read_timeout": 5.0, "api_port": api_port}
    return Target(
        name=device.hostname,
        address=device.address,
        platform=get_platform(device.platform),
        username=lab.username,
        password=Secret(lab.password),
        port=lab.ssh_port,
        **(usual | fields),
    )


@contextmanager
def session(target: Target) -> Iterator[Driver]:
    """An open driver, closed at the end."""
    driver = open_driver(target)
    try:
        yield driver
    finally:
        driver.close()
