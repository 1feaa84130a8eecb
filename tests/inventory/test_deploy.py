"""One device is changed, and what is said of it is what the device shows: whatever breaks in the middle."""

from collections.abc import Iterator, Mapping
from threading import Event
from typing import Any

import pytest

from inventory.change import Journal
from inventory.deploy import Approved, Deployed, Hold, deploy, plan
from inventory.errors import DeviceError, Locked, Unreachable
from inventory.models import Device
from inventory.vlans import VlanRequest, WantedVlan
from tests.factories import make_credential, make_device, make_interface, make_prefix
from tests.lab import Lab
from tests.lab.snapshot import take
from tests.lab.state import Device as LabDevice

pytestmark = pytest.mark.django_db
PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp", "hp_comware", "juniper_junos")
CANDIDATES = ("arista_eos", "juniper_junos")  # a change is committed whole, and undone unless it is confirmed
NEW = (110, 111)


class Owner:
    """Whoever runs the deployment: remembers the journal as the ledger would, and may change its mind."""

    def __init__(self) -> None:
        self.stopped = False
        self.forbidden = ""
        self.lines_until_lost = -1  # never
        self.stored: Mapping[str, Any] | None = None

    def require(self) -> None:
        if self.lines_until_lost == 0:
            raise InterruptedError("somebody else has the target by now")
        self.lines_until_lost -= 1

    def write_down(self, journal: Mapping[str, Any] | None) -> None:
        self.stored = journal

    @property
    def hold(self) -> Hold:
        return Hold(lambda: self.stopped, lambda: self.forbidden, self.require, self.write_down)

    @property
    def journal(self) -> Journal | None:
        return Journal.of(self.stored) if self.stored else None


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    # A core, a distribution and access switches: the third and further ones of each platform are switches everywhere.
    with Lab(devices=12, network="127.52.0.0/28", platforms=PLATFORMS) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Iterator[Lab]:
    yield running
    running.clear_faults()
    for device in running.devices:
        running.forget(device.address)


@pytest.fixture(params=PLATFORMS)
def switch(request: pytest.FixtureRequest, lab: Lab) -> LabDevice:
    """A switch of each platform in turn."""
    return of_platform(lab, request.param)


@pytest.fixture
def ios(lab: Lab) -> LabDevice:
    return of_platform(lab, "cisco_ios")


def of_platform(lab: Lab, platform: str) -> LabDevice:
    return next(one for one in lab.devices if one.platform == platform and one.hardware.switch)


def row(lab: Lab, switch: LabDevice, **fields: Any) -> Device:
    """The switch as the inventory knows it."""
    make_prefix("127.52.0.0/16")
    known = {
        "primary_address": switch.address,
        "platform": switch.platform,
        "serial": switch.serial,
        "sys_name": switch.hostname,
        "ssh_port": lab.ssh_port,
        "api_port": lab.http_port if switch.platform == "arista_eos" else None,
        "ssh_credential": make_credential("ssh", username=lab.username, password=lab.password),
    }
    return make_device(switch.hostname, **(known | fields))


def wanted(switch: LabDevice) -> VlanRequest:
    """Two new VLANs, on every trunk and one untagged on the port that nobody uses at the start."""
    port = free_port(switch)
    return VlanRequest((WantedVlan(110, "users", access_ports=(port,)), WantedVlan(111, "voice")), ("all",))


def free_port(switch: LabDevice) -> str:
    return next(p.name for p in switch.of_kind("ethernet") if p.mode == "access" and p.access_vlan in (1, 110))


def trunks(switch: LabDevice) -> dict[str, frozenset[int] | None]:
    return {port.name: port.allowed for port in switch.of_kind("ethernet") if port.mode == "trunk"}


def is_there(switch: LabDevice) -> bool:
    """Whether the device has all that is wanted of it."""
    carried = all(allowed is None or set(NEW) <= allowed for allowed in trunks(switch).values())
    named = (switch.vlans.get(110), switch.vlans.get(111)) == ("users", "voice")
    return carried and named and bool(switch.members(110))


def in_force(switch: LabDevice) -> list[str]:
    """Lines that took effect, since the device itself last undid something."""
    undone = [place for place, line in enumerate(switch.applied) if line.startswith("undone")]
    return switch.applied[undone[-1] + 1 if undone else 0 :]


def until_done(device: Device, request: VlanRequest, owner: Owner, attempts: int = 100) -> Deployed:
    """Try again as the ledger would, until there is an answer."""
    for _ in range(attempts):
        try:
            return deploy(device, request, owner.hold, journal=owner.journal)
        except DeviceError as error:
            if not error.retryable:
                raise
            Event().wait(0.1)  # a switch that restarts
    raise AssertionError("It never ended.")


def test_a_plan_tells_the_commands_and_touches_nothing(lab: Lab, switch: LabDevice) -> None:
    planned = plan(row(lab, switch), wanted(switch), ask=True)
    assert planned.commands
    assert planned.refusals == ()
    assert any("110" in line for line in planned.diff.splitlines() if line.startswith("+"))
    assert ("110" in planned.device_diff) == (switch.platform in CANDIDATES)
    assert switch.applied == []
    assert lab.running_config(switch.address) == switch.startup


def test_success_means_seen_on_the_device_saved_and_backed_up_before_and_after(lab: Lab, switch: LabDevice) -> None:
    device, before = row(lab, switch), trunks(switch)
    kept = dict(switch.vlans)
    done = deploy(device, wanted(switch), Owner().hold)
    assert (done.ok, done.message) == (True, "VLAN 110-111 verified on the device and saved.")
    assert is_there(switch)
    assert {name: allowed and allowed - set(NEW) for name, allowed in trunks(switch).items()} == before
    assert switch.vlans == kept | {110: "users", 111: "voice"}
    assert switch.startup == lab.running_config(switch.address)
    assert device.config_backups.count() == 2
    assert "110" in "".join(line for line in done.diff.splitlines() if line.startswith("+"))
    assert {vlan.vid: vlan.name for vlan in device.vlans.filter(vid__in=NEW)} == {110: "users", 111: "voice"}


def test_deploying_twice_enters_nothing_the_second_time(lab: Lab, switch: LabDevice) -> None:
    device = row(lab, switch)
    deploy(device, wanted(switch), Owner().hold)
    switch.typed.clear()
    again = deploy(device, wanted(switch), Owner().hold)
    assert (again.ok, again.changed, again.message) == (True, False, "Already as requested.")
    assert switch.typed == []


@pytest.mark.parametrize("lines", [1, 3])
def test_each_line_takes_effect_once_although_the_session_is_cut_again_and_again(
    lab: Lab, switch: LabDevice, lines: int
) -> None:
    device, owner = row(lab, switch), Owner()
    lab.fault(switch.address, f"cut-in-commit:{lines}" if switch.platform in CANDIDATES else f"cut-in-deploy:{lines}")
    done = until_done(device, wanted(switch), owner)
    assert done.ok, done.message
    assert is_there(switch)
    assert len(in_force(switch)) == len(set(in_force(switch)))
    assert switch.startup == lab.running_config(switch.address)


def test_it_says_that_lines_may_be_in_force_when_the_session_is_lost(lab: Lab, ios: LabDevice) -> None:
    device, owner = row(lab, ios), Owner()
    lab.fault(ios.address, "cut-in-deploy:1")
    with pytest.raises(DeviceError, match="The change had begun and any of its lines may be in force: 'vlan 110'"):
        deploy(device, wanted(ios), owner.hold)
    assert owner.journal is not None


def test_what_another_process_was_about_to_enter_is_entered_once(lab: Lab, switch: LabDevice) -> None:
    device, dying = row(lab, switch), Owner()
    dying.lines_until_lost = 2
    with pytest.raises(InterruptedError):
        deploy(device, wanted(switch), dying.hold)
    heir = Owner()
    heir.stored = dying.stored
    assert until_done(device, wanted(switch), heir).ok
    assert is_there(switch)
    assert len(in_force(switch)) == len(set(in_force(switch)))


@pytest.mark.parametrize("platform", ["cisco_ios", *CANDIDATES])
def test_a_change_that_is_found_whole_is_verified_and_saved(lab: Lab, platform: str) -> None:
    switch, dying, heir = of_platform(lab, platform), Owner(), Owner()
    device = row(lab, switch)
    # Killed between the last line, or the commit that waits for its confirmation, and the saving.
    dying.lines_until_lost = 2 if platform in CANDIDATES else len(plan(device, wanted(switch)).commands)
    with pytest.raises(InterruptedError):
        deploy(device, wanted(switch), dying.hold)
    assert is_there(switch)
    assert switch.startup != lab.running_config(switch.address)
    heir.stored, count = dying.stored, len(switch.typed)
    done = deploy(device, wanted(switch), heir.hold, journal=heir.journal)
    assert (done.ok, done.changed) == (True, True)
    assert done.message == "VLAN 110-111 verified on the device and saved. Found applied after the session was lost."
    assert len(switch.typed) == count
    assert switch.startup == lab.running_config(switch.address)
    assert not any(candidate.state == "pendingCommitTimer" for candidate in switch.candidates.values())
    assert any(line.startswith("+") and "110" in line for line in done.diff.splitlines())


def test_a_refused_line_leaves_the_device_as_before(lab: Lab, switch: LabDevice) -> None:
    device, before = row(lab, switch), take(switch)
    lab.fault(switch.address, "reject-line")
    done = deploy(device, wanted(switch), Owner().hold)
    assert not done.ok
    assert "Rolled back: the device is as before." in done.message
    assert "refused" in done.message
    assert take(switch) == before


def test_a_device_that_accepts_everything_and_changes_nothing_is_no_success(lab: Lab, switch: LabDevice) -> None:
    device, before = row(lab, switch), take(switch)
    lab.fault(switch.address, "ignore-changes")
    done = deploy(device, wanted(switch), Owner().hold)
    assert (done.ok, done.changed) == (False, False)
    assert "110" in done.message
    assert take(switch) == before


@pytest.mark.parametrize("platform", ["cisco_nxos", "juniper_junos"])
def test_a_good_change_is_not_taken_back_because_its_reading_stopped_short(lab: Lab, platform: str) -> None:
    switch, owner = of_platform(lab, platform), Owner()
    device = row(lab, switch)
    lab.fault(switch.address, "truncated-reread:2")
    with pytest.raises(DeviceError, match=r"broke off its configuration after .* any of its lines may be in force"):
        deploy(device, wanted(switch), owner.hold)
    assert is_there(switch)
    entered = list(switch.typed)
    done = until_done(device, wanted(switch), owner)
    assert (done.ok, switch.typed) == (True, entered), done.message
    assert switch.startup == lab.running_config(switch.address)


def test_a_restart_in_the_middle_loses_nothing(lab: Lab, switch: LabDevice) -> None:
    device = row(lab, switch)
    lab.fault(switch.address, "reboot-in-deploy:0.3")
    done = until_done(device, wanted(switch), Owner())
    assert done.ok, done.message
    assert is_there(switch)
    assert switch.startup == lab.running_config(switch.address)


def test_somebody_elses_lock_is_waited_for_and_nothing_counts_as_begun(lab: Lab, switch: LabDevice) -> None:
    device, owner = row(lab, switch), Owner()
    lab.fault(switch.address, "config-locked")
    with pytest.raises(Locked) as refused:
        deploy(device, wanted(switch), owner.hold)
    assert "in force" not in str(refused.value)
    assert (owner.journal, switch.applied) == (None, [])


@pytest.mark.parametrize("switch", [each for each in PLATFORMS if each != "juniper_junos"], indirect=True)
def test_what_could_not_be_saved_is_no_success_and_is_saved_by_the_next_deployment(lab: Lab, switch: LabDevice) -> None:
    device = row(lab, switch)
    lab.fault(switch.address, "refuse-save")
    done = deploy(device, wanted(switch), Owner().hold)
    assert (done.ok, done.changed) == (False, True)
    assert "is on the device but not saved, so that a restart would lose it" in done.message
    lab.clear_faults()
    done = deploy(device, wanted(switch), Owner().hold, save=True)
    assert done.ok, done.message
    assert switch.startup == lab.running_config(switch.address)


def test_an_approved_plan_is_refused_when_the_configuration_changed_since(lab: Lab, switch: LabDevice) -> None:
    device, request = row(lab, switch), wanted(switch)
    planned = plan(device, request)
    switch.hostname = switch.hostname.upper()
    switch.ports[free_port(switch)].description = "changed meanwhile"
    approved = Approved(planned.commands, planned.fingerprint)
    Device.objects.filter(pk=device.pk).update(sys_name="")
    device.refresh_from_db()
    done = deploy(device, request, Owner().hold, approved=approved)
    assert not done.ok
    assert "refused: the configuration changed since the plan was approved" in done.message
    assert switch.typed == []


def test_an_approved_plan_is_carried_out_when_nothing_changed(lab: Lab, switch: LabDevice) -> None:
    device, request = row(lab, switch), wanted(switch)
    planned = plan(device, request)
    done = deploy(device, request, Owner().hold, approved=Approved(planned.commands, planned.fingerprint))
    assert done.ok, done.message


def test_nothing_is_entered_after_a_cancel(lab: Lab, ios: LabDevice) -> None:
    device, owner = row(lab, ios), Owner()

    def stop_after_reading() -> bool:
        return device.config_backups.exists()

    done = deploy(device, wanted(ios), Hold(stop_after_reading, lambda: "", owner.require, owner.write_down))
    assert (done.ok, done.stopped, ios.typed) == (False, True, [])


def test_a_rollout_that_stops_while_the_device_is_read_leaves_it_alone(lab: Lab, ios: LabDevice) -> None:
    device, owner = row(lab, ios), Owner()
    owner.forbidden = "the rollout stopped after 1 failed and 0 were allowed to."
    done = deploy(device, wanted(ios), owner.hold)
    assert (done.ok, done.stopped, ios.typed, owner.stored) == (False, True, [], None)
    assert done.message == f"Not touched: {owner.forbidden}"


def test_a_cancel_takes_back_what_was_half_entered(lab: Lab, ios: LabDevice) -> None:
    device, owner, before = row(lab, ios), Owner(), take(ios)
    lab.fault(ios.address, "cut-in-deploy:1")
    with pytest.raises(DeviceError):
        deploy(device, wanted(ios), owner.hold)
    assert take(ios) != before
    owner.stopped = True
    done = until_done(device, wanted(ios), owner)
    assert (done.ok, done.stopped) == (False, True)
    assert done.message == "Cancelled in the middle of the change. Rolled back: the device is as before."
    assert take(ios) == before


def test_a_human_is_asked_when_somebody_else_changed_what_was_half_entered(lab: Lab, ios: LabDevice) -> None:
    device, owner = row(lab, ios), Owner()
    lab.fault(ios.address, "cut-in-deploy:1")
    with pytest.raises(DeviceError):
        deploy(device, wanted(ios), owner.hold)
    ios.vlans[110] = "somebody-elses"
    ios.touch()
    typed = list(ios.typed)
    done = until_done(device, wanted(ios), owner)
    assert not done.ok
    assert "something else was changed since" in done.message
    assert "Somebody must look at the device." in done.message
    assert "somebody-elses" in done.message
    assert ios.typed == typed


def test_it_is_not_entered_on_another_device_that_answers_there(lab: Lab, ios: LabDevice) -> None:
    device = row(lab, ios, serial="OLD0000001", sys_name="core7")
    with pytest.raises(DeviceError, match="instead of 'core7'"):
        deploy(device, wanted(ios), Owner().hold)
    assert ios.typed == []


def test_a_port_that_an_operator_protects_is_left_alone(lab: Lab, ios: LabDevice) -> None:
    device = row(lab, ios)
    make_interface(device, free_port(ios), protected=True)
    planned = plan(device, wanted(ios))
    assert free_port(ios) in " ".join(planned.refusals)


def test_a_device_that_is_away_before_it_was_begun_says_only_that(lab: Lab, ios: LabDevice) -> None:
    device, owner = row(lab, ios), Owner()
    lab.fault(ios.address, "no-answer-ssh")
    with pytest.raises(Unreachable) as away:
        deploy(device, wanted(ios), owner.hold)
    assert "in force" not in str(away.value)
