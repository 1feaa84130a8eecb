"""What a device tells its neighbours, and the parts it has, in one place for CLI, eAPI and SNMP."""

from tests.lab.names import short
from tests.lab.state import Device, Port


def lldp_port_id(port: Port) -> str:
    """The port ID a device of this platform announces (subtype interfaceName)."""
    return short(port) if port.device.platform == "cisco_ios" else port.name


def cdp_platform(device: Device) -> str:
    """The Platform field of a CDP announcement."""
    return f"cisco {device.hardware.model}" if device.platform == "cisco_ios" else "N9K-C93180YC-EX"


def cdp_device_id(device: Device) -> str:
    """IOS announces its name with domain, NX-OS its name with the serial number."""
    return device.system_name if device.platform == "cisco_ios" else f"{device.hostname}({device.serial})"


def power_supply_serial(device: Device) -> str:
    """Every device has one power supply; its serial follows from the chassis'."""
    return "LIT" + device.serial[-8:]
