"""What a switch is like now, as far as VLANs go: its configuration, completed by what its tables tell. Pure."""

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
    that stand in no configuration (VTP), and what a port without a mode of its own is.
    """
    templates = platform.vlan_templates
    if templates is None:
        raise ValueError(f"{platform.slug} has no vlan_templates: it cannot be deployed to")
    told = braces.read(config) if templates.form == "braces" else stanzas.read(config, templates.form)
    facts = {canonical_interface(fact.name): fact for fact in interfaces}
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
        svis=told.svis,
        members=told.members,
        routed=_routed(told, interfaces),
    )


def _port(name: str, told: PortConfig, fact: InterfaceFact | None, form: str) -> PortState:
    mode = _mode(told, fact, form)
    return PortState(
        name=name,
        mode=mode,
        access_vlan=1 if mode == "trunk" else told.access,
        native_vlan=told.native,
        allowed=told.allowed if told.mode == "trunk" else frozenset(),
        up=fact.up if fact else None,
    )


def _mode(told: PortConfig, fact: InterfaceFact | None, form: str) -> str:
    """access, trunk, dynamic or routed. Hybrid, tunnel and private VLAN ports count as routed: they are left alone."""
    if told.mode in ("access", "trunk", "routed"):
        return told.mode
    if told.mode:
        return "dynamic" if told.mode == "dynamic" else "routed"
    if fact is None or not fact.mode:
        return told.otherwise
    if fact.mode == "access":
        return "dynamic" if form == "negotiating" else "access"
    return "dynamic"


def _routed(told: Configured, interfaces: tuple[InterfaceFact, ...]) -> dict[str, tuple[str, ...]]:
    """Addresses of interfaces that belong to no VLAN."""
    found = {name: addresses for name, addresses in told.routed.items() if addresses}
    for fact in interfaces:
        name = canonical_interface(fact.name)
        if fact.addresses and interface_type(name) != "l3ipvlan":
            found.setdefault(name, fact.addresses)
    return found
