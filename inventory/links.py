"""Draws the links between known devices from what each says of its neighbours."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from inventory.facts import NeighbourFact
from inventory.models import Device, DeviceAddress, Interface, Link, Neighbour
from inventory.topology import LinkFact, Node, Seen, Topology, build

CHUNK = 5000  # ids in one query


def rebuild_links(devices: QuerySet[Device]) -> int:
    """Draw the links of these devices anew; links entered by hand stay and win. Returns how many there are now."""
    scope = set(devices.values_list("pk", flat=True))
    if not scope:
        return 0
    nodes = _nodes()
    near = _seen(scope)
    # Whether both ends agree is known only with the far ends' view, and with both ends' interface names.
    far = {end for link in build(near, nodes).links for end in (link.a_device, link.b_device)} - scope
    nodes = _with_interfaces(nodes, scope | far)
    topology: Topology = build([*near, *_seen(far)], nodes)
    wanted = [link for link in topology.links if link.a_device in scope or link.b_device in scope]
    with transaction.atomic():
        return _replace(scope, wanted)


def _nodes() -> list[Node]:
    addresses: dict[int, list[str]] = defaultdict(list)
    for device_id, address in DeviceAddress.objects.values_list("device_id", "address"):
        addresses[device_id].append(address)
    rows = Device.objects.values_list("id", "name", "sys_name", "chassis_mac", "serial", "primary_address")
    return [
        Node(pk, names=(name, sys_name), chassis_ids=(mac, serial), addresses=(primary, *addresses[pk]))
        for pk, name, sys_name, mac, serial, primary in rows.iterator(CHUNK)
    ]


def _with_interfaces(nodes: Iterable[Node], wanted: set[int]) -> list[Node]:
    names: dict[int, list[str]] = defaultdict(list)
    for ids in _chunks(wanted):
        for device_id, name in Interface.objects.filter(device_id__in=ids).values_list("device_id", "name"):
            names[device_id].append(name)
    return [
        Node(node.id, node.names, node.chassis_ids, node.addresses, tuple(names.get(node.id, ()))) for node in nodes
    ]


def _seen(ids: set[int]) -> list[Seen]:
    return [
        Seen(
            row.device_id,
            NeighbourFact(
                protocol=row.protocol,
                local_interface=row.local_interface,
                remote_name=row.remote_name,
                remote_chassis_id=row.remote_chassis_id,
                remote_port=row.remote_port,
                remote_port_description=row.remote_port_description,
                remote_address=row.remote_address or "",
            ),
        )
        for chunk in _chunks(ids)
        for row in Neighbour.objects.filter(device_id__in=chunk).order_by("id")
    ]


def _replace(scope: set[int], wanted: list[LinkFact]) -> int:
    """Make the stored links of these devices equal the wanted ones."""
    stored = [
        link
        for chunk in _chunks(scope)
        for link in Link.objects.filter(Q(a_device_id__in=chunk) | Q(b_device_id__in=chunk))
    ]
    manual = {end for link in stored if link.manual for end in _ends(link)}
    known = {(*_ends(link),): link for link in stored if not link.manual}
    fresh: dict[tuple[tuple[int, str], ...], LinkFact] = {}
    for fact in wanted:
        ends = ((fact.a_device, fact.a_interface[:100]), (fact.b_device, fact.b_interface[:100]))
        if not manual & set(ends):
            fresh[ends] = fact
    gone = {link.pk for ends, link in known.items() if ends not in fresh}
    for chunk in _chunks(gone):
        Link.objects.filter(pk__in=chunk).delete()
    Link.objects.bulk_create(_link(ends, fact) for ends, fact in fresh.items() if ends not in known)
    different = [link for ends, link in known.items() if ends in fresh and _updated(link, fresh[ends])]
    Link.objects.bulk_update(different, ["protocols", "agreed"], batch_size=500)
    return len(fresh) + sum(link.manual for link in {link.pk: link for link in stored}.values())


def _ends(link: Link) -> tuple[tuple[int, str], tuple[int, str]]:
    return (link.a_device_id, link.a_interface), (link.b_device_id, link.b_interface)


def _link(ends: tuple[tuple[int, str], ...], fact: LinkFact) -> Link:
    (a_device, a_interface), (b_device, b_interface) = ends
    return Link(
        a_device_id=a_device,
        a_interface=a_interface,
        b_device_id=b_device,
        b_interface=b_interface,
        protocols=list(fact.protocols),
        agreed=fact.agreed,
    )


def _updated(link: Link, fact: LinkFact) -> bool:
    if (link.agreed, link.protocols) == (fact.agreed, list(fact.protocols)):
        return False
    link.agreed, link.protocols = fact.agreed, list(fact.protocols)
    return True


def _chunks(ids: set[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
