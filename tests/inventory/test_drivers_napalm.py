"""NAPALM's getters and candidates, from the answers of its own mock driver."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from inventory.drivers import Target, open_driver
from inventory.errors import AuthenticationFailed, Unsupported
from inventory.facts import InterfaceFact, NeighbourFact, SystemFacts, VlanFact
from inventory.platforms import get_platform
from inventory.secrets import Secret

NAPALM_ANSWERS: dict[str, object] = {
    "get_facts": {
        "hostname": "mx-1",
        "vendor": "Juniper",
        "model": "MX204",
        "os_version": "20.4R3-S1.3",
        "serial_number": "BT123",
        "uptime": 86400.7,
    },
    "get_interfaces": {
        "ge-0/0/0": {
            "is_up": True,
            "is_enabled": True,
            "description": "to core",
            "speed": 1000.0,
            "mtu": 1514,
            "mac_address": "02:00:00:00:00:01",
        },
        "lo0": {"is_up": True, "is_enabled": True, "description": "", "speed": -1.0, "mtu": -1, "mac_address": ""},
    },
    "get_interfaces_ip": {
        "ge-0/0/0.0": {"ipv4": {"192.0.2.1": {"prefix_length": 30}}, "ipv6": {"fe80::1": {"prefix_length": 64}}}
    },
    "get_vlans": {"20": {"name": "USERS", "interfaces": []}, "None": {"name": "x"}, "9999": {"name": "y"}},
    "get_lldp_neighbors_detail": {
        "ge-0/0/0": [
            {
                "remote_system_name": "core-1",
                "remote_chassis_id": "02:00:00:00:00:99",
                "remote_port": "Et7",
                "remote_port_description": "to mx-1",
                "remote_system_description": "Arista",
                "remote_system_enable_capab": ["bridge", "router"],
            }
        ]
    },
    "get_config": {"running": "system {\n    host-name mx-1;\n}\n", "startup": "", "candidate": ""},
    "load_merge_candidate": {},
    "compare_config": {"diff": "+ vlan 77"},
    "commit_config": {},
    "confirm_commit": {},
    "discard_config": {},
    "rollback": {},
}


@pytest.fixture
def recorded(tmp_path: Path) -> Target:
    for name, answer in NAPALM_ANSWERS.items():
        for call in (1, 2):
            (tmp_path / f"{name}.{call}").write_text(json.dumps(answer))
    record = replace(
        get_platform("juniper_junos"),
        napalm_driver="mock",
        napalm_options=(("path", str(tmp_path)),),
        commit_confirm=False,
    )
    return Target("mx-1", "192.0.2.1", record, "netops", Secret("x"))


def test_it_reads_a_netconf_device_through_napalm(recorded: Target) -> None:
    with closing(open_driver(recorded)) as driver:
        assert driver.system() == SystemFacts(
            hostname="mx-1",
            vendor="Juniper",
            model="MX204",
            os_version="20.4R3-S1.3",
            serial="BT123",
            uptime_seconds=86400,
        )
        assert driver.interfaces() == (
            InterfaceFact(
                "ge-0/0/0",
                description="to core",
                type="ethernetCsmacd",
                enabled=True,
                up=True,
                mac_address="02:00:00:00:00:01",
                mtu=1514,
                speed_kbps=1_000_000,
            ),
            InterfaceFact("lo0", type="softwareLoopback", enabled=True, up=True),
            InterfaceFact("ge-0/0/0.0", type="ethernetCsmacd", addresses=("192.0.2.1/30",)),
        )
        assert driver.vlans() == (VlanFact(20, "USERS"),)
        assert driver.neighbours() == (
            NeighbourFact(
                "lldp",
                "ge-0/0/0",
                "core-1",
                "02:00:00:00:00:99",
                "Ethernet7",
                "to mx-1",
                remote_description="Arista",
                capabilities=("bridge", "router"),
            ),
        )
        assert "host-name mx-1" in driver.running_config()
        with pytest.raises(Unsupported, match="inventory"):
            driver.components()


def test_a_candidate_is_compared_committed_and_undone(recorded: Target) -> None:
    with closing(open_driver(recorded)) as driver:
        assert driver.compare(("set vlans x vlan-id 77",)) == "+ vlan 77"
        assert driver.apply(("set vlans x vlan-id 77",)) == "+ vlan 77"
        assert not driver.pending()
        driver.confirm()
        with pytest.raises(Unsupported, match="no change that waits"):
            driver.rollback()


def test_a_getter_that_napalm_lacks_is_unsupported(recorded: Target) -> None:
    (Path(dict(recorded.platform.napalm_options)["path"]) / "get_vlans.1").unlink()
    with closing(open_driver(recorded)) as driver, pytest.raises(Unsupported, match=r"192\.0\.2\.1"):
        driver.vlans()


def test_an_api_takes_a_password_and_no_key(recorded: Target) -> None:
    with pytest.raises(AuthenticationFailed, match="password"):
        open_driver(replace(recorded, password=Secret(""), private_key=Secret("key")))
