"""How each platform writes interface names and MAC addresses."""

import re
from dataclasses import dataclass

from tests.lab.state import Device, Port


@dataclass(frozen=True, slots=True)
class InterfaceNames:
    """Long and short forms; the short form is ifName and what tables print."""

    svi: str
    loopback: str
    default_vlan: str
    short: tuple[tuple[str, str], ...] = ()


_BY_PLATFORM = {
    "cisco_ios": InterfaceNames(
        "Vlan",
        "Loopback",
        "default",
        (("TenGigabitEthernet", "Te"), ("GigabitEthernet", "Gi"), ("Vlan", "Vl"), ("Loopback", "Lo")),
    ),
    "cisco_nxos": InterfaceNames("Vlan", "loopback", "default", (("Ethernet", "Eth"), ("loopback", "Lo"))),
    "arista_eos": InterfaceNames(
        "Vlan",
        "Loopback",
        "default",
        (("Ethernet", "Et"), ("Management", "Ma"), ("Vlan", "Vl"), ("Loopback", "Lo")),
    ),
    "hp_comware": InterfaceNames(
        "Vlan-interface", "LoopBack", "VLAN 0001", (("Ten-GigabitEthernet", "XGE"), ("GigabitEthernet", "GE"))
    ),
    "juniper_junos": InterfaceNames("irb.", "lo", "default"),
    "huawei_vrp": InterfaceNames(
        "Vlanif", "LoopBack", "VLAN 0001", (("XGigabitEthernet", "XGE"), ("GigabitEthernet", "GE"))
    ),
}


def interface_names(platform: str) -> InterfaceNames:
    """The naming habits of a platform."""
    return _BY_PLATFORM[platform]


def short(port: Port) -> str:
    """GigabitEthernet1/0/1 -> Gi1/0/1."""
    for long, abbreviated in _BY_PLATFORM[port.device.platform].short:
        if port.name.startswith(long):
            return abbreviated + port.name[len(long) :]
    return port.name


def find_port(device: Device, typed: str) -> Port | None:
    """The port a user means by `gi1/0/1`, `GigabitEthernet 1/0/1` or `eth1/1`; None if there is none."""
    match = re.fullmatch(r"([A-Za-z-]+?)\s*(\d[\d/.:]*)", typed.strip())
    if not match:
        return None
    word, number = match[1].lower(), match[2]
    for port in device.ports.values():
        letters = re.match(r"[A-Za-z-]+", port.name)
        full = letters[0].lower() if letters else ""
        if port.name[len(full) :] == number and (full.startswith(word) or short(port).lower() == word + number):
            return port
    return None


def dotted(mac: str) -> str:
    """aa:bb:cc:dd:ee:ff -> aabb.ccdd.eeff, the Cisco and Arista form."""
    digits = mac.replace(":", "")
    return ".".join(digits[i : i + 4] for i in (0, 4, 8))


def dashed(mac: str) -> str:
    """aa:bb:cc:dd:ee:ff -> aabb-ccdd-eeff, the Huawei form."""
    return dotted(mac).replace(".", "-")


def ranges(vids: frozenset[int] | set[int], joiner: str = "-", separator: str = ",") -> str:
    """{10, 11, 12, 20} -> 10-12,20."""
    runs: list[list[int]] = []
    for vid in sorted(vids):
        if runs and runs[-1][-1] == vid - 1:
            runs[-1].append(vid)
        else:
            runs.append([vid])
    return separator.join(f"{r[0]}{joiner}{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)


def wrapped(text: str, width: int, separator: str = ",") -> list[str]:
    """A list of ranges in pieces of at most `width` characters, as devices print long ones over several lines."""
    pieces: list[str] = [""]
    for run in text.split(separator):
        longer = f"{pieces[-1]}{separator}{run}" if pieces[-1] else run
        if len(longer) > width and pieces[-1]:
            pieces.append(run)
        else:
            pieces[-1] = longer
    return pieces


def vid_set(text: str) -> frozenset[int]:
    """10-12,20 or `10 to 12 20` -> {10, 11, 12, 20}. Raises ValueError for anything that is no VLAN list."""
    vids: set[int] = set()
    for part in re.sub(r"\s+to\s+", "-", text.strip()).replace(",", " ").split():
        first, _, last = part.partition("-")
        vids |= set(range(int(first), int(last or first) + 1))
    if not vids or min(vids) < 1 or max(vids) > 4094:
        raise ValueError(f"VLAN list is {text!r}: accepted are numbers 1 to 4094")
    return frozenset(vids)


def uptime_words(seconds: float) -> str:
    """2 weeks, 3 days, 4 hours, 5 minutes: as IOS and VRP write it."""
    rest = int(seconds)
    words: list[str] = []
    for name, size in (("year", 31_536_000), ("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        value, rest = divmod(rest, size)
        if value or (name == "minute" and not words):
            words.append(f"{value} {name}{'' if value == 1 else 's'}")
    return ", ".join(words)
