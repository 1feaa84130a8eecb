"""From present state and request to commands. Pure; it can create, name and add, and nothing else."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from inventory.parsing.names import canonical_interface
from inventory.platforms import Platform
from inventory.platforms.vlan_templates import VlanTemplates
from inventory.vlans.commands import address_lines, filled, member_of, template_of, trunk_lines
from inventory.vlans.model import (
    ALL,
    DEFAULT_VLAN,
    PortState,
    Protected,
    SwitchState,
    VlanPlan,
    VlanRequest,
    WantedVlan,
)
from inventory.vlans.ports import ports_of
from inventory.vlans.verify import diff_of

PROTECTED = "is protected: it is an uplink, or our own session comes in there."
SHARED = "gets its VLANs from a range, group, template or profile: it is not changed by itself."


@dataclass(slots=True)
class _Draft:
    """A plan while it is made: the state as it will be, the lines that lead there, what forbids it."""

    state: SwitchState
    templates: VlanTemplates
    vlans: dict[int, str]
    ports: dict[str, PortState]
    svis: dict[int, tuple[str, ...]]
    lines: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def by_name(self) -> bool:
        """Whether VLANs are known by their names, so that each must have one."""
        return self.templates.form == "braces"

    def unnamed(self, vid: int) -> str:
        """The name to give to a VLAN that nobody named."""
        return self.templates.unnamed(vid) if self.by_name else ""


def plan_vlans(platform: Platform, state: SwitchState, request: VlanRequest, protected: Protected) -> VlanPlan:
    """What has to be entered so that the switch has what is asked for; nothing where it has it already.

    Refusals name what would take something away or touch what is protected; with any of them there are no commands.
    """
    draft = _Draft(state, template_of(platform), dict(state.vlans), dict(state.ports), dict(state.svis))
    for wanted in request.vlans:
        refusals = list(_vlan_refusals(platform, draft, wanted, protected))
        draft.refusals += refusals
        if not refusals:
            _vlan(draft, wanted)
    for wanted in request.vlans:
        _access(draft, wanted, protected)
    _trunks(draft, request, protected)
    if draft.refusals:
        return VlanPlan((), state, "", tuple(dict.fromkeys(draft.refusals)))
    predicted = replace(state, vlans=dict(sorted(draft.vlans.items())), ports=draft.ports, svis=draft.svis)
    return VlanPlan(tuple(draft.lines), predicted, diff_of(state, predicted))


def _vlan_refusals(platform: Platform, draft: _Draft, wanted: WantedVlan, guard: Protected) -> Iterator[str]:
    vid, have = wanted.vid, draft.vlans.get(wanted.vid)
    if vid == DEFAULT_VLAN:
        yield "VLAN 1 is on every port: it is not deployed."
    if vid in platform.reserved_vids:
        yield f"VLAN {vid} is reserved on {platform.name}."
    named = have and not draft.templates.is_default(vid, have)
    if named and wanted.name and have != wanted.name:
        yield f"VLAN {vid} exists under the name {have!r}: it is not renamed to {wanted.name!r}."
    yield from _name_refusals(draft, vid, wanted.name or (draft.unnamed(vid) if have is None else ""))
    if vid == guard.management_vlan and (wanted.address or wanted.access_ports or (wanted.name and not named)):
        yield f"VLAN {vid} carries the management of the device: a deployment adds it to trunks only."
    if wanted.address:
        yield from _address_refusals(wanted, draft)


def _name_refusals(draft: _Draft, vid: int, name: str) -> Iterator[str]:
    other = next((one for one, known in draft.vlans.items() if name and known == name and one != vid), None)
    if other is not None:
        yield f"The name {name!r} belongs to VLAN {other}."
    if name in draft.state.taken:
        yield f"The name {name!r} has another meaning on the device: VLAN {vid} cannot be called so."


def _address_refusals(wanted: WantedVlan, draft: _Draft) -> Iterator[str]:
    have = [one for one in draft.svis.get(wanted.vid, ()) if ":" not in one]
    if wanted.address in have:
        return
    if have:
        yield f"The routed interface of VLAN {wanted.vid} has the address {have[0]}: it gets no other."
    elif wanted.vid in draft.state.elsewhere:
        yield f"VLAN {wanted.vid} is given no address: {draft.state.elsewhere[wanted.vid]}."
    name = draft.vlans.get(wanted.vid, "")
    if draft.by_name and name and member_of(wanted.vid, draft.vlans) != name:
        yield f"VLAN {wanted.vid} shares its name {name!r} with other VLANs: it gets no routed interface."
    network = ipaddress.ip_interface(wanted.address).network
    others = {f"VLAN {vid}": addresses for vid, addresses in draft.svis.items() if vid != wanted.vid}
    for place, addresses in {**others, **draft.state.routed}.items():
        for address in addresses:
            known = ipaddress.ip_interface(address)
            if known.version == network.version and known.network.overlaps(network):
                yield f"{wanted.address} overlaps {address} of {place}."


def _vlan(draft: _Draft, wanted: WantedVlan) -> None:
    vid, have, templates = wanted.vid, draft.vlans.get(wanted.vid), draft.templates
    if have is None:
        called = wanted.name or templates.unnamed(vid)
        draft.lines += filled(templates.named if wanted.name else templates.vlan, vid=vid, name=called)
        # What an unnamed VLAN is called is the device's affair, but where the name is all it is known by.
        draft.vlans[vid] = wanted.name or draft.unnamed(vid)
    elif wanted.name and have != wanted.name:
        draft.lines += filled(templates.named, vid=vid, name=wanted.name)
        draft.vlans[vid] = wanted.name
    if wanted.address and wanted.address not in draft.svis.get(vid, ()):
        draft.lines += address_lines(templates.routed, vid, draft.vlans[vid], wanted.address)
        draft.svis[vid] = (*draft.svis.get(vid, ()), wanted.address)


def _access(draft: _Draft, wanted: WantedVlan, guard: Protected) -> None:
    for name in _resolved(draft, wanted.access_ports):
        port = draft.ports[name]
        refusal = _access_refusal(port, wanted.vid, _is_protected(name, draft.state, guard))
        if refusal:
            draft.refusals.append(refusal)
        elif (port.mode, port.access_vlan) != ("access", wanted.vid):
            lines = draft.templates.access_dynamic if port.mode == "dynamic" else draft.templates.access
            draft.lines += filled(lines, port=name, vid=wanted.vid, name=member_of(wanted.vid, draft.vlans))
            draft.ports[name] = replace(port, mode="access", access_vlan=wanted.vid)


def _access_refusal(port: PortState, vid: int, protected: bool) -> str:
    if port.mode == "access" and port.access_vlan == vid:
        return ""
    if protected:
        return f"{port.name} {PROTECTED}"
    if port.mode not in ("access", "dynamic"):
        kind = "routed, or of a kind that is left alone"
        if port.mode == "trunk":
            kind = "a trunk, negotiated with its neighbour" if port.negotiated else "a trunk"
        return f"{port.name} is {kind}: it is not made an access port."
    if port.access_vlan not in (DEFAULT_VLAN, vid):
        return f"{port.name} is in VLAN {port.access_vlan}: a deployment adds, it does not move ports."
    return f"{port.name} {SHARED}" if port.shared else ""


def _trunks(draft: _Draft, request: VlanRequest, guard: Protected) -> None:
    vids = frozenset(vlan.vid for vlan in request.vlans)
    chosen = dict.fromkeys(_resolved(draft, [name for name in request.trunks if name != ALL]))
    for name in chosen:
        if _is_protected(name, draft.state, guard):
            draft.refusals.append(f"{name} {PROTECTED}")
        elif draft.ports[name].mode != "trunk":
            draft.refusals.append(f"{name} is no trunk: a deployment makes none.")
    if ALL in request.trunks:
        chosen |= dict.fromkeys(name for name in draft.ports if not _is_protected(name, draft.state, guard))
    for port in [draft.ports[name] for name in chosen if draft.ports[name].mode == "trunk"]:
        missing = frozenset() if port.allowed is None else vids - port.allowed
        if missing and port.shared:
            draft.refusals.append(f"{port.name} {SHARED}")
        elif missing:
            draft.lines += trunk_lines(draft.templates, draft.templates.trunk, port.name, missing, draft.vlans)
            draft.ports[port.name] = replace(port, allowed=(port.allowed or frozenset()) | missing)


def _is_protected(name: str, state: SwitchState, guard: Protected) -> bool:
    """Whether it, or a member of it, is."""
    protected = {canonical_interface(one).lower() for one in guard.ports}
    members = {port.lower() for port, aggregation in state.members.items() if aggregation.lower() == name.lower()}
    return not protected.isdisjoint(members | {name.lower()})


def _resolved(draft: _Draft, wanted: Iterable[str]) -> Iterator[str]:
    """The ports of names and patterns, each once; a refusal for what is none."""
    found: dict[str, None] = {}
    for text in wanted:
        ports = ports_of(text, draft.ports)
        found |= dict.fromkeys(ports)
        members = [] if ports else ports_of(text, draft.state.members)
        if members:
            lag = draft.state.members[members[0]]
            draft.refusals.append(f"{members[0]} is a member of {lag}: name that, its members must not differ.")
        elif not ports:
            draft.refusals.append(f"There is no port {text} on the device.")
    yield from found
