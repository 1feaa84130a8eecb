"""Changes through the drivers to simulated devices over real sockets, and everything that goes wrong on the way."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from inventory.drivers import open_driver
from inventory.errors import CommandRejected, DeviceError, Locked, SessionLost, Stopped, Unreachable, Unsupported
from tests.inventory.logins import session, target_of
from tests.lab.lab import Lab
from tests.lab.state import Device

OVER_SSH = ("cisco_ios", "cisco_nxos", "hp_comware", "huawei_vrp")
PLATFORMS = (*OVER_SSH, "arista_eos")
LINES = ("vlan 77", "name LAB-77", "vlan 78", "name LAB-78")
APPLIED = ["vlan 77", "vlan 77: name LAB-77", "vlan 78", "vlan 78: name LAB-78"]
SECRET = "planted-Passw0rd-4711"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(devices=5, platforms=PLATFORMS, network="127.49.0.0/24") as running:
        yield running


def fresh(lab: Lab, platform: str) -> Device:
    """The device of a platform as it was at the start."""
    device = next(device for device in lab.devices if device.platform == platform)
    lab.clear_faults(device.address)
    lab.forget(device.address)
    return device


@pytest.fixture(params=PLATFORMS)
def device(request: pytest.FixtureRequest, lab: Lab) -> Device:
    return fresh(lab, request.param)


@pytest.fixture(params=OVER_SSH)
def cli_device(request: pytest.FixtureRequest, lab: Lab) -> Device:
    return fresh(lab, request.param)


@pytest.fixture
def eos(lab: Lab) -> Device:
    return fresh(lab, "arista_eos")


class LostClaim(Exception):
    pass


def lost_at(step: int) -> Iterator[None]:
    """A claim that is lost at the call of this number, counted from 1."""
    for _ in range(step - 1):
        yield
    raise LostClaim


def test_it_enters_each_line_once_and_saves_when_confirmed(lab: Lab, device: Device) -> None:
    with session(target_of(lab, device)) as driver:
        told = driver.apply(LINES)
        assert device.applied == APPLIED
        assert "vlan 78" not in device.startup
        assert "LAB-78" in told
        assert {77, 78} <= {fact.vid for fact in driver.vlans()}
        driver.confirm()
        assert not driver.pending()
    assert device.applied == APPLIED
    assert device.startup == lab.running_config(device.address)
    assert device.logins_most == 1


def test_it_changes_nothing_the_second_time(lab: Lab, device: Device) -> None:
    for _ in range(2):
        with session(target_of(lab, device)) as driver:
            driver.apply(LINES)
            driver.confirm()
    assert device.applied == APPLIED


def test_it_names_the_refused_line_and_enters_none_after_it(lab: Lab, device: Device) -> None:
    with session(target_of(lab, device)) as driver:
        with pytest.raises(CommandRejected, match="line 3 of 4, 'vlan 5000'") as caught:
            driver.apply(("vlan 77", "name LAB-77", "vlan 5000", "vlan 78"))
        assert driver.running_config()  # the session goes on
    assert f"{device.hostname} ({device.address})" in str(caught.value)
    assert not caught.value.retryable
    assert device.applied == ([] if device.platform == "arista_eos" else APPLIED[:2])
    assert "vlan 78" not in device.typed


def test_it_stops_at_the_second_line_of_a_device_that_refuses_it(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "reject-line")
    with session(target_of(lab, device)) as driver, pytest.raises(CommandRejected, match="line 2 of 4, 'name LAB-77'"):
        driver.apply(LINES)
    assert device.applied == ([] if device.platform == "arista_eos" else APPLIED[:1])
    assert device.candidates == {}


def test_a_session_that_is_cut_is_lost_and_can_be_finished_later(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "cut-in-deploy:1")
    with session(target_of(lab, device)) as driver, pytest.raises(SessionLost) as caught:
        driver.apply(LINES)
    assert caught.value.retryable
    assert device.applied == ([] if device.platform == "arista_eos" else APPLIED[:1])
    with session(target_of(lab, device)) as driver:
        driver.apply(LINES)
        driver.confirm()
    assert device.applied == APPLIED
    assert device.candidates == {}


def test_a_cut_session_says_how_far_it_came(lab: Lab, cli_device: Device) -> None:
    with session(target_of(lab, cli_device)) as driver:
        driver.apply(("vlan 77",))
        lab.fault(cli_device.address, "cut-in-deploy:1")
        with pytest.raises(SessionLost, match="1 of 4 lines had been answered"):
            driver.apply(LINES)


def test_a_device_that_restarts_has_lost_what_was_not_saved(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "reboot-in-deploy:60")
    target = target_of(lab, device)
    with session(target) as driver, pytest.raises(SessionLost):
        driver.apply(LINES)
    assert not {77, 78} & set(device.vlans)
    with pytest.raises(Unreachable):
        open_driver(target).close()


def test_a_device_that_ignores_the_change_is_seen_by_reading_it_again(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "ignore-changes")
    with session(target_of(lab, device)) as driver:
        driver.apply(LINES)
        assert not {77, 78} & {fact.vid for fact in driver.vlans()}
        assert "LAB-77" not in driver.running_config()


def test_a_locked_configuration_is_left_alone_and_may_be_tried_later(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "config-locked")
    with session(target_of(lab, device)) as driver, pytest.raises(Locked, match="locked") as caught:
        driver.apply(LINES)
    assert caught.value.retryable
    assert (device.applied, device.configured) == ([], 0)


def test_a_configuration_that_was_not_saved_is_told(lab: Lab, device: Device) -> None:
    with session(target_of(lab, device)) as driver:
        driver.apply(LINES)
        lab.fault(device.address, "refuse-save")
        with pytest.raises(CommandRejected, match=r"did not save its configuration: \w"):
            driver.confirm()
    assert "LAB-77" not in device.startup
    lab.clear_faults(device.address)
    with session(target_of(lab, device)) as driver:
        driver.confirm()
    assert "LAB-77" in device.startup


def test_a_configuration_that_is_saved_slowly_is_waited_for(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "slow-save:0.3")
    with session(target_of(lab, device)) as driver:
        driver.apply(LINES)
        driver.confirm()
    assert "LAB-77" in device.startup


def test_a_lost_claim_ends_the_work_between_two_lines(lab: Lab, cli_device: Device) -> None:
    calls = lost_at(3)
    with session(target_of(lab, cli_device)) as driver:
        with pytest.raises(LostClaim):
            driver.apply(LINES, before_line=lambda: next(calls))
        assert driver.running_config()  # configuration mode was left
    assert cli_device.applied == APPLIED[:2]


@pytest.mark.parametrize("step", [1, 2])
def test_a_lost_claim_commits_nothing(lab: Lab, eos: Device, step: int) -> None:
    calls = lost_at(step)
    with session(target_of(lab, eos)) as driver, pytest.raises(LostClaim):
        driver.apply(LINES, before_line=lambda: next(calls))
    assert eos.applied == []
    assert eos.candidates == {}


def test_a_cancelled_job_starts_nothing(lab: Lab, device: Device) -> None:
    told = [False]
    with session(replace(target_of(lab, device), stopped=lambda: told[0])) as driver:
        told[0] = True
        with pytest.raises(Stopped):
            driver.apply(LINES)
    assert device.typed == []


def test_a_job_that_is_cancelled_in_the_middle_finishes_its_device(lab: Lab, device: Device) -> None:
    with session(replace(target_of(lab, device), stopped=lambda: bool(device.typed))) as driver:
        driver.apply(LINES)
        assert {77, 78} <= {fact.vid for fact in driver.vlans()}
        driver.confirm()
    assert device.applied == APPLIED
    assert "LAB-78" in device.startup


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_secret_of_a_line_is_told(lab: Lab, platform: str, caplog: pytest.LogCaptureFixture) -> None:
    device = fresh(lab, platform)
    line = {
        "huawei_vrp": f"snmp-agent community read cipher {SECRET}",
        "hp_comware": f"snmp-agent community read {SECRET}",
    }.get(platform, f"snmp-server community {SECRET}")
    with session(target_of(lab, device)) as driver, caplog.at_level("DEBUG"):
        assert SECRET not in driver.apply((line,))
        assert SECRET in driver.running_config()
        lab.fault(device.address, "reject-line")
        with pytest.raises(CommandRejected) as refused:
            driver.apply(("vlan 77", line))
        lab.clear_faults(device.address)
        lab.fault(device.address, "cut-in-deploy")
        with pytest.raises(DeviceError) as cut:
            driver.apply((line.replace(SECRET, f"{SECRET}-2"),))
    assert SECRET not in f"{refused.value!r} {cut.value!r}"
    assert "<redacted>" in str(refused.value)
    assert SECRET not in "".join(record.getMessage() for record in caplog.records if record.name != "asyncssh")


def test_a_device_that_keeps_its_prompt_is_given_no_line(lab: Lab) -> None:
    """Without configuration mode the lines would run as commands."""
    with Lab(devices=1, platforms=("cisco_ios",), network="127.50.0.0/24", enable_password="secret") as unprivileged:
        device = unprivileged.devices[0]
        with (
            session(target_of(unprivileged, device)) as driver,
            pytest.raises(CommandRejected, match="configuration mode"),
        ):
            driver.apply(("reload",))
        assert device.typed == []


@pytest.mark.parametrize("platform", OVER_SSH)
def test_a_command_line_has_nothing_to_undo_by_itself(lab: Lab, platform: str) -> None:
    with session(target_of(lab, fresh(lab, platform))) as driver:
        assert not driver.pending()
        with pytest.raises(Unsupported):
            driver.rollback()


# --- commit and confirm


def test_it_shows_what_would_change_and_leaves_nothing_behind(lab: Lab, eos: Device) -> None:
    with session(target_of(lab, eos)) as driver:
        assert "+vlan 77" in driver.compare(LINES)
    assert eos.applied == []
    assert eos.candidates == {}


def test_it_undoes_at_the_device_what_was_not_confirmed(lab: Lab, eos: Device) -> None:
    before = lab.running_config(eos.address)
    with session(target_of(lab, eos)) as driver:
        driver.apply(LINES)
        assert driver.pending()
        driver.rollback()
        assert not driver.pending()
        assert "LAB-77" not in driver.running_config()
        with pytest.raises(Unsupported, match="no change that waits"):
            driver.rollback()
    assert lab.running_config(eos.address) == before == eos.startup


@pytest.mark.parametrize("verb", ["confirm", "rollback"])
def test_a_later_session_finds_the_change_that_waits(lab: Lab, eos: Device, verb: str) -> None:
    with session(target_of(lab, eos)) as driver:
        driver.apply(LINES)
    assert 77 in eos.vlans
    with session(target_of(lab, eos)) as driver:
        assert driver.pending()
        getattr(driver, verb)()
        assert not driver.pending()
    assert ("LAB-77" in eos.startup, 77 in eos.vlans) == ((True, True) if verb == "confirm" else (False, False))


def test_a_commit_whose_answer_was_lost_is_not_left_in_force(lab: Lab, eos: Device) -> None:
    lab.fault(eos.address, "cut-in-commit:1")
    with session(target_of(lab, eos)) as driver, pytest.raises(SessionLost):
        driver.apply(LINES)
    assert 77 not in eos.vlans
    assert eos.candidates == {}


def test_a_change_that_the_device_undid_is_not_called_permanent(
    lab: Lab, eos: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.drivers.candidate.CONFIRM_WITHIN", 1)
    with session(target_of(lab, eos)) as driver:
        driver.apply(LINES)
        while driver.pending():
            pass
        with pytest.raises(CommandRejected, match="undid the change"):
            driver.confirm()
    assert 77 not in eos.vlans


# --- systems where lines wait for their commit


@pytest.fixture
def staged(lab: Lab) -> Device:
    device = fresh(lab, "huawei_vrp")
    lab.fault(device.address, "two-stage")
    return device


def test_it_commits_lines_that_wait(lab: Lab, staged: Device) -> None:
    with session(target_of(lab, staged)) as driver:
        driver.apply(LINES)
        assert {77, 78} <= {fact.vid for fact in driver.vlans()}
        driver.confirm()
    assert staged.applied == APPLIED
    assert staged.startup == lab.running_config(staged.address)


def test_it_drops_lines_that_wait_when_one_is_refused(lab: Lab, staged: Device) -> None:
    with session(target_of(lab, staged)) as driver:
        with pytest.raises(CommandRejected, match="line 2 of 2"):
            driver.apply(("vlan 77", "frobnicate"))
        assert driver.running_config()
        driver.apply(("vlan 78",))
    assert staged.applied == ["vlan 78"]


def test_it_drops_lines_that_wait_when_the_claim_is_lost(lab: Lab, staged: Device) -> None:
    calls = lost_at(3)
    with session(target_of(lab, staged)) as driver:
        with pytest.raises(LostClaim):
            driver.apply(LINES, before_line=lambda: next(calls))
        assert driver.running_config()
    assert staged.applied == []


# --- a platform read by templates


def test_it_reads_and_changes_a_comware_switch(lab: Lab) -> None:
    device = fresh(lab, "hp_comware")
    trunk = next(port for port in device.of_kind("ethernet") if port.mode == "trunk")
    with session(target_of(lab, device)) as driver:
        assert driver.system().hostname == device.hostname
        assert driver.system().os_version == device.hardware.os_version
        assert {fact.name for fact in driver.interfaces()} == set(device.ports)
        driver.apply(("vlan 77", "name LAB-77", f"interface {trunk.name}", "port trunk permit vlan 77"))
        driver.apply(("interface Vlan-interface77", "ip address 10.7.7.1 255.255.255.0"))
        driver.confirm()
        assert {fact.vid: fact.name for fact in driver.vlans()}[77] == "LAB-77"
        assert device.serial in {part.serial for part in driver.components()}
        assert "port trunk permit vlan 10 20" in driver.running_config()
    assert trunk.allowed
    assert {10, 77} <= trunk.allowed
    assert "10.7.7.1" in device.startup


def test_it_says_yes_where_the_device_asks_about_a_planned_line(lab: Lab) -> None:
    device = fresh(lab, "huawei_vrp")
    with session(target_of(lab, device)) as driver:
        driver.apply(("vlan batch 77 to 79", "undo vlan batch 77 to 78"))
    assert {77, 78, 79} & set(device.vlans) == {79}


def test_it_hears_a_complaint_that_names_no_error(lab: Lab) -> None:
    device = fresh(lab, "cisco_ios")
    with session(target_of(lab, device)) as driver, pytest.raises(CommandRejected, match="identical name: USERS"):
        driver.apply(("vlan 77", "name USERS"))
