"""The VLAN planner: whatever a switch is like and whatever is asked, nothing outside the request changes."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
)
from inventory.vlans.ports import ports_of
from tests.inventory.vlan_interpreter import enter

DEPLOYABLE = tuple(slug for slug, platform in platforms().items() if platform.vlan_templates)
NOBODY = Protected()
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
def port_states(draw: Any, slug: str, name: str) -> PortState:
    """Any port: of all modes, fixed or negotiated, configured by itself or with others."""
    mode = draw(st.sampled_from(["access", "access", "trunk", "routed", *(["dynamic"] if slug == "cisco_ios" else [])]))
    negotiated = mode == "trunk" and slug == "cisco_ios" and draw(st.booleans())
    return PortState(
        name,
        mode,
        draw(st.sampled_from([1, 1, 1, 7])) if mode != "trunk" else 1,
        draw(st.sampled_from([1, 9])),
        draw(lists) if mode in ("trunk", "dynamic") else frozenset(),
        negotiated=negotiated,
        shared=not negotiated and mode != "dynamic" and draw(st.integers(0, 7)) == 0,
    )


@st.composite
def states(draw: Any, slug: str) -> SwitchState:
    """Any switch: VLANs with and without names, some that share one, ports of all modes, routed VLANs."""
    templates = get_platform(slug).vlan_templates
    have = draw(st.frozensets(vids, max_size=12)) | {1}
    names = ["net{vid}", templates.default_name, *(["bulk"] if templates.form == "braces" else [])]
    vlans = {vid: draw(st.sampled_from(names)).format(vid=vid) for vid in have}
    count = draw(st.integers(1, 6))
    ports = {name: draw(port_states(slug, name)) for name in map(PORT_NAMES[slug].format, range(1, count + 1))}
    svis = {vid: (f"10.9.{vid}.1/24",) for vid in draw(st.frozensets(st.sampled_from(sorted(have)), max_size=3))}
    taken = draw(st.sampled_from([frozenset(), frozenset({"new3", "vlan4"})]))
    members = {PORT_NAMES[slug].format(7): PORT_NAMES[slug].format(1)}
    return SwitchState(vlans, ports, svis, members, taken=taken)


@st.composite
def requests(draw: Any, slug: str, state: SwitchState) -> VlanRequest:
    """Any request for this switch; most of them fit, because what is refused proves little."""
    wild = draw(st.integers(0, 3)) == 0
    free = [one.name for one in state.ports.values() if one.mode in ("access", "dynamic") and not one.shared]
    trunks = [one.name for one in state.ports.values() if one.mode == "trunk" and not one.shared]
    every = [PORT_NAMES[slug].format(number) for number in range(1, 8)]
    wanted = []
    for vid in draw(st.lists(st.one_of(vids, st.just(7)), min_size=1, max_size=5, unique=True)):
        name = draw(
            st.sampled_from(["", f"net{vid}", f"new{vid}"] if wild else ["", state.vlans.get(vid, f"new{vid}")])
        )
        address = draw(st.sampled_from(["", f"10.{8 if vid not in state.svis or wild else 9}.{vid}.1/24"]))
        mine = (
            [one for one in every if one in state.ports]
            if wild and vid % 4
            else every
            if wild
            else [name for name in free if state.ports[name].access_vlan in (1, vid)]
        )
        ports = draw(st.lists(st.sampled_from(mine), max_size=2)) if mine else []
        free = [name for name in free if name not in ports]
        wanted.append(WantedVlan(vid, name, address, tuple(ports)))
    named = draw(st.lists(st.sampled_from(every if wild else trunks), max_size=2)) if wild or trunks else []
    return VlanRequest(tuple(wanted), tuple(named + draw(st.sampled_from([[], [ALL]]))))


guards = st.builds(
    Protected,
    st.one_of(st.none(), st.none(), vids),
    st.frozensets(st.sampled_from(["Gi1/0/1", "Ethernet1/2"]), max_size=1),
)


@pytest.mark.parametrize("slug", DEPLOYABLE)
@settings(max_examples=60)
@given(data=st.data())
def test_nothing_outside_the_request_changes_and_twice_is_once(slug: str, data: Any) -> None:
    platform = get_platform(slug)
    before = data.draw(states(slug))
    request = data.draw(requests(slug, before))
    wanted = {vlan.vid for vlan in request.vlans}
    guard = data.draw(guards)
    plan = plan_vlans(platform, before, request, guard)
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
    for again in (after, plan.predicted):
        twice = plan_vlans(platform, again, request, guard)
        assert (twice.commands, twice.refusals) == ((), ())
    assert (dict(after.ports), dict(after.svis)) == (dict(plan.predicted.ports), dict(plan.predicted.svis))
    assert bool(plan.diff) == bool(plan.commands)


@pytest.mark.parametrize("slug", DEPLOYABLE)
@settings(max_examples=60)
@given(data=st.data())
def test_what_was_entered_is_taken_back_to_the_state_before(slug: str, data: Any) -> None:
    platform = get_platform(slug)
    before = data.draw(states(slug))
    request = data.draw(requests(slug, before))
    commands = plan_vlans(platform, before, request, NOBODY).commands
    noted = from_relevant(json.loads(json.dumps(relevant(before, request))))
    for half in (enter(commands[:entered], before, slug) for entered in range(len(commands) + 1)):
        undone = enter(plan_undo(platform, noted, half, request), half, slug)
        assert relevant(undone, request) == relevant(before, request)
        assert (dict(undone.ports), dict(undone.svis)) == (dict(before.ports), dict(before.svis))
        assert undone.vlans == before.vlans


@pytest.mark.parametrize("slug", DEPLOYABLE)
@settings(max_examples=60)
@given(data=st.data())
def test_half_of_a_plan_is_completed_by_a_plan_from_there(slug: str, data: Any) -> None:
    platform = get_platform(slug)
    before = data.draw(states(slug))
    request = data.draw(requests(slug, before))
    plan = plan_vlans(platform, before, request, NOBODY)
    for half in (enter(plan.commands[:entered], before, slug) for entered in range(len(plan.commands) + 1)):
        rest = plan_vlans(platform, half, request, NOBODY)
        assert bool(rest.refusals) == bool(plan.refusals)
        assert mismatches(enter(rest.commands, half, slug), plan.predicted, request) == ()


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


def port_map(*ports: PortState) -> dict[str, PortState]:
    return {port.name: port for port in ports}


ODD = replace(
    PRESENT,
    ports=port_map(
        PortState("GigabitEthernet1/0/6", "trunk", negotiated=True, allowed=frozenset({10})),
        PortState("GigabitEthernet1/0/7", "access", shared=True),
        PortState("GigabitEthernet1/0/8", "trunk", allowed=frozenset({10, 30}), shared=True),
        PortState("Port-channel1", "access"),
    ),
    elsewhere={30: "its routed interface is irb.100"},
    members={"GigabitEthernet1/0/5": "Port-channel1"},
)


@pytest.mark.parametrize(
    ("vlan", "trunks", "sentence"),
    [
        (WantedVlan(40, access_ports=("Gi1/0/6",)), (), "is a trunk, negotiated with its neighbour: it is not made an"),
        (WantedVlan(40, access_ports=("Gi1/0/7",)), (), "GigabitEthernet1/0/7 gets its VLANs from a range, group,"),
        (WantedVlan(40), ("Gi1/0/8",), "GigabitEthernet1/0/8 gets its VLANs from a range, group,"),
        (WantedVlan(40), (ALL,), "GigabitEthernet1/0/8 gets its VLANs from a range, group,"),
        (WantedVlan(40, access_ports=("Po1",)), (), "Port-channel1 is protected"),
        (WantedVlan(40, access_ports=("gi1/0/5*",)), (), "GigabitEthernet1/0/5 is a member of Port-channel1"),
        (WantedVlan(30, "", "10.0.30.1/24"), (), "VLAN 30 is given no address: its routed interface is irb.100."),
        (WantedVlan(99, "oob"), (), "VLAN 99 exists under the name 'mgmt'"),
    ],
)
def test_it_refuses_what_is_not_as_it_looks(vlan: WantedVlan, trunks: tuple[str, ...], sentence: str) -> None:
    plan = plan_vlans(get_platform("cisco_ios"), ODD, VlanRequest((vlan,), trunks), GUARDED)
    assert any(sentence in refusal for refusal in plan.refusals), plan.refusals
    assert plan.commands == ()


def test_what_others_share_or_have_negotiated_is_enough_where_it_has_the_vlans() -> None:
    request = VlanRequest((WantedVlan(10),), ("Gi1/0/6", "gi1/0/8", ALL))
    plan = plan_vlans(get_platform("cisco_ios"), ODD, request, GUARDED)
    assert (plan.commands, plan.refusals) == ((), ())


BRACES = SwitchState(
    vlans={1: "default", 10: "users", 30: "bulk", 31: "bulk", 50: "vlan40"},
    ports=port_map(PortState("ge-0/0/0", "trunk"), PortState("ge-0/0/1", "access")),
    taken=frozenset({"all", "parked"}),
)


@pytest.mark.parametrize(
    ("vlan", "sentence"),
    [
        (WantedVlan(40), "The name 'vlan40' belongs to VLAN 50."),
        (WantedVlan(50, "fifty"), "VLAN 50 exists under the name 'vlan40': it is not renamed to 'fifty'."),
        (WantedVlan(41, "parked"), "The name 'parked' has another meaning on the device: VLAN 41 cannot be called so."),
        (WantedVlan(30, "", "10.0.30.1/24"), "VLAN 30 shares its name 'bulk' with other VLANs: it gets no routed"),
    ],
)
def test_where_names_are_keys_no_name_is_taken_from_another(vlan: WantedVlan, sentence: str) -> None:
    plan = plan_vlans(get_platform("juniper_junos"), BRACES, VlanRequest((vlan,)), NOBODY)
    assert any(sentence in refusal for refusal in plan.refusals), plan.refusals


def test_of_vlans_that_share_a_name_only_the_one_asked_for_is_added() -> None:
    request = VlanRequest((WantedVlan(10), WantedVlan(30)), ("ge-0/0/*",))
    plan = plan_vlans(
        get_platform("juniper_junos"), replace(BRACES, ports=port_map(BRACES.ports["ge-0/0/0"])), request, NOBODY
    )
    assert plan.commands == (
        "set interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members users",
        "set interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members 30",
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Gi1/0/1", "GigabitEthernet1/0/1"),
        ("gi1/0/1", "GigabitEthernet1/0/1"),
        ("GIGABITETHERNET1/0/1", "GigabitEthernet1/0/1"),
        ("Gi1/0/*", "GigabitEthernet1/0/1"),
        ("eth1/1", "Ethernet1/1"),
        ("XGE1/0/49", "Ten-GigabitEthernet1/0/49"),
        ("XGE0/0/1", "XGigabitEthernet0/0/1"),
        ("BAGG7", "Bridge-Aggregation7"),
        ("po7", "port-channel7"),
        ("ge-0/0/*", "ge-0/0/1"),
        ("ae0", "ae0"),
    ],
)
def test_it_knows_a_port_by_its_usual_names(typed: str, name: str) -> None:
    known = ["GigabitEthernet1/0/1", "Ethernet1/1", "Ten-GigabitEthernet1/0/49", "XGigabitEthernet0/0/1", "ae0",
             "Bridge-Aggregation7", "port-channel7", "ge-0/0/1", "GigabitEthernet2/0/1"]  # fmt: skip
    assert ports_of(typed, known) == [name]


def test_an_undo_leaves_alone_what_somebody_else_did_meanwhile() -> None:
    request = VlanRequest((WantedVlan(40, "lab", "10.1.40.1/25", ("Gi1/0/1",)),), ("Gi1/0/24",))
    platform = get_platform("cisco_ios")
    now = plan_vlans(platform, PRESENT, request, GUARDED).predicted
    other, desk = now.ports["GigabitEthernet1/0/22"], now.ports["GigabitEthernet1/0/3"]
    now = replace(
        now,
        ports={**now.ports, other.name: replace(other, allowed=frozenset({40})),
               desk.name: replace(desk, mode="access", access_vlan=40)},
        svis={**now.svis, 40: ("10.1.40.1/25", "2001:db8::1/64")},
    )  # fmt: skip
    before = from_relevant(json.loads(json.dumps(relevant(PRESENT, request))))
    assert plan_undo(platform, before, now, request) == (
        "interface GigabitEthernet1/0/1",
        "no switchport access vlan",
        "interface GigabitEthernet1/0/24",
        "switchport trunk allowed vlan remove 40",
        "interface Vlan40",
        "no ip address 10.1.40.1 255.255.255.128",
    )


def test_a_port_that_only_lost_its_negotiation_gets_it_back() -> None:
    port = PortState("GigabitEthernet1/0/3", "dynamic", access_vlan=20, allowed=None)
    state, request = replace(PRESENT, ports=port_map(port)), VlanRequest((WantedVlan(20, access_ports=(port.name,)),))
    platform = get_platform("cisco_ios")
    plan = plan_vlans(platform, state, request, NOBODY)
    assert plan.commands[1:] == ("switchport mode access", "switchport access vlan 20")
    undo = plan_undo(platform, from_relevant(relevant(state, request)), plan.predicted, request)
    assert undo == (f"interface {port.name}", "no switchport mode")
    assert enter(undo, plan.predicted, "cisco_ios") == state


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
