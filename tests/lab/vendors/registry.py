"""Which command line and configuration belongs to which platform."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.lab.cli import Cli
from tests.lab.ssh import Session, SshSide
from tests.lab.state import Device
from tests.lab.vendors import (
    arista_eos,
    arista_eos_text,
    cisco_ios,
    cisco_nxos,
    hp_comware,
    huawei_vrp,
    huawei_vrp_text,
    juniper_junos,
    juniper_junos_text,
)
from tests.lab.vendors.juniper_junos_rpc import JunosLogin


@dataclass(frozen=True, slots=True)
class Vendor:
    """The moving parts of a platform; `community_lines` are the beginnings of lines that name an SNMP community."""

    cli: type[Cli]
    running_config: Callable[[Device], str]
    community_lines: tuple[str, ...]
    session: Callable[[SshSide], Session] = Session


_IOS_COMMUNITY = ("snmp-server community ",)
_VRP_COMMUNITY = (
    "snmp-agent community read cipher ",
    "snmp-agent community write cipher ",
    "snmp-agent community read ",
)
VENDORS = {
    "cisco_ios": Vendor(cisco_ios.CiscoIosCli, cisco_ios.running_config, _IOS_COMMUNITY),
    "cisco_nxos": Vendor(cisco_nxos.CiscoNxosCli, cisco_nxos.running_config, _IOS_COMMUNITY),
    "arista_eos": Vendor(arista_eos.AristaEosCli, arista_eos_text.running_config, _IOS_COMMUNITY),
    "hp_comware": Vendor(hp_comware.HpComwareCli, hp_comware.running_config, ("snmp-agent community read ",)),
    "huawei_vrp": Vendor(huawei_vrp.HuaweiVrpCli, huawei_vrp_text.running_config, _VRP_COMMUNITY),
    "juniper_junos": Vendor(
        juniper_junos.JunosCli, juniper_junos_text.running_config, ("snmp community ",), JunosLogin
    ),
}


def communities(device: Device) -> frozenset[str]:
    """The SNMP communities in the configuration: removing the line closes the door."""
    found = set()
    for line in device.config.blocks:
        for prefix in VENDORS[device.platform].community_lines:
            if line.startswith(prefix):
                found.add(line[len(prefix) :].split()[0])
    return frozenset(found)
