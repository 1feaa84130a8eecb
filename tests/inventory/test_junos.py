"""A Junos switch over NETCONF: read, changed, and everything that goes wrong on the way."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from inventory.backup import backup
from inventory.change import AS_BEFORE
from inventory.deploy import Deployed, Hold, deploy
from inventory.discovery.discover import Options, discover
from inventory.drivers import open_driver
from inventory.errors import AuthenticationFailed, CommandRejected, IncompleteConfig, Locked, SessionLost, Unreachable
from inventory.facts import NeighbourFact
from inventory.models import Device as Row
from inventory.sync import sync
from inventory.vlans import VlanRequest, WantedVlan
from tests.factories import make_credential, make_device, make_prefix
from tests.inventory.logins import session, target_of
from tests.lab import Lab
from tests.lab.snapshot import take
from tests.lab.state import Device
from tests.lab.vendors.juniper_junos_candidate import Editing
from tests.lab.vendors.juniper_junos_text import running_config

LINES = ("set vlans users vlan-id 110", "set interfaces ge-0/0/47 unit 0 family ethernet-switching vlan members users")
SECRET = "planted-Passw0rd-4711"
HOLD = Hold(lambda: False, lambda: "", lambda: None, lambda journal: None)
REQUEST = VlanRequest((WantedVlan(110, "users"),), ("all",))


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(devices=3, platforms=("juniper_junos",), network="127.58.0.0/28") as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Iterator[Lab]:
    yield running
    running.clear_faults()
    for device in running.devices:
        running.forget(device.address)


@pytest.fixture
def switch(lab: Lab) -> Device:
    return lab.devices[2]


@pytest.fixture
def row(db: None, lab: Lab, switch: Device) -> Row:
    """The switch as the inventory knows it."""
    make_prefix("127.58.0.0/16")
    login = make_credential("ssh", username=lab.username, password=lab.password)
    known = {"primary_address": switch.address, "platform": switch.platform, "serial": switch.serial}
    return make_device(switch.hostname, ssh_port=lab.ssh_port, ssh_credential=login, sys_name=switch.hostname, **known)


def deployed(row: Row) -> Deployed:
    return deploy(row, REQUEST, HOLD)


def has(switch: Device, vid: int = 110) -> bool:
    trunks = [port for port in switch.of_kind("ethernet") if port.mode == "trunk"]
    return vid in switch.vlans and all(vid in (port.allowed or ()) for port in trunks)


# --- reading


@pytest.mark.parametrize("framing", ["", "netconf-1.1"])
def test_it_reads_a_switch_over_netconf(lab: Lab, switch: Device, framing: str) -> None:
    if framing:
        lab.fault(switch.address, framing)
    with session(target_of(lab, switch)) as driver:
        facts = driver.system()
        interfaces = {fact.name: fact for fact in driver.interfaces()}
        vlans = {fact.vid: fact.name for fact in driver.vlans()}
        neighbours = driver.neighbours()
        config = driver.running_config()
    hardware = switch.hardware
    assert (facts.hostname, facts.serial) == (switch.hostname, switch.serial)
    assert (facts.model, facts.os_version) == (hardware.model, hardware.os_version)
    assert facts.uptime_seconds
    assert {port.name for port in switch.ports.values() if port.kind == "ethernet"} <= set(interfaces)
    assert interfaces["irb.99"].addresses == (f"{switch.address}/28",)
    assert interfaces["xe-0/2/3"].description == "to sel-dis-01 ge-0/0/0"
    assert interfaces["xe-0/2/2"].speed_kbps == 10_000_000
    assert vlans == switch.vlans
    assert [(fact.local_interface, fact.remote_name) for fact in neighbours] == [("xe-0/2/3", "sel-dis-01")]
    assert isinstance(neighbours[0], NeighbourFact)
    assert neighbours[0].remote_port == "ge-0/0/0"
    assert config.endswith(running_config(switch))


def test_a_refused_login_and_a_closed_port_are_told_apart(lab: Lab, switch: Device) -> None:
    lab.fault(switch.address, "wrong-password")
    with pytest.raises(AuthenticationFailed):
        open_driver(target_of(lab, switch))
    lab.fault(switch.address, "no-answer-ssh")
    with pytest.raises(Unreachable):
        open_driver(target_of(lab, switch))


def test_half_a_configuration_is_none(lab: Lab, switch: Device) -> None:
    lab.fault(switch.address, "truncated-config")
    with session(target_of(lab, switch)) as driver, pytest.raises(IncompleteConfig):
        driver.running_config()
    lab.clear_faults(switch.address)
    lab.fault(switch.address, "cut-in-config")
    with session(target_of(lab, switch)) as driver, pytest.raises(SessionLost, match="closed or broke the session"):
        driver.running_config()


def test_it_is_read_into_the_inventory_and_backed_up(row: Row, switch: Device) -> None:
    sync(row)
    row.refresh_from_db()
    assert (row.model, row.os_version) == (switch.hardware.model, switch.hardware.os_version)
    assert {vlan.vid: vlan.name for vlan in row.vlans.all()} == switch.vlans
    uplink = row.interfaces.get(name="xe-0/2/3")
    assert (uplink.description, uplink.speed_kbps) == ("to sel-dis-01 ge-0/0/0", 1_000_000)
    assert not row.interfaces.filter(name__endswith="/3.0").exists()
    stored = backup(row).backup.text.redacted
    assert "vlan-id 10;" in stored
    assert "lab-c0mmunity" not in stored


@pytest.mark.parametrize("fault", ["rubbish", "slow:60"])
def test_what_is_not_understood_or_not_answered_is_not_nothing(lab: Lab, switch: Device, fault: str) -> None:
    with session(target_of(lab, switch, read_timeout=0.2)) as driver:
        lab.fault(switch.address, fault)
        for read in (driver.system, driver.interfaces, driver.vlans):
            with pytest.raises(SessionLost):
                read()


def test_silence_is_not_the_absence_of_neighbours(lab: Lab, switch: Device) -> None:
    with session(target_of(lab, switch, read_timeout=0.2)) as driver:
        lab.fault(switch.address, "slow:60")
        with pytest.raises(SessionLost):
            driver.neighbours()


def test_discovery_knows_it_by_the_serial_number_of_its_box(db: None, lab: Lab, switch: Device) -> None:
    make_prefix("127.58.0.0/16", ssh_credential=make_credential("ssh"))
    make_credential("snmp_v2c", snmp_community=lab.community)
    discover((switch.address,), Options(snmp_port=lab.snmp_port, timeout=0.5, retries=1))
    found = Row.objects.get()
    assert (found.platform, found.serial, found.sys_name) == ("juniper_junos", switch.serial, switch.hostname)
    assert (found.os_version, found.model) == (switch.hardware.os_version, "EX4300")


# --- changing


def test_it_shows_the_devices_own_diff_and_leaves_nothing_behind(lab: Lab, switch: Device) -> None:
    with session(target_of(lab, switch)) as driver:
        diff = driver.compare(LINES)
        assert "[edit vlans]\n+    users {\n+        vlan-id 110;" in diff
        assert driver.compare(LINES) == diff
    assert (switch.applied, switch.candidates) == ([], {})


def test_each_line_takes_effect_once_and_lasts_when_confirmed(lab: Lab, switch: Device) -> None:
    with session(target_of(lab, switch)) as driver:
        driver.apply(LINES)
        assert driver.pending()
        assert "vlan-id 110" not in switch.startup
        driver.confirm()
        assert not driver.pending()
    assert switch.applied == list(LINES)
    assert switch.startup == lab.running_config(switch.address)


def test_it_undoes_at_the_device_what_was_not_confirmed(lab: Lab, switch: Device) -> None:
    before = take(switch)
    with session(target_of(lab, switch)) as driver:
        driver.apply(LINES)
    with session(target_of(lab, switch)) as driver:
        assert driver.pending()
        driver.rollback()
        assert not driver.pending()
    assert take(switch) == before
    assert switch.startup == lab.running_config(switch.address)


def test_it_names_the_refused_line(lab: Lab, switch: Device) -> None:
    lines = (LINES[0], "set vlans voice vlan-id 5000", LINES[1])
    with session(target_of(lab, switch)) as driver:
        with pytest.raises(CommandRejected, match=r"line 2 of 3, 'set vlans voice vlan-id 5000': .*'5000'") as caught:
            driver.apply(lines)
        assert driver.running_config()
    assert not caught.value.retryable
    assert (switch.applied, switch.candidates) == ([], {})


def test_a_refused_commit_says_why_and_leaves_nothing_behind(lab: Lab, switch: Device) -> None:
    lab.fault(switch.address, "reject-commit")
    with session(target_of(lab, switch)) as driver, pytest.raises(CommandRejected, match="no space left") as caught:
        driver.apply(LINES)
    assert not caught.value.retryable
    assert (switch.applied, switch.candidates) == ([], {})


def test_a_secret_in_a_refused_line_is_not_told(lab: Lab, switch: Device) -> None:
    line = f'set system login user x authentication encrypted-password "{SECRET}"'
    lab.fault(switch.address, "reject-line")
    with session(target_of(lab, switch)) as driver, pytest.raises(CommandRejected) as caught:
        driver.apply((LINES[0], line))
    assert SECRET not in f"{caught.value!r}"
    assert "<redacted>" in str(caught.value)


def test_what_others_left_in_the_candidate_is_neither_dropped_nor_committed(lab: Lab, switch: Device) -> None:
    other = Editing(lab.new_cli(switch.address))
    other.load("set vlans half-done vlan-id 200")
    with session(target_of(lab, switch)) as driver, pytest.raises(Locked):
        driver.apply(LINES)
    assert other.diff()
    assert switch.vlans.keys().isdisjoint({110, 200})


@pytest.mark.parametrize("verb", ["confirm", "rollback"])
def test_what_others_began_meanwhile_is_not_committed_with_ours(lab: Lab, switch: Device, verb: str) -> None:
    other = Editing(lab.new_cli(switch.address))
    with session(target_of(lab, switch)) as driver:
        driver.apply(LINES)
        other.load("set vlans half-done vlan-id 200")
        with pytest.raises(Locked) as caught:
            getattr(driver, verb)()
        assert caught.value.retryable
        assert other.diff()
        other.rollback(0)
        getattr(driver, verb)()
    assert 200 not in switch.vlans
    assert (110 in switch.vlans) == (verb == "confirm")


# --- deploying


def test_a_commit_that_is_rejected_leaves_the_device_as_before(lab: Lab, row: Row, switch: Device) -> None:
    before = take(switch)
    lab.fault(switch.address, "reject-commit")
    done = deployed(row)
    assert (done.ok, done.changed) == (False, False)
    assert done.message.endswith(AS_BEFORE)
    assert "no space left" in done.message
    assert take(switch) == before


def test_a_commit_that_ran_out_of_time_is_no_success(lab: Lab, row: Row, switch: Device) -> None:
    before = take(switch)
    lab.fault(switch.address, "confirm-timeout")
    done = deployed(row)
    assert (done.ok, done.changed) == (False, False)
    assert "undid the change before it was confirmed" in done.message
    assert done.message.endswith(AS_BEFORE)
    assert take(switch) == before
    assert deployed(row).ok
    assert has(switch)


def test_what_the_device_will_not_confirm_is_said_to_go_by_itself(lab: Lab, row: Row, switch: Device) -> None:
    lab.fault(switch.address, "refuse-save")
    done = deployed(row)
    assert (done.ok, done.changed) == (False, True)
    assert "no space left" in done.message
    assert "undoes the change by itself within some minutes" in done.message
    assert "restart would lose it" not in done.message


def test_a_restart_before_the_confirmation_undoes_the_change(lab: Lab, row: Row, switch: Device) -> None:
    before, journals = take(switch), []
    lab.fault(switch.address, "reboot-in-commit:60")
    with pytest.raises(SessionLost, match="any of its lines may be in force"):
        deploy(row, REQUEST, replace(HOLD, write_down=journals.append))
    assert take(switch) == before
    lab.clear_faults(switch.address)
    done = deployed(row)
    assert done.ok, done.message
    assert has(switch)
    assert journals[-1]


def test_a_port_that_is_marked_protected_is_left_alone(lab: Lab, row: Row, switch: Device) -> None:
    sync(row)
    row.interfaces.filter(name="xe-0/2/3").update(protected=True)
    done = deploy(row, replace(REQUEST, trunks=("xe-0/2/3",)), HOLD)
    assert not done.ok
    assert "protected" in done.message
    assert switch.typed == []
