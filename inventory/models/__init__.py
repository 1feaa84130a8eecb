"""The nouns of the inventory, one a file."""

from inventory.models.component import Component, FirmwareImage
from inventory.models.config import ConfigBackup, ConfigText
from inventory.models.credential import Credential
from inventory.models.device import Device, DeviceAddress, Tombstone
from inventory.models.interface import Interface, Vlan
from inventory.models.link import Link, Neighbour
from inventory.models.site import Prefix, Site

__all__ = [
    "Component",
    "ConfigBackup",
    "ConfigText",
    "Credential",
    "Device",
    "DeviceAddress",
    "FirmwareImage",
    "Interface",
    "Link",
    "Neighbour",
    "Prefix",
    "Site",
    "Tombstone",
    "Vlan",
]
