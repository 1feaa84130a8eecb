"""What a reading found is stored; what it did not look at, or the device did not tell, stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, Snapshot, SystemFacts, VlanFact
from inventory.models import Device
from inventory.record import record
from tests.factories import make_device, make_interface, make_vlan

pytestmark = pytest.mark.django_db

PORT = InterfaceFact(
    name="GigabitEthernet0/1",
    description="to core",
    enabled=True,
    up=True,
    mac_address="00:11:22:33:44:55",
    speed_kbps=1_000_000,
    addresses=("10.0.0.1/24",),
    mode="tagged",
    untagged_vlan=1,
    tagged_vlans=(10, 20),
)


def test_it_stores_interfaces_with_their_addresses_and_vlans() -> None:
    device = make_device()
    changes = record(device, Snapshot(interfaces=(PORT,), vlans=(VlanFact(10, "users"),)))
    port = device.interfaces.get()
    assert (port.description, port.up, port.mode, port.tagged_vlans) == ("to core", True, "tagged", [10, 20])
    address = device.addresses.get()
    assert (address.address, address.prefix_length, address.interface) == ("10.0.0.1", 24, port)
    assert str(device.vlans.get()) == "10 users"
    assert (changes.interfaces, changes.addresses, changes.vlans) == (1, 1, 1)


def test_it_changes_nothing_when_the_same_reading_comes_again() -> None:
    device = make_device()
    snapshot = Snapshot(
        system=SystemFacts(hostname="sw1", serial="X1", uptime_seconds=5),
        interfaces=(PORT,),
        vlans=(VlanFact(10, "users"),),
        neighbours=(NeighbourFact("lldp", "Gi0/1", remote_name="core"),),
        components=(ComponentFact("Power Supply 1", serial="P1"),),
    )
    assert record(device, snapshot)
    rows = [list(queryset.values_list("pk", flat=True)) for queryset in (device.interfaces, device.neighbours)]
    assert not record(device, snapshot)
    assert rows == [list(queryset.values_list("pk", flat=True)) for queryset in (device.interfaces, device.neighbours)]


def test_it_knows_one_port_under_the_spellings_of_snmp_and_ssh() -> None:
    device = make_device()
    record(device, Snapshot(interfaces=(InterfaceFact("Gi0/1", if_index=10101, up=True),)))
    record(device, Snapshot(interfaces=(InterfaceFact("GigabitEthernet0/1", up=False),)))
    port = device.interfaces.get()
    assert (port.if_index, port.up) == (10101, False)


def test_a_port_and_its_unit_zero_are_one_row_with_the_name_of_the_port() -> None:
    device = make_device()
    make_interface(device, name="ge-0/0/1.0", protected=True)
    port = InterfaceFact("ge-0/0/1", description="to core", speed_kbps=1_000_000)
    unit = InterfaceFact("ge-0/0/1.0", addresses=("192.0.2.1/30",))
    for facts in ((port, unit), (unit, port)):
        record(device, Snapshot(interfaces=(*facts, InterfaceFact("ge-0/0/1.7"))))
        assert set(device.interfaces.values_list("name", flat=True)) == {"ge-0/0/1", "ge-0/0/1.7"}
        stored = device.interfaces.get(name="ge-0/0/1")
        assert (stored.description, stored.speed_kbps, stored.protected) == ("to core", 1_000_000, True)
        assert device.addresses.get(address="192.0.2.1").interface == stored


def test_it_keeps_every_part_that_was_not_read() -> None:
    device = make_device()
    make_interface(device, "Ethernet1")
    make_vlan(device, 10)
    record(device, Snapshot(system=SystemFacts(model="C9300-48P")))
    assert (device.interfaces.count(), device.vlans.count()) == (1, 1)
    assert Device.objects.get(pk=device.pk).model == "C9300-48P"


def test_it_removes_what_a_complete_reading_no_longer_shows() -> None:
    device = make_device()
    make_interface(device, "Ethernet1")
    make_vlan(device, 10)
    record(device, Snapshot(interfaces=(), vlans=()))
    assert (device.interfaces.count(), device.vlans.count()) == (0, 0)


def test_it_keeps_switching_facts_when_the_reading_did_not_look_at_switching() -> None:
    device = make_device()
    record(device, Snapshot(interfaces=(PORT,)))
    record(device, Snapshot(interfaces=(InterfaceFact("GigabitEthernet0/1", description="to core"),)))
    assert device.interfaces.get().tagged_vlans == [10, 20]


def test_it_keeps_facts_the_device_did_not_tell_this_time() -> None:
    device = make_device(serial="FDO1")
    record(device, Snapshot(system=SystemFacts(os_version="17.9")))
    device.refresh_from_db()
    assert (device.serial, device.os_version) == ("FDO1", "17.9")


def test_it_keeps_a_name_an_engineer_typed_and_follows_one_the_device_gave() -> None:
    typed, given_name = make_device("Lobby switch"), make_device("sw1", sys_name="sw1.example.com")
    for device in (typed, given_name):
        record(device, Snapshot(system=SystemFacts(hostname="sw9")))
    assert (typed.name, given_name.name) == ("Lobby switch", "sw9")
    assert typed.sys_name == "sw9"


def test_it_does_not_write_over_what_an_operator_edited_while_the_device_was_read() -> None:
    device = make_device("sw1")
    Device.objects.filter(pk=device.pk).update(role="core", comments="moved to rack 7")
    record(device, Snapshot(system=SystemFacts(os_version="17.12")))
    device.refresh_from_db()
    assert (device.role, device.comments, device.os_version) == ("core", "moved to rack 7", "17.12")


def test_it_takes_the_name_with_and_without_its_domain_for_the_same() -> None:
    device = make_device("sw1", sys_name="sw1.example.com")
    assert not record(device, Snapshot(system=SystemFacts(hostname="sw1")))
    assert device.sys_name == "sw1.example.com"


def test_it_keeps_the_management_address_even_when_the_device_does_not_list_it() -> None:
    device = make_device(primary_address="192.0.2.7")
    device.addresses.create(address="192.0.2.7")
    record(device, Snapshot(interfaces=(PORT,)))
    assert set(device.addresses.values_list("address", flat=True)) == {"192.0.2.7", "10.0.0.1"}


class Rubbish(TestCase):
    """A device may send anything."""

    @settings(max_examples=60, deadline=None)
    @given(
        text=st.text(max_size=600),
        number=st.integers(min_value=-(2**70), max_value=2**70),
    )
    def test_it_stores_rubbish_without_breaking(self, text: str, number: int) -> None:
        device = make_device()
        port = InterfaceFact(
            name=text, description=text, if_index=number, mtu=number, speed_kbps=number, addresses=(text,), vrf=text
        )
        neighbour = NeighbourFact("lldp", text, remote_name=text, remote_address=text, remote_description=text)
        system = SystemFacts(hostname=text, sys_descr=text, serial=text, uptime_seconds=number)
        component = ComponentFact(text, serial=text)
        record(device, Snapshot(system, (port, port), (VlanFact(number, text),), (neighbour,), (component,)))
        device.refresh_from_db()
        assert "\x00" not in device.sys_descr
        assert device.interfaces.count() <= 1
