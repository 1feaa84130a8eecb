"""One device is one device by the strongest evidence it shows, and two that only look alike stay two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.discovery.identity import Index, Known, Seen, match

CORE = Known(
    1,
    serial="FOC1234X0AB",
    snmp_engine_id="800000090300aabbcc001122",
    chassis_mac="aa:bb:cc:00:11:22",
    name="core1.example.com",
    vendor="Cisco",
)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Seen("10.0.0.9", serial="foc1234x0ab", vendor="cisco"), "serial"),
        (Seen("10.0.0.9", snmp_engine_id="0x80:00:00:09:03:00:AA:BB:CC:00:11:22"), "snmp_engine_id"),
        (Seen("10.0.0.9", chassis_mac="AABB.CC00.1122"), "chassis_mac"),
        (Seen("10.0.0.9", name="CORE1", vendor="Cisco"), "name"),
        (Seen("10.0.0.9", name="core1.example.com.", vendor="cisco"), "name"),
    ],
)
def test_it_finds_a_device_again_at_another_address(seen: Seen, reason: str):
    found = match(seen, [CORE])
    assert (found.device_id, found.reason, found.conflicts) == (1, reason, ())


@pytest.mark.parametrize(
    "seen",
    [
        Seen("10.0.0.9", name="core1", vendor="Cisco", serial="FOC9999X0ZZ"),
        Seen("10.0.0.9", name="core1", vendor="Cisco", chassis_mac="aa:bb:cc:00:99:99"),
        Seen("10.0.0.9", name="core1", vendor="Cisco", snmp_engine_id="800000090300aabbcc009999"),
        Seen("10.0.0.9", name="core1", vendor="Arista"),
        Seen("10.0.0.9", name="core1"),
        Seen("10.0.0.9", name="core1.other.example", vendor="Cisco"),
        Seen("10.0.0.9", serial="FOC1234X0AB", vendor="Arista"),
        Seen("10.0.0.9", serial="FOC9999X0ZZ", snmp_engine_id="800000090300aabbcc001122"),
        Seen("10.0.0.9", serial="FOC9999X0ZZ", chassis_mac="aa:bb:cc:00:11:22"),
    ],
)
def test_a_likeness_that_stronger_evidence_denies_is_a_new_device_and_is_told(seen: Seen):
    found = match(seen, [CORE])
    assert (found.device_id, found.reason) == (None, "new")
    assert "10.0.0.9 and core1.example.com (number 1) share" in found.conflicts[0]


@pytest.mark.parametrize(
    "serial", ["", "  ", "0000000000", "N/A", "None", "To Be Filled By O.E.M.", "123456789", "---"]
)
def test_a_serial_number_that_many_carry_is_no_evidence(serial: str):
    assert match(Seen("10.0.0.9", serial=serial), [Known(1, serial=serial)]).device_id is None


@pytest.mark.parametrize(
    "mac", ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:00:5e:00:01:0a", "01:00:5e:00:00:05", "x"]
)
def test_a_shared_mac_address_is_no_evidence(mac: str):
    assert match(Seen("10.0.0.9", chassis_mac=mac), [Known(1, chassis_mac=mac)]).device_id is None


@pytest.mark.parametrize(
    "engine", ["", "8000", "800007db017f000001", "000007db7f000001000000a1", "80001f8803000000000000"]
)
def test_a_default_engine_id_is_no_evidence(engine: str):
    assert match(Seen("10.0.0.9", snmp_engine_id=engine), [Known(1, snmp_engine_id=engine)]).device_id is None


def test_an_engine_id_seen_on_two_devices_decides_nothing():
    twins = [Known(1, serial="AAAA1111", snmp_engine_id="80001f888012345678"),
             Known(2, serial="BBBB2222", snmp_engine_id="80001f888012345678")]  # fmt: skip
    found = match(Seen("10.0.0.9", snmp_engine_id="80001f888012345678"), twins)
    assert found.device_id is None
    assert "could be any of" in found.conflicts[0]
    assert match(Seen("10.0.0.9", serial="BBBB2222", snmp_engine_id="80001f888012345678"), twins).device_id == 2


def test_a_deleted_device_matches_and_stays_deleted():
    found = match(Seen("10.0.0.9", serial="AAAA1111"), [Known(7, serial="AAAA1111", deleted=True)])
    assert (found.device_id, found.deleted) == (7, True)


def test_a_living_device_comes_before_its_tombstone():
    known = [Known(1, serial="AAAA1111", deleted=True), Known(2, serial="AAAA1111")]
    assert match(Seen("10.0.0.9", serial="AAAA1111"), known).device_id == 2


def test_a_tombstone_and_a_device_of_the_same_number_are_two():
    known = [Known(1, serial="AAAA1111"), Known(1, serial="BBBB2222", deleted=True)]
    assert match(Seen("10.0.0.9", serial="AAAA1111"), known).deleted is False
    assert match(Seen("10.0.0.9", serial="BBBB2222"), known).deleted is True


def test_factory_names_do_not_make_one_device_of_two():
    known = [Known(1, name="MikroTik", vendor="MikroTik")]
    assert match(Seen("10.0.0.9", name="MikroTik", vendor="MikroTik"), known).device_id is None


def test_a_name_that_a_crowd_shares_is_no_evidence():
    crowd = [Known(number, name="access", vendor="Cisco") for number in range(500)]
    found = match(Seen("10.0.0.9", name="access", vendor="Cisco"), crowd)
    assert (found.device_id, len(found.conflicts)) == (None, 1)


def test_an_index_learns_what_it_is_told():
    index = Index([Known(1, serial="AAAA1111", name="a", vendor="Cisco")])
    index.add(Known(1, serial="CCCC3333", name="a", vendor="Cisco"))
    assert match(Seen("10.0.0.9", serial="CCCC3333"), index).device_id == 1
    assert match(Seen("10.0.0.9", serial="AAAA1111"), index).device_id is None


@given(st.lists(st.text(max_size=40), min_size=5, max_size=5))
def test_rubbish_never_raises_and_matches_only_by_evidence(texts: list[str]):
    serial, engine, mac, name, vendor = texts
    seen = Seen("10.0.0.9", serial, engine, mac, name, vendor)
    found = match(seen, [Known(1, serial, engine, mac, name, vendor)])
    assert (found.device_id is None) == (found.reason == "new")
    assert match(seen, [Known(2)]).device_id is None
