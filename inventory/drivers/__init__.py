"""The only door to a device's management plane: `open_driver(target)`. No Django."""

from inventory.drivers.base import Driver, Target
from inventory.drivers.faults import sentence
from inventory.errors import Unsupported
from inventory.parsing import dialect_for

__all__ = ["Driver", "Target", "open_driver"]


def open_driver(target: Target) -> Driver:
    """Log in to a device; the platform record says how. The caller closes the driver.

    Raises Unreachable, AuthenticationFailed, SessionLost or, for a platform nobody can read, Unsupported.

    A platform with parsers of its own is read over one SSH session, also where NAPALM knows it: that costs two thirds
    of the processor time and half of the round trips. NAPALM serves the APIs: eAPI and NETCONF.
    """
    platform = target.platform
    dialect = dialect_for(platform.slug)
    if platform.netmiko_type and ((dialect and not dialect.json) or not platform.napalm_driver):
        from inventory.drivers.netmiko import NetmikoDriver

        return NetmikoDriver(target)
    if platform.napalm_driver:
        from inventory.drivers.napalm import NapalmDriver

        return NapalmDriver(target)
    raise Unsupported(sentence(target, f"is of platform {platform.slug}, which can be discovered but not logged in to"))
