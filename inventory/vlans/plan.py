"""From present state and request to commands, and back. Pure; it can create, name and add, and nothing else."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from inventory.parsing.names import canonical_interface
from inventory.platforms import Platform
from inventory.platforms.vlan_templates import VlanTemplates
from inventory.vlans.commands import address_lines, filled, template_of, trunk_lines
from inventory.vlans.model import ALL, PortState, Protected, SwitchState, VlanPlan, VlanRequest, WantedVlan
from inventory.vlans.ports import ports_of
from inventory.vlans.verify import diff_of

DEFAULT_VLAN = 1


@dataclass(slots=True)
class _Draft:
    """A plan while it is made: the state as it will be, the lines that lead there, what forbids it."""

    vlans: dict[int, str]
    ports: dict[str, PortState]
    svis: dict[int, tuple[str, ...]]
    templates: VlanTemplates
    lines: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def plan_vlans(platform: Platform, state: SwitchState, request: VlanRequest, protected: Protected) -> VlanPlan:
    """What has to be entered so that the switch has what is asked for; nothing where it has it already.

    Refusals name what would take something away or touch what is protected; with any of them there are no commands.
    """
    templates = template_of(platform)
    draft = _Draft(dict(state.vlans), dict(state.ports), dict(state.svis), templates)
    for wanted in request.vlans:
        refusals = list(_vlan_refusals(platform, templates, draft, wanted, protected, state))
        draft.refusals += refusals
        if not refusals:
            _vlan(draft, templates, wanted)
    for wanted in request.vlans:
        _access(draft, wanted, state, protected)
    _trunks(draft, request, state, protected)
    predicted = replace(state, vlans=dict(sorted(draft.vlans.items())), ports=draft.ports, svis=draft.svis)
    if draft.refusals:
        return VlanPlan((), state, "", tuple(dict.fromkeys(draft.refusals)))
    return VlanPlan(tuple(draft.lines), predicted, diff_of(state, predicted))


def plan_undo(platform: Platform, before: SwitchState, now: SwitchState, request: VlanRequest) -> tuple[str, ...]:
    """The lines that take back what lies between before and now within the request, and nothing else."""
    templates = template_of(platform)
    lines: list[str] = []
    vids = {vlan.vid for vlan in request.vlans}
    for name, port in now.ports.items():
        was = before.ports.get(name)
        if was is None:
            continue
        lines += _port_undo(templates, was, port, vids, now.vlans)
    for vid in sorted(vids & now.svis.keys()):
        name, added = now.vlans.get(vid, ""), sorted(set(now.svis[vid]) - set(before.svis.get(vid, ())))
        if vid not in before.svis:
            lines += filled(templates.no_routed, vid=vid, name=name)
        else:
            lines += [line for one in added for line in address_lines(templates.no_address, vid, name, one)]
    for vid in sorted(vids & now.vlans.keys()):
        if vid not in before.vlans:
            lines += filled(templates.no_vlan, vid=vid, name=now.vlans[vid])
        elif now.vlans[vid] != before.vlans[vid]:
            lines += filled(templates.no_name, vid=vid, name=now.vlans[vid])
    return tuple(lines)


def _port_undo(
    templates: VlanTemplates, was: PortState, port: PortState, vids: set[int], names: Mapping[int, str]
) -> list[str]:
    if port.mode == "trunk" and was.allowed is not None and port.allowed is not None:
        return trunk_lines(templates, templates.no_trunk, port.name, (port.allowed & vids) - was.allowed, names)
    if port.mode == "access" and port.access_vlan in vids and port.access_vlan != was.access_vlan:
        lines = templates.no_access_dynamic if was.mode == "dynamic" else templates.no_access
        return filled(lines, port=port.name, vid=port.access_vlan, name=names.get(port.access_vlan, ""))
    return []


def _vlan_refusals(
    platform: Platform,
    templates: VlanTemplates,
    draft: _Draft,
    wanted: WantedVlan,
    protected: Protected,
    state: SwitchState,
) -> Iterator[str]:
    vid, have = wanted.vid, draft.vlans.get(wanted.vid)
    if vid == DEFAULT_VLAN:
        yield "VLAN 1 is on every port: it is not deployed."
    if vid in platform.reserved_vids:
        yield f"VLAN {vid} is reserved on {platform.name}."
    named = have and not templates.is_default(vid, have)
    if named and wanted.name and have != wanted.name:
        yield f"VLAN {vid} exists under the name {have!r}: it is not renamed to {wanted.name!r}."
    other = next((one for one, name in draft.vlans.items() if wanted.name and name == wanted.name and one != vid), None)
    if other is not None:
        yield f"The name {wanted.name!r} belongs to VLAN {other}."
    if vid == protected.management_vlan and (wanted.address or wanted.access_ports or (wanted.name and not named)):
        yield f"VLAN {vid} carries the management of the device: a deployment adds it to trunks only."
    if wanted.address:
        yield from _address_refusals(wanted, state)


def _address_refusals(wanted: WantedVlan, state: SwitchState) -> Iterator[str]:
    have = state.svis.get(wanted.vid, ())
    if have and wanted.address not in have:
        yield f"The routed interface of VLAN {wanted.vid} has the address {have[0]}: it gets no other."
    network = ipaddress.ip_interface(wanted.address).network
    others = {f"VLAN {vid}": addresses for vid, addresses in state.svis.items() if vid != wanted.vid}
    for place, addresses in {**others, **state.routed}.items():
        for address in addresses:
            known = ipaddress.ip_interface(address)
            if known.version == network.version and known.network.overlaps(network):
                yield f"{wanted.address} overlaps {address} of {place}."


def _vlan(draft: _Draft, templates: VlanTemplates, wanted: WantedVlan) -> None:
    vid, have = wanted.vid, draft.vlans.get(wanted.vid)
    if have is None:
        called = wanted.name or templates.unnamed(vid)
        draft.lines += filled(templates.named if wanted.name else templates.vlan, vid=vid, name=called)
        # What an unnamed VLAN is called is the device's affair, but where the name is all it is known by.
        draft.vlans[vid] = called if wanted.name or templates.form == "braces" else ""
    elif wanted.name and have != wanted.name:
        draft.lines += filled(templates.named, vid=vid, name=wanted.name)
        draft.vlans[vid] = wanted.name
    if wanted.address and wanted.address not in draft.svis.get(vid, ()):
        draft.lines += address_lines(templates.routed, vid, draft.vlans[vid], wanted.address)
        draft.svis[vid] = (*draft.svis.get(vid, ()), wanted.address)


def _access(draft: _Draft, wanted: WantedVlan, state: SwitchState, protected: Protected) -> None:
    for name in _resolved(draft, wanted.access_ports, state):
        port = draft.ports[name]
        refusal = _access_refusal(port, wanted.vid, protected)
        if refusal:
            draft.refusals.append(refusal)
        elif (port.mode, port.access_vlan) != ("access", wanted.vid):
            lines = draft.templates.access_dynamic if port.mode == "dynamic" else draft.templates.access
            draft.lines += filled(lines, port=name, vid=wanted.vid, name=draft.vlans.get(wanted.vid, ""))
            draft.ports[name] = replace(port, mode="access", access_vlan=wanted.vid)


def _access_refusal(port: PortState, vid: int, protected: Protected) -> str:
    if port.mode == "access" and port.access_vlan == vid:
        return ""
    if _is_protected(port, protected):
        return f"{port.name} is protected: it is an uplink, or our own session comes in there."
    if port.mode not in ("access", "dynamic"):
        kind = "a trunk" if port.mode == "trunk" else "routed, or of a kind that is left alone"
        return f"{port.name} is {kind}: it is not made an access port."
    if port.access_vlan not in (DEFAULT_VLAN, vid):
        return f"{port.name} is in VLAN {port.access_vlan}: a deployment adds, it does not move ports."
    return ""


def _trunks(draft: _Draft, request: VlanRequest, state: SwitchState, protected: Protected) -> None:
    vids = frozenset(vlan.vid for vlan in request.vlans)
    named = [name for name in request.trunks if name != ALL]
    chosen = dict.fromkeys(_resolved(draft, named, state))
    for name in chosen:
        port = draft.ports[name]
        if _is_protected(port, protected):
            draft.refusals.append(f"{name} is protected: it is an uplink, or our own session comes in there.")
        elif port.mode != "trunk":
            draft.refusals.append(f"{name} is no trunk: a deployment makes none.")
    if ALL in request.trunks:
        every = [port for port in draft.ports.values() if port.mode == "trunk" and not _is_protected(port, protected)]
        chosen |= dict.fromkeys(port.name for port in every)
    for name in chosen:
        port = draft.ports[name]
        if port.mode == "trunk" and port.allowed is not None and (missing := vids - port.allowed):
            draft.lines += trunk_lines(draft.templates, draft.templates.trunk, name, missing, draft.vlans)
            draft.ports[name] = replace(port, allowed=port.allowed | missing)


def _is_protected(port: PortState, protected: Protected) -> bool:
    return port.name in {canonical_interface(name) for name in protected.ports} | protected.ports


def _resolved(draft: _Draft, wanted: Iterable[str], state: SwitchState) -> Iterator[str]:
    """The ports of names and patterns; a refusal for what is none."""
    for text in wanted:
        found = ports_of(text, draft.ports)
        members = ports_of(text, state.members)
        if not found and members:
            aggregation = state.members[members[0]]
            draft.refusals.append(
                f"{members[0]} is a member of {aggregation}: name the aggregation, its members must not differ."
            )
        elif not found:
            draft.refusals.append(f"There is no port {text} on the device.")
        yield from found
