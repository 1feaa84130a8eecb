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
import pytest

from tests.lab.control import ask, state
from tests.lab.lab import Lab
from tests.lab.state import Device

ROOT = Path(__file__).parent.parent
PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp")
CONFIGURE = dict.fromkeys(PLATFORMS, "configure terminal") | {"huawei_vrp": "system-view"}
LEAVE = dict.fromkeys(PLATFORMS, "end") | {"huawei_vrp": "return"}
SAVE = dict.fromkeys(PLATFORMS, ("write memory",)) | {
    "cisco_nxos": ("copy running-config startup-config",),
    "huawei_vrp": ("save", "y"),
}
LINES = ["vlan 77", "name LAB-77", "vlan 78", "name LAB-78"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(devices=4, platforms=PLATFORMS, network="127.47.0.0/24") as running:
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
                while not re.search(rf"{device.hostname}\S*[>#\]] ?$|\[Y/N\]$", answer) or line not in answer:
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
    lab.fault(device.address, "reboot-in-deploy:0.3")
    configure(lab, device, *LINES)
    assert {76, 77} & set(device.vlans) == {76}
    assert "dropped" in talk(lab, device)
    while "dropped" in configure(lab, device, *LINES):
        pass
    assert {76, 77, 78} <= set(device.vlans)
    assert device.uptime < 60


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
