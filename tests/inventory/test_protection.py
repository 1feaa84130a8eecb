"""What is left alone so that a change does not cut off the session that makes it."""

import pytest

from inventory.facts import InterfaceFact
from inventory.protection import protected_on
from inventory.vlans import PortState, SwitchState
from tests.factories import make_device, make_interface, make_neighbour

pytestmark = pytest.mark.django_db
ADDRESS = "127.77.9.9"


def access(name: str, vlan: int = 1, up: bool = True) -> PortState:
    return PortState(name, "access", access_vlan=vlan, up=up)


def switch(*ports: PortState, management: int = 1) -> SwitchState:
    return SwitchState(
        vlans={1: "default", 99: "mgmt"},
        ports={port.name: port for port in ports},
        svis={management: (f"{ADDRESS}/24",), 10: ("10.1.10.1/24",)},
    )


def test_the_vlan_that_holds_the_management_address_is_protected() -> None:
    found = protected_on(make_device(primary_address=ADDRESS), switch(access("Gi1"), management=99), ())
    assert (found.management_vlan, found.ports) == (99, frozenset())


def test_the_routed_port_that_holds_it_is_protected() -> None:
    ports = (InterfaceFact("Management1", addresses=(f"{ADDRESS}/24",)), InterfaceFact("Ethernet1"))
    found = protected_on(make_device(primary_address=ADDRESS), SwitchState(), ports)
    assert (found.management_vlan, found.ports) == (None, frozenset({"Management1"}))


def test_a_port_that_an_operator_marked_is_protected() -> None:
    device = make_device(primary_address=ADDRESS)
    make_interface(device, "Gi1/0/48", protected=True)
    make_interface(device, "Gi1/0/47")
    assert protected_on(device, SwitchState(), ()).ports == {"Gi1/0/48"}


def test_in_vlan_1_the_session_comes_in_where_a_neighbour_is() -> None:
    device = make_device(primary_address=ADDRESS)
    make_neighbour(device, "Gi1/0/2")
    state = switch(access("GigabitEthernet1/0/1"), access("GigabitEthernet1/0/2"), access("GigabitEthernet1/0/3", 20))
    assert protected_on(device, state, ()).ports == {"GigabitEthernet1/0/2"}


def test_in_vlan_1_without_a_neighbour_it_comes_in_by_the_trunk() -> None:
    state = switch(access("Gi1"), PortState("Gi2", "trunk", allowed=None, up=True))
    assert protected_on(make_device(primary_address=ADDRESS), state, ()).ports == frozenset()


@pytest.mark.parametrize("trunk", [PortState("Gi9", "trunk", allowed=frozenset({10}), up=True),
                                   PortState("Gi9", "trunk", allowed=None, up=False)])  # fmt: skip
def test_in_vlan_1_every_port_that_may_carry_it_is_protected_when_nobody_can_tell(trunk: PortState) -> None:
    state = switch(access("Gi1"), access("Gi2"), access("Gi3", up=False), access("Gi4", 10), trunk)
    assert protected_on(make_device(primary_address=ADDRESS), state, ()).ports == {"Gi1", "Gi2"}
