"""Which command line and configuration belongs to which platform."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.lab.cli import Cli
from tests.lab.state import Device
from tests.lab.vendors import cisco_ios


@dataclass(frozen=True, slots=True)
class Vendor:
    """The moving parts of a platform; `community_lines` are the beginnings of lines that name an SNMP community."""

    cli: type[Cli]
    running_config: Callable[[Device], str]
    community_lines: tuple[str, ...]


VENDORS = {
    "cisco_ios": Vendor(cisco_ios.CiscoIosCli, cisco_ios.running_config, ("snmp-server community ",)),
}


def communities(device: Device) -> frozenset[str]:
    """The SNMP communities in the configuration: removing the line closes the door."""
    found = set()
    for line in device.config.blocks:
        for prefix in VENDORS[device.platform].community_lines:
            if line.startswith(prefix):
                found.add(line[len(prefix) :].split()[0])
    return frozenset(found)
