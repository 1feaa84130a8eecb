"""Which device a message came from: by the sending address, and for declared relays by the host name in it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address

from django.db.models import Q
from django.db.models.functions import Lower

from inventory.models import Device, DeviceAddress
from jobs import system_settings
from syslogd.rows import address as text_of

KEPT = 60.0  # seconds an answer holds, also that nobody is known
MOST = 100_000  # answers kept


class Senders:
    """Who is behind addresses and names; answers are remembered for a minute."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, int | None]] = {}
        self._relays: tuple[IPv4Network | IPv6Network, ...] = ()
        self._look_at_relays = 0.0

    def of_addresses(self, sources: Iterable[bytes]) -> dict[bytes, int | None]:
        """Source (4 or 16 octets) -> device id; asks the database for those it does not remember only."""
        texts = {source: text_of(source) for source in set(sources)}
        found = self._looked_up(set(texts.values()), _devices_of)
        return {source: found[text] for source, text in texts.items()}

    def relays(self, sources: Iterable[bytes]) -> frozenset[bytes]:
        """Those of the sources that are declared to speak for others."""
        if time.monotonic() >= self._look_at_relays:
            self._relays = system_settings.networks("syslog_relays")
            self._look_at_relays = time.monotonic() + KEPT
        if not self._relays:
            return frozenset()
        return frozenset(one for one in set(sources) if any(ip_address(one) in network for network in self._relays))

    def of_names(self, names: Iterable[str]) -> dict[str, int | None]:
        """Host name as in a message -> device id: its name or sysName, with or without domain, or an address."""
        wanted = {name: name.lower().rstrip(".") for name in set(names)}
        found = self._looked_up({f"name {low}" for low in wanted.values()}, _devices_named)
        return {name: found[f"name {low}"] for name, low in wanted.items()}

    def _looked_up(self, wanted: set[str], ask: Callable[[set[str]], dict[str, int | None]]) -> dict[str, int | None]:
        now = time.monotonic()
        if len(self._known) > MOST:
            self._known.clear()
        missing = {one for one in wanted if self._known.get(one, (0.0,))[0] <= now}
        if missing:
            found = ask(missing)
            self._known.update({one: (now + KEPT, found.get(one)) for one in missing})
        return {one: self._known[one][1] for one in wanted}


def _devices_of(addresses: set[str]) -> dict[str, int | None]:
    """A management address decides; an address that several devices have tells nothing."""
    found: dict[str, int | None] = {}
    for address, device in DeviceAddress.objects.filter(address__in=addresses).values_list("address", "device_id"):
        found[address] = device if found.get(address, device) == device else None
    found.update(Device.objects.filter(primary_address__in=addresses).values_list("primary_address", "pk"))
    return found


def _devices_named(keys: set[str]) -> dict[str, int | None]:
    names = {key.removeprefix("name ") for key in keys}
    short = {name.partition(".")[0] for name in names}
    rows = Device.objects.annotate(low=Lower("name"), sys=Lower("sys_name")).order_by()
    rows = rows.filter(Q(low__in=names | short) | Q(sys__in=names | short))
    by_name: dict[str, set[int]] = defaultdict(set)
    for pk, low, sys_name in rows.values_list("pk", "low", "sys"):
        for name in {low, sys_name} - {""}:
            by_name[name].add(pk)
    addresses = _devices_of({name for name in names if _is_address(name)})
    return {
        f"name {name}": _only(by_name[name]) or _only(by_name[name.partition(".")[0]]) or addresses.get(name)
        for name in names
    }


def _only(found: set[int]) -> int | None:
    return next(iter(found)) if len(found) == 1 else None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
