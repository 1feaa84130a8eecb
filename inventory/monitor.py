"""Is it there? Asks many devices at once and stores only what changed.

A device is down when it stayed silent in two runs one after the other, both asked again after a lost answer: one broken
minute wakes nobody. Which silence is the second one, `last_seen_at` tells: a device that was there in the run before
was seen since that run began.
"""

import asyncio
import errno
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from inventory.discovery.sweep import sweep
from inventory.errors import DeviceError
from inventory.models import Credential, Device
from inventory.reach import allowed_among, snmp_auth
from inventory.secrets import SecretUnreadable
from inventory.snmp.auth import SnmpAuth

PPS = 2000  # packets a second of one call
RETRIES = 1
TIMEOUT = 1.5  # seconds
AT_ONCE = 50  # sweeps side by side: each spends its time waiting for silent devices
CONNECTIONS = 300  # attempts at the same time, for devices that are asked over TCP
NO_ROOM = (errno.EMFILE, errno.ENFILE)  # our own limits, which say nothing about a device


@dataclass(frozen=True, slots=True)
class Monitored:
    """How many devices are up, down, silent for the first time, and not asked; and how many turned up or down."""

    up: int = 0
    down: int = 0
    silent: int = 0
    unasked: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class _Group:
    """Devices that one sweep can ask, by address."""

    auth: SnmpAuth
    port: int
    ids: dict[str, int]


def monitor(devices: list[Device], run_before: datetime | None, stopped: Callable[[], bool]) -> Monitored:
    """Ask each device: over SNMP where it has a credential for that, else whether its SSH port takes a connection.

    `run_before`: when the run before this one began; None: there was none. Devices outside the allowed prefixes, and
    those whose SNMP credential cannot be used, are not asked, and nobody knows whether they are there. Where the work
    is stopped nothing is stored. Raises OSError when the process has no file descriptors left.
    """
    allowed = allowed_among(device.primary_address for device in devices)
    inside = [device for device in devices if device.primary_address in allowed]
    groups = list(_groups(inside))
    over_tcp = [device for device in inside if device.snmp_credential is None]
    asked = {pk for group in groups for pk in group.ids.values()} | {device.pk for device in over_tcp}
    answered = _ask(groups, over_tcp, stopped)
    if stopped():
        return Monitored()
    silent = [device for device in devices if device.pk in asked - answered]
    down = {device.pk for device in silent if not _first_time(device, run_before)}
    unasked = {device.pk for device in devices} - asked
    return Monitored(len(answered), len(down), len(silent) - len(down), len(unasked), _store(answered, down, unasked))


def _first_time(device: Device, run_before: datetime | None) -> bool:
    seen = device.last_seen_at
    return device.reachable is not False and seen is not None and (run_before is None or seen >= run_before)


def _store(up: set[int], down: set[int], unasked: set[int]) -> int:
    """Write down what is new; returns how many devices turned up or down."""
    now = timezone.now()
    Device.objects.filter(pk__in=up).update(last_seen_at=now)
    Device.objects.filter(pk__in=unasked, reachable__isnull=False).update(reachable=None, reachable_since=None)
    changed = 0
    for ids, reachable in ((up, True), (down, False)):
        others = Device.objects.filter(pk__in=ids).exclude(reachable=reachable, reachable__isnull=False)
        changed += others.update(reachable=reachable, reachable_since=now)
    return changed


def _groups(devices: list[Device]) -> Iterator[_Group]:
    """Devices by credential and port; without those whose credential cannot be used."""
    found: dict[tuple[Credential, int], list[Device]] = defaultdict(list)
    for device in devices:
        if device.snmp_credential is not None:
            found[device.snmp_credential, device.snmp_port].append(device)
    for (credential, port), group in found.items():
        try:
            auth = snmp_auth(credential)
            auth.community.reveal()  # here, where it concerns this group alone
        except (DeviceError, SecretUnreadable):
            continue
        yield _Group(auth, port, {device.primary_address: device.pk for device in group})


def _ask(groups: list[_Group], over_tcp: list[Device], stopped: Callable[[], bool]) -> set[int]:
    """Ids of the devices that answered."""
    pps = max(PPS / min(len(groups) or 1, AT_ONCE), 1)

    def swept(group: _Group) -> set[int]:
        found = sweep(
            group.ids, [group.auth], port=group.port, pps=pps, retries=RETRIES, timeout=TIMEOUT, should_stop=stopped
        )
        return {group.ids[answer.address] for answer in found if answer.address in group.ids}

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        connected = pool.submit(lambda: asyncio.run(_connected(over_tcp, stopped)) if over_tcp else set())
        return set().union(*pool.map(swept, groups), connected.result())


async def _connected(devices: list[Device], stopped: Callable[[], bool]) -> set[int]:
    """Ids of the devices whose SSH port takes a connection."""
    room = asyncio.Semaphore(CONNECTIONS)

    async def one(device: Device) -> bool:
        async with room:
            for _ in range(1 + RETRIES):
                if stopped() or await _connects(device.primary_address, device.ssh_port):
                    return True
        return False

    there = await asyncio.gather(*(one(device) for device in devices))
    return {device.pk for device, is_there in zip(devices, there, strict=True) if is_there}


async def _connects(address: str, port: int) -> bool:
    try:
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), TIMEOUT)
    except OSError as error:  # of which TimeoutError is one
        if error.errno in NO_ROOM:
            raise
        return False
    writer.close()
    return True
