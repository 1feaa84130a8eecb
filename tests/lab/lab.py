"""The lab itself: all devices of a topology on their addresses, in one event loop in a thread of its own."""

import asyncio
import random
import resource
import socket
import threading
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network
from types import TracebackType
from typing import Any

import asyncssh

from tests.lab import eapi, snapshot, ssh, syslog
from tests.lab.cli import Cli
from tests.lab.faults import Fault, FaultBox, parse
from tests.lab.snmp.agent import Agent
from tests.lab.snmp.mib import Mib
from tests.lab.snmp.usm import Usm, V3User
from tests.lab.state import Device, Link
from tests.lab.topology import build
from tests.lab.vendors.baseline import GRADES, Credentials, dress
from tests.lab.vendors.registry import VENDORS, communities

DEFAULT_NETWORK = "127.30.0.0/24"
DEFAULT_USERNAME = "netops"
DEFAULT_PASSWORD = "lab-Passw0rd"
DEFAULT_COMMUNITY = "lab-c0mmunity"
V3_USER = V3User("netmon", "lab-auth-pass", "lab-priv-pass")
_KEPT_MIBS = 100  # rendered tables in memory; 500 devices would take more than the rest of the lab


class MibShelf:
    """Renders a device's MIB when it is asked for and keeps the last used ones."""

    def __init__(self) -> None:
        self._mibs: OrderedDict[str, Mib] = OrderedDict()

    def mib(self, device: Device) -> Mib:
        kept = self._mibs.get(device.address)
        if kept is None or kept.version != _version(device):
            kept = self._mibs[device.address] = Mib(device)
            kept.version = _version(device)
        self._mibs.move_to_end(device.address)
        if len(self._mibs) > _KEPT_MIBS:
            self._mibs.popitem(last=False)
        return kept


def _version(device: Device) -> int:
    """Changes of the device or of a neighbour, whose name and port state it shows."""
    return device.version + sum(p.peer.device.version for p in device.ports.values() if p.peer)


@dataclass(slots=True)
class _Running:
    """One device with its open ports."""

    device: Device
    faults: FaultBox
    side: ssh.SshSide
    udp: asyncio.DatagramTransport | None = None
    reboot: asyncio.Task[None] | None = None  # kept, because the loop keeps no task alive by itself
    further: list[asyncio.DatagramTransport] = field(default_factory=list)
    tcp: list[asyncssh.SSHAcceptor | asyncio.Server | socket.socket] = field(default_factory=list)


class Lab:
    """`with Lab(devices=6) as lab:` Simulated devices on loopback addresses until the block ends.

    A port that is 0 is chosen so that it is free on every address. `faults` maps an address to a fault's name. To the
    address and port of a `collector` the devices send their syslog.
    Raises ValueError for options that cannot be used and OSError when a port is taken.
    """

    def __init__(
        self,
        devices: int = 6,
        platforms: tuple[str, ...] = (),
        network: str = DEFAULT_NETWORK,
        snmp_port: int = 0,
        ssh_port: int = 0,
        http_port: int = 0,
        delay: float = 0.0,
        seed: int = 1,
        username: str = DEFAULT_USERNAME,
        password: str = DEFAULT_PASSWORD,
        community: str = DEFAULT_COMMUNITY,
        v3_user: V3User = V3_USER,
        enable_password: str = "",
        faults: dict[str, str] | None = None,
        collector: tuple[str, int] | None = None,
    ) -> None:
        self.topology = build(devices, IPv4Network(network), seed, tuple(platforms))
        self.devices: tuple[Device, ...] = self.topology.devices
        self.links: tuple[Link, ...] = self.topology.links
        self.username, self.password, self.community, self.v3_user = username, password, community, v3_user
        self.snmp_port, self.ssh_port, self.http_port = snmp_port, ssh_port, http_port
        self.enable_password, self.delay, self.seed = enable_password, delay, seed
        self.collector = collector
        self._talking: asyncio.Task[None] | None = None
        self._credentials = Credentials(username, password, community)
        self._shelf = MibShelf()
        self._running = {d.address: self._prepare(d, i) for i, d in enumerate(self.devices)}
        self._first = {d.address: snapshot.take(d) for d in self.devices}
        for address, name in (faults or {}).items():
            self._box(address).set(parse(name))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab", daemon=True)

    def _prepare(self, device: Device, index: int) -> _Running:
        dress(device, GRADES[index % len(GRADES)], self._credentials)
        vendor = VENDORS[device.platform]
        device.startup, device.saved = vendor.running_config(device), snapshot.take(device)
        faults = FaultBox()
        new_cli = partial(vendor.cli, device, self.enable_password, faults)
        reboot = partial(self._start_reboot, device.address)
        side = ssh.SshSide(device, faults, self._credentials, self.delay, new_cli, vendor.session, reboot)
        return _Running(device, faults, side)

    def __enter__(self) -> "Lab":
        _raise_file_limit(8 * len(self.devices) + 1024)
        self._rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
        self._thread.start()
        try:
            self._call(self._open_all())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def device(self, name: str) -> Device:
        """By hostname or address. Raises KeyError."""
        found = next((d for d in self.devices if name in (d.hostname, d.address)), None)
        if found is None:
            raise KeyError(f"no device {name!r} in the lab")
        return found

    def fault(self, address: str, name: str) -> None:
        """Break a device: a name of faults.FAULTS, e.g. `slow:0.5`. Raises ValueError or KeyError."""
        fault = parse(name)
        self._box(address).set(fault)
        self._call(self._reopen(self._running[address]))

    def clear_faults(self, address: str = "") -> None:
        """Mend one device, or all."""
        for running in self._running.values():
            if address in ("", running.device.address):
                running.faults.clear()
                self._call(self._mend(running))

    def forget(self, address: str) -> None:
        """Give a device the configuration it had at the start, and no counted line or login."""
        device = self.device(address)
        snapshot.restore(device, self._first[device.address])
        device.startup, device.saved = VENDORS[device.platform].running_config(device), snapshot.take(device)
        for candidate in device.candidates.values():
            candidate.forget()
        device.candidates.clear()
        device.commits.clear()
        device.applied.clear()
        device.typed.clear()
        device.configured = device.logins = device.logins_most = 0

    def log_to(self, collector: tuple[str, int]) -> None:
        """Let all devices send their syslog there from now on. Raises OSError for an address that cannot be."""
        socket.getaddrinfo(*collector, type=socket.SOCK_DGRAM)
        self.collector = collector
        self._call(self._talk())

    def also_answer(self, address: str, *others: str) -> None:
        """Let a device answer SNMP on further addresses, as a router does on each of its own."""
        self._call(self._open_udp(self._running[address], others))

    def running_config(self, address: str) -> str:
        """What the device would show now, for comparison in tests."""
        device = self.device(address)
        return VENDORS[device.platform].running_config(device)

    def new_cli(self, address: str) -> Cli:
        """A login without SSH, for tests of what a device prints. The lab need not run."""
        return self._running[address].side.new_cli()

    def new_agent(self, address: str) -> Agent:
        """The device's SNMP agent without a socket; `.answer(datagram)`. The lab need not run."""
        running = self._running[address]
        device = running.device
        usm = Usm(device.engine_id, self.v3_user)
        return Agent(partial(self._shelf.mib, device), partial(communities, device), usm, running.faults)

    def stop(self) -> None:
        """Close every port and end the thread. Calling it again does nothing."""
        if self._thread.is_alive():
            self._call(self._close_all())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
        if not self._loop.is_running() and not self._loop.is_closed():
            self._loop.close()

    def _box(self, address: str) -> FaultBox:
        if address not in self._running:
            raise KeyError(f"no device has the address {address}: accepted are {', '.join(self._running)}")
        return self._running[address].faults

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=120)

    async def _open_all(self) -> None:
        addresses = [d.address for d in self.devices]
        self.snmp_port = self.snmp_port or _free_port(addresses, socket.SOCK_DGRAM)
        self.ssh_port = self.ssh_port or _free_port(addresses, socket.SOCK_STREAM)
        self.http_port = self.http_port or _free_port(addresses, socket.SOCK_STREAM, self.ssh_port)
        for running in self._running.values():
            address = running.device.address
            agent = partial(self.new_agent, address)
            where = (address, self.snmp_port)
            running.udp, _ = await self._loop.create_datagram_endpoint(agent, local_addr=where)
            await self._open_tcp(running)
        await self._talk()

    async def _talk(self) -> None:
        if self._talking is not None:
            self._talking.cancel()
        if self.collector:
            self._talking = self._loop.create_task(syslog.speak(self._speakers(self.collector)))

    def _speakers(self, collector: tuple[str, int]) -> list[syslog.Speaker]:
        chance = random.Random(self.seed)
        return [syslog.Speaker(device, collector, self.username, chance) for device in self.devices]

    async def _open_udp(self, running: _Running, addresses: tuple[str, ...]) -> None:
        agent = partial(self.new_agent, running.device.address)
        for address in addresses:
            udp, _ = await self._loop.create_datagram_endpoint(agent, local_addr=(address, self.snmp_port))
            running.further.append(udp)

    async def _close_udp(self, running: _Running) -> None:
        if running.udp is not None:
            running.udp.close()
            running.udp = None

    async def _open_tcp(self, running: _Running) -> None:
        device, faults = running.device, running.faults
        if faults.has("no-answer", "no-answer-ssh"):
            return
        if faults.has("hang-ssh"):
            running.tcp.append(_silent(device.address, self.ssh_port))
        else:
            seed = self.seed + 1_000_000 if faults.has("another-host-key") else self.seed
            keys = [ssh.device_key(seed, device.serial), self._rsa]
            running.tcp.append(await ssh.listen(running.side, device.address, self.ssh_port, keys))
        if device.platform == "arista_eos":
            running.tcp.append(await eapi.listen(running.side, device.address, self.http_port))

    def _start_reboot(self, address: str, seconds: float) -> None:
        running = self._running[address]
        running.faults.set(Fault("no-answer"))
        running.reboot = self._loop.create_task(self._reboot(running, seconds))

    async def _reboot(self, running: _Running, seconds: float) -> None:
        for connection in list(running.side.open):
            connection.abort()
        await self._reopen(running)
        await asyncio.sleep(seconds)
        running.faults.drop("no-answer")
        await self._reopen(running)

    async def _mend(self, running: _Running) -> None:
        if running.reboot is not None:
            running.reboot.cancel()
        await self._reopen(running)

    async def _reopen(self, running: _Running) -> None:
        await _close(running)
        await self._open_tcp(running)

    async def _close_all(self) -> None:
        for running in self._running.values():
            await self._close_udp(running)
            for udp in running.further:
                udp.close()
            await _close(running)
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _close(running: _Running) -> None:
    for door in running.tcp:
        door.close()
        if isinstance(door, asyncssh.SSHAcceptor):
            await door.wait_closed()
    running.tcp.clear()


def _silent(address: str, port: int) -> socket.socket:
    """A listening socket nobody accepts from: the kernel completes the handshake and nothing follows."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(20)
    return listener


def _free_port(addresses: list[str], kind: socket.SocketKind, avoid: int = 0) -> int:
    """A port that is free on all addresses. Raises OSError when fifty tries found none."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, kind) as first:
            first.bind((addresses[0], 0))
            port: int = first.getsockname()[1]
        if port != avoid and all(_is_free(a, port, kind) for a in addresses):
            return port
    raise OSError("no port is free on every address of the lab")


def _is_free(address: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _raise_file_limit(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
