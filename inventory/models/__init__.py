"""The nouns of the inventory, one a file."""

from inventory.models.access import AccessScope
from inventory.models.audit import AuditSeal
from inventory.models.component import Component, FirmwareImage
from inventory.models.config import ConfigBackup, ConfigText
from inventory.models.credential import Credential
from inventory.models.device import Device, DeviceAddress, Tombstone
from inventory.models.host_key import HostKey
from inventory.models.interface import Interface, Vlan
from inventory.models.keys import KeyCanary
from inventory.models.link import Link, Neighbour
from inventory.models.site import Prefix, Site
from inventory.models.unsaved import UnsavedChange

__all__ = [
    "AccessScope",
    "AuditSeal",
    "Component",
    "ConfigBackup",
    "ConfigText",
    "Credential",
    "Device",
    "DeviceAddress",
    "FirmwareImage",
    "HostKey",
    "Interface",
    "KeyCanary",
    "Link",
    "Neighbour",
    "Prefix",
    "Site",
    "Tombstone",
    "UnsavedChange",
    "Vlan",
]
