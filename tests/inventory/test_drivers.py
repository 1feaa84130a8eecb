"""Drivers against simulated devices over real SSH and HTTP, with everything that goes wrong."""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from netmiko.exceptions import NetmikoTimeoutException

from inventory.drivers import Driver, Target, open_driver
from inventory.drivers.faults import device_errors
from inventory.drivers.shell import Shell
from inventory.errors import (
    AuthenticationFailed,
    CommandRejected,
    DeviceError,
    IncompleteConfig,
    SessionLost,
    Unreachable,
    Unsupported,
)
from inventory.platforms import get_platform
from inventory.secrets import Secret
from tests.inventory.logins import device_of, session, target_of
from tests.lab.frr import FrrRouter, available
from tests.lab.lab import Lab

PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp")
OVER_SSH = ("cisco_ios", "cisco_nxos", "huawei_vrp")
WRONG = "planted-Passw0rd-4711"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(devices=8, platforms=PLATFORMS, network="127.43.0.0/24") as running:
        yield running


@pytest.fixture(autouse=True)
def mended(lab: Lab) -> Iterator[None]:
    yield
    lab.clear_faults()


def read_everything(driver: Driver) -> str:
    driver.system()
    driver.interfaces()
    driver.vlans()
    driver.neighbours()
    driver.components()
    return driver.running_config()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_reads_who_the_device_is(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        facts = driver.system()
    assert facts.hostname == device.hostname
    assert facts.vendor == get_platform(platform).vendor
    assert facts.serial == device.serial
    assert facts.os_version == device.hardware.os_version
    assert facts.uptime_seconds


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_reads_every_interface_with_its_state_and_address(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        found = {fact.name: fact for fact in driver.interfaces()}
    for port in device.ports.values():
        fact = found[port.name]
        assert (fact.enabled, fact.up) == (port.enabled, port.enabled and port.up), port.name
        assert fact.description == port.description
        assert fact.addresses == ((str(port.address),) if port.address else ())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_reads_the_vlans_of_access_ports_and_trunks(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        found = {fact.name: fact for fact in driver.interfaces()}
    ports = [port for port in device.of_kind("ethernet") if port.mode in {"access", "trunk"}]
    assert {port.mode for port in ports} == {"access", "trunk"}
    for port in ports:
        fact = found[port.name]
        if port.mode == "access":
            assert (fact.mode, fact.untagged_vlan) == ("access", port.access_vlan), port.name
        elif port.allowed is None:
            assert (fact.mode, fact.untagged_vlan) == ("tagged-all", port.native_vlan), port.name
        else:
            tagged = tuple(sorted(port.allowed - {port.native_vlan}))
            assert (fact.mode, fact.untagged_vlan, fact.tagged_vlans) == ("tagged", port.native_vlan, tagged)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_reads_the_vlans_by_number_and_name(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        found = {fact.vid: fact.name for fact in driver.vlans()}
    assert set(found) == set(device.vlans)
    assert {name for vid, name in found.items() if vid != 1} == {name for vid, name in device.vlans.items() if vid != 1}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_reads_the_neighbours_that_the_topology_has(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        found = driver.neighbours()
    seen = {
        (fact.local_interface, fact.remote_name.split(".")[0], fact.remote_address)
        for fact in found
        if fact.protocol == "lldp"
    }
    peers = [port for port in device.lldp_ports() if port.peer]
    assert peers
    assert seen == {(port.name, port.peer.device.hostname, port.peer.device.address) for port in peers if port.peer}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_reads_the_chassis_with_its_serial_number(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        assert device.serial in {part.serial for part in driver.components() if part.kind == "chassis"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_reads_the_whole_running_configuration(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        read = driver.running_config()
    wanted = [line for line in lab.running_config(device.address).splitlines() if line.strip()]
    lines = [line for line in read.splitlines() if line.strip()]
    assert lines[-len(wanted) :] == wanted or lines == wanted


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_wrong_password_is_told_without_the_password(
    lab: Lab, platform: str, caplog: pytest.LogCaptureFixture
) -> None:
    device = device_of(lab, platform)
    target = replace(target_of(lab, device), password=Secret(WRONG))
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationFailed) as caught, session(target) as driver:
        driver.system()
    told = str(caught.value)
    assert device.hostname in told
    assert device.address in told
    assert "password" in told
    assert "\n" not in told
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert WRONG not in told + repr(caught.value) + repr(target) + caplog.text
    assert not caught.value.retryable


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("fault", ["no-answer-ssh", "hang-ssh"])
def test_a_device_that_does_not_answer_is_unreachable(lab: Lab, platform: str, fault: str) -> None:
    device = device_of(lab, platform)
    lab.fault(device.address, fault)
    if fault == "hang-ssh" and platform == "arista_eos":  # its API answers all the same
        with session(target_of(lab, device)) as driver:
            assert driver.system().hostname == device.hostname
        return
    with pytest.raises(Unreachable) as caught, session(replace(target_of(lab, device), connect_timeout=1.0)) as driver:
        driver.system()
    assert caught.value.retryable
    assert f"{device.hostname} ({device.address})" in str(caught.value)
    what = "refused the connection" if fault == "no-answer-ssh" else "did not accept a session within 1 s"
    assert what in str(caught.value)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_session_cut_in_the_configuration_is_lost(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    lab.fault(device.address, "cut-in-config")
    with session(target_of(lab, device)) as driver, pytest.raises(SessionLost, match=re.escape(device.address)):
        driver.running_config()


@pytest.mark.parametrize("platform", ["cisco_ios", "arista_eos", "huawei_vrp"])
def test_a_truncated_configuration_is_no_configuration(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    lab.fault(device.address, "truncated-config")
    with session(target_of(lab, device)) as driver, pytest.raises(IncompleteConfig, match="end marker"):
        driver.running_config()


def test_a_truncated_configuration_takes_no_address_away(lab: Lab) -> None:
    device = device_of(lab, "cisco_ios")
    lab.fault(device.address, "truncated-config")
    with session(target_of(lab, device)) as driver:
        assert driver.vlans()
        with pytest.raises(IncompleteConfig, match="Interfaces were not read"):
            driver.interfaces()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_rubbish_is_an_error_and_no_facts(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    lab.fault(device.address, "rubbish")
    with pytest.raises(DeviceError) as caught, session(target_of(lab, device)) as driver:
        read_everything(driver)
    assert f"{device.hostname} ({device.address})" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("platform", OVER_SSH)
def test_a_slow_device_is_read_all_the_same(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    lab.fault(device.address, "slow:0.5")
    with session(target_of(lab, device)) as driver:
        assert driver.vlans()


@pytest.mark.parametrize("platform", OVER_SSH)
def test_a_prompt_that_comes_late_is_no_part_of_the_configuration(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        config = driver.running_config()
    lab.fault(device.address, "late-prompt")
    with session(target_of(lab, device)) as driver:
        assert driver.running_config() == config


@pytest.mark.parametrize("platform", OVER_SSH)
def test_a_prompt_that_comes_late_ends_no_answer(lab: Lab, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        config = driver.running_config()
    monkeypatch.setattr("inventory.drivers.shell._UNECHOED", 0.0)
    lab.fault(device.address, "late-prompt:0.5")
    with session(target_of(lab, device)) as driver:
        assert {fact.vid for fact in driver.vlans()} == set(device.vlans)
        assert driver.running_config() == config


def test_a_device_that_stops_answering_is_a_lost_session(lab: Lab) -> None:
    device = device_of(lab, "cisco_ios")
    with session(replace(target_of(lab, device), read_timeout=0.3)) as driver:
        lab.fault(device.address, "slow:3")
        with pytest.raises(DeviceError, match=r"stopped answering|closed the session"):
            driver.system()


@pytest.mark.parametrize("platform", OVER_SSH)
def test_commands_change_the_device_and_are_read_back(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    commands = ("vlan 77", "name BRANCH-77")
    with session(target_of(lab, device)) as driver:
        assert 77 not in {fact.vid for fact in driver.vlans()}
        driver.apply(commands)
        driver.confirm()
        assert {fact.vid for fact in driver.vlans()} == set(device.vlans)
        assert "BRANCH-77" in driver.running_config()
    assert 77 in device.vlans


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_nxos"])
def test_a_refused_line_stops_the_rest(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver:
        with pytest.raises(CommandRejected, match="vlan 5000"):
            driver.apply(("vlan 5000", "vlan 88"))
        assert driver.system().hostname == device.hostname
    assert 88 not in device.vlans


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_line_break_inside_a_command_sends_nothing(lab: Lab, platform: str) -> None:
    device = device_of(lab, platform)
    with session(target_of(lab, device)) as driver, pytest.raises(DeviceError, match="control character"):
        driver.apply(("vlan 66", "name X\nno vlan 10"))
    assert 66 not in device.vlans


@pytest.mark.parametrize("platform", OVER_SSH)
def test_a_command_line_cannot_say_beforehand_what_would_change(lab: Lab, platform: str) -> None:
    with session(target_of(lab, device_of(lab, platform))) as driver:
        with pytest.raises(Unsupported):
            driver.compare(("vlan 77",))
        with pytest.raises(Unsupported):
            driver.rollback()


def test_a_platform_that_nobody_can_read_is_told(lab: Lab) -> None:
    target = replace(target_of(lab, lab.devices[0]), platform=get_platform("generic"))
    with pytest.raises(Unsupported, match="generic"):
        open_driver(target)


def test_a_command_the_device_does_not_know_is_unsupported(lab: Lab) -> None:
    device = device_of(lab, "cisco_ios")
    record = get_platform("cisco_ios")
    commands = tuple((purpose, "show vlanz" if purpose == "vlans" else command) for purpose, command in record.commands)
    target = replace(target_of(lab, device), platform=replace(record, commands=commands))
    with session(target) as driver, pytest.raises(Unsupported, match="show vlanz"):
        driver.vlans()


def test_a_platform_without_parsers_of_its_own_is_read_by_templates(lab: Lab) -> None:
    """An IOS device under another name: then the same answers go through ntc-templates."""
    device = device_of(lab, "cisco_ios")
    target = target_of(lab, device)
    record = replace(target.platform, slug="hp_procurve", napalm_driver="")
    with session(target) as own, session(replace(target, platform=record)) as other:
        assert other.system().serial == own.system().serial
        assert {fact.vid for fact in own.vlans()} <= {fact.vid for fact in other.vlans()}
        assert [fact.name for fact in other.interfaces()] == [fact.name for fact in own.interfaces()]
        assert [fact.local_interface for fact in other.neighbours()] == [
            fact.local_interface for fact in own.neighbours()
        ]


def test_a_wrong_enable_password_is_told() -> None:
    with Lab(devices=1, platforms=("cisco_ios",), network="127.44.0.0/24", enable_password="right") as lab:
        target = target_of(lab, lab.devices[0])
        with session(replace(target, enable_password=Secret("right"))) as driver:
            assert driver.running_config()
        with pytest.raises(AuthenticationFailed, match="enable password"):
            open_driver(replace(target, enable_password=Secret(WRONG)))


def test_a_private_key_that_is_none_is_told(lab: Lab) -> None:
    target = replace(target_of(lab, device_of(lab, "cisco_ios")), private_key=Secret("no key"))
    with pytest.raises(AuthenticationFailed, match="private key"):
        open_driver(target)


@pytest.mark.parametrize(
    "error", [UnicodeDecodeError("utf-8", b"x", 0, 1, WRONG), KeyError(WRONG), EOFError(WRONG), ValueError(WRONG)]
)
def test_no_library_error_leaves_with_its_text(lab: Lab, error: Exception) -> None:
    target = target_of(lab, lab.devices[0])
    with pytest.raises(DeviceError) as caught, device_errors(target, "testing"):
        raise error
    assert WRONG not in str(caught.value)
    assert target.address in str(caught.value)


def test_an_endless_answer_is_cut_off(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.drivers.shell.MAX_OUTPUT", 1_000)
    with session(target_of(lab, device_of(lab, "cisco_ios"))) as driver, pytest.raises(DeviceError, match="not kept"):
        driver.running_config()


def test_a_closed_session_leaves_nothing_behind(lab: Lab) -> None:
    target = target_of(lab, device_of(lab, "cisco_ios"))
    filters = len(logging.getLogger("netmiko").filters)
    with session(target) as driver:
        driver.system()
    with pytest.raises(AuthenticationFailed):
        open_driver(replace(target, password=Secret(WRONG)))
    assert len(logging.getLogger("netmiko").filters) == filters  # netmiko keeps each password in a log filter
    with pytest.raises(DeviceError):
        driver.vlans()


@pytest.mark.parametrize("platform", OVER_SSH)
def test_a_closed_session_is_closed_at_once_for_the_device_too(lab: Lab, platform: str) -> None:
    shell = Shell(target_of(lab, device_of(lab, platform)))
    # A second descriptor holds the connection as a thread does that waits in a read.
    with shell.connection.remote_conn_pre.get_transport().sock.dup() as held:
        shell.close()
        held.settimeout(5)
        with suppress(ConnectionResetError):  # the device was still printing
            while held.recv(65_536):
                pass  # what it printed before; TimeoutError where the connection is still open


def test_a_device_with_outdated_ssh_is_not_called_unreachable(lab: Lab) -> None:
    target = target_of(lab, lab.devices[0])
    with pytest.raises(Unsupported, match="SSH algorithm"), device_errors(target, "logging in"):
        raise NetmikoTimeoutException("A paramiko SSHException occurred: Incompatible ssh peer (no acceptable kex)")


# --- a real router


def test_it_reads_and_changes_a_real_router() -> None:
    if available():
        with pytest.raises(RuntimeError):
            FrrRouter().__enter__()
        return
    with FrrRouter() as router:
        target = Target(
            router.hostname, router.address, get_platform("linux"), router.username, Secret(router.password)
        )
        with session(replace(target, port=router.ssh_port)) as driver:
            assert driver.system().hostname == router.hostname
            found = {fact.name: fact for fact in driver.interfaces()}
            assert found["eth0"].addresses == (f"{router.address}/30",)
            assert found["eth0"].up
            assert found["lo"].type == "softwareLoopback"
            assert driver.running_config().rstrip().endswith("end")
            driver.apply(("interface eth1", "description rack 7"))
            assert {fact.name: fact.description for fact in driver.interfaces()}["eth1"] == "rack 7"
            with pytest.raises(CommandRejected, match="router nonsense"):
                driver.apply(("router nonsense",))
            with pytest.raises(Unsupported):
                driver.vlans()
