"""Start configurations: hardened, ordinary and weak ones, with secrets planted in each.

Every name, key and hash is made up for the lab. `{user}`, `{password}` and `{community}` are the lab's credentials.
"""

from dataclasses import dataclass

from tests.lab.state import Device

GRADES = ("hardened", "ordinary", "weak")

PLANTED_SECRETS = (
    "$9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM",
    "$5$Aq3SMpH1$8mWJ9Cz1uS0g7mPVbVZzH4e0pN6XkR5tYdQ2wEoLfB7",
    "$6$f7Yk2L9q$Zr8nVtQ1c5hW3xJpM6sDaE0uKbG4yTiR2oNvXlFgHdS",
    "%^%#aR8$kLm2Qz!wXe5Vt9Yb#Nc7Hu3JfPd6Gs1Oi0%^%#",
    "0822455D0A16544541",
    "s3cr3t-rw-c0mmunity",
    "tacacs-shared-key-77",
    "lab-weak-enable-pw",
)
_NINE, _FIVE, _SIX, _CIPHER, _SEVEN, _RW, _TACACS, _WEAK = PLANTED_SECRETS


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the simulated devices accept."""

    username: str
    password: str
    community: str


_IOS_HARDENED = f"""
version {{version}}
service timestamps debug datetime msec localtime show-timezone
service timestamps log datetime msec localtime show-timezone
service password-encryption
service tcp-keepalives-in
no service pad
boot-start-marker
boot-end-marker
logging buffered 64000 informational
no logging console
enable secret 9 {_NINE}
username {{user}} privilege 15 secret 9 {_NINE}
aaa new-model
aaa authentication login default group tacacs+ local
aaa authorization exec default group tacacs+ local
aaa accounting commands 15 default start-stop group tacacs+
ip domain name lab.example
login block-for 60 attempts 3 within 60
vtp mode transparent
lldp run
spanning-tree mode rapid-pvst
errdisable recovery cause bpduguard
no ip http server
no ip http secure-server
ip ssh version 2
ip access-list standard VTY-IN
 permit 10.0.0.0 0.255.255.255
 permit 127.0.0.0 0.255.255.255
 deny   any log
logging source-interface Vlan99
logging host 10.0.0.5
access-list 10 permit 10.0.0.0 0.255.255.255
snmp-server engineID local {{engine}}
snmp-server group NETOPS v3 priv
snmp-server community {{community}} RO 10
snmp-server location {{location}}
snmp-server contact {{contact}}
snmp-server enable traps config
tacacs server ISE1
 address ipv4 10.0.0.21
 key 7 {_SEVEN}
banner login ^CAuthorized access only. Activity is monitored.^C
line con 0
 exec-timeout 5 0
 logging synchronous
line vty 0 4
 access-class VTY-IN in
 exec-timeout 10 0
 transport input ssh
line vty 5 15
 access-class VTY-IN in
 exec-timeout 10 0
 transport input ssh
ntp server 10.0.0.1
ntp server 10.0.0.2
"""

_IOS_WEAK = f"""
version {{version}}
service timestamps debug datetime msec
service timestamps log datetime msec
no service password-encryption
boot-start-marker
boot-end-marker
enable password {_WEAK}
username {{user}} privilege 15 password 0 {_WEAK}
no aaa new-model
ip domain name lab.example
lldp run
spanning-tree mode pvst
ip http server
ip http secure-server
snmp-server community public RO
snmp-server community {{community}} RO
snmp-server community {_RW} RW
snmp-server location {{location}}
line con 0
 stopbits 1
line vty 0 4
 exec-timeout 0 0
 login local
 transport input telnet ssh
line vty 5 15
 login local
 transport input telnet ssh
"""

_NXOS_HARDENED = f"""
version {{version}}
feature tacacs+
feature interface-vlan
feature lldp
no password strength-check
username {{user}} password 5 {_FIVE} role network-admin
banner motd ^CAuthorized access only. Activity is monitored.^C
ip domain-lookup
ip domain-name lab.example
tacacs-server key 7 "{_TACACS}"
tacacs-server host 10.0.0.21
aaa group server tacacs+ ISE
 server 10.0.0.21
 use-vrf management
snmp-server contact {{contact}}
snmp-server location {{location}}
snmp-server user {{user}} network-admin auth sha 0x3fa9c1 priv aes-128 0x3fa9c1 localizedkey
snmp-server community {{community}} group network-operator
ntp server 10.0.0.1 use-vrf management
ntp server 10.0.0.2 use-vrf management
aaa authentication login default group ISE local
logging server 10.0.0.5 6 use-vrf management
logging timestamp milliseconds
line console
 exec-timeout 5
line vty
 exec-timeout 10
"""

_NXOS_WEAK = f"""
version {{version}}
feature telnet
feature interface-vlan
feature lldp
feature nxapi
no password strength-check
username {{user}} password 5 {_FIVE} role network-admin
ip domain-lookup
snmp-server location {{location}}
snmp-server community public group network-operator
snmp-server community {{community}} group network-operator
snmp-server community {_RW} group network-admin
line console
line vty
 exec-timeout 0
"""

_EOS_HARDENED = f"""
no aaa root
aaa authentication login default group tacacs+ local
aaa authorization exec default local
username {{user}} privilege 15 role network-admin secret sha512 {_SIX}
enable password sha512 {_SIX}
transceiver qsfp default-mode 4x10G
service routing protocols model multi-agent
logging host 10.0.0.5
logging format timestamp high-resolution
dns domain lab.example
ntp server 10.0.0.1
ntp server 10.0.0.2
snmp-server contact {{contact}}
snmp-server location {{location}}
snmp-server community {{community}} ro
spanning-tree mode rapid-pvst
tacacs-server host 10.0.0.21 key 7 {_SEVEN}
banner login ^CAuthorized access only. Activity is monitored.^C
management api http-commands
 protocol https
 no shutdown
management ssh
 idle-timeout 10
management console
 idle-timeout 5
"""

_EOS_WEAK = f"""
no aaa root
username {{user}} privilege 15 role network-admin secret 0 {_WEAK}
service routing protocols model multi-agent
snmp-server location {{location}}
snmp-server community public ro
snmp-server community {{community}} ro
snmp-server community {_RW} rw
spanning-tree mode mstp
management api http-commands
 protocol http
 no shutdown
management telnet
 no shutdown
"""

_VRP_HARDENED = f"""
dns domain lab.example
lldp enable
undo http server enable
undo telnet server enable
ntp-service unicast-server 10.0.0.1
ntp-service unicast-server 10.0.0.2
info-center loghost 10.0.0.5
hwtacacs-server template ISE
 hwtacacs-server authentication 10.0.0.21
 hwtacacs-server shared-key cipher {_CIPHER}
aaa
 authentication-scheme default
 local-user {{user}} password irreversible-cipher {_CIPHER}
 local-user {{user}} privilege level 15
 local-user {{user}} service-type ssh
snmp-agent
snmp-agent local-engineid {{engine}}
snmp-agent community read cipher {{community}}
snmp-agent sys-info contact {{contact}}
snmp-agent sys-info location {{location}}
snmp-agent sys-info version v3
stelnet server enable
ssh user {{user}} authentication-type password
header login information "Authorized access only. Activity is monitored."
user-interface con 0
 authentication-mode aaa
 idle-timeout 5 0
user-interface vty 0 4
 acl 2000 inbound
 authentication-mode aaa
 idle-timeout 10 0
 protocol inbound ssh
"""

_VRP_WEAK = f"""
lldp enable
http server enable
telnet server enable
aaa
 authentication-scheme default
 local-user {{user}} password simple {_WEAK}
 local-user {{user}} privilege level 15
 local-user {{user}} service-type telnet ssh http
snmp-agent
snmp-agent community read public
snmp-agent community read cipher {{community}}
snmp-agent community write cipher {_RW}
snmp-agent sys-info location {{location}}
snmp-agent sys-info version v2c v3
stelnet server enable
ssh user {{user}} authentication-type password
user-interface con 0
user-interface vty 0 4
 authentication-mode aaa
 idle-timeout 0 0
 protocol inbound all
"""

_COMWARE_HARDENED = f"""
dns domain lab.example
lldp global enable
ntp-service unicast-server 10.0.0.1
info-center loghost 10.0.0.5
snmp-agent
snmp-agent community read {{community}}
snmp-agent sys-info contact {{contact}}
snmp-agent sys-info location {{location}}
snmp-agent sys-info version v3
ssh server enable
local-user {{user}} class manage
 password hash {_SIX}
 service-type ssh
 authorization-attribute user-role network-admin
"""

_COMWARE_WEAK = f"""
lldp global enable
snmp-agent
snmp-agent community read public
snmp-agent community read {{community}}
snmp-agent community write {_RW}
snmp-agent sys-info location {{location}}
ssh server enable
local-user {{user}} class manage
 password simple {_WEAK}
 service-type ssh telnet
"""

_JUNOS_HARDENED = f"""
version {{version}}
system domain-name lab.example
system root-authentication encrypted-password "{_SIX}"
system login user {{user}} class super-user
system login user {{user}} authentication encrypted-password "{_SIX}"
system login message "Authorized access only. Activity is monitored."
system login idle-timeout 10
system tacplus-server 10.0.0.21 secret "{_TACACS}"
system services ssh root-login deny
system services netconf ssh
system syslog host 10.0.0.5 any notice
system ntp server 10.0.0.1
snmp location "{{location}}"
snmp contact {{contact}}
snmp community {{community}} authorization read-only
protocols lldp interface all
protocols rstp interface all
"""

_JUNOS_WEAK = f"""
version {{version}}
system domain-name lab.example
system root-authentication encrypted-password "{_FIVE}"
system login user {{user}} class super-user
system login user {{user}} authentication encrypted-password "{_FIVE}"
system services telnet
system services ssh root-login allow
system services netconf ssh
snmp location "{{location}}"
snmp community public authorization read-only
snmp community {{community}} authorization read-only
snmp community {_RW} authorization read-write
protocols lldp interface all
"""

_TEXTS = {
    "hp_comware": (_COMWARE_HARDENED, _COMWARE_WEAK),
    "cisco_ios": (_IOS_HARDENED, _IOS_WEAK),
    "cisco_nxos": (_NXOS_HARDENED, _NXOS_WEAK),
    "arista_eos": (_EOS_HARDENED, _EOS_WEAK),
    "huawei_vrp": (_VRP_HARDENED, _VRP_WEAK),
    "juniper_junos": (_JUNOS_HARDENED, _JUNOS_WEAK),
}
_NOT_ORDINARY = ("ntp", "banner", "header", "logging host", "logging server", "info-center loghost", "system ntp")


def dress(device: Device, grade: str, credentials: Credentials) -> None:
    """Give the device the start configuration of this grade (one of GRADES)."""
    hardened, weak = _TEXTS[device.platform]
    text = (weak if grade == "weak" else hardened).format(
        user=credentials.username,
        community=credentials.community,
        location=device.location,
        contact=device.contact,
        engine=device.engine_id.hex().upper(),
        version=device.hardware.os_version[:4] if device.platform == "cisco_ios" else device.hardware.os_version,
    )
    device.config.load(text)
    if device.platform == "juniper_junos":
        device.vlan_notes[99] = "irb.99"
    if grade == "ordinary":
        for header in [h for h in device.config.blocks if h.startswith(_NOT_ORDINARY)]:
            del device.config.blocks[header]
