"""The whole MIB view of a device, rendered from its state and kept until the state changes."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from tests.lab.snmp import ber
from tests.lab.snmp.ber import Oid
from tests.lab.snmp.tables import Row, bridge, cisco, entity, interfaces, ip, juniper, lldp, system
from tests.lab.state import Device

_SYS_UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_ENGINE_TIME = (1, 3, 6, 1, 6, 3, 10, 2, 1, 3, 0)


class Mib:
    """Sorted, encoded varbinds of one state of one device."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.version = device.version
        rows = sorted(_rows(device))
        self._names = [name for name, _ in rows]
        self._varbinds = [ber.varbind(ber.oid(name), value) for name, value in rows]

    def __len__(self) -> int:
        return len(self._names)

    def has(self, name: Oid) -> bool:
        """Whether an instance of exactly this name exists."""
        place = bisect_left(self._names, name)
        return place < len(self._names) and self._names[place] == name

    def get(self, name: Oid) -> bytes:
        """The varbind of this name, with noSuchInstance where there is none (RFC 3416 4.2.1)."""
        place = bisect_left(self._names, name)
        if place == len(self._names) or self._names[place] != name:
            near = place < len(self._names) and self._names[place][: len(name) - 1] == name[:-1]
            missing = ber.NO_SUCH_INSTANCE if near else ber.NO_SUCH_OBJECT
            return ber.varbind(ber.oid(name), missing)
        return self._current(place)

    def after(self, name: Oid) -> tuple[Oid, bytes]:
        """(name, varbind) of what follows; endOfMibView at the end."""
        place = bisect_right(self._names, name)
        if place == len(self._names):
            return name, ber.varbind(ber.oid(name), ber.END_OF_MIB_VIEW)
        return self._names[place], self._current(place)

    def _current(self, place: int) -> bytes:
        name = self._names[place]
        if name == _SYS_UPTIME:
            return ber.varbind(ber.oid(name), ber.timeticks(self._device.uptime))
        if name == _ENGINE_TIME:
            return ber.varbind(ber.oid(name), ber.integer(int(self._device.uptime)))
        return self._varbinds[place]


def _rows(device: Device) -> Iterator[Row]:
    yield from system(device)
    yield from interfaces(device)
    yield from ip(device)
    yield from bridge(device)
    yield from juniper(device) if device.platform == "juniper_junos" else entity(device)
    yield from lldp(device)
    if device.platform.startswith("cisco_"):
        yield from cisco(device)
