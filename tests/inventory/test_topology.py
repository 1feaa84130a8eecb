"""Links come out the same whichever end, protocol or spelling told of them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.facts import NeighbourFact
from inventory.topology import LinkFact, Node, Seen, build, interface_key

A = Node(1, ("sw-a.example.com",), ("aa:aa:aa:00:00:01",), ("10.0.0.1",), ("GigabitEthernet0/1", "GigabitEthernet0/2"))
B = Node(2, ("sw-b",), ("bb:bb:bb:00:00:02",), ("10.0.0.2",), ("Ethernet1/1", "Ethernet1/2", "mgmt0"))


def lldp(local: str, **told: str) -> NeighbourFact:
    return NeighbourFact("lldp", local, **told)  # type: ignore[arg-type]


def test_both_ends_and_both_protocols_make_one_agreed_link():
    seen = [
        Seen(1, lldp("Gi0/1", remote_chassis_id="bbbb.bb00.0002", remote_port="Eth1/1")),
        Seen(1, NeighbourFact("cdp", "GigabitEthernet0/1", remote_name="SW-B(FOC1234)", remote_port="Ethernet1/1")),
        Seen(2, lldp("Ethernet1/1", remote_name="sw-a.example.com", remote_port="Gi0/1")),
    ]
    expected = (LinkFact(1, "GigabitEthernet0/1", 2, "Ethernet1/1", ("cdp", "lldp"), True),)
    for _ in range(6):
        random.shuffle(seen)
        assert build(seen, [A, B]).links == expected


def test_what_only_one_end_says_is_a_link_not_agreed():
    links = build([Seen(2, lldp("Eth1/2", remote_address="10.0.0.1", remote_port="Gi0/2"))], [A, B]).links
    assert links == (LinkFact(1, "GigabitEthernet0/2", 2, "Ethernet1/2", ("lldp",), False),)


def test_two_cables_between_two_devices_are_two_links():
    seen = [Seen(1, lldp(f"Gi0/{n}", remote_name="sw-b", remote_port=f"Ethernet1/{n}")) for n in (1, 2)]
    assert len(build(seen, [A, B]).links) == 2


def test_a_far_port_told_as_a_number_is_found_by_its_description():
    row = Seen(1, lldp("Gi0/1", remote_name="sw-b", remote_port="520", remote_port_description="Ethernet1/1"))
    assert build([row], [A, B]).links[0].b_interface == "Ethernet1/1"


def test_a_far_port_told_as_a_mac_is_found_from_the_other_end():
    seen = [
        Seen(1, lldp("Gi0/1", remote_name="sw-b", remote_port="bb:bb:bb:00:00:99")),
        Seen(2, lldp("Ethernet1/1", remote_name="sw-a", remote_port="Gi0/1")),
    ]
    assert build(seen, [A, B]).links == (LinkFact(1, "GigabitEthernet0/1", 2, "Ethernet1/1", ("lldp",), True),)


def test_one_protocol_completes_what_the_other_leaves_out():
    seen = [
        Seen(1, lldp("Gi0/1", remote_name="sw-b", remote_port="bb:bb:bb:00:00:99")),
        Seen(1, NeighbourFact("cdp", "Gi0/1", remote_name="sw-b", remote_port="Ethernet1/1")),
    ]
    links = build(seen, [A, B]).links
    assert links == (LinkFact(1, "GigabitEthernet0/1", 2, "Ethernet1/1", ("cdp", "lldp"), False),)


def test_a_neighbour_nobody_knows_is_handed_back():
    stranger = Seen(1, lldp("Gi0/2", remote_name="printer", remote_address="10.9.9.9"))
    topology = build([stranger], [A, B])
    assert (topology.links, topology.unknown) == ((), (stranger,))


def test_a_name_two_devices_carry_does_not_decide():
    seen = Seen(1, lldp("Gi0/1", remote_name="twin", remote_port="x"))
    assert build([seen], [A, Node(3, ("twin",)), Node(4, ("twin",))]).unknown == (seen,)


def test_a_device_is_not_its_own_neighbour():
    seen = Seen(1, lldp("Gi0/1", remote_name="sw-a", remote_port="Gi0/2"))
    assert build([seen], [A, B]).links == ()


@pytest.mark.parametrize(
    "spellings",
    [
        ("GigabitEthernet0/1", "Gi0/1", "gi 0/1", "GE0/1"),
        ("TenGigabitEthernet1/1/1", "Te1/1/1", "Ten-GigabitEthernet1/1/1", "XGE1/1/1", "XGigabitEthernet1/1/1"),
        ("Ethernet1/1", "Eth1/1", "Et1/1"),
        ("100GE1/0/1", "HundredGigE1/0/1", "Hu1/0/1"),
        ("Port-channel10", "Po10", "port-channel 10", "Bridge-Aggregation10", "Bundle-Ether10"),
        ("ge-0/0/0", "ge-0/0/0.0"),
        ("Vlan100", "Vlanif100", "Vlan-interface100", "Vl100"),
        ("mgmt0", "Management0", "Ma0"),
    ],
)
def test_spellings_of_one_interface_are_equal(spellings: tuple[str, ...]):
    assert len({interface_key(name) for name in spellings}) == 1


def test_different_interfaces_stay_different():
    names = [
        "Gi0/1",
        "Gi0/11",
        "Gi0/1.1",
        "Te0/1",
        "Fa0/1",
        "ge-0/0/1",
        "xe-0/0/1",
        "1",
        "A1",
        "Po1",
        "Vlan1",
        "Lo1",
        "",
    ]
    assert len({interface_key(name) for name in names}) == len(names)


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.text(max_size=12), st.text(max_size=12), st.text(max_size=12)))
)
def test_rubbish_never_raises_and_every_neighbour_is_accounted_for(rows: list[tuple[int, str, str, str]]):
    seen = [Seen(d, lldp(port, remote_name=name, remote_port=far)) for d, port, name, far in rows]
    topology = build(seen, [A, B])
    assert len(topology.links) + len(topology.unknown) <= len(seen)
    assert all(link.a_device != link.b_device or link.a_interface != link.b_interface for link in topology.links)
