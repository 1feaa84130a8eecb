"""From a switch as it is now back to what it was before a change, within the request. Pure."""

from collections.abc import Iterator, Mapping

from inventory.platforms import Platform
from inventory.platforms.vlan_templates import VlanTemplates
from inventory.vlans.commands import address_lines, filled, member_of, template_of, trunk_lines
from inventory.vlans.model import DEFAULT_VLAN, PortState, SwitchState, VlanRequest
from inventory.vlans.ports import requested


def plan_undo(platform: Platform, before: SwitchState, now: SwitchState, request: VlanRequest) -> tuple[str, ...]:
    """The lines that take back what lies between before and now within the request, and nothing else.

    A VLAN that somebody else has put a port into meanwhile stays.
    """
    templates = template_of(platform)
    vids = {vlan.vid for vlan in request.vlans}
    lines: list[str] = []
    back: set[str] = set()
    for name, was in requested(before.ports, request).items():
        port = now.ports.get(name)
        undone = list(_port_lines(templates, was, port, vids, now.vlans)) if port else []
        lines += undone
        back |= {name} if undone else set()
    in_use = {
        port.access_vlan
        for name, port in now.ports.items()
        if name not in back and port.mode == "access" and not _was_in(before.ports.get(name), port.access_vlan)
    }
    lines += _svi_lines(templates, before, now, request)
    for vid in sorted((vids & now.vlans.keys()) - (in_use - before.vlans.keys())):
        lines += _vlan_lines(templates, vid, before.vlans.get(vid), now.vlans)
    return tuple(lines)


def _was_in(was: PortState | None, vid: int) -> bool:
    return was is not None and was.access_vlan == vid


def _port_lines(
    templates: VlanTemplates, was: PortState, port: PortState, vids: set[int], names: Mapping[int, str]
) -> Iterator[str]:
    if was.mode in ("trunk", "dynamic") and was.allowed is not None and port.allowed is not None:
        if port.mode in ("trunk", "dynamic"):
            yield from trunk_lines(templates, templates.no_trunk, port.name, (port.allowed & vids) - was.allowed, names)
    moved = port.access_vlan in vids and was.access_vlan == DEFAULT_VLAN
    lines: tuple[str, ...] = ()
    if was.mode == "dynamic" and port.mode == "access" and port.access_vlan == was.access_vlan:
        lines = templates.no_mode
    elif port.mode == "access" and moved:
        lines = {"dynamic": templates.no_access_dynamic, "access": templates.no_access}.get(was.mode, ())
    yield from filled(lines, port=port.name, vid=port.access_vlan, name=member_of(port.access_vlan, names))


def _svi_lines(templates: VlanTemplates, before: SwitchState, now: SwitchState, request: VlanRequest) -> Iterator[str]:
    for vlan in request.vlans:
        if not vlan.address or vlan.vid not in now.svis:
            continue
        name = now.vlans.get(vlan.vid, "")
        if vlan.vid not in before.svis and set(now.svis[vlan.vid]) <= {vlan.address}:
            yield from filled(templates.no_routed, vid=vlan.vid, name=name)
        elif vlan.address in now.svis[vlan.vid] and vlan.address not in before.svis.get(vlan.vid, ()):
            yield from address_lines(templates.no_address, vlan.vid, name, vlan.address)


def _vlan_lines(templates: VlanTemplates, vid: int, was: str | None, names: Mapping[int, str]) -> list[str]:
    if was is None:
        by_name = any("{name}" in line for line in templates.no_vlan)
        shared = by_name and member_of(vid, names) != names[vid]
        return [] if shared else filled(templates.no_vlan, vid=vid, name=names[vid])
    return filled(templates.no_name, vid=vid, name=names[vid]) if names[vid] != was else []
