"""The VLAN planner: whatever a switch is like and whatever is asked, nothing outside the request changes."""

import ipaddress
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.facts import InterfaceFact, VlanFact
from inventory.platforms import get_platform, platforms
from inventory.vlans import (
    ALL,
    PortState,
    Protected,
    SwitchState,
    VlanRequest,
    WantedVlan,
    diff_of,
    foreign,
    from_relevant,
    mismatches,
    plan_undo,
    plan_vlans,
    relevant,
    request_errors,
    request_of,
    switch_state,
)
from tests.inventory.vlan_interpreter import enter

DEPLOYABLE = tuple(slug for slug, platform in platforms().items() if platform.vlan_templates)
NOBODY = Protected()
CASES = sorted(Path("tests/data").glob("*/vlan_config/*.txt"))
PORT_NAMES = {
    "cisco_ios": "GigabitEthernet1/0/{}",
    "cisco_nxos": "Ethernet1/{}",
    "arista_eos": "Ethernet{}",
    "huawei_vrp": "GigabitEthernet0/0/{}",
    "hp_comware": "GigabitEthernet1/0/{}",
    "juniper_junos": "ge-0/0/{}",
}

vids = st.integers(2, 30)
some_vids = st.frozensets(vids, max_size=12)
lists = st.one_of(st.none(), some_vids, some_vids.map(lambda some: some | {1}))


@st.composite
def states(draw: Any, slug: str) -> SwitchState:
    """Any switch: VLANs with and without names, ports of all modes, routed VLANs."""
    default = get_platform(slug).vlan_templates.default_name
    have = draw(st.frozensets(vids, max_size=12)) | {1}
    braces = get_platform(slug).vlan_templates.form == "braces"
    names = ["net{vid}"] if braces else ["net{vid}", default]
    vlans = {vid: draw(st.sampled_from(names)).format(vid=vid) for vid in have}
    ports = {}
    for number in range(1, draw(st.integers(1, 6)) + 1):
        name = PORT_NAMES[slug].format(number)
        modes = ["access", "trunk", "routed"] + (["dynamic"] if slug == "cisco_ios" else [])
        mode = draw(st.sampled_from(modes))
        allowed = draw(lists) if mode == "trunk" else frozenset()
        ports[name] = PortState(name, mode, draw(st.sampled_from([1, 1, 1, 7])), draw(st.sampled_from([1, 9])), allowed)
    svis = {vid: (f"10.9.{vid}.1/24",) for vid in draw(st.frozensets(st.sampled_from(sorted(have)), max_size=3))}
    return SwitchState(vlans, ports, svis)


@st.composite
def requests(draw: Any, slug: str) -> VlanRequest:
    """Any request for these switches."""
    wanted = []
    ports = [PORT_NAMES[slug].format(number) for number in range(1, 7)]
    for vid in draw(st.lists(vids, min_size=1, max_size=5, unique=True)):
        name = draw(st.sampled_from(["", "", f"net{vid}", f"new{vid}"]))
        address = draw(st.sampled_from(["", "", f"10.8.{vid}.1/24"]))
        wanted.append(WantedVlan(vid, name, address, tuple(draw(st.lists(st.sampled_from(ports), max_size=1)))))
    return VlanRequest(tuple(wanted), tuple(draw(st.sampled_from([(), (ALL,), (ports[0],), (ports[1], ALL)]))))


@pytest.mark.parametrize("slug", DEPLOYABLE)
@settings(max_examples=40)
@given(data=st.data())
def test_nothing_outside_the_request_changes_and_twice_is_once(slug: str, data: Any) -> None:
    platform = get_platform(slug)
    before, request = data.draw(states(slug)), data.draw(requests(slug))
    wanted = {vlan.vid for vlan in request.vlans}
    plan = plan_vlans(platform, before, request, NOBODY)
    after = enter(plan.commands, before, slug)
    if plan.refusals:
        assert plan.commands == ()
        assert after == before
        return
    assert foreign(before, after, request) == ()
    assert mismatches(after, plan.predicted, request) == ()
    for vid in before.vlans.keys() | after.vlans.keys():
        assert vid in wanted or before.vlans.get(vid) == after.vlans.get(vid)
        assert vid in after.vlans
    for name, port in before.ports.items():
        now = after.ports[name]
        if port.allowed is None:
            assert now.allowed is None
        else:
            assert port.allowed <= now.allowed <= port.allowed | wanted
        assert now.native_vlan == port.native_vlan
        assert now.access_vlan == port.access_vlan or (now.access_vlan in wanted and port.access_vlan == 1)
    assert plan_vlans(platform, after, request, NOBODY).commands == ()
    assert plan_vlans(platform, plan.predicted, request, NOBODY).commands == ()
    assert bool(plan.diff) == bool(plan.commands)


@pytest.mark.parametrize("slug", DEPLOYABLE)
@settings(max_examples=40)
@given(data=st.data())
def test_what_was_entered_is_taken_back_to_the_state_before(slug: str, data: Any) -> None:
    platform = get_platform(slug)
    before, request = data.draw(states(slug)), data.draw(requests(slug))
    commands = plan_vlans(platform, before, request, NOBODY).commands
    half = enter(commands[: data.draw(st.integers(0, len(commands)))], before, slug)
    noted = from_relevant(json.loads(json.dumps(relevant(before, request))))
    undone = enter(plan_undo(platform, noted, half, request), half, slug)
    assert relevant(undone, request) == relevant(before, request)
    assert foreign(before, undone, request) == ()


@pytest.mark.parametrize("slug", DEPLOYABLE)
@settings(max_examples=40)
@given(data=st.data())
def test_half_of_a_plan_is_completed_by_a_plan_from_there(slug: str, data: Any) -> None:
    platform = get_platform(slug)
    before, request = data.draw(states(slug)), data.draw(requests(slug))
    plan = plan_vlans(platform, before, request, NOBODY)
    half = enter(plan.commands[: data.draw(st.integers(0, len(plan.commands)))], before, slug)
    rest = plan_vlans(platform, half, request, NOBODY)
    assert bool(rest.refusals) == bool(plan.refusals)
    assert mismatches(enter(rest.commands, half, slug), plan.predicted, request) == ()


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parts[2]}-{path.stem}")
def test_it_reads_a_configuration(path: Path) -> None:
    slug, wanted = path.parts[2], json.loads(path.with_suffix(".json").read_text())
    facts = tuple(InterfaceFact(name, mode=mode) for name, mode in wanted.pop("facts", {}).items())
    state = switch_state(get_platform(slug), (), facts, path.read_text())
    ports = {
        name: [port.mode, port.access_vlan, port.native_vlan, None if port.allowed is None else sorted(port.allowed)]
        for name, port in state.ports.items()
    }
    assert {"vlans": {str(vid): name for vid, name in state.vlans.items()}, "ports": ports} == {
        name: wanted[name] for name in ("vlans", "ports")
    }
    assert {str(vid): list(addresses) for vid, addresses in state.svis.items()} == wanted.get("svis", {})
    assert dict(state.members) == wanted.get("members", {})


@pytest.mark.parametrize("slug", DEPLOYABLE)
@given(text=st.text(max_size=300), vlans=st.lists(st.builds(VlanFact, vid=vids, name=st.text(max_size=8)), max_size=3))
def test_rubbish_for_a_configuration_is_read_without_a_fault(slug: str, text: str, vlans: list[VlanFact]) -> None:
    state = switch_state(get_platform(slug), tuple(vlans), (), f"interface x\n {text}\nvlan {text}\n{text}")
    assert {vlan.vid for vlan in vlans} <= state.vlans.keys()


PRESENT = SwitchState(
    vlans={1: "default", 10: "users", 20: "VLAN0020", 30: "voice", 99: "mgmt"},
    ports={
        port.name: port
        for port in (
            PortState("GigabitEthernet1/0/1", "access"),
            PortState("GigabitEthernet1/0/2", "access", access_vlan=30),
            PortState("GigabitEthernet1/0/3", "dynamic"),
            PortState("GigabitEthernet1/0/4", "routed"),
            PortState("GigabitEthernet1/0/5", "access"),
            PortState("GigabitEthernet1/0/24", "trunk", allowed=frozenset({10, 99})),
            PortState("GigabitEthernet1/0/23", "trunk", allowed=None),
            PortState("GigabitEthernet1/0/22", "trunk", allowed=frozenset()),
        )
    },
    svis={99: ("10.0.99.2/24",)},
    members={"GigabitEthernet1/0/20": "Port-channel1"},
    routed={"GigabitEthernet1/0/4": ("192.0.2.1/30",)},
)
GUARDED = Protected(management_vlan=99, ports=frozenset({"GigabitEthernet1/0/5"}))


def planned(*vlans: WantedVlan, trunks: tuple[str, ...] = (), slug: str = "cisco_ios") -> Any:
    return plan_vlans(get_platform(slug), PRESENT, VlanRequest(vlans, trunks), GUARDED)


@pytest.mark.parametrize(
    ("vlan", "trunks", "sentence"),
    [
        (WantedVlan(10, "staff"), (), "VLAN 10 exists under the name 'users': it is not renamed to 'staff'."),
        (WantedVlan(40, "users"), (), "The name 'users' belongs to VLAN 10."),
        (WantedVlan(1003), (), "VLAN 1003 is reserved on Cisco IOS and IOS-XE."),
        (WantedVlan(99, "", "10.0.99.3/24"), (), "VLAN 99 carries the management of the device"),
        (WantedVlan(40, "", "10.0.99.129/25"), (), "10.0.99.129/25 overlaps 10.0.99.2/24 of VLAN 99."),
        (WantedVlan(40, "", "192.0.2.2/30"), (), "192.0.2.2/30 overlaps 192.0.2.1/30 of GigabitEthernet1/0/4."),
        (WantedVlan(40, access_ports=("Gi1/0/24",)), (), "GigabitEthernet1/0/24 is a trunk: it is not made an access"),
        (WantedVlan(40, access_ports=("Gi1/0/4",)), (), "GigabitEthernet1/0/4 is routed"),
        (WantedVlan(40, access_ports=("Gi1/0/2",)), (), "is in VLAN 30: a deployment adds, it does not move ports."),
        (WantedVlan(40, access_ports=("Gi1/0/5",)), (), "GigabitEthernet1/0/5 is protected"),
        (WantedVlan(40, access_ports=("Gi1/0/20",)), (), "is a member of Port-channel1"),
        (WantedVlan(40, access_ports=("Gi9/9/*",)), (), "There is no port Gi9/9/* on the device."),
        (WantedVlan(40), ("Gi1/0/1",), "GigabitEthernet1/0/1 is no trunk: a deployment makes none."),
        (WantedVlan(40), ("Gi1/0/5",), "GigabitEthernet1/0/5 is protected"),
    ],
)
def test_it_refuses_what_would_take_something_away(vlan: WantedVlan, trunks: tuple[str, ...], sentence: str) -> None:
    plan = planned(vlan, trunks=trunks)
    assert any(sentence in refusal for refusal in plan.refusals), plan.refusals
    assert (plan.commands, plan.predicted, plan.diff) == ((), PRESENT, "")


def test_it_adds_to_every_trunk_that_lacks_the_vlans_with_collapsed_ranges() -> None:
    plan = planned(WantedVlan(10), WantedVlan(11), WantedVlan(12), WantedVlan(20, "printers"), trunks=(ALL,))
    assert plan.commands == (
        "vlan 11",
        "vlan 12",
        "vlan 20",
        "name printers",
        "interface GigabitEthernet1/0/24",
        "switchport trunk allowed vlan add 11-12,20",
        "interface GigabitEthernet1/0/22",
        "switchport trunk allowed vlan add 10-12,20",
    )
    assert plan.diff == (
        "+vlan 11\n+vlan 12\n vlan 20\n- name VLAN0020\n+ name printers\n"
        " interface GigabitEthernet1/0/22\n+ trunk allowed vlan 10-12,20\n"
        " interface GigabitEthernet1/0/24\n+ trunk allowed vlan 11-12,20\n"
    )


def test_it_makes_an_access_port_of_one_that_would_negotiate() -> None:
    plan = planned(WantedVlan(40, "lab", "10.1.40.1/25", ("gi1/0/3",)))
    assert plan.commands == (
        "vlan 40",
        "name lab",
        "interface Vlan40",
        "ip address 10.1.40.1 255.255.255.128",
        "no shutdown",
        "interface GigabitEthernet1/0/3",
        "switchport mode access",
        "switchport access vlan 40",
    )


def test_a_long_list_is_entered_in_lines_that_every_device_takes() -> None:
    trunk = PortState("GigabitEthernet1/0/1", "trunk", allowed=frozenset())
    state = SwitchState({1: ""} | dict.fromkeys(range(2, 400, 2), ""), {trunk.name: trunk})
    request = VlanRequest(tuple(WantedVlan(vid) for vid in range(2, 400, 2)), (ALL,))
    for slug in ("cisco_ios", "huawei_vrp"):
        plan = plan_vlans(get_platform(slug), state, request, NOBODY)
        assert max(map(len, plan.commands)) < 100
        assert enter(plan.commands, state, slug) == plan.predicted


def test_it_names_what_is_missing_and_what_somebody_else_changed() -> None:
    request = VlanRequest((WantedVlan(40, "lab", "10.1.40.1/25", ("gi1/0/3",)),), ("Gi1/0/24",))
    plan = plan_vlans(get_platform("cisco_ios"), PRESENT, request, GUARDED)
    assert mismatches(PRESENT, plan.predicted, request) == (
        "VLAN 40 is not on the device.",
        "The routed interface of VLAN 40 does not have the address 10.1.40.1/25.",
        "The trunk GigabitEthernet1/0/24 does not carry VLAN 40.",
        "GigabitEthernet1/0/3 is not an access port of VLAN 40.",
    )
    port = PRESENT.ports["GigabitEthernet1/0/24"]
    changed = replace(
        plan.predicted,
        vlans={**plan.predicted.vlans, 30: "video", 50: ""},
        ports={**plan.predicted.ports, port.name: replace(port, allowed=frozenset({40, 99}))},
    )
    assert foreign(PRESENT, changed, request) == (
        "VLAN 30 was renamed from 'voice' to 'video'.",
        "VLAN 50 appeared.",
        "GigabitEthernet1/0/24 was changed.",
    )
    assert diff_of(PRESENT, PRESENT) == ""


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "vlans"),
        ({"vlans": []}, "vlans"),
        ({"vlans": [{"vid": vid} for vid in range(2, 300)]}, "vlans"),
        ({"vlans": [7]}, "vlans[0]"),
        *(({"vlans": [{"vid": vid}]}, "vlans[0].vid") for vid in (0, 1, 4095, -1, "10", True, None, 2.0)),
        ({"vlans": [{"vid": 10}, {"vid": 10, "name": "x"}]}, "vlans[1].vid"),
        ({"vlans": [{"vid": 10, "name": "x"}, {"vid": 11, "name": "X"}]}, "vlans[1].name"),
        ({"vlans": [{"vid": 10, "colour": "red"}]}, "vlans[0].colour"),
        *(({"vlans": [{"vid": 10, "name": name}]}, "vlans[0].name") for name in ("a b", "x" * 33, "a\nb", "12", "?")),
        *(
            ({"vlans": [{"vid": 10, "address": one}]}, "vlans[0].address")
            for one in ("10.0.0.1", "10.0.0.0/24", "10.0.0.255/24", "x/24", "::1/64", "127.0.0.1/8", 7)
        ),
        ({"vlans": [{"vid": 10, "access_ports": ["all"]}]}, "vlans[0].access_ports"),
        ({"vlans": [{"vid": 10, "access_ports": ["Gi1/0/1"]}, {"vid": 11, "access_ports": ["Gi1/0/1"]}]},
         "vlans[1].access_ports"),
        ({"vlans": [{"vid": 10}], "trunks": ["Gi1/0/1\nreload"]}, "trunks"),
        ({"vlans": [{"vid": 10}], "trunks": "all"}, "trunks"),
        ({"vlans": [{"vid": 10}], "trunks": ["x"] * 101}, "trunks"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_request(data: dict[str, Any], field: str) -> None:
    errors = request_errors(data)
    assert field in errors
    assert all(sentence.endswith(".") for sentence in errors.values())


@given(data=st.dictionaries(st.sampled_from(["vlans", "trunks"]), st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["vid", "name", "address", "access_ports", "x"]), inner, max_size=4),
    max_leaves=12,
)))  # fmt: skip
def test_any_data_is_a_request_or_told_why_not(data: dict[str, Any]) -> None:
    if not request_errors(data):
        wanted = request_of(data)
        assert all(isinstance(ipaddress.ip_interface(one.address), object) for one in wanted.vlans if one.address)
        assert all(re.fullmatch(r"[!-~]*", one.name) for one in wanted.vlans)
