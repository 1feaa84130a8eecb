"""A believable network from a seed: sites of core, distribution and access devices, cabled both ways."""

import random
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Interface, IPv4Network
from itertools import pairwise

from tests.lab.hardware import PLATFORMS, Hardware, hardware_for
from tests.lab.names import interface_names
from tests.lab.state import Device, Link, Port

SITES = ("sel", "pus", "icn", "dae", "gwj", "uls", "cju", "swn", "tok", "osa", "sin", "fra", "ams", "lon", "nyc", "sjc")
MIX = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp", "cisco_ios", "cisco_ios", "arista_eos", "huawei_vrp")
SITE_SIZE = 24
VLANS = {10: "USERS", 20: "VOICE", 30: "PRINTERS", 40: "GUEST", 50: "CCTV", 60: "SERVERS", 99: "MGMT"}
NATIVE_VLAN = 99
MAX_DEVICES = 500


@dataclass(frozen=True, slots=True)
class Topology:
    """Devices in address order and the cables between them."""

    devices: tuple[Device, ...]
    links: tuple[Link, ...]


def build(count: int, network: IPv4Network, seed: int, platforms: tuple[str, ...] = ()) -> Topology:
    """`count` devices on the first addresses of `network`; `platforms` are dealt out in turn.

    Raises ValueError when the count or the network cannot be used.
    """
    if not 1 <= count <= MAX_DEVICES:
        raise ValueError(f"devices is {count}: accepted is 1 to {MAX_DEVICES}")
    if not network.is_loopback:
        raise ValueError(f"network is {network}: accepted is a part of 127.0.0.0/8")
    addresses = [str(a) for _, a in zip(range(count), network.hosts(), strict=False)]
    if len(addresses) < count:
        raise ValueError(f"network {network} has {len(addresses)} addresses, {count} devices need more")
    rng = random.Random(seed)
    mix = platforms or MIX
    if unknown := set(mix) - set(PLATFORMS):
        raise ValueError(f"platforms names {', '.join(sorted(unknown))}: accepted are {', '.join(PLATFORMS)}")
    places = _places(count)
    counters: dict[tuple[str, str], int] = {}
    devices = []
    for index, (address, (site, role)) in enumerate(zip(addresses, places, strict=True)):
        counters[site, role] = counters.get((site, role), 0) + 1
        hostname = f"{site}-{role[:3] if role != 'core' else 'cor'}-{counters[site, role]:02d}"
        device = _device(index, address, hostname, site, role, hardware_for(mix[index % len(mix)], role), rng)
        _number(device, index, network)
        devices.append(device)
    links = _cable(devices, rng)
    for device in devices:
        _use_free_ports(device, rng)
    return Topology(tuple(devices), tuple(links))


def _places(count: int) -> list[tuple[str, str]]:
    """(site, role) of each device: a site starts with its core, so small labs have one too."""
    places: list[tuple[str, str]] = []
    for number in range(-(-count // SITE_SIZE)):
        size = min(SITE_SIZE, count - number * SITE_SIZE)
        cores = 2 if size >= 6 else 1
        distribution = max(1, size // 8) if size >= 3 else 0
        site = SITES[number] if number < len(SITES) else f"s{number:02d}"
        roles = ["core"] * cores + ["distribution"] * distribution
        places += [(site, role) for role in roles + ["access"] * (size - len(roles))]
    return places


def _device(
    index: int, address: str, hostname: str, site: str, role: str, hardware: Hardware, rng: random.Random
) -> Device:
    serial = hardware.serial_form + "".join(rng.choices("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", k=4)) + f"{index:04d}"
    base_mac = f"{hardware.oui}:{index >> 4 & 0xFF:02x}:{(index & 0xF) << 4:02x}:00"
    device = Device(
        address=address,
        hostname=hostname,
        hardware=hardware,
        serial=serial,
        base_mac=base_mac,
        engine_id=b"\x80\x00\x00\x09\x05" + sha256(serial.encode()).digest()[:11],
        site=site,
        role=role,
        location=f"{site.upper()} building {1 + index % 3}, floor {1 + index % 9}, rack {1 + index % 20}",
        uptime_at_start=rng.randint(3_600, 400 * 86_400),
    )
    device.vlans = {1: interface_names(hardware.platform).default_vlan}
    if hardware.switch:
        device.vlans |= VLANS
    _ports(device)
    return device


def _ports(device: Device) -> None:
    hardware = device.hardware
    names = interface_names(hardware.platform)
    number = 1
    for group in hardware.ports:
        step = 512 if hardware.platform == "cisco_nxos" else 1
        for offset in range(group.count):
            name = group.pattern.format(group.first + offset)
            mode = "access" if hardware.switch else ""
            index = group.first_index + offset * step
            port = Port(device, name, index, "ethernet", _mac(device, number), group.speed, mode=mode)
            device.ports[name] = port
            number += 1
    svi_index = {"cisco_nxos": 151060480, "arista_eos": 2000000, "huawei_vrp": 100}.get(hardware.platform, 500)
    if hardware.switch:
        for vid in (1, NATIVE_VLAN):
            name = f"{names.svi}{vid}"
            port = Port(device, name, svi_index + vid, "vlan", _mac(device, 0), enabled=vid != 1)
            device.ports[name] = port
    if hardware.management not in device.ports:
        loopback = hardware.management.startswith("Loopback")
        kind = "loopback" if loopback else "management"
        mac = "" if loopback else _mac(device, 0)
        index = {"cisco_nxos": 83886080, "arista_eos": 999001}.get(hardware.platform, 900)
        device.ports[hardware.management] = Port(device, hardware.management, index, kind, mac, mtu=1500)
    if hardware.switch and device.role != "access":
        name = f"{names.loopback}0"
        index = {"cisco_nxos": 335544320, "arista_eos": 5000000}.get(hardware.platform, 800)
        device.ports[name] = Port(device, name, index, "loopback", "", 8000, mtu=1514)


def _mac(device: Device, number: int) -> str:
    value = int(device.base_mac.replace(":", ""), 16) + number
    return ":".join(f"{value:012x}"[i : i + 2] for i in range(0, 12, 2))


def _number(device: Device, index: int, network: IPv4Network) -> None:
    device.ports[device.hardware.management].address = IPv4Interface(f"{device.address}/{network.prefixlen}")
    device.ports[device.hardware.management].description = "Management"
    loopback = device.ports.get(f"{interface_names(device.platform).loopback}0")
    if loopback is not None and loopback.address is None:
        loopback.address = IPv4Interface(f"10.255.{index // 250}.{index % 250 + 1}/32")
        loopback.description = "Router-ID"


def _cable(devices: list[Device], rng: random.Random) -> list[Link]:
    links: list[Link] = []
    cores: list[Device] = []
    by_site: dict[str, list[Device]] = {}
    for device in devices:
        by_site.setdefault(device.site, []).append(device)
    for site in by_site.values():
        layers = {role: [d for d in site if d.role == role] for role in ("core", "distribution", "access")}
        if len(layers["core"]) == 2:
            links.append(_connect(*layers["core"]))
        for lower in layers["distribution"]:
            links += [_connect(lower, core) for core in layers["core"]]
        uppers = layers["distribution"] or layers["core"]
        for number, lower in enumerate(layers["access"]):
            first = number % len(uppers)
            dual = len(uppers) > 1 and rng.random() < 0.7
            chosen = [uppers[first], uppers[(first + 1) % len(uppers)]] if dual else [uppers[first]]
            links += [_connect(lower, upper) for upper in chosen]
        cores.append(layers["core"][0])
    return links + [_connect(a, b) for a, b in pairwise(cores)]


def _connect(lower: Device, upper: Device) -> Link:
    """Cable the lower device's last free port to the upper device's first free one."""
    a = _free(lower)[-1]
    b = _free(upper)[0]
    a.peer, b.peer = b, a
    routed = not (lower.hardware.switch and upper.hardware.switch)
    for port, other in ((a, b), (b, a)):
        port.description = f"to {other.device.hostname} {other.name}"
        port.mode = "" if routed else "trunk"
        port.native_vlan = NATIVE_VLAN
        port.allowed = frozenset(VLANS)
        port.speed = min(a.speed, b.speed)
    return Link(lower.hostname, a.name, upper.hostname, b.name)


def _free(device: Device) -> list[Port]:
    return [p for p in device.of_kind("ethernet") if p.peer is None]


def _use_free_ports(device: Device, rng: random.Random) -> None:
    """Give the ports without a cable to people, phones and printers, and shut the rest."""
    for port in _free(device):
        if not device.hardware.switch:
            port.enabled = False
        elif rng.random() < (0.7 if device.role == "access" else 0.15):
            port.access_vlan = rng.choice((10, 10, 10, 20, 30, 40, 50) if device.role == "access" else (60,))
            port.wired = rng.random() < 0.8
            port.description = f"{VLANS[port.access_vlan].lower()} outlet {rng.randint(1, 9)}-{rng.randint(100, 999)}"
        else:
            port.enabled = False
