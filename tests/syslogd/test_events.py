"""What a message means for its device is read from the platform's record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.platforms import platforms
from syslogd.events import Event, event_of, interesting

SAID = [
    ("cisco_ios", "SYS-5-CONFIG_I", "Configured from console by admin on vty0 (10.0.0.9)", Event("config", "admin")),
    ("cisco_ios", "SYS-5-CONFIG_I", "Configured from console by console", Event("config")),
    (
        "cisco_ios",
        "PARSER-5-CFGLOG_LOGGEDCMD",
        "User:kim  logged command:no shutdown",
        Event("config", "kim"),
    ),
    (
        "cisco_ios",
        "LINK-3-UPDOWN",
        "Interface GigabitEthernet0/1, changed state to down",
        Event("link_down", interface="GigabitEthernet0/1"),
    ),
    (
        "cisco_ios",
        "LINK-5-CHANGED",
        "Interface Vlan10, changed state to administratively down",
        Event("link_down", interface="Vlan10"),
    ),
    ("cisco_ios", "LINK-3-UPDOWN", "Interface Gi1, changed state to up", Event("link_up", interface="Gi1")),
    ("cisco_ios", "SYS-5-RESTART", "System restarted --", Event("reload")),
    ("cisco_ios", "SYS-6-LOGGINGHOST_STARTSTOP", "Logging to host 10.0.0.1", None),
    (
        "cisco_nxos",
        "VSHD-5-VSHD_SYSLOG_CONFIG_I",
        "Configured from vty by admin on 10.0.0.9@pts/0",
        Event("config", "admin"),
    ),
    (
        "cisco_nxos",
        "ETHPORT-5-IF_DOWN_LINK_FAILURE",
        "Interface Ethernet1/1 is down (Link failure)",
        Event("link_down", interface="Ethernet1/1"),
    ),
    (
        "cisco_xr",
        "MGBL-CONFIG-6-DB_COMMIT",
        "Configuration committed by user 'lee'. Use 'show configuration commit changes 1000000001' to see them.",
        Event("config", "lee"),
    ),
    (
        "arista_eos",
        "SYS-5-CONFIG_I",
        "Configured from console by admin on vty3 (10.0.0.9)",
        Event("config", "admin"),
    ),
    (
        "arista_eos",
        "LINEPROTO-5-UPDOWN",
        "Line protocol on Interface Ethernet1 (to core), changed state to down",
        Event("link_down", interface="Ethernet1"),
    ),
    (
        "juniper_junos",
        "UI_COMMIT",
        "User 'root' requested 'commit' operation (comment: none)",
        Event("config", "root"),
    ),
    (
        "juniper_junos",
        "SNMP_TRAP_LINK_DOWN",
        "ifIndex 526, ifAdminStatus up(1), ifOperStatus down(2), ifName ge-0/0/3",
        Event("link_down", interface="ge-0/0/3"),
    ),
    (
        "juniper_junos",
        "INTERACT-5-UI_COMMIT",
        "User 'root' requested 'commit' operation (comment: none)",
        Event("config", "root"),
    ),
    (
        "huawei_vrp",
        "IF_STATE",
        "Interface GE0/0/1 has turned into DOWN state.",
        Event("link_down", interface="GE0/0/1"),
    ),
    ("huawei_vrp", "DATASYNC_CFGCHANGE", "configurations have been changed.", Event("config")),
    (
        "paloalto_panos",
        "CONFIG",
        "1,2026/11/23 17:00:00,0011,CONFIG,0,2561,2026/11/23 17:00:00,10.0.0.9,,commit,kim,Web,Submitted",
        Event("config", "kim"),
    ),
    (
        "paloalto_panos",
        "CONFIG",
        "1,2026/11/23 17:00:00,0011,CONFIG,0,2561,2026/11/23 17:00:00,10.0.0.9,,edit,kim,Web,Succeeded",
        None,
    ),
    ("mikrotik_routeros", "system,info", "filter rule changed by admin", Event("config", "admin")),
    ("mikrotik_routeros", "system,info", "address added by tcp-msg(winbox):kim@10.0.0.9", Event("config", "kim")),
    ("mikrotik_routeros", "system,info", "router rebooted", None),
    ("mikrotik_routeros", "interface,info", "ether1 link up (speed 1G)", Event("link_up", interface="ether1")),
    # A device that is not known any better speaks for itself; one that is does not speak another's language.
    ("generic", "UI_COMMIT", "User 'root' requested 'commit' operation (comment: none)", Event("config", "root")),
    ("arista_eos", "UI_COMMIT", "User 'root' requested 'commit' operation (comment: none)", None),
]


@pytest.mark.parametrize(("slug", "mnemonic", "text", "event"), SAID, ids=[f"{one[0]} {one[1]}" for one in SAID])
def test_it_reads_what_happened_to_whom_by_whom(slug: str, mnemonic: str, text: str, event: Event | None) -> None:
    assert event_of(slug, mnemonic, text) == event


@given(st.sampled_from(sorted(platforms())), st.sampled_from(sorted(interesting())), st.text(max_size=3000))
def test_no_text_is_too_odd(slug: str, mnemonic: str, text: str) -> None:
    event = event_of(slug, mnemonic, text)
    assert event is None or (len(event.user) <= 200 and len(event.interface) <= 200)
