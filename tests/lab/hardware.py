"""The models the lab can be: names, sysObjectIDs and sysDescr forms as the vendors publish them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PortGroup:
    """`count` ports named `pattern` with {} counted from `first`; `speed` in Mbit/s."""

    pattern: str
    count: int
    speed: int
    first: int = 1
    first_index: int = 1


@dataclass(frozen=True, slots=True)
class Hardware:
    """One product with the software it runs. Descriptions are str.format templates over this record."""

    platform: str
    model: str
    sys_object_id: str
    os_version: str
    image: str
    description: str  # sysDescr
    ports: tuple[PortGroup, ...]
    management: str  # the port or SVI that carries the management address
    roles: tuple[str, ...]
    serial_form: str  # prefix of the serial number
    oui: str
    switch: bool = True

    @property
    def sys_descr(self) -> str:
        return self.description.format(hw=self)


_IOS = (
    "Cisco IOS Software, {hw.image}, Version {hw.os_version}, RELEASE SOFTWARE (fc3)\r\n"
    "Technical Support: http://www.cisco.com/techsupport\r\n"
    "Copyright (c) 1986-2019 by Cisco Systems, Inc.\r\nCompiled Wed 06-Mar-19 11:28 by prod_rel_team"
)
_XE = (
    "Cisco IOS Software [Gibraltar], {hw.image}, Version {hw.os_version}, RELEASE SOFTWARE (fc2)\r\n"
    "Technical Support: http://www.cisco.com/techsupport\r\n"
    "Copyright (c) 1986-2021 by Cisco Systems, Inc.\r\nCompiled Tue 31-Aug-21 13:44 by mcpre"
)
_NXOS = (
    "Cisco NX-OS(tm) {hw.image}, Software (nxos), Version {hw.os_version}, RELEASE SOFTWARE "
    "Copyright (c) 2002-2021 by Cisco Systems, Inc. Compiled 8/4/2021 13:00:00"
)
_EOS = "Arista Networks EOS version {hw.os_version} running on an Arista Networks {hw.model}"
_COMWARE = (
    "HPE Comware Platform Software, Software Version {hw.os_version}\r\nHPE {hw.model}\r\n"
    "Copyright (c) 2010-2017 Hewlett Packard Enterprise Development LP"
)
_VRP = (
    "{hw.model}\r\nHuawei Versatile Routing Platform Software\r\n VRP (R) software,Version {hw.image}\r\n"
    " Copyright (C) 2007 Huawei Technologies Co., Ltd."
)
_JUNOS = (
    "Juniper Networks, Inc. ex4300-48t Ethernet Switch, kernel JUNOS {hw.os_version}, "
    "Build date: 2023-07-13 11:20:15 UTC Copyright (c) 1996-2023 Juniper Networks, Inc."
)

C2960X = Hardware(
    "cisco_ios",
    "WS-C2960X-24TS-L",
    "1.3.6.1.4.1.9.1.1208",
    "15.2(7)E4",
    "C2960X Software (C2960X-UNIVERSALK9-M)",
    _IOS,
    (PortGroup("GigabitEthernet1/0/{}", 28, 1000, first_index=10101),),
    "Vlan99",
    ("access",),
    "FOC",
    "00:1b:54",
)
C9300 = Hardware(
    "cisco_ios",
    "C9300-24T",
    "1.3.6.1.4.1.9.1.2494",
    "16.12.6",
    "Catalyst L3 Switch Software (CAT9K_IOSXE)",
    _XE,
    (
        PortGroup("GigabitEthernet1/0/{}", 24, 1000, first_index=8),
        PortGroup("TenGigabitEthernet1/1/{}", 8, 10000, first_index=40),
    ),
    "Vlan99",
    ("distribution", "core"),
    "FCW",
    "70:69:5a",
)
ISR4331 = Hardware(
    "cisco_ios",
    "ISR4331/K9",
    "1.3.6.1.4.1.9.1.2068",
    "16.12.6",
    "ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M)",
    _XE,
    (PortGroup("GigabitEthernet0/0/{}", 12, 1000, first=0, first_index=1),),
    "Loopback0",
    ("core",),
    "FDO",
    "a0:93:51",
    switch=False,
)
N9K = Hardware(
    "cisco_nxos",
    "Nexus9000 C93180YC-EX",
    "1.3.6.1.4.1.9.12.3.1.3.1812",
    "9.3(8)",
    "nxos.9.3.8.bin",
    _NXOS,
    (PortGroup("Ethernet1/{}", 54, 10000, first_index=436207616),),
    "mgmt0",
    ("core", "distribution", "access"),
    "FDO",
    "00:3a:9c",
)
DCS7050 = Hardware(
    "arista_eos",
    "DCS-7050SX3-48YC8-F",
    "1.3.6.1.4.1.30065.1.3011.7050.3741.48",
    "4.28.3M",
    "4.28.3M-28837868.4283M",
    _EOS,
    (PortGroup("Ethernet{}", 56, 10000, first_index=1),),
    "Management1",
    ("core", "distribution", "access"),
    "JPE",
    "44:4c:a8",
)
S5720 = Hardware(
    "huawei_vrp",
    "S5720-52X-EI-AC",
    "1.3.6.1.4.1.2011.2.23.306",
    "V200R011C10SPC600",
    "5.170 (S5720 V200R011C10SPC600)",
    _VRP,
    (
        PortGroup("GigabitEthernet0/0/{}", 48, 1000, first_index=7),
        PortGroup("XGigabitEthernet0/0/{}", 4, 10000, first_index=55),
    ),
    "Vlanif99",
    ("core", "distribution", "access"),
    "2102350",
    "48:7b:6b",
)
HPE5130 = Hardware(
    "hp_comware",
    "5130-24G-4SFP+ EI Switch",
    "1.3.6.1.4.1.25506.11.1.151",
    "7.1.070, Release 3208P03",
    "5130ei-cmw710",
    _COMWARE,
    (
        PortGroup("GigabitEthernet1/0/{}", 24, 1000, first_index=1),
        PortGroup("Ten-GigabitEthernet1/0/{}", 4, 10000, first=25, first_index=25),
    ),
    "Vlan-interface99",
    ("core", "distribution", "access"),
    "CN52",
    "94:3f:c2",
)
EX4300 = Hardware(
    "juniper_junos",
    "EX4300-48T",
    "1.3.6.1.4.1.2636.1.1.1.2.63",
    "21.4R3-S5.4",
    "21.4R3-S5.4",
    _JUNOS,
    (
        PortGroup("ge-0/0/{}", 48, 1000, first=0, first_index=511),
        PortGroup("xe-0/2/{}", 4, 10000, first=0, first_index=571),
    ),
    "irb.99",
    ("core", "distribution", "access"),
    "PE37",
    "3c:8a:b0",
)
CATALOGUE = (C2960X, C9300, ISR4331, N9K, DCS7050, S5720, HPE5130, EX4300)
PLATFORMS = tuple(dict.fromkeys(h.platform for h in CATALOGUE))


def hardware_for(platform: str, role: str) -> Hardware:
    """The first model of this platform that fits the role. Raises ValueError for an unknown platform."""
    own = [h for h in CATALOGUE if h.platform == platform]
    if not own:
        raise ValueError(f"platform {platform!r} is not in the lab: choose from {', '.join(PLATFORMS)}")
    return next((h for h in own if role in h.roles), own[0])
