"""Is it there? Asks many devices at once and stores only what changed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone

from inventory.discovery.sweep import sweep
from inventory.errors import DeviceError
from inventory.models import Device, Prefix
from inventory.reach import prefix_of, snmp_auth
from inventory.secrets import SecretUnreadable

PPS = 2000  # packets a second
RETRIES = 2  # a device is down only when three questions went unanswered
TIMEOUT = 1.5  # seconds
CONNECTIONS = 200  # attempts at the same time, for devices that are asked over TCP


@dataclass(frozen=True, slots=True)
class Monitored:
    """How many devices are up and down, and how many of them were not so before."""

    up: int
    down: int
    changed: int


def monitor(devices: list[Device], stopped: Callable[[], bool]) -> Monitored:
    """Ask each device: over SNMP where it has a credential for that, else whether its SSH port accepts a connection.

    Devices outside the allowed prefixes are not asked and not judged.
    """
    asked = list(_allowed(devices))
    answered = set(_over_snmp(asked, stopped)) | _over_tcp([one for one in asked if one.snmp_credential is None])
    if stopped():
        return Monitored(0, 0, 0)
    up = [device.pk for device in asked if device.pk in answered]
    down = [device.pk for device in asked if device.pk not in answered]
    now = timezone.now()
    Device.objects.filter(pk__in=up).update(last_seen_at=now)
    changed = 0
    for ids, reachable in ((up, True), (down, False)):
        other = Device.objects.filter(pk__in=ids).exclude(reachable=reachable, reachable__isnull=False)
        changed += other.update(reachable=reachable, reachable_since=now)
    return Monitored(len(up), len(down), changed)


def _allowed(devices: list[Device]) -> Iterator[Device]:
    prefixes = list(Prefix.objects.all())
    for device in devices:
        best = prefix_of(device.primary_address, prefixes)
        if best is not None and not best.excluded:
            yield device


def _over_snmp(devices: list[Device], stopped: Callable[[], bool]) -> Iterator[int]:
    """Ids of devices that answered; devices that share credential and port are asked in one sweep."""
    groups: dict[tuple[int, int], list[Device]] = defaultdict(list)
    for device in devices:
        if device.snmp_credential is not None:
            groups[device.snmp_credential.pk, device.snmp_port].append(device)
    for (_credential, port), group in groups.items():
        credential = group[0].snmp_credential
        try:
            auths = [snmp_auth(credential)] if credential else []
        except (DeviceError, SecretUnreadable):
            continue
        by_address = {device.primary_address: device.pk for device in group}
        found = sweep(by_address, auths, port=port, pps=PPS, retries=RETRIES, timeout=TIMEOUT, should_stop=stopped)
        yield from (by_address[answer.address] for answer in found if answer.address in by_address)


def _over_tcp(devices: list[Device]) -> set[int]:
    return asyncio.run(_connections(devices)) if devices else set()


async def _connections(devices: list[Device]) -> set[int]:
    room = asyncio.Semaphore(CONNECTIONS)

    async def accepts(device: Device) -> int:
        async with room:
            for _ in range(1 + RETRIES):
                try:
                    opened = asyncio.open_connection(device.primary_address, device.ssh_port)
                    _reader, writer = await asyncio.wait_for(opened, TIMEOUT)
                except (OSError, TimeoutError):
                    continue
                writer.close()
                return device.pk
        return 0

    return set(await asyncio.gather(*(accepts(device) for device in devices))) - {0}
