"""VLANs and the ports' part in them, from Q-BRIDGE-MIB and, where it is told, CISCO-VTP-MIB. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from inventory.facts import VlanFact
from inventory.snmp.values import Value, bits, number, text

Column = Mapping[tuple[int, ...], Value]

VIDS = range(1, 4095)
ACTIVE, OPERATIONAL, TRUNKING, ETHERNET = 1, 1, 1, 1


@dataclass(frozen=True, slots=True)
class Membership:
    """A port's part in VLANs, in the words of InterfaceFact."""

    mode: str = ""
    untagged: int | None = None
    tagged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VlanColumns:
    """The columns as walked. Q-BRIDGE by VLAN or bridge port, VTP by domain and VLAN, trunks by ifIndex."""

    port_if_index: Column = field(default_factory=dict)
    static_name: Column = field(default_factory=dict)
    static_status: Column = field(default_factory=dict)
    static_egress: Column = field(default_factory=dict)
    static_untagged: Column = field(default_factory=dict)
    current_egress: Column = field(default_factory=dict)
    current_untagged: Column = field(default_factory=dict)
    pvid: Column = field(default_factory=dict)
    vtp_state: Column = field(default_factory=dict)
    vtp_type: Column = field(default_factory=dict)
    vtp_name: Column = field(default_factory=dict)
    trunk_status: Column = field(default_factory=dict)
    trunk_native: Column = field(default_factory=dict)
    trunk_vlans: tuple[Column, ...] = ()
    access_vlan: Column = field(default_factory=dict)


def vlans(columns: VlanColumns) -> tuple[VlanFact, ...] | None:
    """All VLANs by number; None where the device has neither table."""
    found: dict[int, VlanFact] = {}
    for key in columns.current_egress:
        if (vid := key[-1]) in VIDS:
            found[vid] = VlanFact(vid)
    for key, name in columns.static_name.items():
        if (vid := key[-1]) in VIDS:
            found[vid] = VlanFact(vid, text(name), number(columns.static_status.get(key, ACTIVE)) == ACTIVE)
    for key, state in columns.vtp_state.items():
        if (vid := key[-1]) in VIDS and number(columns.vtp_type.get(key, ETHERNET)) == ETHERNET:
            found[vid] = VlanFact(vid, text(columns.vtp_name.get(key)), number(state) == OPERATIONAL)
    told = columns.current_egress or columns.static_name or columns.vtp_state
    return tuple(found[vid] for vid in sorted(found)) if told else None


def memberships(columns: VlanColumns) -> dict[int, Membership]:
    """By ifIndex. What the VTP side says of a port is more exact than the bridge's view and wins."""
    found = _bridged(columns)
    for key, vlan in columns.access_vlan.items():
        if (vid := number(vlan)) in VIDS:
            found[key[-1]] = Membership("access", vid)
    for key, status in columns.trunk_status.items():
        if number(status) == TRUNKING:
            found[key[-1]] = _trunk(columns, key)
    return found


def _bridged(columns: VlanColumns) -> dict[int, Membership]:
    indexes = {key[-1]: number(value) for key, value in columns.port_if_index.items()}
    egress = _ports_by_vlan(columns.current_egress) or _ports_by_vlan(columns.static_egress)
    untagged = _ports_by_vlan(columns.current_untagged) or _ports_by_vlan(columns.static_untagged)
    pvids = {key[-1]: number(value) for key, value in columns.pvid.items()}
    found = {}
    for port, index in indexes.items():
        bare = [vid for vid in egress if port in untagged.get(vid, ())]
        tagged = tuple(sorted(vid for vid, ports in egress.items() if port in ports and vid not in bare))
        pvid = pvids.get(port)
        native = pvid if pvid in bare or (pvid in VIDS and not tagged and not bare) else next(iter(bare), None)
        if index is not None and (tagged or native):
            found[index] = Membership("tagged" if tagged else "access", native, tagged)
    return found


def _ports_by_vlan(column: Column) -> dict[int, frozenset[int]]:
    """Bridge ports of each VLAN; the first bit of a PortList is port 1."""
    return {key[-1]: frozenset(bit + 1 for bit in bits(value)) for key, value in column.items() if key[-1] in VIDS}


def _trunk(columns: VlanColumns, key: tuple[int, ...]) -> Membership:
    allowed = set(_allowed(columns.trunk_vlans, key))
    native = number(columns.trunk_native.get(key))
    untagged = native if native in VIDS else None
    # VLANs 1002 to 1005 are reserved and missing from some lists of "all".
    if allowed.issuperset(set(VIDS) - set(range(1002, 1006))):
        return Membership("tagged-all", untagged)
    return Membership("tagged", untagged, tuple(sorted(allowed - {untagged})))


def _allowed(columns: Iterable[Column], key: tuple[int, ...]) -> Iterable[int]:
    for block, column in enumerate(columns):
        yield from (vid for bit in bits(column.get(key)) if (vid := block * 1024 + bit) in VIDS)
