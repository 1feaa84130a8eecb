"""Tables to facts: what one device tells over SNMP about itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from inventory.errors import DeviceError, Unreachable
from inventory.facts import ComponentFact, NeighbourFact, Snapshot, SystemFacts
from inventory.snmp import oids
from inventory.snmp.client import BadAnswer, Session, SnmpTarget, Table, open_session
from inventory.snmp.components import ComponentColumns, chassis, components
from inventory.snmp.interfaces import InterfaceColumns, interface_names, interfaces
from inventory.snmp.neighbours import CdpColumns, LldpColumns, LocalPorts, chassis_id, neighbours
from inventory.snmp.values import Value, mac, number, octets, text
from inventory.snmp.vlans import VlanColumns, memberships, vlans

T = TypeVar("T")

SYSTEM = (
    oids.SYS_DESCR,
    oids.SYS_OBJECT_ID,
    oids.SYS_UPTIME,
    oids.SYS_CONTACT,
    oids.SYS_NAME,
    oids.SYS_LOCATION,
    oids.SNMP_ENGINE_ID,
    oids.BRIDGE_ADDRESS,
    oids.LLDP_LOC_CHASSIS_SUBTYPE,
    oids.LLDP_LOC_CHASSIS_ID,
    oids.CDP_GLOBAL_RUN,
)
ROW_LIMIT = 20_000  # rows of one table
SILENT_PARTS = 2  # parts without any answer after which the others are not asked for


@dataclass(frozen=True, slots=True)
class SnmpReading:
    """What was read: facts, and the further objects that were asked for, as text by OID."""

    snapshot: Snapshot
    values: Mapping[str, str]


async def read_snapshot(target: SnmpTarget, extra_oids: Iterable[str] = ()) -> SnmpReading:
    """Everything the device tells. A part that fails is None, with a sentence in `problems`.

    Raises Unreachable or AuthenticationFailed when not even the system group is answered.
    """
    wanted = tuple(extra_oids)
    async with open_session(target) as session:
        scalars = await session.get([*SYSTEM, *wanted])
        snapshot = await _Reader(session, scalars).snapshot()
    return SnmpReading(snapshot, {oid: text(scalars[oid], limit=1024) for oid in wanted if oid in scalars})


async def read_identity(target: SnmpTarget) -> SystemFacts:
    """A cheap look: the system group, engine id and chassis address in one request. Raises as `read_snapshot`."""
    async with open_session(target) as session:
        return system_facts(await session.get(SYSTEM))


async def read_values(target: SnmpTarget, wanted: Iterable[str]) -> dict[str, str]:
    """Single objects as text by OID; what the device does not have is absent. Raises as `read_snapshot`."""
    async with open_session(target) as session:
        return {oid: text(value, limit=1024) for oid, value in (await session.get(wanted)).items()}


async def snapshots(
    targets: Iterable[SnmpTarget], extra_oids: Sequence[str] = (), concurrency: int = 64
) -> AsyncIterator[tuple[SnmpTarget, SnmpReading | DeviceError]]:
    """Readings of many devices as they are done, `concurrency` at a time; a device that fails yields its error."""
    remaining = iter(targets)
    running: set[asyncio.Task[tuple[SnmpTarget, SnmpReading | DeviceError]]] = set()
    try:
        while True:
            while len(running) < concurrency and (target := next(remaining, None)):
                running.add(asyncio.create_task(_attempt(target, extra_oids)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()


async def _attempt(target: SnmpTarget, extra_oids: Sequence[str]) -> tuple[SnmpTarget, SnmpReading | DeviceError]:
    try:
        return target, await read_snapshot(target, extra_oids)
    except DeviceError as error:
        return target, error


def system_facts(scalars: Mapping[str, Value], case: ComponentFact | None = None) -> SystemFacts:
    """The system group as facts; model and serial number from the chassis where it is known."""
    ticks = number(scalars.get(oids.SYS_UPTIME))
    lldp = chassis_id(scalars.get(oids.LLDP_LOC_CHASSIS_SUBTYPE), scalars.get(oids.LLDP_LOC_CHASSIS_ID))
    return SystemFacts(
        hostname=text(scalars.get(oids.SYS_NAME)),
        model=case.model if case else "",
        serial=case.serial if case else "",
        uptime_seconds=None if ticks is None else ticks // 100,
        sys_descr=text(scalars.get(oids.SYS_DESCR), lines=True, limit=1024),
        sys_object_id=text(scalars.get(oids.SYS_OBJECT_ID)),
        sys_location=text(scalars.get(oids.SYS_LOCATION)),
        sys_contact=text(scalars.get(oids.SYS_CONTACT)),
        snmp_engine_id=octets(scalars.get(oids.SNMP_ENGINE_ID)).hex()[:64],
        chassis_mac=lldp if _is_mac(lldp) else mac(scalars.get(oids.BRIDGE_ADDRESS)),
    )


def _is_mac(word: str) -> bool:
    return len(word) == 17 and word.count(":") == 5


@dataclass(slots=True)
class _Reader:
    """Reads part after part from one session and keeps what went wrong as sentences."""

    session: Session
    scalars: Mapping[str, Value]
    problems: list[str] = field(default_factory=list)
    silent: int = 0
    ports: Table = field(default_factory=dict)  # bridge port -> ifIndex

    async def snapshot(self) -> Snapshot:
        parts = await self._part("components", self._components)
        vlan_columns = await self._part("VLANs", self._vlan_columns)
        columns = await self._part("interfaces", self._interface_columns)
        ports = memberships(vlan_columns) if vlan_columns else {}
        found = interfaces(columns, ports) if columns else ()
        if found and not vlan_columns:  # their VLANs would look removed
            self.problems.append("interfaces: left as they are, because their VLANs could not be read.")
            found = ()
        near = await self._part("neighbours", lambda: self._neighbours(columns)) if columns else None
        return Snapshot(
            system=system_facts(self.scalars, chassis(parts)),
            interfaces=found or None,
            vlans=vlans(vlan_columns) if vlan_columns else None,
            neighbours=near,
            components=parts,
            problems=tuple(self.problems),
        )

    async def _part(self, what: str, read: Callable[[], Awaitable[T]]) -> T | None:
        if self.silent >= SILENT_PARTS:
            self.problems.append(f"{what}: not asked for, as the device had stopped answering.")
            return None
        try:
            return await read()
        except Unreachable as error:
            self.silent += not isinstance(error, BadAnswer)
            self.problems.append(f"{what}: {error}")
        except DeviceError as error:
            self.problems.append(f"{what}: {error}")
        return None

    async def _column(self, oid: str, like: Table | None = None) -> Table:
        """A column; with another column of the same table known, one packet asks for just as many rows."""
        rows = min(max(len(like) + 1, 10), 40) if like else 25
        return await self.session.walk(oid, ROW_LIMIT, rows)

    async def _columns(self, first: str, *others: str) -> list[Table]:
        """Columns of one table; the others are asked for only if the first has rows."""
        column = await self._column(first)
        return [column, *[await self._column(oid, column) if column else {} for oid in others]]

    async def _components(self) -> tuple[ComponentFact, ...] | None:
        wanted = (oids.ENT_DESCR, oids.ENT_NAME, oids.ENT_HARDWARE_REV, oids.ENT_SERIAL, oids.ENT_MODEL)
        kind, descr, name, revision, serial, model = await self._columns(oids.ENT_CLASS, *wanted)
        return components(ComponentColumns(descr, kind, name, revision, serial, model))

    async def _interface_columns(self) -> InterfaceColumns:
        descr, kind, mtu, speed, physical, admin, oper = await self._columns(
            oids.IF_DESCR,
            oids.IF_TYPE,
            oids.IF_MTU,
            oids.IF_SPEED,
            oids.IF_PHYS_ADDRESS,
            oids.IF_ADMIN_STATUS,
            oids.IF_OPER_STATUS,
        )
        name, high_speed, alias = await self._columns(oids.IF_NAME, oids.IF_HIGH_SPEED, oids.IF_ALIAS)
        old, mask = await self._columns(oids.IP_AD_IF_INDEX, oids.IP_AD_NET_MASK)
        new, usage, prefix = await self._columns(oids.IP_ADDRESS_IF_INDEX, oids.IP_ADDRESS_TYPE, oids.IP_ADDRESS_PREFIX)
        return InterfaceColumns(
            descr, name, alias, kind, mtu, speed, high_speed, physical, admin, oper, old, mask, new, usage, prefix
        )

    async def _vlan_columns(self) -> VlanColumns:
        self.ports = await self._column(oids.BASE_PORT_IF_INDEX)
        name, status, egress, untagged = await self._columns(
            oids.VLAN_STATIC_NAME, oids.VLAN_STATIC_ROW_STATUS, oids.VLAN_STATIC_EGRESS, oids.VLAN_STATIC_UNTAGGED
        )
        now_egress, now_untagged = await self._columns(oids.VLAN_CURRENT_EGRESS, oids.VLAN_CURRENT_UNTAGGED)
        pvid = await self._column(oids.PORT_PVID)
        state, kind, vtp_name = await self._columns(oids.VTP_VLAN_STATE, oids.VTP_VLAN_TYPE, oids.VTP_VLAN_NAME)
        trunk, native, *allowed = (
            await self._columns(oids.TRUNK_STATUS, oids.TRUNK_NATIVE_VLAN, *oids.TRUNK_VLANS) if state else [{}, {}]
        )
        access = await self._column(oids.VM_VLAN) if state else {}
        return VlanColumns(
            port_if_index=self.ports,
            static_name=name,
            static_status=status,
            static_egress=egress,
            static_untagged=untagged,
            current_egress=now_egress,
            current_untagged=now_untagged,
            pvid=pvid,
            vtp_state=state,
            vtp_type=kind,
            vtp_name=vtp_name,
            trunk_status=trunk,
            trunk_native=native,
            trunk_vlans=tuple(allowed),
            access_vlan=access,
        )

    async def _neighbours(self, columns: InterfaceColumns | None) -> tuple[NeighbourFact, ...] | None:
        """None where the device has neither LLDP nor CDP to tell of."""
        lldp, cdp = await self._lldp_columns(), await self._cdp_columns()
        speaks = oids.LLDP_LOC_CHASSIS_ID in self.scalars or oids.CDP_GLOBAL_RUN in self.scalars
        if not (speaks or lldp.local_id or lldp.chassis_id or cdp.device_id) or columns is None:
            return None
        return neighbours(lldp, cdp, _local_ports(columns, self.ports))

    async def _lldp_columns(self) -> LldpColumns:
        subtype, identity, descr = await self._columns(
            oids.LLDP_LOC_PORT_SUBTYPE, oids.LLDP_LOC_PORT_ID, oids.LLDP_LOC_PORT_DESC
        )
        remote = await self._columns(
            oids.LLDP_REM_CHASSIS_SUBTYPE,
            oids.LLDP_REM_CHASSIS_ID,
            oids.LLDP_REM_PORT_SUBTYPE,
            oids.LLDP_REM_PORT_ID,
            oids.LLDP_REM_PORT_DESC,
            oids.LLDP_REM_SYS_NAME,
            oids.LLDP_REM_SYS_DESC,
            oids.LLDP_REM_CAP_SUPPORTED,
            oids.LLDP_REM_CAP_ENABLED,
            oids.LLDP_REM_MAN_ADDR,
        )
        return LldpColumns(subtype, identity, descr, *remote)

    async def _cdp_columns(self) -> CdpColumns:
        columns = await self._columns(
            oids.CDP_DEVICE_ID,
            oids.CDP_ADDRESS,
            oids.CDP_DEVICE_PORT,
            oids.CDP_PLATFORM,
            oids.CDP_CAPABILITIES,
            oids.CDP_SYS_NAME,
            oids.CDP_MANAGEMENT_ADDRESS,
        )
        return CdpColumns(*columns)


def _local_ports(columns: InterfaceColumns, bridge: Table) -> LocalPorts:
    names = interface_names(columns)
    aliases: dict[str, str] = {}
    for index, name in names.items():
        key = (index,)
        for word in (mac(columns.mac.get(key)), text(columns.descr.get(key)), text(columns.name.get(key))):
            if word:
                aliases.setdefault(word, name)
    by_port = {key[-1]: other for key, value in bridge.items() if (other := number(value)) is not None}
    return LocalPorts(names, aliases, by_port)
