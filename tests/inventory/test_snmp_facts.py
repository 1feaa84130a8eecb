"""Tables become facts: from the real agent, from whole devices, and in every odd form a table can have."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import AuthenticationFailed, Unreachable
from inventory.facts import InterfaceFact, NeighbourFact, Snapshot, SystemFacts, VlanFact
from inventory.secrets import Secret
from inventory.snmp import oids
from inventory.snmp.auth import SnmpAuth, SnmpTarget
from inventory.snmp.facts import SnmpReading, read_identity, read_snapshot, read_values, snapshots
from inventory.snmp.interfaces import best_name
from inventory.snmp.neighbours import capabilities, chassis_id, remote_port
from inventory.snmp.values import address, bits, mac, text
from tests.inventory.snmp_responder import Oid, Responder, gauge, integer, ip_address, octets, oid, ticks, varbind
from tests.inventory.snmpd import AUTH_KEY, COMMUNITY, PRIV_KEY, Snmpd
from tests.lab.lab import Lab

PUBLIC = SnmpAuth(community=Secret("public"))
SYSTEM = {
    oids.SYS_DESCR: octets("Example OS 1.2\r\nbuilt today\x00\x1b[31m"),
    oids.SYS_OBJECT_ID: oid("1.3.6.1.4.1.9.1.1208"),
    oids.SYS_UPTIME: ticks(123_456),
    oids.SYS_NAME: octets("core-1"),
    oids.SYS_LOCATION: octets("서울 2층"),
    oids.SYS_CONTACT: octets(b"caf\xe9"),
    oids.SNMP_ENGINE_ID: octets(bytes.fromhex("80001f8880ef45b53a")),
    oids.BRIDGE_ADDRESS: octets(bytes.fromhex("001122334455")),
}
PORTS = {
    f"{oids.IF_DESCR}.1": octets("GigabitEthernet0/1"),
    f"{oids.IF_DESCR}.2": octets("GigabitEthernet0/2"),
    f"{oids.IF_NAME}.1": octets("Gi0/1"),
    f"{oids.IF_NAME}.2": octets("Gi0/2"),
}


def target(port: int, auth: SnmpAuth = PUBLIC, **options: float) -> SnmpTarget:
    return SnmpTarget("127.0.0.1", auth, port=port, **{"timeout": 0.3, **options})  # type: ignore[arg-type]


def reading(mib: Mapping[str, bytes], *extra: str) -> SnmpReading:
    with Responder(SYSTEM | PORTS | dict(mib)) as agent:
        return asyncio.run(read_snapshot(target(agent.port), extra))


def interface(mib: Mapping[str, bytes], index: int = 1) -> InterfaceFact:
    return next(port for port in reading(mib).snapshot.interfaces or () if port.if_index == index)


def ports(*numbers: int) -> bytes:
    """A PortList."""
    raw = bytearray(8)
    for number in numbers:
        raw[(number - 1) // 8] |= 0x80 >> (number - 1) % 8
    return octets(bytes(raw))


def vlan_bits(*vids: int, block: int = 0) -> bytes:
    raw = bytearray(128)
    for vid in vids:
        raw[vid % 1024 // 8] |= 0x80 >> vid % 8 if vid // 1024 == block else 0
    return octets(bytes(raw))


def test_it_reads_the_system_group_and_what_else_is_asked() -> None:
    found = reading({"1.3.6.1.4.1.9.3.6.3.0": octets("FOC1234")}, "1.3.6.1.4.1.9.3.6.3.0", "1.3.6.1.4.1.9.9.9.0")
    assert found.snapshot.system == SystemFacts(
        hostname="core-1",
        uptime_seconds=1234,
        sys_descr="Example OS 1.2\nbuilt today[31m",
        sys_object_id="1.3.6.1.4.1.9.1.1208",
        sys_location="서울 2층",
        sys_contact="café",
        snmp_engine_id="80001f8880ef45b53a",
        chassis_mac="00:11:22:33:44:55",
    )
    assert found.values == {"1.3.6.1.4.1.9.3.6.3.0": "FOC1234"}


def test_it_tells_what_was_not_there_from_what_was_empty() -> None:
    with Responder(SYSTEM) as agent:
        snapshot = asyncio.run(read_snapshot(target(agent.port))).snapshot
    assert (snapshot.interfaces, snapshot.vlans, snapshot.neighbours, snapshot.components) == (None, None, None, None)
    assert snapshot.problems == ()
    assert reading({oids.LLDP_LOC_CHASSIS_ID: octets("x")}).snapshot.neighbours == ()


def test_it_looks_cheaply() -> None:
    with Responder(SYSTEM) as agent:
        system = asyncio.run(read_identity(target(agent.port)))
        values = asyncio.run(read_values(target(agent.port), [oids.SYS_NAME, "1.3.6.1.4.1.9.9.9.0"]))
    assert system.sys_object_id == "1.3.6.1.4.1.9.1.1208"
    assert values == {oids.SYS_NAME: "core-1"}


def test_it_reads_an_interface() -> None:
    mib = {
        f"{oids.IF_ALIAS}.1": octets("to core-2"),
        f"{oids.IF_TYPE}.1": integer(6),
        f"{oids.IF_MTU}.1": integer(1500),
        f"{oids.IF_SPEED}.1": gauge(4_294_967_295),
        f"{oids.IF_HIGH_SPEED}.1": gauge(10_000),
        f"{oids.IF_PHYS_ADDRESS}.1": octets(bytes.fromhex("0011223344aa")),
        f"{oids.IF_ADMIN_STATUS}.1": integer(1),
        f"{oids.IF_OPER_STATUS}.1": integer(2),
        f"{oids.IP_AD_IF_INDEX}.10.0.0.1": integer(1),
        f"{oids.IP_AD_NET_MASK}.10.0.0.1": ip_address("255.255.255.252"),
        f"{oids.IP_ADDRESS_IF_INDEX}.2.16.32.1.13.184{'.0' * 11}.9": integer(1),
        f"{oids.IP_ADDRESS_TYPE}.2.16.32.1.13.184{'.0' * 11}.9": integer(1),
        f"{oids.IP_ADDRESS_PREFIX}.2.16.32.1.13.184{'.0' * 11}.9": oid(
            f"1.3.6.1.2.1.4.32.1.5.1.2.16.32.1.13.184{'.0' * 12}.64"
        ),
    }
    assert interface(mib) == InterfaceFact(
        name="GigabitEthernet0/1",
        if_index=1,
        description="to core-2",
        type="ethernetCsmacd",
        enabled=True,
        up=False,
        mac_address="00:11:22:33:44:aa",
        mtu=1500,
        speed_kbps=10_000_000,
        addresses=("10.0.0.1/30", "2001:db8::9/64"),
    )


def test_it_lists_an_address_of_both_tables_once_and_no_broadcast() -> None:
    mib = {
        f"{oids.IP_AD_IF_INDEX}.10.0.0.1": integer(1),
        f"{oids.IP_AD_NET_MASK}.10.0.0.1": ip_address("255.255.255.0"),
        f"{oids.IP_ADDRESS_IF_INDEX}.1.4.10.0.0.1": integer(1),
        f"{oids.IP_ADDRESS_PREFIX}.1.4.10.0.0.1": oid("0.0"),
        f"{oids.IP_ADDRESS_IF_INDEX}.1.4.10.0.0.255": integer(1),
        f"{oids.IP_ADDRESS_TYPE}.1.4.10.0.0.255": integer(3),
        f"{oids.IP_ADDRESS_IF_INDEX}.1.4.999.0.0.1": integer(1),
    }
    assert interface(mib).addresses == ("10.0.0.1/24",)


def test_it_names_two_interfaces_of_the_same_name_apart() -> None:
    found = reading({f"{oids.IF_NAME}.{n}": octets("port") for n in (5, 6)}).snapshot.interfaces or ()
    assert [port.name for port in found][2:] == ["port", "port (ifIndex 6)"]


@pytest.mark.parametrize(
    ("short", "descr", "name"),
    [
        ("Gi0/1", "GigabitEthernet0/1", "GigabitEthernet0/1"),
        ("Po10", "Port-channel10", "Port-channel10"),
        ("Twe1/0/1", "TwentyFiveGigE1/0/1", "TwentyFiveGigE1/0/1"),
        ("Vl10", "Vlan10", "Vlan10"),
        ("Gi0/1", "GigabitEthernet0/2", "Gi0/1"),
        ("eth0", "Red Hat, Inc. Device 0001", "eth0"),
        ("port1", "", "port1"),
        ("", "ether1", "ether1"),
        ("1", "1", "1"),
        ("ge-0/0/0", "ge-0/0/0", "ge-0/0/0"),
        ("Ethernet1/1", "uplink to core", "Ethernet1/1"),
    ],
)
def test_it_names_an_interface_as_its_configuration_does(short: str, descr: str, name: str) -> None:
    assert best_name(short, descr) == name


BRIDGE = {f"{oids.BASE_PORT_IF_INDEX}.{port}": integer(index) for port, index in ((11, 1), (12, 2))}


def test_it_reads_vlans_and_ports_of_a_bridge() -> None:
    mib = BRIDGE | {
        f"{oids.VLAN_STATIC_NAME}.10": octets("USERS"),
        f"{oids.VLAN_STATIC_NAME}.20": octets("VOICE"),
        f"{oids.VLAN_STATIC_ROW_STATUS}.20": integer(2),
        f"{oids.VLAN_STATIC_NAME}.5000": octets("none such"),
        f"{oids.VLAN_STATIC_EGRESS}.10": ports(11, 12),
        f"{oids.VLAN_STATIC_EGRESS}.20": ports(11),
        f"{oids.VLAN_STATIC_UNTAGGED}.10": ports(12),
        f"{oids.PORT_PVID}.11": integer(1),
        f"{oids.PORT_PVID}.12": integer(10),
        f"{oids.VLAN_CURRENT_EGRESS}.0.10": ports(11, 12),
        f"{oids.VLAN_CURRENT_EGRESS}.0.20": ports(11),
        f"{oids.VLAN_CURRENT_EGRESS}.0.30": ports(11),
        f"{oids.VLAN_CURRENT_UNTAGGED}.0.10": ports(12),
    }
    snapshot = reading(mib).snapshot
    assert snapshot.vlans == (VlanFact(10, "USERS"), VlanFact(20, "VOICE", active=False), VlanFact(30))
    trunk, access = snapshot.interfaces or ()
    assert (trunk.mode, trunk.untagged_vlan, trunk.tagged_vlans) == ("tagged", None, (10, 20, 30))
    assert (access.mode, access.untagged_vlan, access.tagged_vlans) == ("access", 10, ())


@pytest.mark.parametrize(
    ("allowed", "mode", "tagged"),
    [((10, 20, 1), "tagged", (10, 20)), (tuple(range(1, 4095)), "tagged-all", ()), ((3000,), "tagged", (3000,))],
)
def test_it_reads_vtp_vlans_and_trunks(allowed: tuple[int, ...], mode: str, tagged: tuple[int, ...]) -> None:
    mib = {
        f"{oids.VTP_VLAN_STATE}.1.10": integer(1),
        f"{oids.VTP_VLAN_TYPE}.1.10": integer(1),
        f"{oids.VTP_VLAN_NAME}.1.10": octets("USERS"),
        f"{oids.VTP_VLAN_STATE}.1.1002": integer(1),
        f"{oids.VTP_VLAN_TYPE}.1.1002": integer(2),
        f"{oids.TRUNK_STATUS}.1": integer(1),
        f"{oids.TRUNK_STATUS}.2": integer(2),
        f"{oids.TRUNK_NATIVE_VLAN}.1": integer(1),
        f"{oids.VM_VLAN}.2": integer(10),
        **{f"{column}.1": vlan_bits(*allowed, block=block) for block, column in enumerate(oids.TRUNK_VLANS)},
    }
    snapshot = reading(mib).snapshot
    assert snapshot.vlans == (VlanFact(10, "USERS"),)
    trunk, access = snapshot.interfaces or ()
    assert (trunk.mode, trunk.untagged_vlan, trunk.tagged_vlans) == (mode, 1, tagged)
    assert (access.mode, access.untagged_vlan, access.tagged_vlans) == ("access", 10, ())


def lldp(local_port: int, port_subtype: int = 5, port_id: bytes | str = "Gi1/0/1", descr: str = "") -> dict[str, bytes]:
    key = f"0.{local_port}.1"
    return {
        f"{oids.LLDP_REM_CHASSIS_SUBTYPE}.{key}": integer(4),
        f"{oids.LLDP_REM_CHASSIS_ID}.{key}": octets(bytes.fromhex("00aabbccddee")),
        f"{oids.LLDP_REM_PORT_SUBTYPE}.{key}": integer(port_subtype),
        f"{oids.LLDP_REM_PORT_ID}.{key}": octets(port_id),
        f"{oids.LLDP_REM_PORT_DESC}.{key}": octets(descr),
        f"{oids.LLDP_REM_SYS_NAME}.{key}": octets("core-2"),
        f"{oids.LLDP_REM_SYS_DESC}.{key}": octets("Other OS"),
        f"{oids.LLDP_REM_CAP_SUPPORTED}.{key}": octets(b"\x28\x00"),
        f"{oids.LLDP_REM_CAP_ENABLED}.{key}": octets(b"\x20\x00"),
        f"{oids.LLDP_REM_MAN_ADDR}.{key}.2.16.32.1.13.184{'.0' * 11}.9": integer(2),
        f"{oids.LLDP_REM_MAN_ADDR}.{key}.1.4.10.0.0.2": integer(2),
    }


def test_it_reads_an_lldp_neighbour() -> None:
    assert reading(lldp(2, descr="uplink")).snapshot.neighbours == (
        NeighbourFact(
            protocol="lldp",
            local_interface="GigabitEthernet0/2",
            remote_name="core-2",
            remote_chassis_id="00:aa:bb:cc:dd:ee",
            remote_port="Gi1/0/1",
            remote_port_description="uplink",
            remote_address="10.0.0.2",
            remote_description="Other OS",
            capabilities=("bridge",),
        ),
    )


@pytest.mark.parametrize(
    ("local_port", "mib", "name"),
    [
        (1, {}, "GigabitEthernet0/1"),
        (12, BRIDGE, "GigabitEthernet0/2"),
        (77, {f"{oids.LLDP_LOC_PORT_ID}.77": octets("Gi0/2")}, "GigabitEthernet0/2"),
        (77, {f"{oids.LLDP_LOC_PORT_DESC}.77": octets("GigabitEthernet0/1")}, "GigabitEthernet0/1"),
        (
            77,
            {
                f"{oids.LLDP_LOC_PORT_ID}.77": octets(bytes.fromhex("0011223344bb")),
                f"{oids.LLDP_LOC_PORT_SUBTYPE}.77": integer(3),
                f"{oids.IF_PHYS_ADDRESS}.2": octets(bytes.fromhex("0011223344bb")),
            },
            "GigabitEthernet0/2",
        ),
        (77, {f"{oids.LLDP_LOC_PORT_ID}.77": octets("swp77")}, "swp77"),
        (77, {}, "port 77"),
    ],
)
def test_it_finds_the_local_interface_of_a_neighbour(local_port: int, mib: dict[str, bytes], name: str) -> None:
    subtypes = {f"{oids.LLDP_LOC_PORT_SUBTYPE}.{n}": integer(5) for n in (1, 12, 77)}
    found = reading(lldp(local_port) | subtypes | mib).snapshot.neighbours or ()
    assert [neighbour.local_interface for neighbour in found] == [name]


@pytest.mark.parametrize(
    ("subtype", "value", "descr", "port"),
    [
        (5, b"Gi0/1", b"uplink", "Gi0/1"),
        (3, bytes.fromhex("00aabbccddee"), b"eth0", "eth0"),
        (3, bytes.fromhex("00aabbccddee"), b"", "00:aa:bb:cc:dd:ee"),
        (7, b"513", b"ge-0/0/1", "ge-0/0/1"),
        (7, b"eth1", b"some port", "eth1"),
        (7, b"513", None, "513"),
        (4, b"\x01\x0a\x00\x00\x01", b"", "10.0.0.1"),
        (None, b"", b"p1", "p1"),
        (3, b"odd", b"", "odd"),
    ],
)
def test_it_reads_a_remote_port_by_its_subtype(subtype: int | None, value: bytes, descr: bytes, port: str) -> None:
    assert remote_port(subtype, value, descr) == port


@pytest.mark.parametrize(
    ("subtype", "value", "identity"),
    [
        (4, bytes.fromhex("00aabbccddee"), "00:aa:bb:cc:dd:ee"),
        (5, b"\x01\x0a\x00\x00\x01", "10.0.0.1"),
        (5, b"\x02" + bytes(15) + b"\x01", "::1"),
        (5, b"\x01\x0a", ""),
        (7, b"chassis-7", "chassis-7"),
        (4, b"short", "short"),
        (None, None, ""),
    ],
)
def test_it_reads_a_chassis_id_by_its_subtype(subtype: int | None, value: bytes | None, identity: str) -> None:
    assert chassis_id(subtype, value) == identity


def test_it_takes_supported_capabilities_where_none_is_enabled() -> None:
    assert capabilities(b"\x00\x00", b"\x09\x00") == ("router", "station-only")
    assert capabilities(None, None) == ()
    assert capabilities(b"\xff\xff\xff", None)[-1] == "station-only"


def test_it_reads_a_cdp_neighbour() -> None:
    mib = {
        f"{oids.CDP_DEVICE_ID}.1.7": octets("nx-1(FOC12345)"),
        f"{oids.CDP_ADDRESS}.1.7": octets(bytes((10, 0, 0, 9))),
        f"{oids.CDP_DEVICE_PORT}.1.7": octets("Ethernet1/1"),
        f"{oids.CDP_PLATFORM}.1.7": octets("N9K-C93180YC-EX"),
        f"{oids.CDP_CAPABILITIES}.1.7": octets(b"\x00\x00\x02\x29"),
    }
    assert reading(mib).snapshot.neighbours == (
        NeighbourFact(
            protocol="cdp",
            local_interface="GigabitEthernet0/1",
            remote_name="nx-1",
            remote_port="Ethernet1/1",
            remote_address="10.0.0.9",
            remote_description="N9K-C93180YC-EX",
            capabilities=("router", "bridge"),
        ),
    )


def test_it_keeps_parts_and_leaves_slots_and_sensors() -> None:
    rows = [
        (1, 3, "Chassis", "FOC1", "WS-1"),
        (2, 8, "Temperature", "", "T-1"),
        (3, 5, "Slot", "", ""),
        (4, 6, "PSU A", "PS1", "PWR"),
        (5, 10, "Te1/1", "SFP9", "SFP-10G"),
        (6, 10, "Te1/2", "", ""),
        (7, 9, "", "MOD1", "NM-1"),
    ]
    mib = {}
    for index, kind, name, serial, model in rows:
        mib |= {
            f"{oids.ENT_CLASS}.{index}": integer(kind),
            f"{oids.ENT_NAME}.{index}": octets(name),
            f"{oids.ENT_SERIAL}.{index}": octets(serial),
            f"{oids.ENT_MODEL}.{index}": octets(model),
        }
    snapshot = reading(mib).snapshot
    assert [(part.name, part.kind, part.serial) for part in snapshot.components or ()] == [
        ("Chassis", "chassis", "FOC1"),
        ("PSU A", "power-supply", "PS1"),
        ("Te1/1", "transceiver", "SFP9"),
        ("part 7", "module", "MOD1"),
    ]
    assert snapshot.system
    assert (snapshot.system.serial, snapshot.system.model) == ("FOC1", "WS-1")


class BadTable(Responder):
    """Goes in circles in one table."""

    bad: Oid = ()

    def _bulk(self, names: list[Oid], repetitions: int) -> list[bytes]:
        if names[0][: len(self.bad)] == self.bad:
            return [varbind((*self.bad, 5), integer(1)), varbind((*self.bad, 5), integer(1))]
        return super()._bulk(names, repetitions)


@pytest.mark.parametrize(
    ("table", "lost", "said"),
    [
        (oids.ENT_CLASS, {"components"}, ["components: 127.0.0.1 sends the table"]),
        (oids.IF_MTU, {"interfaces", "neighbours"}, ["interfaces: 127.0.0.1 sends the table"]),
        (oids.IP_AD_IF_INDEX, {"interfaces", "neighbours"}, ["interfaces: 127.0.0.1 sends the table"]),
        (oids.PORT_PVID, {"vlans", "interfaces"}, ["VLANs: 127.0.0.1 sends", "interfaces: left as they are, because"]),
        (oids.LLDP_REM_CHASSIS_SUBTYPE, {"neighbours"}, ["neighbours: 127.0.0.1 sends the table"]),
    ],
)
def test_it_loses_only_the_part_whose_table_fails(table: str, lost: set[str], said: list[str]) -> None:
    mib = {
        f"{oids.ENT_CLASS}.1": integer(3),
        f"{oids.VLAN_STATIC_NAME}.10": octets("USERS"),
        f"{oids.CDP_DEVICE_ID}.1.7": octets("nx-1"),
    }
    with BadTable(SYSTEM | PORTS | mib) as agent:
        agent.bad = tuple(map(int, table.split(".")))
        snapshot = asyncio.run(read_snapshot(target(agent.port))).snapshot
    parts = ("interfaces", "vlans", "neighbours", "components")
    assert {part for part in parts if getattr(snapshot, part) is None} == lost
    assert snapshot.system is not None
    assert len(snapshot.problems) == len(said)
    assert all(problem.startswith(words) for problem, words in zip(snapshot.problems, said, strict=True))


def test_it_stops_asking_a_device_that_has_stopped_answering() -> None:
    class FallsSilent(Responder):
        def answer(self, packet: bytes) -> list[bytes]:
            return super().answer(packet) if self.requests < 1 else []

    with FallsSilent(SYSTEM | PORTS) as agent:
        snapshot = asyncio.run(read_snapshot(target(agent.port, timeout=0.05))).snapshot
    assert snapshot.system
    assert snapshot.system.hostname == "core-1"
    assert (snapshot.interfaces, snapshot.vlans, snapshot.neighbours, snapshot.components) == (None, None, None, None)
    assert "did not answer" in snapshot.problems[0]
    assert snapshot.problems[-1] == "interfaces: not asked for, as the device had stopped answering."


def test_it_raises_when_nothing_is_answered() -> None:
    with Responder(SYSTEM, community=b"other") as agent, pytest.raises(Unreachable, match="did not answer SNMP v2c"):
        asyncio.run(read_snapshot(target(agent.port, timeout=0.05)))


def test_it_reads_the_real_agent_over_v3() -> None:
    auth = SnmpAuth("v3", Secret(""), "alice", "SHA", Secret(AUTH_KEY), "AES", Secret(PRIV_KEY))
    with Snmpd() as agent:
        snapshot = asyncio.run(read_snapshot(target(agent.port, auth, timeout=2.0))).snapshot
    assert snapshot.system
    assert snapshot.system.hostname == "lab-agent"
    assert snapshot.system.sys_object_id.startswith("1.3.6.1.4.1.8072.3.2.")
    assert len(snapshot.system.snmp_engine_id) >= 10
    loopback = next(port for port in snapshot.interfaces or () if port.name == "lo")
    assert loopback.type == "softwareLoopback"
    assert "127.0.0.1/8" in loopback.addresses
    assert snapshot.problems == ()


def test_it_reads_many_and_reports_each_failure() -> None:
    async def all_of(targets: list[SnmpTarget]) -> dict[str, object]:
        return {one.name: found async for one, found in snapshots(targets, concurrency=2)}

    with Snmpd() as agent:
        wrong = SnmpAuth("v3", Secret(""), "nobody", "SHA", Secret("wrong-password"))
        good = SnmpAuth(community=Secret(COMMUNITY))
        targets = [SnmpTarget("127.0.0.1", good, agent.port, name=f"good-{n}") for n in range(5)]
        targets.append(SnmpTarget("127.0.0.1", wrong, agent.port, name="wrong"))
        targets.append(SnmpTarget("127.0.0.1", good, 9, 0.05, name="gone"))
        found = asyncio.run(all_of(targets))
    assert len(found) == 7
    assert all(isinstance(found[f"good-{n}"], SnmpReading) for n in range(5))
    assert isinstance(found["wrong"], AuthenticationFailed)
    assert isinstance(found["gone"], Unreachable)


VALUES = st.none() | st.integers(-(2**31), 2**63) | st.binary(max_size=40) | st.text(max_size=20)


@given(VALUES)
def test_it_makes_bounded_printable_text_of_anything(value: int | bytes | str | None) -> None:
    said = text(value)
    assert said == "" or said.isprintable()
    assert len(said) <= 255


@given(st.binary(max_size=2000))
def test_it_makes_addresses_of_the_right_octets_only(raw: bytes) -> None:
    assert (address(raw) != "") == (len(raw) in (4, 8, 16, 20))
    assert (mac(raw) != "") == (len(raw) == 6 and any(raw))
    assert all(0 <= bit < 4096 for bit in bits(raw))


def test_it_survives_columns_full_of_rubbish() -> None:
    every = [value for name, value in vars(oids).items() if name.isupper() and isinstance(value, str)]
    columns = [*every, *oids.TRUNK_VLANS]
    rubbish = [
        octets(os.urandom(9)),
        integer(-5),
        oid("1.3.6.1.4294967295"),
        octets(b"\xff" * 600),
        gauge(4_000_000_000),
    ]
    mib = {
        f"{column.removesuffix('.0')}.{index}": rubbish[(place + row) % 5]
        for place, column in enumerate(columns)
        for row, index in enumerate(("0", "1", "7.9", "4294967295", "0.1.1", "0.1.1.1.4.300.1.1.1", "1.4.1.2.3"))
    }
    with Responder(mib) as agent:
        snapshot = asyncio.run(read_snapshot(target(agent.port))).snapshot
    assert isinstance(snapshot, Snapshot)
    assert snapshot.problems == ()
    assert all(vlan.vid in range(1, 4095) for vlan in snapshot.vlans or ())
    names = [port.name for port in snapshot.interfaces or ()]
    assert len(names) == len(set(names)) > 0
    assert all(port.mtu is None or 0 < port.mtu < 2**31 for port in snapshot.interfaces or ())


def test_it_reads_whole_devices_whose_neighbours_agree() -> None:
    async def read_all(lab: Lab, auth: SnmpAuth) -> dict[str, SnmpReading]:
        targets = [SnmpTarget(device.address, auth, lab.snmp_port) for device in lab.devices]
        found = {one.address: reading async for one, reading in snapshots(targets)}
        return {address: reading for address, reading in found.items() if isinstance(reading, SnmpReading)}

    with Lab(devices=6, network="127.33.7.0/24") as lab:
        user = lab.v3_user
        keys = Secret(user.auth_password), Secret(user.priv_password)
        v3 = SnmpAuth("v3", Secret(""), user.name, "SHA", keys[0], "AES", keys[1])
        found = asyncio.run(read_all(lab, SnmpAuth(community=Secret(lab.community))))
        again = asyncio.run(read_all(lab, v3))
    assert set(found) == {device.address for device in lab.devices}
    seen = set()
    for device in lab.devices:
        snapshot = found[device.address].snapshot
        assert snapshot.problems == ()
        assert snapshot.system
        assert (snapshot.system.serial, snapshot.system.chassis_mac) == (device.serial, device.base_mac)
        assert {port.name for port in snapshot.interfaces or ()} == set(device.ports)
        assert {vlan.vid: vlan.name for vlan in snapshot.vlans or ()} == dict(device.vlans)
        assert replace(again[device.address].snapshot, system=None) == replace(snapshot, system=None)
        for near in snapshot.neighbours or ():
            seen.add((near.protocol, device.address, near.local_interface, near.remote_address))
    cables = {(link.a_device, link.a_port) for link in lab.links} | {(link.b_device, link.b_port) for link in lab.links}
    by_name = {device.address: device.hostname for device in lab.devices}
    assert {(by_name[local], port) for protocol, local, port, _ in seen if protocol == "lldp"} == cables
    for protocol, local, _, remote in seen:
        assert any((other[0], other[1], other[3]) == (protocol, remote, local) for other in seen)
