"""What a change to a device must leave alone, so that it does not cut off the session that makes it."""

from inventory.facts import InterfaceFact
from inventory.models import Device
from inventory.parsing.names import canonical_interface
from inventory.vlans import DEFAULT_VLAN, PortState, Protected, SwitchState


def protected_on(device: Device, state: SwitchState, interfaces: tuple[InterfaceFact, ...]) -> Protected:
    """The management VLAN, the ports that an operator marked, and those our own session may come in by.

    The management VLAN is the one whose routed interface holds the device's management address. Where a routed port
    holds it, the session comes in there. Only in VLAN 1 can the session come in by a port that a deployment would
    move, because ports in other VLANs are never moved: see `session_ports`.
    """
    vlan = next((vid for vid, addresses in state.svis.items() if _holds(addresses, device.primary_address)), None)
    ports = {one.name for one in interfaces if _holds(one.addresses, device.primary_address)}
    ports.update(device.interfaces.filter(protected=True).values_list("name", flat=True))
    if vlan == DEFAULT_VLAN:
        seen = device.neighbours.values_list("local_interface", flat=True)
        ports |= session_ports(state, frozenset(canonical_interface(name) for name in seen))
    return Protected(management_vlan=vlan, ports=frozenset(ports))


def session_ports(state: SwitchState, with_neighbour: frozenset[str]) -> frozenset[str]:
    """Access ports of VLAN 1 that our session may come in by, where the management address is in VLAN 1.

    Those with a neighbour, who is the way to us as far as anybody knows. Without such a port it comes in by a trunk
    that carries VLAN 1, if one is up; else by any access port of VLAN 1 that is up: nobody can tell which.
    """
    access = {port.name for port in state.ports.values() if _in_default_vlan(port)}
    known = {name for name in access if canonical_interface(name) in with_neighbour}
    if known:
        return frozenset(known)
    return frozenset() if any(_carries_default_vlan(port) for port in state.ports.values()) else frozenset(access)


def _holds(addresses: tuple[str, ...], wanted: str) -> bool:
    return any(address.partition("/")[0] == wanted for address in addresses)


def _in_default_vlan(port: PortState) -> bool:
    """Whether it is an access port of VLAN 1 that is up; a port that would negotiate is one until it has."""
    return port.up is True and port.mode in ("access", "dynamic") and port.access_vlan == DEFAULT_VLAN


def _carries_default_vlan(port: PortState) -> bool:
    return port.up is True and port.mode == "trunk" and (port.allowed is None or DEFAULT_VLAN in port.allowed)
