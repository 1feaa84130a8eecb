"""One interface told by several outputs becomes one fact. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from inventory.facts import ComponentFact, InterfaceFact, SystemFacts
from inventory.parsing.dialect import ConfigInterface, Switchport
from inventory.parsing.names import canonical_interface


def merge_interfaces(
    interfaces: Iterable[InterfaceFact],
    switchports: Iterable[Switchport] = (),
    config: Iterable[ConfigInterface] = (),
) -> tuple[InterfaceFact, ...]:
    """Interfaces with their VLANs and with the addresses and VRF that stand in the configuration only."""
    ports = {_key(port.name): port for port in switchports}
    stanzas = {_key(stanza.name): stanza for stanza in config}
    distinct = {_key(fact.name): fact for fact in interfaces}
    return tuple(_with_config(_with_vlans(fact, ports.get(key)), stanzas.get(key)) for key, fact in distinct.items())


def with_chassis(system: SystemFacts, components: Iterable[ComponentFact]) -> SystemFacts:
    """System facts with serial and model of the first chassis that has a serial number."""
    for part in components:
        if part.kind == "chassis" and part.serial:
            return replace(system, serial=part.serial, model=part.model or system.model)
    return system


def _key(name: str) -> str:
    return canonical_interface(name).lower()


def _with_vlans(fact: InterfaceFact, port: Switchport | None) -> InterfaceFact:
    if port is None:
        return fact
    return replace(fact, mode=port.mode, untagged_vlan=port.untagged_vlan, tagged_vlans=port.tagged_vlans)


def _with_config(fact: InterfaceFact, stanza: ConfigInterface | None) -> InterfaceFact:
    if stanza is None:
        return fact
    addresses = tuple(dict.fromkeys(fact.addresses + stanza.addresses))
    return replace(fact, addresses=addresses, vrf=stanza.vrf or fact.vrf)
