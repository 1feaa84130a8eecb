"""The lab as the far end of a deployment: what it counts, and what goes wrong when it is written to."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pyeapi
import pytest
from napalm.base.exceptions import MergeConfigException
from napalm.eos import EOSDriver
from ntc_templates.parse import parse_output

from tests.lab.control import ask, state
from tests.lab.lab import Lab
from tests.lab.state import Device

ROOT = Path(__file__).parent.parent
PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp", "hp_comware")
VIEWS = ("huawei_vrp", "hp_comware")
CONFIGURE = dict.fromkeys(PLATFORMS, "configure terminal") | dict.fromkeys(VIEWS, "system-view")
LEAVE = dict.fromkeys(PLATFORMS, "end") | dict.fromkeys(VIEWS, "return")
SAVE = dict.fromkeys(PLATFORMS, ("write memory",)) | {
    "cisco_nxos": ("copy running-config startup-config",),
    "huawei_vrp": ("save", "y"),
    "hp_comware": ("save force",),
}
LINES = ["vlan 77", "name LAB-77", "vlan 78", "name LAB-78"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(devices=5, platforms=PLATFORMS, network="127.47.0.0/24") as running:
        yield running


@pytest.fixture(autouse=True)
def untouched(lab: Lab) -> Iterator[None]:
    yield
    lab.clear_faults()


@pytest.fixture(params=PLATFORMS)
def device(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Device]:
    """One device a platform, its VLANs and counters as new afterwards."""
    device = next(d for d in lab.devices if d.platform == request.param)
    yield device
    lab.clear_faults()
    lab.forget(device.address)


def talk(lab: Lab, device: Device, *lines: str) -> str:
    """What an SSH session of these lines shows, until its end or until the device drops it."""

    async def session() -> str:
        seen = ""
        async with asyncssh.connect(
            device.address, lab.ssh_port, username=lab.username, password=lab.password, known_hosts=None
        ) as connection:
            process = await connection.create_process(term_type="vt100")
            for line in ("", *lines):
                process.stdin.write(line + "\n")
                answer = ""
                while not re.search(rf"{device.hostname}\S*[>#\]] ?$|\[Y/N(?:/C\]:|\])$", answer) or line not in answer:
                    chunk = await process.stdout.read(65536)
                    if not chunk:
                        return seen + answer
                    answer += chunk
                seen += answer
        return seen

    async def until_dropped() -> str:
        try:
            return await asyncio.wait_for(session(), 20)
        except (asyncssh.Error, ConnectionError) as error:
            return f"dropped: {error}"

    return asyncio.run(until_dropped()).replace("\r\n", "\n")


def soon(condition: Callable[[], bool]) -> None:
    """The lab notices a login and its end in a thread of its own."""
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up
        threading.Event().wait(0.01)


def configure(lab: Lab, device: Device, *lines: str) -> str:
    return talk(lab, device, CONFIGURE[device.platform], *lines, LEAVE[device.platform])


def save(lab: Lab, device: Device) -> str:
    return talk(lab, device, *SAVE[device.platform])


def test_it_counts_the_lines_that_took_effect_and_those_that_did_not(lab: Lab, device: Device) -> None:
    configure(lab, device, *LINES, "frobnicate")
    configure(lab, device, *LINES)
    assert device.applied == ["vlan 77", "vlan 77: name LAB-77", "vlan 78", "vlan 78: name LAB-78"]
    assert len(device.typed) == 9
    assert device.configured == 2
    soon(lambda: device.logins_now == 0)
    assert (device.logins, device.logins_most) == (2, 1)


def test_it_counts_logins_at_the_same_time(lab: Lab) -> None:
    device = lab.devices[0]

    async def both() -> None:
        options = {"username": lab.username, "password": lab.password, "known_hosts": None}
        async with (
            asyncssh.connect(device.address, lab.ssh_port, **options),
            asyncssh.connect(device.address, lab.ssh_port, **options),
        ):
            await asyncio.to_thread(soon, lambda: device.logins_now == 2)

    asyncio.run(both())
    soon(lambda: device.logins_now == 0)
    assert device.logins_most == 2


def test_it_cuts_the_session_after_a_line_that_took_effect(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "cut-in-deploy:1")
    assert "LAB-77" not in configure(lab, device, *LINES)
    assert device.applied == ["vlan 77"]
    configure(lab, device, *LINES)
    assert device.applied == ["vlan 77", "vlan 77: name LAB-77", "vlan 78", "vlan 78: name LAB-78"]


def test_it_cuts_every_session_when_no_number_is_given(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "cut-in-deploy")
    for _ in range(2):
        configure(lab, device, *LINES)
    assert device.applied == ["vlan 77", "vlan 77: name LAB-77"]


def test_it_refuses_every_line_but_the_first(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "reject-line")
    assert "nvalid" in (seen := configure(lab, device, *LINES)) or "Unrecognized" in seen
    assert device.applied == ["vlan 77"]
    assert len(device.typed) == 4


def test_it_takes_lines_and_changes_nothing(lab: Lab, device: Device) -> None:
    before = lab.running_config(device.address)
    lab.fault(device.address, "ignore-changes")
    seen = configure(lab, device, *LINES)
    assert "LAB-78" in seen
    assert "nvalid" not in seen
    assert lab.running_config(device.address) == before
    assert device.applied == []
    assert len(device.typed) == 4


def test_it_restarts_from_the_saved_configuration(lab: Lab, device: Device) -> None:
    configure(lab, device, "vlan 76")
    save(lab, device)
    lab.fault(device.address, "reboot-in-deploy:60")
    configure(lab, device, *LINES)
    assert {76, 77} & set(device.vlans) == {76}
    assert "dropped" in talk(lab, device)
    lab.clear_faults(device.address)
    configure(lab, device, *LINES)
    assert {76, 77, 78} <= set(device.vlans)
    assert device.uptime < 60


def test_it_comes_back_after_a_restart_and_does_not_restart_again(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "reboot-in-deploy:0.1")
    configure(lab, device, *LINES)
    while "dropped" in configure(lab, device, *LINES):
        pass
    assert {77, 78} <= set(device.vlans)


def test_it_says_who_has_locked_the_configuration(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "config-locked")
    assert "locked" in configure(lab, device, *LINES)
    assert "bob" in configure(lab, device, *LINES)
    assert device.applied == []
    lab.clear_faults(device.address)
    assert "locked" not in configure(lab, device, *LINES)


def test_it_can_refuse_to_save(lab: Lab, device: Device) -> None:
    configure(lab, device, "vlan 77")
    lab.fault(device.address, "refuse-save")
    assert re.search("failed|Failed|aborted|Error", save(lab, device))
    assert device.startup != lab.running_config(device.address)
    lab.clear_faults(device.address)
    save(lab, device)
    assert device.startup == lab.running_config(device.address)


def test_it_can_be_slow_to_save(lab: Lab, device: Device) -> None:
    lab.fault(device.address, "slow-save:0.05")
    configure(lab, device, "vlan 77")
    save(lab, device)
    assert device.startup == lab.running_config(device.address)


@pytest.mark.parametrize(
    "text", ["cut-in-deploy:0", "cut-in-deploy:often", "reboot-in-deploy:soon", "cut-in-commit:-1"]
)
def test_it_says_what_may_follow_a_faults_colon(lab: Lab, text: str) -> None:
    with pytest.raises(ValueError, match="after the colon stands"):
        lab.fault(lab.devices[0].address, text)


def test_it_is_asked_and_broken_from_another_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.lab", "--devices", "2", "--network", "127.48.0.0/24"]
    ports = ["--snmp-port", "0", "--ssh-port", "0", "--http-port", "0"]
    process = subprocess.Popen([*command, *ports], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        first = told["devices"][0]["address"]
        known = ask(told["control"], f"state {first}")
        assert known["vlans"]["10"] == "USERS"
        assert known["saved"] is True
        assert (known["applied"], known["logins"]) == ([], 0)
        assert [one["address"] for one in ask(told["control"], "state")] == [d["address"] for d in told["devices"]]
        assert ask(told["control"], f"fault {first} no-answer-ssh") == "done"
        assert ask(told["control"], "clear") == "done"
        for wrong in ("fault 127.48.0.1 frobnicate", "state 192.0.2.1", "dance", ""):
            with pytest.raises(ValueError, match=r"fault is|no device|command is"):
                ask(told["control"], wrong)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert not Path(told["control"]).exists()


def test_it_tells_what_is_configured_and_what_is_saved(lab: Lab) -> None:
    device = next(d for d in lab.devices if d.platform == "cisco_ios")
    port = next(p for p in device.of_kind("ethernet") if p.mode == "trunk")
    assert port.allowed
    told = state(lab, device.address)["ports"][port.name]
    assert (told["mode"], told["native_vlan"], told["allowed"]) == ("trunk", port.native_vlan, sorted(port.allowed))


# --- VLANs as the systems show them


def entered(lab: Lab, device: Device, *lines: str) -> str:
    """The configuration after these lines, entered without SSH."""
    cli = lab.new_cli(device.address)
    for line in (CONFIGURE[device.platform], *lines):
        cli.enter(line)
    return lab.running_config(device.address)


def of(lab: Lab, platform: str) -> Device:
    device = next(d for d in lab.devices if d.platform == platform)
    lab.forget(device.address)
    return device


EVEN = ",".join(str(vid) for vid in range(2, 100, 2))


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_nxos"])
def test_it_goes_on_with_a_long_list_of_vlans_on_a_line_that_adds(lab: Lab, platform: str) -> None:
    device = of(lab, platform)
    port = next(p for p in device.of_kind("ethernet") if p.mode == "trunk")
    shown = entered(lab, device, f"interface {port.name}", f"switchport trunk allowed vlan {EVEN}")
    lines = [line.split()[4:] for line in shown.splitlines() if "trunk allowed vlan" in line and ",98" in line]
    assert lines[0][0] == "add"
    first = next(line for line in shown.splitlines() if "trunk allowed vlan 2,4" in line)
    assert len(first) < 100


def test_it_puts_vlans_without_a_name_on_one_line(lab: Lab) -> None:
    assert "\nvlan 70,72-73\n" in entered(
        lab, of(lab, "cisco_ios"), "vlan 70", "vlan 72", "vlan 73", "vlan 71", "name X"
    )


def test_it_shows_ten_ranges_a_line_on_vrp(lab: Lab) -> None:
    device = of(lab, "huawei_vrp")
    port = next(p for p in device.of_kind("ethernet") if p.mode == "trunk")
    shown = entered(
        lab, device, f"interface {port.name}", f"port trunk allow-pass vlan {EVEN.replace(',', ' ')} 200 to 210"
    )
    block = shown.partition(f"interface {port.name}\n")[2].partition("#")[0]
    assert block.count("port trunk allow-pass vlan") == 5
    assert "200 to 210" in block


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_nxos", "arista_eos"])
@pytest.mark.parametrize(
    ("typed", "allowed"),
    [
        (["10,20"], {10, 20}),
        (["10", "add 20-22"], {10, 20, 21, 22}),
        (["10,20", "remove 10"], {20}),
        (["none"], set()),
        (["none", "add 7"], {7}),
        (["except 2-4094"], {1}),
    ],
)
def test_it_changes_a_trunk_as_it_is_told(lab: Lab, platform: str, typed: list[str], allowed: set[int]) -> None:
    device = of(lab, platform)
    port = next(p for p in device.of_kind("ethernet") if p.mode == "trunk")
    shown = entered(lab, device, f"interface {port.name}", *(f"switchport trunk allowed vlan {one}" for one in typed))
    assert port.allowed == allowed
    assert ("allowed vlan none" in shown) == (not allowed)


def test_it_describes_and_undoes_a_vlan_on_vrp(lab: Lab) -> None:
    device = of(lab, "huawei_vrp")
    before = lab.running_config(device.address)
    shown = entered(lab, device, "vlan 77", "description two words", "name LAB", "quit", "interface Vlanif77",
                    "ip address 10.7.7.1 255.255.255.0")  # fmt: skip
    assert "vlan 77\n description two words\n name LAB\n" in shown
    assert "interface Vlanif77\n ip address 10.7.7.1 255.255.255.0\n" in shown
    gone = entered(lab, device, "undo interface Vlanif77", "undo vlan 77")
    assert gone == before


@pytest.mark.parametrize(
    ("platform", "lines", "complaint"),
    [
        ("cisco_ios", ["interface Vlan10", "ip address 10.0.0.1/24"], "Invalid input"),
        ("cisco_ios", ["vlan 77", "name USERS"], "identical name"),
        ("huawei_vrp", ["interface GigabitEthernet0/0/9", "port default vlan 77"], "does not exist"),
        ("huawei_vrp", ["undo vlan 1"], "cannot be deleted"),
    ],
)
def test_it_refuses_what_the_system_refuses(lab: Lab, platform: str, lines: list[str], complaint: str) -> None:
    device = of(lab, platform)
    assert complaint in configure(lab, device, *lines)


@pytest.mark.parametrize(("platform", "exists"), [("cisco_ios", True), ("cisco_nxos", False), ("arista_eos", True)])
def test_it_creates_an_access_ports_vlan_where_the_system_does(lab: Lab, platform: str, exists: bool) -> None:
    device = of(lab, platform)
    port = next(p for p in device.of_kind("ethernet") if p.mode == "access")
    entered(lab, device, f"interface {port.name}", "switchport access vlan 77")
    assert (77 in device.vlans) is exists


# --- EOS sessions


def eos(lab: Lab) -> tuple[Device, EOSDriver]:
    device = of(lab, "arista_eos")
    driver = EOSDriver(device.address, lab.username, lab.password, 10, {"transport": "http", "port": lab.http_port})
    driver.open()
    return device, driver


def test_it_keeps_a_candidate_apart_until_it_is_committed(lab: Lab) -> None:
    device, driver = eos(lab)
    driver.load_merge_candidate(config="\n".join(LINES))
    assert "+vlan 77" in driver.compare_config()
    assert 77 not in device.vlans
    assert device.applied == []
    driver.commit_config()
    assert device.vlans[77] == "LAB-77"
    assert device.applied == ["vlan 77", "vlan 77: name LAB-77", "vlan 78", "vlan 78: name LAB-78"]
    assert device.startup == lab.running_config(device.address)
    driver.rollback()
    assert 77 not in device.vlans
    driver.close()


def test_it_undoes_a_commit_that_nobody_confirmed(lab: Lab) -> None:
    device, driver = eos(lab)
    driver.load_merge_candidate(config="vlan 77")
    driver.commit_config(revert_in=1)
    assert driver.has_pending_commit()
    assert 77 in device.vlans
    soon(lambda: 77 not in device.vlans)
    assert not driver.has_pending_commit()
    assert device.applied == ["vlan 77", "undone: session " + driver.config_session]


def test_it_keeps_a_commit_that_was_confirmed(lab: Lab) -> None:
    device, driver = eos(lab)
    driver.load_merge_candidate(config="vlan 77")
    driver.commit_config(revert_in=60)
    assert "vlan 77" not in device.startup
    driver.confirm_commit()
    driver.close()
    assert "vlan 77" in device.startup


def test_it_drops_a_candidate_and_an_unconfirmed_commit_on_demand(lab: Lab) -> None:
    device, driver = eos(lab)
    driver.load_merge_candidate(config="vlan 77")
    driver.discard_config()
    assert device.candidates == {}
    driver.load_merge_candidate(config="vlan 77")
    driver.commit_config(revert_in=60)
    driver.rollback()
    assert 77 not in device.vlans


def test_it_refuses_a_candidate_with_a_wrong_line(lab: Lab) -> None:
    device, driver = eos(lab)
    with pytest.raises(MergeConfigException, match="vlan 5000"):
        driver.load_merge_candidate(config="vlan 77\nvlan 5000")
    assert device.candidates == {}
    driver.close()


def test_it_can_commit_and_cut_the_answer(lab: Lab) -> None:
    device, driver = eos(lab)
    lab.fault(device.address, "cut-in-commit:1")
    driver.load_merge_candidate(config="vlan 77")
    with pytest.raises(pyeapi.eapilib.ConnectionError):
        driver.commit_config(revert_in=60)
    assert 77 in device.vlans
    assert [candidate.state for candidate in device.candidates.values()] == ["pendingCommitTimer"]
    lab.forget(device.address)


def test_it_edits_a_session_over_ssh(lab: Lab) -> None:
    device = of(lab, "arista_eos")
    seen = talk(lab, device, "configure session one", "vlan 77", "show session-config diffs", "end")
    assert "+vlan 77" in seen
    assert 77 not in device.vlans
    talk(lab, device, "configure session one", "name X", "commit")
    assert 77 in device.vlans


# --- VRP in two stages


def test_it_lets_lines_wait_for_their_commit(lab: Lab) -> None:
    device = of(lab, "huawei_vrp")
    lab.fault(device.address, "two-stage")
    seen = talk(lab, device, "system-view", "vlan 77", "clear configuration candidate", "vlan 78", "return", "n")
    assert f"[*{device.hostname}-vlan77]" in seen
    assert f"[~{device.hostname}]" in seen
    assert "Uncommitted" in seen
    assert device.applied == []
    talk(lab, device, "system-view", "vlan 78", "commit", "return")
    assert device.applied == ["vlan 78"]
    assert 78 in device.vlans


# --- Comware


def test_it_writes_vlans_as_comware_does(lab: Lab) -> None:
    device = of(lab, "hp_comware")
    port = next(p for p in device.of_kind("ethernet") if p.mode == "trunk")
    shown = entered(lab, device, "vlan 77", "name LAB", "vlan 71", "vlan 72", "vlan 73", f"interface {port.name}",
                    "port trunk permit vlan 71 to 73")  # fmt: skip
    block = shown.partition(f"interface {port.name}\n")[2].partition("#")[0]
    assert " undo port trunk permit vlan 1\n port trunk permit vlan 10 20 30 40 50 60 71 to 73 99\n" in block
    assert "\nvlan 71 to 73\n#\nvlan 77\n name LAB\n#\n" in shown
    assert "interface Vlan-interface77" in entered(lab, device, "interface Vlan-interface77")


@pytest.mark.parametrize(
    "command",
    ["display interface", "display vlan all", "display ip interface", "display device manuinfo",
     "display lldp neighbor-information verbose"],
)  # fmt: skip
def test_it_prints_what_comwares_templates_parse(lab: Lab, command: str) -> None:
    cli = lab.new_cli(of(lab, "hp_comware").address)
    assert parse_output(platform="hp_comware", command=command, data=cli.enter(command))
