"""What a switch is like now, as far as VLANs go: its configuration, completed by what its tables tell. Pure."""

from dataclasses import replace

from inventory.facts import InterfaceFact, VlanFact
from inventory.parsing.names import canonical_interface, interface_type
from inventory.platforms import Platform
from inventory.vlans import braces, stanzas
from inventory.vlans.configured import Configured, PortConfig
from inventory.vlans.model import PortState, SwitchState

_SWITCHED = ("ethernetCsmacd", "ieee8023adLag")


def switch_state(
    platform: Platform, vlans: tuple[VlanFact, ...], interfaces: tuple[InterfaceFact, ...], config: str
) -> SwitchState:
    """The state of a switch from its running configuration and the facts that were read of it.

    The configuration tells lists as they are configured, also those of VLANs that do not exist. The facts tell VLANs
    that stand in no configuration (VTP), what a port without a mode of its own is, and addresses given by DHCP.
    """
    templates = platform.vlan_templates
    if templates is None:
        raise ValueError(f"{platform.slug} has no vlan_templates: it cannot be deployed to")
    facts = {canonical_interface(fact.name): fact for fact in interfaces}
    if templates.form == "braces":
        told = braces.read(config, tuple(facts))
    else:
        told = stanzas.read(config, platform, templates.form)
    names = {vlan.vid: vlan.name for vlan in vlans} | {vid: name for vid, name in told.vlans.items() if name}
    names |= {vid: names.get(vid, "") for vid in told.vlans}
    ports: dict[str, PortState] = {}
    for name in [*facts, *(name for name in told.ports if name not in facts)]:
        unit = "." in name  # a subinterface, or a logical unit of a port
        if not unit and name not in told.members and interface_type(name) in (*_SWITCHED, ""):
            ports[name] = _port(name, told.ports.get(name, PortConfig()), facts.get(name), templates.form)
    return SwitchState(
        vlans=dict(sorted(names.items())),
        ports=ports,
        svis=_svis(told, interfaces),
        members=told.members,
        routed=_routed(told, interfaces),
        elsewhere=told.elsewhere,
        taken=frozenset(told.taken),
    )


def _port(name: str, told: PortConfig, fact: InterfaceFact | None, form: str) -> PortState:
    """Hybrid, tunnel and private VLAN ports count as routed: they are left alone."""
    port = PortState(name, "routed", told.access, told.native, up=fact.up if fact else None, shared=told.shared)
    if told.mode == "trunk":
        return replace(port, mode="trunk", access_vlan=1, allowed=told.allowed)
    if told.mode not in ("", "dynamic"):
        return replace(port, mode="access" if told.mode == "access" else "routed")
    if fact is None or not fact.mode:  # what negotiates may be a trunk: without the device's tables nobody knows
        return replace(port, mode="routed" if told.mode else told.otherwise)
    if told.mode == "dynamic" or (form == "negotiating" and not told.shared):
        trunk = fact.mode != "access"
        return replace(port, mode="trunk" if trunk else "dynamic", allowed=told.allowed, negotiated=trunk)
    return _by_table(port, fact, form)


def _by_table(port: PortState, fact: InterfaceFact, form: str) -> PortState:
    """A port of which its own lines do not say what it is, but the device's table does."""
    if fact.mode == "access":
        access = fact.untagged_vlan or port.access_vlan
        return replace(port, mode="access", access_vlan=access, shared=port.shared or access != port.access_vlan)
    if form == "link-type" and fact.mode == "tagged" and not fact.tagged_vlans:  # hybrid by default, in one VLAN
        return replace(port, mode="dynamic")
    allowed = None if fact.mode == "tagged-all" else frozenset(fact.tagged_vlans)
    return replace(port, mode="trunk", access_vlan=1, allowed=allowed, shared=True)


def _svis(told: Configured, interfaces: tuple[InterfaceFact, ...]) -> dict[int, tuple[str, ...]]:
    """Addresses of routed VLANs, also those that stand in no line: by DHCP, or of IPv6."""
    found = dict(told.svis)
    for fact in interfaces:
        match = stanzas.SVI.fullmatch(fact.name)
        if match and fact.addresses:
            vid = int(match[1])
            found[vid] = tuple(dict.fromkeys((*found.get(vid, ()), *fact.addresses)))
    return found


def _routed(told: Configured, interfaces: tuple[InterfaceFact, ...]) -> dict[str, tuple[str, ...]]:
    """Addresses of interfaces that belong to no VLAN."""
    found = {name: addresses for name, addresses in told.routed.items() if addresses}
    for fact in interfaces:
        name = canonical_interface(fact.name)
        if fact.addresses and interface_type(name) != "l3ipvlan":
            found.setdefault(name, fact.addresses)
    return found
