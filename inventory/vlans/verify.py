"""Holds a switch after a change against what was predicted, and keeps what an undo needs to know. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from inventory.parsing.vlan_list import format_vlan_list
from inventory.vlans.model import DEFAULT_VLAN, PortState, SwitchState, VlanRequest
from inventory.vlans.ports import requested


def vids_of(request: VlanRequest) -> frozenset[int]:
    """The VLANs a request is about."""
    return frozenset(vlan.vid for vlan in request.vlans)


def mismatches(after: SwitchState, predicted: SwitchState, request: VlanRequest) -> tuple[str, ...]:
    """What of the request is not on the device, a sentence each; empty when all of it is."""
    return tuple(_missing(after, predicted, request))


def _missing(after: SwitchState, predicted: SwitchState, request: VlanRequest) -> Iterator[str]:
    vids = vids_of(request)
    for vid in sorted(vids & predicted.vlans.keys()):
        if vid not in after.vlans:
            yield f"VLAN {vid} is not on the device."
        elif predicted.vlans[vid] and after.vlans[vid] != predicted.vlans[vid]:
            yield f"VLAN {vid} is named {after.vlans[vid]!r} instead of {predicted.vlans[vid]!r}."
        for address in predicted.svis.get(vid, ()):
            if address not in after.svis.get(vid, ()):
                yield f"The routed interface of VLAN {vid} does not have the address {address}."
    for name, wanted in sorted(requested(predicted.ports, request).items()):
        port = after.ports.get(name, PortState(name, "missing"))
        if wanted.mode == "access" and wanted.access_vlan in vids:
            if (port.mode, port.access_vlan) != ("access", wanted.access_vlan):
                yield f"{name} is not an access port of VLAN {wanted.access_vlan}."
        elif wanted.mode == "trunk":
            lacking = _carried(wanted, vids) - _carried(port, vids)
            if lacking or (port.mode != "trunk" and not wanted.negotiated):
                yield f"The trunk {name} does not carry VLAN {format_vlan_list(lacking) or '(it is no trunk now)'}."


def _carried(port: PortState, vids: frozenset[int]) -> frozenset[int]:
    return vids if port.allowed is None else vids & port.allowed


def foreign(before: SwitchState, after: SwitchState, request: VlanRequest) -> tuple[str, ...]:
    """What changed outside the request, a sentence each: somebody else was at work meanwhile."""
    return tuple(_foreign(before, after, vids_of(request)))


def _foreign(before: SwitchState, after: SwitchState, vids: frozenset[int]) -> Iterator[str]:
    for vid in sorted((before.vlans.keys() | after.vlans.keys()) - vids):
        if before.vlans.get(vid) != after.vlans.get(vid):
            yield f"VLAN {vid} {_became(before.vlans.get(vid), after.vlans.get(vid))}."
    for vid in sorted((before.svis.keys() | after.svis.keys()) - vids):
        if before.svis.get(vid) != after.svis.get(vid):
            yield f"The routed interface of VLAN {vid} changed."
    for name in sorted(before.ports.keys() | after.ports.keys()):
        was, port = before.ports.get(name), after.ports.get(name)
        if was is None or port is None:
            yield f"{name} {'appeared' if was is None else 'is gone'}."
        elif _outside(was, vids) != _outside(port, vids):
            yield f"{name} was changed."


def _became(was: str | None, now: str | None) -> str:
    if was is None:
        return "appeared"
    return "is gone" if now is None else f"was renamed from {was!r} to {now!r}"


def _outside(port: PortState, vids: frozenset[int]) -> tuple[Any, ...]:
    """A port without what the request may have done to it: moved from VLAN 1, or more VLANs on its trunk."""
    if _mode(port) in ("access", "dynamic") and (port.access_vlan in vids or port.access_vlan == DEFAULT_VLAN):
        return ("access",)
    allowed = None if port.allowed is None else port.allowed - vids
    return (_mode(port), port.access_vlan, port.native_vlan, allowed)


def _mode(port: PortState) -> str:
    """The mode as configured: what a port has negotiated comes and goes."""
    return "dynamic" if port.negotiated else port.mode


def relevant(state: SwitchState, request: VlanRequest) -> dict[str, Any]:
    """The part of a state that a change may touch, for a journal (JSON): what `plan_undo` needs of the state before."""
    vids = vids_of(request)
    ports = requested(state.ports, request)
    ports |= {name: port for name, port in state.ports.items() if port.access_vlan in vids}  # who needs these VLANs
    return {
        "vlans": {str(vid): state.vlans[vid] for vid in sorted(vids & state.vlans.keys())},
        "svis": {str(vid): list(state.svis[vid]) for vid in sorted(vids & state.svis.keys())},
        "ports": {
            name: {
                "mode": _mode(port),
                "access": port.access_vlan,
                "allowed": None if port.allowed is None else sorted(port.allowed & vids),
            }
            for name, port in sorted(ports.items())
            if port.mode != "routed"
        },
    }


def from_relevant(data: Mapping[str, Any]) -> SwitchState:
    """The state that `relevant` wrote down."""
    ports = {
        name: PortState(
            name,
            port["mode"],
            access_vlan=port["access"],
            allowed=None if port["allowed"] is None else frozenset(port["allowed"]),
        )
        for name, port in data["ports"].items()
    }
    return SwitchState(
        vlans={int(vid): name for vid, name in data["vlans"].items()},
        ports=ports,
        svis={int(vid): tuple(addresses) for vid, addresses in data["svis"].items()},
    )


def diff_of(before: SwitchState, after: SwitchState) -> str:
    """The change as lines with a leading "+", "-" or blank, for people; empty when there is none."""
    return "".join(f"{line}\n" for line in (*_vlan_diff(before, after), *_port_diff(before, after)))


def _vlan_diff(before: SwitchState, after: SwitchState) -> Iterator[str]:
    for vid in sorted(before.vlans.keys() | after.vlans.keys() | before.svis.keys() | after.svis.keys()):
        was, now = before.vlans.get(vid), after.vlans.get(vid)
        gone = sorted(set(before.svis.get(vid, ())) - set(after.svis.get(vid, ())))
        come = sorted(set(after.svis.get(vid, ())) - set(before.svis.get(vid, ())))
        if was == now and not gone and not come:
            continue
        yield f"{'+' if was is None else '-' if now is None else ' '}vlan {vid}"
        if was != now:
            yield from (f"{sign} name {name}" for sign, name in (("-", was), ("+", now)) if name)
        yield from (f"- address {address}" for address in gone)
        yield from (f"+ address {address}" for address in come)


def _port_diff(before: SwitchState, after: SwitchState) -> Iterator[str]:
    for name in sorted(before.ports.keys() & after.ports.keys()):
        was, now = _lines(before.ports[name]), _lines(after.ports[name])
        added = _more(before.ports[name], after.ports[name])
        removed = _more(after.ports[name], before.ports[name])
        if was == now and not added and not removed:
            continue
        yield f" interface {name}"
        yield from (f"- {line}" for line in was if line not in now)
        yield from (f"+ {line}" for line in now if line not in was)
        yield from (f"{sign} trunk allowed vlan {vids}" for sign, vids in (("-", removed), ("+", added)) if vids)


def _lines(port: PortState) -> tuple[str, ...]:
    access = (f"access vlan {port.access_vlan}",) if port.mode in ("access", "dynamic") else ()
    return (f"mode {port.mode}", *access)


def _more(was: PortState, now: PortState) -> str:
    if was.allowed is None or now.allowed is None or now.mode != "trunk":
        return ""
    return format_vlan_list(now.allowed - was.allowed)
