"""Find devices by following LLDP and CDP from a seed: bounded, and only inside the allowed prefixes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inventory.discovery.discover import Found, Options, discover
from inventory.models import Device, DeviceAddress, Neighbour, Prefix
from inventory.reach import prefix_of, require_allowed


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far: hops from the seed, and devices in all."""

    depth: int = 3
    devices: int = 500


def crawl(seed: Device, options: Options, bounds: Bounds, should_stop: Callable[[], bool] | None = None) -> Found:
    """Walk outwards from the seed hop by hop: ask whoever is named as a neighbour and not known yet.

    Raises NotAllowed for a seed outside the allowed prefixes.
    """
    require_allowed(seed.primary_address)
    total = discover([seed.primary_address], options, should_stop=should_stop)
    asked = {seed.primary_address}
    edge: set[int] = {seed.pk, *total.created, *total.updated}
    walked: set[int] = set()
    for _hop in range(bounds.depth):
        walked |= edge
        addresses, refused = _next(edge, asked, options)
        total.refused |= refused
        addresses = addresses[: max(0, bounds.devices - len(walked))]
        total.stopped |= bool(should_stop and should_stop())
        if not addresses or total.stopped:
            break
        asked |= set(addresses)
        hop = discover(addresses, options, should_stop=should_stop)
        total.add(hop)
        edge = ({*hop.created, *hop.updated} | _known(addresses, options)) - walked
    return total


def _next(edge: Iterable[int], asked: set[str], options: Options) -> tuple[list[str], set[str]]:
    """Management addresses the edge's neighbours are said to have and that may be asked; and those that may not."""
    prefixes = list(Prefix.objects.all())
    named = Neighbour.objects.filter(device__in=edge).exclude(remote_address=None)
    wanted, refused = dict[str, None](), set[str]()
    for row in named.order_by("device_id", "id"):
        address = row.remote_address or ""
        prefix = prefix_of(address, prefixes)
        if prefix is None or prefix.excluded or (options.sites is not None and prefix.site_id not in options.sites):
            refused.add(address)
        elif address not in asked:
            wanted[address] = None
    return list(wanted), refused


def _known(addresses: Iterable[str], options: Options) -> set[int]:
    """Devices that hold one of the addresses."""
    holders = DeviceAddress.objects.filter(address__in=addresses)
    return set(options.own(Device.objects.filter(pk__in=holders.values("device"))).values_list("pk", flat=True))
